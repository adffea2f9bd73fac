"""Faults are armed, due, active, over; what they wait for, how they end and come again; also after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from driving import Hands, robot

from sim_worlds.errors import SpecError
from sim_worlds.faults import KINDS, FaultProblem, FaultSpec, When, check_faults
from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk
from sim_worlds.site import Site
from sim_worlds.world import World

Make = Callable[..., Hands]


def silent(name: str, **more: Any) -> FaultSpec:
    return FaultSpec(fault_id=name, kind="silent", robot="iron_1", **{"duration_s": 1.0, **more})


def spans(h: Hands, name: str) -> list[tuple[float | None, float | None]]:
    return [
        (e.started_s and round(e.started_s, 1), e.over_s and round(e.over_s, 1))
        for e in h.world.faults.history()
        if e.fault_id == name and e.started_s is not None
    ]


def test_a_fault_comes_again_as_often_as_it_is_told(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8), faults=[silent("f", at_s=1, every_s=3, times=3)])
    h.advance(15)
    assert spans(h, "f") == [(1.0, 2.0), (4.0, 5.0), (7.0, 8.0)]
    assert h.world.truth().faults["f"].phase == "over"


def test_each_time_its_delay_is_drawn_anew_and_from_the_seed_alone(hands: Make) -> None:
    def times(seed: int, *more: FaultSpec) -> list[Any]:
        again = silent("f", at_s=0, every_s=4, times=3, delay_s=(0.0, 2.0))
        h = hands(robot("iron_1", 2, 8), faults=[*more, again], seed=seed)
        h.advance(13)
        return spans(h, "f")

    first = times(1)
    assert len({round(start % 4, 1) for start, _ in first if start is not None}) > 1
    assert first == times(1, silent("other", at_s=3, delay_s=(0.0, 2.0)))
    assert first != times(2)


def test_a_fault_waits_for_another_one(hands: Make) -> None:
    first = silent("a", at_s=1, duration_s=2)
    during = FaultSpec(fault_id="b", kind="battery_drop", robot="iron_1", fraction=0.5, when=When(after="a"))
    then = FaultSpec(fault_id="c", kind="e_stop", robot="iron_1", when=When(after_over="a"), delay_s=(1.0, 1.0))
    h = hands(robot("iron_1", 2, 8), faults=[then, during, first])
    h.advance(6)
    assert spans(h, "a") == [(1.0, 3.0)]
    assert spans(h, "b")[0][0] in (1.0, 1.1)
    assert spans(h, "c")[0][0] == pytest.approx(4.0, abs=0.21)


def test_a_fault_ends_when_its_condition_holds(hands: Make) -> None:
    lost = FaultSpec(fault_id="f", kind="lying_claim", robot="iron_1", at_s=0, until=When(in_zone="corridor"))
    h = hands(robot("iron_1", 1.85, 1.3, -1.57), faults=[lost])
    h.advance(1)
    assert h.world.faults.active("lying_claim")
    h.do("iron_1", Walk, x_m=6, y_m=8)
    assert not h.world.faults.active("lying_claim")


def test_conditions_watch_the_battery_and_other_robots(hands: Make) -> None:
    low = silent("low", when=When(battery_below=0.5))
    other = silent("other", when=When(robot="optimus_1", battery_below=0.5))
    drop = FaultSpec(fault_id="d", kind="battery_drop", robot="optimus_1", fraction=0.2, at_s=1)
    h = hands(robot("iron_1", 2, 8), robot("optimus_1", 8, 8), faults=[low, other, drop])
    h.advance(4)
    assert spans(h, "low") == []
    assert len(spans(h, "other")) == 1


def test_conditions_on_tasks_follow_what_the_run_tells(hands: Make) -> None:
    fault = silent("f", when=When(task="t1", task_state="executing"))
    h = hands(robot("iron_1", 2, 8), faults=[fault])
    h.world.faults.serve("tasks")
    h.advance(1)
    h.world.faults.hear({"t1": "executing"})
    h.advance(1)
    assert len(spans(h, "f")) == 1


def test_a_fault_that_nobody_makes_act_is_refused_at_the_first_step(hands: Make) -> None:
    late = FaultSpec(fault_id="f", kind="messages_late", at_s=5, lag_s=(0.1, 0.5))
    h = hands(robot("iron_1", 2, 8), faults=[late])
    with pytest.raises(SpecError, match=r"f: kind: got 'messages_late'.*carries messages"):
        h.world.advance(0.1)
    told = hands(robot("iron_1", 2, 8), faults=[silent("f", when=When(task="t1", task_state="done"))])
    with pytest.raises(SpecError, match="knows the tasks"):
        told.world.advance(0.1)


def test_faults_go_on_after_a_restart_as_if_nothing_had_been(hands: Make) -> None:
    faults = [
        silent("radio", at_s=1, duration_s=4),
        FaultSpec(fault_id="clock", kind="clock_jump", robot="optimus_1", at_s=1, shift_s=5.0),
        FaultSpec(fault_id="block", kind="blocked_corridor", at_m=(12, 8), at_s=1, duration_s=5),
        FaultSpec(fault_id="again", kind="lying_claim", robot="iron_1", at_s=0, duration_s=1, every_s=3, times=3),
    ]
    h = hands(robot("iron_1", 2, 8), robot("optimus_1", 8, 8), faults=faults)
    h.advance(3.5)
    world = World.restore(h.world.checkpoint())
    assert world.faults.history() == h.world.faults.history()
    assert not world.computer("iron_1").link_up
    assert world.body_state("optimus_1").time_s == pytest.approx(world.time_s + 5, abs=0.2)
    assert "block" in world.physics.names.values()
    again = Hands(world)
    h.advance(5)
    again.advance(5)
    assert world.faults.history() == h.world.faults.history()
    assert world.faults.digest() == h.world.faults.digest()
    world.close()


def test_faults_are_in_the_worlds_digest(hands: Make) -> None:
    one = hands(robot("iron_1", 2, 8), faults=[silent("f", at_s=100)])
    two = hands(robot("iron_1", 2, 8), faults=[silent("f", at_s=0.5, duration_s=99)])
    one.world.advance(1)
    two.world.advance(1)
    assert one.world.digest() != two.world.digest()


G1 = RobotSpec(robot_id="g1", model="unitree_g1", body="dynamic", dock="dock_1")
IRON = RobotSpec(robot_id="iron", model="xpeng_iron", dock="dock_2")


def bad(says: str, kind: str, **more: Any) -> Any:
    return pytest.param(FaultSpec(fault_id="f", kind=kind, **{"at_s": 1, **more}), says, id=f"{kind}: {says}")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        bad("joint: got 'nose'", "joint_stuck", robot="g1", joint="nose"),
        bad("robot: got 'iron'.*kinematic", "limits_scaled", robot="iron", factor=0.5),
        bad("factor: got 2", "limits_scaled", robot="g1", factor=2),
        bad("lag_s: got", "observation_delay", robot="g1", lag_s=(0.5, 0.1)),
        bad("robot: got None.*needs robot", "dropped_object"),
        bad("robots: got 'who'", "partition", robots=("who",)),
        bad("duration_s.*until", "silent", robot="iron"),
        bad("duration_s.*dropped_object", "dropped_object", robot="iron", duration_s=3),
        bad("joint.*only fields of silent", "silent", robot="iron", duration_s=1, joint="left_knee_joint"),
        bad("every_s: got 2", "silent", robot="iron", duration_s=3, every_s=2),
        bad("must end first", "lying_claim", robot="iron", every_s=20),
        bad("times: got 3", "silent", robot="iron", duration_s=3, times=3),
        bad("door: got 'gate'", "door_stuck", door="gate"),
        bad("camera: got 'eye'", "wrong_perception", camera="eye", object="blue_1", unseen=True),
        bad("object: got 'gold'", "wrong_perception", robot="iron", object="gold", unseen=True),
        bad("exactly one of", "wrong_perception", robot="iron", object="blue_1", unseen=True, seen_at="shelf_a2"),
        bad("seen_at: got 'moon'", "wrong_perception", robot="iron", object="blue_1", seen_at="moon"),
        bad("at_m", "blocked_corridor", at_m=(500.0, 0.0)),
        bad("radius_m: got 9", "blocked_corridor", at_m=(6.0, 8.0), radius_m=9.0),
        bad("shift_s", "clock_jump", robot="iron", shift_s=0.0),
        bad("either robot, or process", "clock_jump", shift_s=1.0),
        bad("process: got 'cat'", "process_killed", process="cat", duration_s=1),
        bad("duration_s alone", "process_killed", process="world", until=When(fallen=True, robot="iron")),
        bad("direction: got 'up'", "partition", direction="up"),
        bad("probability: got 7", "messages_lost", probability=7),
        bad("offset_m", "localisation_jump", robot="iron", offset_m=(0.0, 0.0)),
        bad("when.after: got 'x'", "silent", robot="iron", duration_s=1, at_s=None, when=When(after="x")),
        bad("task and task_state", "silent", robot="iron", duration_s=1, at_s=None, when=When(task="t1")),
        bad("at least one of", "silent", robot="iron", duration_s=1, at_s=None, when=When()),
        bad("when.robot", "operator_absent", at_s=None, when=When(carrying=True)),
    ],
)
def test_a_fault_that_cannot_be_is_refused_with_what_would_be_right(fault: FaultSpec, says: str, ward: Site) -> None:
    with pytest.raises(FaultProblem, match=says):
        check_faults([fault], [G1, IRON], ward)


def test_faults_that_wait_for_each_other_are_refused(ward: Site) -> None:
    one = FaultSpec(fault_id="a", kind="e_stop", robot="iron", when=When(after="b"))
    two = FaultSpec(fault_id="b", kind="e_stop", robot="iron", when=When(after_over="a"))
    with pytest.raises(FaultProblem, match="a -> b -> a"):
        check_faults([one, two], [IRON], ward)


def test_every_kind_says_what_it_does_and_how_it_ends() -> None:
    assert len(KINDS) == 22
    for kind in KINDS.values():
        assert kind.effect.endswith(".")
        assert kind.recovery.endswith(".")
