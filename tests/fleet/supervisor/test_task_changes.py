from __future__ import annotations

import pytest

from fleet.model.commands import CancelCommand, CommandStatus
from fleet.model.requests import CancelTask
from fleet.model.task_requests import BanRobot, OrderTask, PinTask
from fleet.model.tasks import TaskState
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState
BECAUSE = "I know better"


def pin(task_id: str, robot_id: str | None) -> PinTask:
    return PinTask(task_id=task_id, robot_id=robot_id, reason=BECAUSE)


def ban(task_id: str, robot_id: str, banned: bool = True) -> BanRobot:
    return BanRobot(task_id=task_id, robot_id=robot_id, banned=banned, reason=BECAUSE)


def order(task_id: str, *after: str) -> OrderTask:
    return OrderTask(task_id=task_id, after=after, reason=BECAUSE)


def test_a_pin_after_submission_counts_at_the_next_plan(desk: Desk) -> None:
    desk.submit(carry("t0", earliest_start_s=5.0))
    assert desk.ask(pin("t0", "r2")).accepted
    desk.wait(6)
    assert desk.task("t0").robot_id == "r2"
    assert desk.task("t0").spec.robot_id == "r2"


def test_who_is_on_its_way_and_may_not_any_more_gives_it_up(desk: Desk) -> None:
    desk.submit(carry("t1"))
    first = desk.task("t1").robot_id
    other = "r2" if first == "r1" else "r1"
    assert desk.ask(ban("t1", str(first))).accepted
    assert [c.robot_id for c in desk.commands if isinstance(c, CancelCommand)] == [first]
    assert desk.task("t1").robot_id == other


def test_with_the_load_in_its_hands_it_is_too_late(desk: Desk) -> None:
    desk.submit(carry("t1"))
    first = str(desk.task("t1").robot_id)
    desk.update("t1", CommandStatus.RUNNING, phase="walk_to_goal")
    desk.report(first, held=("box_a",))
    settled = desk.ask(ban("t1", first))
    assert (settled.accepted, settled.problem) == (False, "conflict")
    assert "box_a in its hands already" in settled.detail
    assert desk.task("t1").robot_id == first


def test_unpinning_and_allowing_take_it_back(desk: Desk) -> None:
    desk.submit(carry("t1", robot_id="r1", earliest_start_s=50.0))
    assert desk.ask(pin("t1", None)).accepted
    assert desk.ask(ban("t1", "r2")).accepted
    assert desk.ask(ban("t1", "r2", banned=False)).accepted
    spec = desk.task("t1").spec
    assert (spec.robot_id, spec.needs.not_robots) == (None, ())


def test_what_cannot_be_is_refused_and_says_why() -> None:
    desk = Desk(a_robot("weak", payload_kg=0.5), a_robot("r2"))
    desk.submit(carry("t1", earliest_start_s=50.0))
    desk.submit(carry("t2", earliest_start_s=50.0, robot_id="r2"), mission_id="m2")
    for body, problem, word in (
        (pin("t9", "r2"), "not_found", "no task named 't9'"),
        (pin("t1", "r9"), "not_found", "known: weak, r2"),
        (pin("t1", "weak"), "invalid", "payload 1 kg > 0.5 kg"),
        (pin("t1", None), "conflict", "pinned to no robot"),
        (ban("t2", "r2"), "conflict", "unpin it first"),
        (ban("t1", "r2", banned=False), "conflict", "not ruled out"),
    ):
        settled = desk.ask(body)
        assert (settled.accepted, settled.problem) == (False, problem), body
        assert word in settled.detail
    desk.ask(CancelTask(task_id="t1", reason=BECAUSE))
    assert desk.ask(pin("t1", "r2")).problem == "conflict"


def test_waits_across_missions_are_kept_and_a_circle_is_refused_and_named(desk: Desk) -> None:
    desk.submit(carry("a", earliest_start_s=500.0))
    desk.submit(carry("b", what="box_b", to="table_3", depends_on=("a",)), mission_id="m2")
    assert desk.task("b").state is S.REQUESTED
    settled = desk.ask(order("a", "b"))
    assert (settled.accepted, settled.field) == (False, "after")
    assert "a -> b -> a" in settled.detail or "b -> a -> b" in settled.detail
    assert desk.ask(order("b")).accepted
    desk.wait(1)
    assert desk.task("b").state is S.ASSIGNED
    assert desk.ask(order("b", "a")).problem == "conflict"  # it has begun


def test_a_task_cannot_wait_for_what_will_never_be_done(desk: Desk) -> None:
    desk.submit(carry("a", earliest_start_s=500.0))
    desk.ask(CancelTask(task_id="a", reason=BECAUSE))
    settled = desk.submit(carry("b", what="box_b", to="table_3", depends_on=("a",)), mission_id="m2")
    assert settled.field == "tasks[0].depends_on"
    assert "it will never be done" in settled.detail
    unknown = desk.submit(carry("b", what="box_b", to="table_3", depends_on=("ghost",)), mission_id="m2")
    assert "does not exist" in unknown.detail


@pytest.mark.parametrize(("answer", "state"), [("go_on_without", S.ASSIGNED), ("cancel", S.CANCELLED)])
def test_lost_work_of_another_mission_is_asked_about_once(desk: Desk, answer: str, state: TaskState) -> None:
    desk.submit(carry("a", earliest_start_s=500.0))
    desk.submit(carry("b", what="box_b", to="table_3", depends_on=("a",)), mission_id="m2")
    desk.ask(CancelTask(task_id="a", reason=BECAUSE))
    desk.wait(30, tick_s=5.0)
    (asked,) = desk.questions()
    assert asked.cause.value == "predecessor_lost"
    assert "it waits for a (mission m1), which is cancelled" in desk.task("b").because
    assert desk.answer(answer).accepted
    desk.wait(1)
    assert desk.task("b").state is state
    assert len(desk.state.escalations) == 1


def test_of_two_tasks_with_one_bench_one_waits_and_says_who_has_it(desk: Desk) -> None:
    desk.submit(
        carry("a", resources=("bench",), priority=80),
        carry("b", what="box_b", to="table_3", resources=("press", "bench")),
    )
    assert desk.task("a").state is S.ASSIGNED
    desk.wait(1)
    assert desk.task("b").state is S.QUEUED
    assert desk.task("b").because == f"waits for bench, which a ({desk.task('a').robot_id}) has"
    desk.update("a", CommandStatus.RUNNING)
    desk.claim("a")
    desk.wait(1)
    assert desk.task("b").state is S.QUEUED  # as long as the claim is checked the bench is in use
    desk.see_object("box_a", place="table_1")
    desk.wait(1)
    assert desk.task("b").state is S.ASSIGNED
