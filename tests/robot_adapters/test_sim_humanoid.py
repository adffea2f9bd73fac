"""Skills of simulated humanoids: what is done, what is not done twice, what is said when it goes wrong."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from toy_world import PRIMITIVES, ROBOT, Status, ToyWorld

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.errors import InvalidField, LinkDown, NotFound, Unsupported
from fleet.model.evidence import Observation
from fleet.model.robot import Health, OperatingMode
from robot_adapters.base import Rejected
from robot_adapters.sim.feed import SensorFeed
from robot_adapters.sim_kinematic import SimKinematic

BOX = {"object": "box", "object_at": {"x": 3.0, "y": 0.0}, "object_approach": {"x": 2.5, "y": 0.0, "yaw": 0.0}}
SHELF = {"to": "shelf", "to_approach": {"x": 0.0, "y": 2.0, "yaw": 1.5}}
CARRY = {**BOX, **SHELF}


class Bench:
    """A toy world and its adapter."""

    def __init__(self, world: ToyWorld | None = None) -> None:
        self.world = world or ToyWorld()
        self.new_adapter()

    def new_adapter(self) -> None:
        self.adapter = SimKinematic(self.world, ROBOT, PRIMITIVES, host="h")
        self.adapter.connect()
        self.updates: list[CommandUpdate] = []

    def execute(self, skill: str, parameters: dict, command_id: str = "c1", epoch: int = 1):
        return self.adapter.execute(
            ExecuteSkill(
                command_id=command_id, robot_id=ROBOT, task_id="t", epoch=epoch, skill=skill, parameters=parameters
            )
        )

    def run(self, seconds: float) -> Bench:
        for _ in range(round(seconds / 0.1)):
            with contextlib.suppress(LinkDown):
                self.adapter.heartbeat()
            self.world.advance(0.1)
            self.updates += self.adapter.poll()
        return self

    def end(self) -> CommandUpdate:
        ends = [u for u in self.updates if u.status.final]
        assert len(ends) == 1, self.updates
        return ends[0]

    def kinds(self) -> list[str]:
        return [p.kind for p in self.world.started]


@pytest.fixture
def bench() -> Bench:
    return Bench()


# ---- each skill


@pytest.mark.parametrize(
    ("skill", "parameters", "kinds", "statement"),
    [
        ("carry", CARRY, ["walk", "pick", "walk", "place"], {"object": "box", "at": "shelf"}),
        ("pick", BOX, ["walk", "pick"], {"object": "box", "with": ROBOT}),
        (
            "hand_over",
            {**BOX, "person": "ada", "person_approach": {"x": 1.0, "y": 1.0}},
            ["walk", "pick", "walk", "give"],
            {"object": "box", "with": "ada"},
        ),
        ("walk_to", {"place": "p", "place_approach": {"x": 1, "y": 1, "yaw": 0}}, ["walk"], {"robot_at": "p"}),
        (
            "inspect",
            {"target": "store", "target_approach": {"x": 1, "y": 0}},
            ["walk", "look"],
            {"seen": "store", "found": ["box"]},
        ),
        (
            "inspect",
            {"target": "store", "target_views": [{"x": 1, "y": 0}, {"x": 2, "y": 0}]},
            ["walk", "look", "walk", "look"],
            {"seen": "store", "found": ["box"]},
        ),
        ("dock", {"dock": "dock_1", "dock_approach": {"x": 1, "y": 0}}, ["dock"], {"robot_at": "dock_1"}),
        ("wait", {"seconds": 0.4}, ["wait"], {"waited_s": 0.4}),
    ],
)
def test_a_skill_is_its_primitives_and_ends_in_a_claim(bench, skill, parameters, kinds, statement):
    bench.execute(skill, parameters)
    end = bench.run(12).end()
    assert end.status is CommandStatus.DONE
    assert end.claim.statement == statement
    assert bench.kinds() == kinds


def test_what_is_in_hand_can_be_placed(bench):
    bench.world.body = replace(bench.world.body, held=("box",))
    bench.execute("place", {"object": "box", **SHELF})
    assert bench.run(5).end().status is CommandStatus.DONE
    assert bench.kinds() == ["walk", "place"]


def test_what_is_not_in_hand_cannot_be_placed(bench):
    bench.execute("place", {"object": "box", **SHELF})
    end = bench.run(2).end()
    assert (end.status, end.retriable) == (CommandStatus.FAILED, False)
    assert "not in its hands" in end.reason


def test_a_thing_on_the_floor_is_approached_from_where_the_robot_is(bench):
    bench.execute("pick", {"object": "box", "object_at": {"x": 3.0, "y": 0.0}})
    assert bench.run(6).end().status is CommandStatus.DONE
    walk = bench.world.started[0]
    assert (walk.x_m, walk.y_m, walk.yaw_rad) == (pytest.approx(2.4), pytest.approx(0.0), pytest.approx(0.0))


def test_a_robot_that_is_there_does_not_walk(bench):
    bench.execute("walk_to", {"place": "p", "place_approach": {"x": 0.05, "y": 0.0}})
    assert bench.run(0.3).end().status is CommandStatus.DONE
    assert bench.kinds() == []


def test_progress_grows_and_names_the_phase(bench):
    bench.execute("carry", CARRY)
    bench.run(12)
    running = [u for u in bench.updates if u.status is CommandStatus.RUNNING]
    assert [u.fraction for u in running] == sorted(u.fraction for u in running)
    assert list(dict.fromkeys(u.phase for u in running)) == ["walk_to_object", "pick", "walk_to_goal", "place"]
    assert len(running) < 40


# ---- nothing twice, whatever dies


@pytest.mark.parametrize("tenths", range(0, 90, 7))
def test_a_new_adapter_at_any_moment_goes_on_and_does_nothing_twice(tenths):
    bench = Bench()
    bench.execute("carry", CARRY)
    bench.run(tenths / 10)
    bench.new_adapter()
    bench.execute("carry", CARRY, epoch=2)
    assert bench.run(12).end().status is CommandStatus.DONE
    assert bench.kinds().count("pick") == 1
    assert bench.kinds().count("place") == 1
    assert bench.world.boxes == {"box": (pytest.approx(0.0), pytest.approx(2.0))}


def test_a_walk_under_way_is_taken_over_not_begun_again():
    bench = Bench()
    bench.execute("carry", CARRY)
    bench.run(1.0)
    bench.new_adapter()
    bench.execute("carry", CARRY)
    bench.run(0.5)
    assert bench.kinds() == ["walk"]


def test_what_was_picked_up_and_lost_before_the_restart_is_said():
    bench = Bench()
    bench.execute("carry", CARRY)
    bench.run(3.6)
    assert bench.world.body.held == ("box",)
    bench.world.cancel(ROBOT, "it stumbled")
    bench.world.body = replace(bench.world.body, held=())
    bench.new_adapter()
    bench.execute("carry", CARRY)
    end = bench.run(1).end()
    assert (end.status, end.retriable) == (CommandStatus.FAILED, True)
    assert "not in its hands any more" in end.reason


def test_what_failed_before_the_restart_is_not_tried_again_under_the_same_id():
    bench = Bench()
    bench.world.boxes.clear()
    bench.execute("pick", BOX)
    assert bench.run(5).end().status is CommandStatus.FAILED
    bench.new_adapter()
    bench.execute("pick", BOX)
    assert "not_here" in bench.run(1).end().reason
    assert bench.kinds().count("pick") == 1


def test_what_an_earlier_command_left_running_makes_way(bench):
    bench.execute("wait", {"seconds": 60}, "old")
    bench.run(0.5)
    bench.new_adapter()
    bench.execute("wait", {"seconds": 0.3}, "new")
    assert bench.run(2).end().status is CommandStatus.DONE
    assert bench.world.outcomes["old/wait"].state == "cancelled"


def test_a_command_from_before_the_restart_can_be_cancelled(bench):
    bench.execute("wait", {"seconds": 60})
    bench.run(0.5)
    bench.new_adapter()
    bench.adapter.cancel("c1", "not needed")
    assert bench.run(0.2).end().status is CommandStatus.CANCELLED
    assert bench.world.current.state == "cancelled"


# ---- when it goes wrong


def test_a_primitive_that_fails_fails_the_command_with_its_reason(bench):
    bench.world.fail["pick"] = Status(code="too_heavy", detail="9 kg, expected at most 2 kg", retriable=False)
    bench.execute("carry", CARRY)
    end = bench.run(5).end()
    assert (end.status, end.retriable, end.phase) == (CommandStatus.FAILED, False, "pick")
    assert end.reason == "too_heavy: 9 kg, expected at most 2 kg"


def test_what_stands_in_the_way_is_said_and_then_it_goes_on(bench):
    bench.execute("carry", CARRY)
    bench.run(1)
    bench.world.blocked_by = "a trolley"
    bench.run(1)
    assert (bench.updates[-1].status, bench.updates[-1].reason) == (CommandStatus.BLOCKED, "a trolley")
    bench.world.blocked_by = ""
    bench.run(0.3)
    assert bench.updates[-1].status is CommandStatus.RUNNING
    assert bench.run(12).end().status is CommandStatus.DONE


def test_a_box_in_its_own_way_is_picked_up_from_where_the_robot_is(bench):
    bench.execute("carry", CARRY)
    bench.run(2.45)
    assert bench.world.body.x_m >= 2.3
    bench.world.blocked_by = "box is in the way"
    bench.run(0.3)
    bench.world.blocked_by = ""
    assert bench.run(12).end().status is CommandStatus.DONE
    assert bench.world.outcomes[bench.world.started[0].command_id].state == "cancelled"
    assert not any(u.status is CommandStatus.BLOCKED and u.phase == "walk_to_object" for u in bench.updates)


def test_a_hold_is_not_being_blocked(bench):
    bench.execute("carry", CARRY)
    bench.run(1)
    bench.adapter.hold("look out")
    bench.run(2)
    assert not any(u.status is CommandStatus.BLOCKED for u in bench.updates)
    assert bench.adapter.state().hold_because == "look out"


def test_a_box_that_is_lost_on_the_way_fails_the_carry(bench):
    bench.execute("carry", CARRY)
    bench.run(4.0)
    bench.world.body = replace(bench.world.body, held=())
    end = bench.run(1).end()
    assert (end.status, end.retriable, end.phase) == (CommandStatus.FAILED, True, "walk_to_goal")
    assert "lost on the way" in end.reason
    assert bench.world.current.state == "cancelled"


def test_a_fall_is_not_retriable(bench):
    bench.execute("carry", CARRY)
    bench.run(1)
    bench.world.body = replace(bench.world.body, posture="fallen")
    end = bench.run(1).end()
    assert (end.status, end.retriable) == (CommandStatus.FAILED, False)
    assert end.reason.startswith("fallen")
    assert bench.adapter.state().health is Health.FAULT
    with pytest.raises(Rejected, match="fallen"):
        bench.execute("carry", CARRY, "c2")
    with pytest.raises(Unsupported, match="person"):
        bench.adapter.recover()


def test_hands_that_are_full_refuse_other_objects(bench):
    bench.world.body = replace(bench.world.body, held=("jug",))
    with pytest.raises(Rejected, match="holds jug"):
        bench.execute("carry", CARRY)
    bench.execute("wait", {"seconds": 0.2})
    assert bench.run(1).end().status is CommandStatus.DONE


@pytest.mark.parametrize(
    ("skill", "parameters", "field"),
    [
        ("carry", {"object": {"colour": "blue"}, **SHELF, "object_at": {"x": 1, "y": 1}}, "parameters.object"),
        ("carry", {**BOX, "to": "shelf"}, "parameters.to_approach"),
        ("carry", {"object": "box", **SHELF}, "parameters.object_at"),
        ("walk_to", {"place": "p", "place_approach": {"x": "a", "y": 1}}, "parameters.place_approach.x"),
        ("walk_to", {"place": "p", "place_approach": {"x": 1, "y": float("nan")}}, "parameters.place_approach.y"),
        ("dock", {}, "parameters.dock"),
    ],
)
def test_what_should_have_been_looked_up_is_named(bench, skill, parameters, field):
    with pytest.raises(InvalidField) as refused:
        bench.execute(skill, parameters)
    assert refused.value.field == field
    assert bench.run(0.5).updates == []


def test_while_the_world_is_away_nothing_is_known_and_nothing_fails(bench):
    bench.execute("carry", CARRY)
    bench.run(1)
    bench.world.reachable = False
    seen = len(bench.updates)
    bench.run(3)
    assert not any(u.status.final for u in bench.updates[seen:])
    bench.world.reachable = True
    assert bench.run(15).end().status is CommandStatus.DONE


def test_a_cancel_over_a_lost_link_is_carried_out_when_it_is_back(bench):
    bench.execute("wait", {"seconds": 60})
    bench.run(0.5)
    bench.world.reachable = False
    with pytest.raises(LinkDown):
        bench.adapter.cancel("c1", "not needed")
    assert bench.run(1).updates[-1].status is not CommandStatus.CANCELLED
    bench.world.reachable = True
    assert bench.run(1).end().status is CommandStatus.CANCELLED


# ---- who it is


def test_a_robot_that_this_world_has_not_got_is_named_with_those_it_has():
    with pytest.raises(NotFound, match=f"'nobody'; known: {ROBOT}"):
        SimKinematic(ToyWorld(), "nobody", PRIMITIVES)


def test_its_state_tells_who_has_the_lease_and_why_it_holds(bench):
    bench.adapter.grant("Ada", 3)
    bench.world.advance(5.0)
    state = bench.adapter.state()
    assert (state.mode, state.lease_holder) == (OperatingMode.INTERVENED, "Ada")
    assert state.hold_because == "automatic: no heartbeat for 1 s"
    assert bench.adapter.joint_positions_rad() == (0.1, 0.2)


def test_recovering_from_an_e_stop_leaves_a_hold_that_somebody_asked_for(bench):
    bench.adapter.hold("look out")
    bench.world.body = replace(bench.world.body, e_stop=True)
    bench.adapter.recover()
    bench.run(0.5)
    assert not bench.adapter.state().e_stop
    assert bench.adapter.state().holding
    bench.adapter.resume()
    bench.run(0.2)
    assert not bench.adapter.state().holding


def test_a_kneeling_robot_stands_up_to_recover(bench):
    bench.world.body = replace(bench.world.body, posture="kneeling")
    bench.adapter.recover()
    bench.run(1)
    assert bench.adapter.state().posture.value == "standing"


def test_readings_go_to_whom_they_belong_and_to_nobody_twice():
    world = ToyWorld()
    feed = SensorFeed(world, [ROBOT])
    adapter = SimKinematic(world, ROBOT, PRIMITIVES, feed=feed)
    adapter.connect()
    sources = ["cam_1", ROBOT, "another-robot"]
    world.readings = [Observation(observation_id=s, source=s, source_kind="robot", observed_at_s=1.0) for s in sources]
    assert [o.source for o in adapter.observations()] == [ROBOT]
    assert [o.source for o in feed.of_site()] == ["cam_1", "another-robot"]
    assert adapter.observations() == []
    assert feed.of_site() == []
