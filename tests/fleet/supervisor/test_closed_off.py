"""Tasks behind what is closed wait where they are, say why, and are given out as soon as it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model import events as ev
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.escalation import Cause, Escalation, EscalationState
from fleet.model.geometry import Pose
from fleet.model.requests import AnswerEscalation
from fleet.model.site import Zone
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.why import why
from fleet.travel import TravelModel
from tests.fleet.supervisor.building import Desk, a_robot, carry

WHY = "it is being washed"


def with_rooms(desk: Desk) -> Desk:
    """The hall has a zone across it, `gate`: docks and robots are on this side (y < 5), shelves and tables on that."""
    site = desk.context.site
    gate = Zone(zone_id="gate", kind="corridor", polygon=((0, 5), (10, 5), (10, 6), (0, 6)))
    rooms = replace(site, zones={**site.zones, "gate": gate})
    desk.context = replace(desk.context, site=rooms, travel=TravelModel(rooms))
    return desk


@pytest.fixture(params=["plans", "one_ahead"])
def hall(request: pytest.FixtureRequest) -> Desk:
    allocator = FleetPlanner(AllocationSettings(iterations=20)) if request.param == "plans" else None
    return with_rooms(Desk(a_robot("r1"), a_robot("r2"), allocator=allocator))


def looks(name: str, **more: Any) -> TaskSpec:
    return TaskSpec(task_id=name, skill="walk_to", parameters={"place": "table_3"}, **more)


def test_a_task_that_cannot_be_reached_is_held_back_and_given_out_when_the_way_is_open(hall: Desk) -> None:
    hall.ask(CloseWay(what="gate", reason=WHY))
    hall.submit(looks("look"))
    hall.wait(30)
    task = hall.task("look")
    assert (task.state, task.robot_id) == (TaskState.QUEUED, None)
    assert task.because == f"held back: gate is closed (dana: {WHY})"
    assert not hall.state.escalations
    hall.ask(OpenWay(what="gate", reason="dry"))
    hall.wait(1)
    assert hall.task("look").robot_id is not None


def test_a_place_that_is_closed_holds_back_what_is_about_it_and_nothing_else(hall: Desk) -> None:
    hall.ask(CloseWay(what="table_3", reason=WHY))
    other = TaskSpec(task_id="other", skill="walk_to", parameters={"place": "table_1"})
    hall.submit(looks("look"), other)
    hall.wait(5)
    assert hall.task("other").robot_id is not None
    assert hall.task("look").because.startswith("held back: table_3 is closed")


def test_who_is_on_the_right_side_gets_it(hall: Desk) -> None:
    hall.ask(CloseWay(what="gate", reason=WHY))
    hall.report("r2", pose=Pose(x=9, y=9))
    hall.report("r1", pose=Pose(x=6, y=4.5))
    hall.submit(looks("look"))
    hall.wait(2)
    assert hall.task("look").robot_id == "r2"


def test_who_is_inside_what_is_closed_may_leave_it_for_work(hall: Desk) -> None:
    hall.report("r1", pose=Pose(x=6, y=5.5))
    hall.ask(CloseWay(what="gate", reason=WHY))
    hall.submit(looks("look"))
    hall.wait(2)
    assert hall.task("look").robot_id == "r1"


def test_where_the_time_is_known_a_robot_sets_out_so_as_not_to_stand_and_wait(hall: Desk) -> None:
    hall.report("r1", pose=Pose(x=6, y=2))
    hall.report("r2", pose=Pose(x=7, y=4.9))
    hall.ask(CloseWay(what="gate", reason=WHY, until_s=hall.now_s + 40))
    hall.submit(looks("look"))
    hall.wait(20)
    assert hall.task("look").because.startswith(f"held back: gate is closed (dana: {WHY}, until ")
    hall.wait(16)  # 3 m to walk at 0.5 m/s
    assert hall.task("look").robot_id is not None


def test_a_load_behind_what_is_closed_is_not_fetched(hall: Desk) -> None:
    hall.ask(CloseWay(what="gate", reason=WHY))
    hall.submit(carry("load"))
    hall.wait(20)
    assert hall.task("load").because.startswith("held back")


def test_why_names_what_is_closed_and_what_opening_it_would_buy() -> None:
    hall = with_rooms(Desk(a_robot("r1"), a_robot("r2"), allocator=FleetPlanner(AllocationSettings(iterations=20))))
    hall.ask(CloseWay(what="gate", reason=WHY))
    hall.submit(looks("look", deadline_s=hall.now_s + 200))
    hall.wait(5)
    told = why(hall.state, hall.now_s, hall.context, "look")
    assert told["held_back"]["closed"] == ["gate"]
    assert told["held_back"]["opens_at_s"] is None
    assert hall.now_s < told["held_back"]["ends_if_open_s"] < hall.now_s + 30
    assert told["left_undone_because"] == f"gate is closed (dana: {WHY})"
    (opened,) = [r for r in told["limits"]["reliefs"] if r["kind"] == "closed"]
    assert (opened["subject"], opened["meets"], opened["text"]) == ("gate", True, "in time if gate were opened now")
    assert all(a["because"].startswith(f"gate is closed (dana: {WHY})") for a in told["alternatives"])
    assert "It would be in time if gate were opened now." in told["limits"]["sentence"]


def questions(desk: Desk) -> list[Escalation]:
    return [e for e in desk.state.escalations.values() if e.cause is Cause.CLOSED_OFF]


def choose(desk: Desk, question: Escalation, option_id: str) -> None:
    body = AnswerEscalation(
        escalation_id=question.escalation_id,
        option_id=option_id,
        reason="it is fit",
        shown_digest=question.shown_digest,
    )
    assert desk.ask(body, actor="mia").accepted


def closed_for(hall: Desk, seconds: float | None, due_in_s: float | None, **more: Any) -> None:
    hall.ask(CloseWay(what="gate", reason=WHY, until_s=None if seconds is None else hall.now_s + seconds))
    due = {} if due_in_s is None else {"deadline_s": hall.now_s + due_in_s}
    hall.submit(looks("look", **due, **more))
    hall.wait(6)


def test_a_deadline_that_what_is_closed_puts_at_risk_is_asked_about_once(hall: Desk) -> None:
    closed_for(hall, None, 100)
    (question,) = questions(hall)
    assert [o.option_id for o in question.options] == ["open", "wait", "cancel", "hold_safely"]
    assert question.question.startswith(f"gate is closed (dana: {WHY}). look is behind it, due in 97 s; r")
    choose(hall, question, "wait")
    hall.wait(60)
    assert len(questions(hall)) == 1


def test_whoever_answers_may_open_it_and_the_work_is_done(hall: Desk) -> None:
    closed_for(hall, None, 100)
    choose(hall, questions(hall)[0], "open")
    hall.wait(1)
    assert not hall.state.closures
    assert hall.task("look").robot_id is not None
    (opened,) = [e for e in hall.events if isinstance(e, ev.WayOpened)]
    assert (opened.by, opened.because) == ("mia", "mia opened it for look")


def test_where_it_opens_too_late_the_deadline_may_be_moved(hall: Desk) -> None:
    closed_for(hall, 200, 100, hard_deadline=True)
    (question,) = questions(hall)
    assert [o.option_id for o in question.options] == ["open", "later", "wait", "cancel", "hold_safely"]
    choose(hall, question, "later")
    hall.wait(100)
    assert (hall.task("look").state, len(questions(hall))) == (TaskState.QUEUED, 1)
    hall.wait(110)
    assert hall.task("look").robot_id is not None


@pytest.mark.parametrize(("seconds", "due_in_s"), [(None, 400), (60, 200), (60, None), (None, None), (None, 8)])
def test_nobody_is_asked_while_there_is_time_or_where_it_opens_in_time_or_nobody_could_answer(
    hall: Desk, seconds: float | None, due_in_s: float | None
) -> None:
    closed_for(hall, seconds, due_in_s)
    assert not hall.state.escalations


def test_a_question_falls_away_when_it_is_opened(hall: Desk) -> None:
    closed_for(hall, None, 100)
    hall.ask(OpenWay(what="gate", reason="dry"))
    hall.wait(1)
    (question,) = questions(hall)
    assert (question.state, question.decision) == (EscalationState.CLOSED, None)
