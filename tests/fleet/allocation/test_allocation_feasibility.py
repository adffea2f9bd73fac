"""A robot that cannot have a job is not given it, and the reason can be read."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.allocation.feasibility import Estimate, judge
from fleet.allocation.problem import Job, Obstacle, Reason
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Health, OperatingMode, Posture
from tests.fleet.allocation.allocating import Floor, job, problem, robot

CARRY = job("t", 5.0, 10.0, skill="carry", object_id="box", payload_kg=1.0, work_s=10.0)
O = Obstacle  # noqa: E741


def judged(the_job: Job, changes: dict[str, Any] | None = None, **more: Any) -> Estimate | Reason:
    return judge(the_job, robot("r", **(changes or {})), problem([], [], **more))


@pytest.mark.parametrize(
    ("changes", "obstacle", "text"),
    [
        ({"capabilities": ()}, O.NO_SKILL, "no skill carry"),
        ({"capabilities": (Capability(skill="carry", max_payload_kg=0.5),)}, O.PAYLOAD, "payload 1 kg > 0.5 kg"),
        ({"posture": Posture.FALLEN}, O.FALLEN, "fallen"),
        ({"posture": Posture.LYING}, O.FALLEN, "posture lying"),
        ({"posture": Posture.UNKNOWN}, O.FALLEN, "posture unknown"),
        ({"in_contact": False}, O.SILENT, "lost contact"),
        ({"e_stop": True}, O.E_STOP, "e-stop"),
        ({"health": Health.FAULT, "health_detail": "left knee"}, O.FAULT, "fault: left knee"),
        ({"mode": OperatingMode.SERVICE}, O.MODE, "operating mode service"),
        ({"holding": True, "hold_because": "no leader"}, O.HELD, "holding: no leader"),
        ({"held_because": "people about"}, O.HELD, "held: people about"),
        ({"aside_because": "it fell"}, O.ASIDE, "set aside: it fell"),
        ({"lease_person": "dana"}, O.LEASED, "dana has taken it over"),
        ({"task_id": "t9"}, O.BUSY, "busy with t9"),
        ({"closing_command_id": "t9#1"}, O.BUSY, "busy: it has not yet given up t9#1"),
        ({"held": ("crate",)}, O.HANDS_FULL, "holds crate"),
        ({"battery_fraction": 0.11}, O.BATTERY, "battery 11% < 12% needed to finish and dock"),
        ({"battery_wh": 1.0}, O.BATTERY_TOO_SMALL, "needs 220% of its battery to finish and dock"),
        ({"state": None}, O.NEVER_HEARD, "it has not reported yet"),
    ],
)
def test_a_robot_that_cannot_is_passed_over_for_a_stated_reason(
    changes: dict[str, Any], obstacle: Obstacle, text: str
) -> None:
    assert judged(CARRY, changes) == Reason(obstacle=obstacle, text=text)


@pytest.mark.parametrize(
    ("more", "obstacle", "text"),
    [
        ({"pinned_to": "other"}, O.PINNED, "the task is for other only"),
        ({"excluded": ("r",)}, O.EXCLUDED, "it failed at this task before, or a person ruled it out"),
        ({"models": ("m2", "m3")}, O.MODEL, "model m1, needed is m2 or m3"),
        ({"hands": 3}, O.HANDS, "needs 3 hands, it has 2"),
        ({"not_before_s": 120.0}, O.NOT_YET, "not before 120 s (now 100 s)"),
    ],
)
def test_a_job_may_ask_for_more_than_a_skill(more: dict[str, Any], obstacle: Obstacle, text: str) -> None:
    assert judged(job("t", 5.0, **more)) == Reason(obstacle=obstacle, text=text)


def test_a_robot_that_can_is_estimated() -> None:
    estimate = judged(CARRY)
    assert isinstance(estimate, Estimate)
    assert (estimate.approach_s, estimate.between_s, estimate.work_s) == (5.0, 5.0, 10.0)
    assert estimate.duration_s == 20.0
    assert estimate.energy_wh == pytest.approx(10 * 0.1 + 10 * 0.01)  # 0.1 Wh a second of walking, 0.01 of standing
    assert estimate.energy_to_dock_wh == pytest.approx(estimate.energy_wh + 10 * 0.1)
    assert estimate.usable_wh == 90.0


def test_one_that_has_the_object_in_its_hands_goes_straight_to_the_destination() -> None:
    estimate = judged(CARRY, {"held": ("box",)})
    assert isinstance(estimate, Estimate)
    assert (estimate.approach_s, estimate.between_s) == (10.0, 0.0)


def test_only_one_that_holds_an_object_can_put_it_down() -> None:
    down = job("t", 5.0, skill="place", object_id="box")
    assert judged(down) == Reason(obstacle=O.HANDS_EMPTY, text="does not hold box")
    assert isinstance(judged(down, {"held": ("box",)}), Estimate)


def test_full_hands_do_not_keep_it_from_walking() -> None:
    assert isinstance(judged(job("t", 5.0), {"held": ("crate",)}), Estimate)


def test_what_is_behind_a_wall_is_not_reached_and_nobody_goes_where_no_dock_can_be_reached() -> None:
    behind = judged(job("t", 50.0), travel=Floor(walled=20.0))
    assert behind == Reason(obstacle=O.UNREACHABLE, text="there is no way on foot")
    stranded = judged(job("t", 60.0), {"pose": Pose(x=50.0, y=0.0)}, travel=Floor(walled=20.0))
    assert stranded == Reason(obstacle=O.BATTERY_TOO_SMALL, text="no dock from there")


def test_a_site_without_docks_asks_only_for_the_energy_of_the_job() -> None:
    assert isinstance(judged(CARRY, {"battery_fraction": 0.13}, docks=()), Estimate)
    assert isinstance(judged(CARRY, {"battery_fraction": 0.11}, docks=()), Reason)


def test_a_robot_that_is_low_may_go_to_the_nearest_dock_with_its_reserve() -> None:
    to_dock = job("t", skill="dock")
    docks = (Pose(x=50.0, y=0.0), Pose(x=3.0, y=0.0))
    estimate = judged(to_dock, {"battery_fraction": 0.05}, docks=docks)
    assert isinstance(estimate, Estimate)
    assert estimate.approach_s == 3.0
    assert isinstance(judged(job("t", 3.0), {"battery_fraction": 0.05}, docks=docks), Reason)
    assert judged(to_dock, docks=()) == Reason(obstacle=O.UNREACHABLE, text="no dock can be reached on foot")


def test_a_description_without_speed_is_no_division_by_zero() -> None:
    still = {"capabilities": (Capability(skill="walk_to"),), "max_speed_mps": 0.0}
    assert judged(job("t", 5.0), still) == Reason(
        obstacle=O.UNREACHABLE, text="its description has no speed or no battery"
    )


def test_the_payload_of_the_whole_robot_counts_where_the_skill_names_none() -> None:
    changes = {"capabilities": (Capability(skill="carry", speed_mps=1.0),), "payload_kg": 3.0}
    assert isinstance(judged(CARRY, changes), Estimate)


def test_what_lasts_is_told_before_what_may_pass() -> None:
    reason = judged(CARRY, {"capabilities": (), "posture": Posture.FALLEN, "task_id": "t9"})
    assert isinstance(reason, Reason)
    assert reason.obstacle.lasting
    assert not Obstacle.FALLEN.lasting
