"""The plan under the supervisor: made when something changes, kept on record, handed out visit by visit."""

from __future__ import annotations

from dataclasses import replace

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings, AllocationWeights
from fleet.model import events as ev
from fleet.model.commands import CancelCommand, CommandStatus, ExecuteSkill
from fleet.model.evidence import Detection
from fleet.model.geometry import Pose
from fleet.model.site import KeepOut
from fleet.model.tasks import Needs, TaskSpec, TaskState
from fleet.supervisor.decide import decide
from fleet.supervisor.fold import apply
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry


def a_desk(*robots: str, **supervising: float) -> Desk:
    settings = AllocationSettings(iterations=20)
    return Desk(
        *(a_robot(r) for r in robots), settings=SupervisorSettings(**supervising), allocator=FleetPlanner(settings)
    )


def walk(task_id: str, place: str, **more: object) -> TaskSpec:
    return TaskSpec(task_id=task_id, skill="walk_to", parameters={"place": place}, **more)  # type: ignore[arg-type]


def finish(desk: Desk, task_id: str) -> None:
    """Its robot walked there, says so, and a camera sees it there."""
    command = desk.last_command(task_id)
    place = str(command.parameters.get("place") or command.parameters["dock"])
    at = desk.context.site.places[place].approach
    desk.update(task_id, CommandStatus.RUNNING)
    desk.report(command.robot_id, pose=at)
    desk.claim(task_id)
    seen = Detection(subject_id=command.robot_id, subject_kind="robot", x=at.x, y=at.y, z=0.0, zone="hall", place=place)
    desk.see(seen, covered=(place,))
    assert desk.task(task_id).state is TaskState.DONE


def plans(desk: Desk) -> list[ev.PlanMade]:
    return [e for e in desk.events if isinstance(e, ev.PlanMade)]


def robot_commands(desk: Desk) -> list[tuple[str, str]]:
    return [(c.robot_id, c.task_id) for c in desk.commands if isinstance(c, ExecuteSkill)]


def test_more_tasks_than_robots_are_all_planned_and_given_out_one_by_one() -> None:
    desk = a_desk("r1")
    desk.submit(walk("a", "table_1"), walk("b", "table_2"), walk("c", "shelf_1"))
    planned = [v.task_id for v in desk.state.plan.routes["r1"]]
    assert sorted(planned) == ["a", "b", "c"]
    assert robot_commands(desk) == [("r1", planned[0])]
    finish(desk, planned[0])
    assert robot_commands(desk)[-1] == ("r1", planned[1])
    finish(desk, planned[1])
    assert robot_commands(desk)[-1] == ("r1", planned[2])


def test_while_nothing_changes_no_plan_is_made_but_now_and_then() -> None:
    desk = a_desk("r1")
    desk.submit(walk("a", "table_1"), walk("b", "table_2"))
    made = len(plans(desk))
    desk.wait(10, tick_s=0.5)
    assert len(plans(desk)) == made
    desk.update(robot_commands(desk)[0][1], CommandStatus.RUNNING)
    desk.wait(40, tick_s=0.5)
    assert made < len(plans(desk)) <= made + 3


def test_without_work_there_is_no_plan() -> None:
    desk = a_desk("r1", "r2")
    desk.wait(120, tick_s=1.0)
    assert plans(desk) == []


def test_a_plan_says_what_it_costs_by_which_weights_and_what_changed() -> None:
    desk = a_desk("r1")
    desk.submit(walk("a", "table_1"))
    plan = desk.state.plan
    assert abs(sum(plan.terms.values()) - plan.cost) < 0.01
    assert plan.weights["tardiness"] == AllocationSettings().weights.tardiness
    assert plan.because == "a came"
    assert [(c.task_id, c.before, c.after) for c in plan.changes] == [("a", (), ("r1",))]


def test_what_waits_for_another_task_is_planned_behind_it() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(carry("first", "box_a", "table_1"), carry("then", "box_a", "table_3", depends_on=("first",)))
    visits = {v.task_id: v for route in desk.state.plan.routes.values() for v in route}
    assert visits["then"].starts_s >= visits["first"].ends_s
    assert desk.task("then").state is TaskState.REQUESTED
    assert [task for _, task in robot_commands(desk)] == ["first"]


def test_what_depends_on_something_that_waits_for_a_person_says_so() -> None:
    desk = a_desk("r1")
    desk.submit(carry("first", {"colour": "blue"}, "table_1"), walk("then", "table_3", depends_on=("first",)))
    assert desk.task("first").state is TaskState.ESCALATED
    desk.submit(walk("other", "shelf_1"), mission_id="m2")
    assert desk.state.plan.unplaced["then"] == "it waits for first, which is escalated"


def test_the_work_of_a_robot_that_falls_goes_to_another_one() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(walk("a", "table_1"), walk("b", "table_2"), walk("c", "shelf_1"), walk("d", "shelf_2"))
    desk.silent_s["r1"] = 30.0
    desk.wait(3)
    planned = {v.task_id for v in desk.state.plan.routes.get("r1", ()) if not v.given}
    assert planned == set()
    held = {v.task_id for v in desk.state.plan.routes["r2"]}
    assert held | {desk.state.robots["r1"].task_id} >= {"a", "b", "c", "d"}


def test_a_robot_that_could_not_finish_and_dock_charges_first_and_does_it_then() -> None:
    desk = a_desk("r1", dock_below=0.0)
    desk.report("r1", battery_fraction=0.1005)
    desk.submit(carry("a", "box_b", "table_1"))
    first, *rest = desk.state.plan.routes["r1"]
    assert first.dock_id
    assert [v.task_id for v in rest] == ["a"]
    desk.wait(1)
    docking = [c for c in desk.commands if isinstance(c, ExecuteSkill)]
    assert [c.skill for c in docking] == ["dock"]
    dock = docking[0].parameters["dock"]
    desk.report("r1", pose=desk.context.site.places[dock].approach, docked_at=dock)
    finish(desk, docking[0].task_id)
    desk.wait(30)
    assert len(robot_commands(desk)) == 1  # it charges
    desk.report("r1", battery_fraction=0.2)
    desk.wait(1)
    assert robot_commands(desk)[-1] == ("r1", "a")


def test_nobody_is_given_what_would_take_it_below_the_reserve() -> None:
    desk = a_desk("r1", "r2", dock_below=0.0)
    desk.report("r1", battery_fraction=0.1005)
    desk.submit(carry("a", "box_a", "table_1"))
    assert robot_commands(desk) == [("r2", "a")]


def test_a_dock_on_which_somebody_fell_is_not_reckoned_with() -> None:
    desk = a_desk("r1", "r2", dock_below=0.0)
    docks = desk.context.site.docks()
    desk.report("r2", pose=docks[0].approach, docked_at=docks[0].place_id)
    desk.silent_s["r2"] = 30.0
    desk.report("r1", battery_fraction=0.1005, pose=Pose(x=docks[0].approach.x, y=2.0))
    desk.submit(walk("a", "table_2"))
    assert desk.state.plan.routes["r1"][0].dock_id == docks[1].place_id


def test_what_must_be_in_time_goes_before_what_only_should() -> None:
    desk = a_desk("r1")
    desk.submit(walk("soon", "shelf_1", priority=90))
    desk.update("soon", CommandStatus.RUNNING)
    now = desk.now_s
    desk.submit(
        walk("pleasant", "table_2", priority=90),
        walk("must", "shelf_2", priority=10, deadline_s=now + 45, hard_deadline=True),
        mission_id="m2",
    )
    order = [v.task_id for v in desk.state.plan.routes["r1"] if not v.given]
    assert order == ["must", "pleasant"]


def test_what_cannot_be_in_time_is_not_begun_and_fails_when_its_time_is_over() -> None:
    desk = a_desk("r1")
    desk.submit(carry("a", "box_a", "table_1", deadline_s=desk.now_s + 3, hard_deadline=True))
    assert robot_commands(desk) == []
    assert "a" in desk.state.plan.unplaced
    desk.wait(5)
    assert desk.task("a").state is TaskState.FAILED
    assert "hard deadline" in desk.task("a").because


def test_a_hard_deadline_without_a_deadline_is_refused() -> None:
    desk = a_desk("r1")
    settled = desk.submit(walk("a", "table_1", hard_deadline=True))
    assert (settled.accepted, settled.field) == (False, "tasks[0].hard_deadline")


def test_pins_and_bans_hold_in_the_plan() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(
        walk("a", "shelf_1", robot_id="r2"),
        walk("b", "shelf_2", robot_id="r2"),
        walk("c", "shelf_1", needs=Needs(not_robots=("r1",))),
    )
    assert {v.task_id for v in desk.state.plan.routes["r2"]} == {"a", "b", "c"}
    assert "r1" not in desk.state.plan.routes


def test_what_is_for_a_robot_that_is_away_waits_for_it_and_says_so() -> None:
    desk = a_desk("r1", "r2")
    desk.silent_s["r2"] = 30.0
    desk.wait(3)
    desk.submit(walk("a", "shelf_1", robot_id="r2"), walk("b", "shelf_2", depends_on=("a",)))
    assert desk.state.plan.unplaced["a"] == "it is for r2, which cannot be given work now"
    assert robot_commands(desk) == []
    desk.silent_s["r2"] = 0.0
    desk.wait(1)
    desk.report("r2", pose=Pose(x=2.0, y=4.0))
    assert ("r2", "a") in robot_commands(desk)


def test_what_nobody_can_ever_do_is_asked_about_with_a_reason_for_each_robot() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(carry("a", "crate", "table_1"))
    desk.wait(12)
    question = desk.questions()[0]
    assert question.cause.value == "no_capable_robot"
    assert "payload 12 kg > 2 kg" in str(question)


def test_seven_quick_tasks_all_get_robots_and_idle_ones_are_used() -> None:
    desk = a_desk("r1", "r2", "r3")
    places = ("table_1", "table_2", "table_3", "shelf_1", "shelf_2", "table_1", "shelf_1")
    desk.submit(*(TaskSpec(task_id=f"t{i}", skill="inspect", parameters={"target": p}) for i, p in enumerate(places)))
    routes = desk.state.plan.routes
    assert {v.task_id for visits in routes.values() for v in visits} == {f"t{i}" for i in range(7)}
    assert len({robot_id for robot_id, _ in robot_commands(desk)}) == 3


def test_the_journal_gives_the_same_plan_again_and_the_same_decisions() -> None:
    desk = a_desk("r1", "r2")
    desk.submit(walk("a", "table_1"), walk("b", "table_2"), carry("c", "box_a", "table_3"), walk("d", "shelf_2"))
    desk.wait(35)
    for task_id in [t.task_id for t in desk.state.tasks_in(TaskState.ASSIGNED)]:
        desk.update(task_id, CommandStatus.RUNNING)
    desk.silent_s["r2"] = 30.0
    desk.wait(5)
    state = FleetState()
    for batch in desk.batches:
        for event in batch.inputs:
            state = apply(state, event, batch.state.now_s)
        decisions, _ = decide(state, batch.inputs, batch.state.now_s, desk.context)
        assert tuple(decisions) == batch.decisions
        for event in batch.decisions:
            state = apply(state, event, batch.state.now_s)
    assert state.plan == desk.state.plan
    assert state.digest() == desk.state.digest()


def test_a_dock_that_was_tried_in_vain_is_left_for_another_one() -> None:
    desk = a_desk("r1", dock_below=0.5, retry_delay_s=0.5)
    desk.report("r1", battery_fraction=0.3)
    desk.wait(1)
    first = desk.commands[-1]
    assert isinstance(first, ExecuteSkill)
    desk.update(first.task_id, CommandStatus.RUNNING)
    desk.update(first.task_id, CommandStatus.FAILED, reason="no current", retriable=True)
    desk.wait(3)
    second = desk.last_command(first.task_id)
    assert second.command_id != first.command_id
    assert second.parameters["dock"] != first.parameters["dock"]


def test_a_dock_in_an_area_that_is_closed_now_is_not_used() -> None:
    desk = a_desk("r1", dock_below=0.5)
    near = min(desk.context.site.docks(), key=lambda d: d.approach.x)
    x, y = near.approach.x, near.approach.y
    corners = ((x - 0.4, y - 0.4), (x + 0.4, y - 0.4), (x + 0.4, y + 0.4), (x - 0.4, y + 0.4))
    closed = KeepOut(area_id="wet", polygon=corners, because="the floor is wet", from_s=0.0, to_s=50.0, every_s=1e6)
    desk.context = replace(desk.context, site=replace(desk.context.site, keep_outs={"wet": closed}))
    desk.report("r1", battery_fraction=0.3, pose=Pose(x=x, y=y + 1.5))
    desk.wait(1)
    assert [c.parameters["dock"] for c in desk.commands if isinstance(c, ExecuteSkill)] != [near.place_id]


def turning_back(moved: float) -> Desk:
    """One robot, far away, has been told to walk to the table; then another one comes free beside it."""
    settings = AllocationSettings(iterations=20, moves=True, weights=AllocationWeights(moved=moved))
    desk = Desk(a_robot("far"), a_robot("near"), allocator=FleetPlanner(settings))
    desk.report("far", pose=Pose(x=1.0, y=1.5))
    desk.silent_s["near"] = 30.0
    desk.wait(3)
    desk.submit(walk("a", "table_1"), walk("b", "shelf_1", priority=5))
    desk.update("a", CommandStatus.RUNNING, phase="walk")
    desk.silent_s["near"] = 0.0
    desk.report("near", pose=Pose(x=8.0, y=7.8))
    desk.wait(1)
    return desk


def test_who_is_on_the_way_is_turned_back_where_the_plan_gains_more_than_that_counts() -> None:
    desk = turning_back(moved=1.0)
    assert robot_commands(desk)[:2] == [("far", "a"), ("near", "a")]
    assert [c.command_id for c in desk.commands if isinstance(c, ExecuteSkill)][:2] == ["a#1", "a#2"]
    assert any(isinstance(c, CancelCommand) and c.command_id == "a#1" for c in desk.commands)
    assert "only on its way" in str([e for e in desk.events if isinstance(e, ev.TaskChanged)])


def test_and_goes_on_where_it_does_not() -> None:
    desk = turning_back(moved=1000.0)
    assert desk.task("a").robot_id == "far"
    assert not any(isinstance(c, CancelCommand) for c in desk.commands)
    assert [v.task_id for v in desk.state.plan.routes["far"] if v.given] == ["a"]


def test_who_has_taken_it_up_is_not_turned_back() -> None:
    settings = AllocationSettings(iterations=20, moves=True, weights=AllocationWeights(moved=0.0))
    desk = Desk(a_robot("far"), a_robot("near"), allocator=FleetPlanner(settings))
    desk.silent_s["near"] = 30.0
    desk.wait(3)
    desk.submit(carry("a", "box_a", "table_1"), walk("b", "shelf_1", priority=5))
    desk.update("a", CommandStatus.RUNNING, phase="walk_to_goal")
    desk.report("far", held=("box_a",))
    desk.silent_s["near"] = 0.0
    desk.report("near", pose=Pose(x=8.0, y=7.8))
    desk.wait(40)
    assert desk.task("a").robot_id == "far"
