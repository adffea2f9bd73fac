from __future__ import annotations

from fleet.model import events as ev
from fleet.model import queue_requests as qr
from fleet.model import requests as rq
from fleet.model.commands import CommandStatus
from tests.fleet.escalation.queue.desks import a_desk, ambiguous, fall, happened, notices
from tests.fleet.supervisor.building import Desk, carry

IN_THE_HALL = qr.SetMaintenance(window_id="w1", zone="hall", from_s=0, to_s=400, reason="the floor is cleaned")


def silent_fleet(desk: Desk, robots: int = 4) -> None:
    """All robots fall silent at once and stay so for two minutes."""
    for i in range(1, robots + 1):
        desk.silent_s[f"r{i}"] = 100.0
    desk.wait(65)


def test_robots_that_fall_silent_together_are_one_question():
    desk = a_desk(robots=4)
    silent_fleet(desk)
    (outage,) = happened(desk, ev.OutageBegan)
    assert (outage.outage.kind, outage.outage.place, len(outage.outage.robot_ids)) == ("host", "host", 4)
    (asked,) = desk.questions()
    assert asked.cause.value == "outage"
    assert "4 robots of host host fell silent together" in asked.question
    assert {"wait", "send_person", "ask_each", "hold_safely"} <= {o.option_id for o in asked.options}


def test_what_follows_from_an_outage_is_silenced_listed_on_it_and_comes_back_if_still_true():
    desk = a_desk(robots=4, answer_within_s=1000)
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    robot = str(desk.task("t1").robot_id)
    silent_fleet(desk)
    desk.wait(40)
    silenced = next(e for e in desk.questions() if e.cause.value == "robot_silent")
    assert desk.state.queue.silenced_by("O1") == (silenced.escalation_id,)
    assert notices(desk, silenced.escalation_id) == []
    for name in desk.silent_s:
        if name != robot:
            desk.silent_s[name] = 0.0
    desk.wait(1)
    (ended,) = happened(desk, ev.OutageEnded)
    assert ended.silent == (robot,)
    assert notices(desk, silenced.escalation_id)[0].page, "it is still true, so people are told"


def test_the_question_of_an_outage_falls_away_when_it_ends():
    desk = a_desk(robots=4)
    silent_fleet(desk)
    desk.silent_s = dict.fromkeys(desk.silent_s, 0.0)
    desk.wait(1)
    assert desk.questions() == []


def test_a_person_may_want_every_question_all_the_same():
    desk = a_desk(robots=4, answer_within_s=1000)
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    silent_fleet(desk)
    desk.wait(40)
    settled = desk.answer("ask_each")
    assert settled.accepted or desk.questions()
    outage = next(e for e in desk.state.escalations.values() if e.cause.value == "outage")
    assert outage.decision is not None
    assert desk.state.queue.silenced_by("O1") == ()


def test_an_outage_that_nobody_answered_is_asked_about_again():
    desk = a_desk(robots=4, answer_within_s=100)
    silent_fleet(desk)
    desk.wait(405, tick_s=5)
    asked = [e for e in desk.state.escalations.values() if e.cause.value == "outage"]
    assert len(asked) == 2


def test_two_silent_robots_are_no_outage():
    desk = a_desk(robots=4)
    silent_fleet(desk, robots=2)
    assert happened(desk, ev.OutageBegan) == []


def test_maintenance_silences_its_zone_and_says_by_whom_and_why():
    desk = a_desk()
    assert desk.ask(IN_THE_HALL, actor="Lea").accepted
    asked = ambiguous(desk)
    (silenced,) = happened(desk, ev.EscalationSuppressed)
    assert silenced.suppressed.source == "w1"
    assert silenced.suppressed.because == "maintenance by Lea: the floor is cleaned"
    assert notices(desk, asked) == []


def test_a_fall_is_never_silenced():
    desk = a_desk()
    desk.ask(IN_THE_HALL)
    assert notices(desk, fall(desk))[0].page


def test_maintenance_ends_by_itself_and_what_is_still_true_comes_back():
    desk = a_desk(answer_within_s=1000)
    desk.ask(IN_THE_HALL)
    asked = ambiguous(desk)
    desk.wait(401, tick_s=5)
    assert [e.by for e in happened(desk, ev.MaintenanceEnded)] == ["supervisor"]
    assert notices(desk, asked)[0].page


def test_maintenance_can_be_ended_early():
    desk = a_desk()
    desk.ask(IN_THE_HALL)
    asked = ambiguous(desk)
    assert desk.ask(qr.EndMaintenance(window_id="w1", reason="done early")).accepted
    assert notices(desk, asked)


def test_a_silenced_question_keeps_its_deadline_and_its_safe_default():
    desk = a_desk(answer_within_s=60)
    desk.ask(IN_THE_HALL)
    asked = ambiguous(desk)
    desk.wait(61)
    decision = desk.state.escalations[asked].decision
    assert decision is not None
    assert decision.how.value == "safe_default"


def test_what_cannot_be_maintenance_is_refused():
    desk = a_desk()
    bad = [
        (dict(zone="", robot_ids=()), "zone"),
        (dict(zone="moon"), "zone"),
        (dict(robot_ids=("r9",)), "robot_ids"),
        (dict(from_s=100, to_s=50), "to_s"),
        (dict(to_s=1e9), "to_s"),
        (dict(reason=" "), "reason"),
    ]
    for changes, field in bad:
        given = {"window_id": "w", "from_s": 0.0, "to_s": 100.0, "zone": "hall", "reason": "x", **changes}
        settled = desk.ask(qr.SetMaintenance(**given))
        assert (settled.accepted, settled.problem, settled.field) == (False, "invalid", field)
    assert desk.ask(IN_THE_HALL).accepted
    assert desk.ask(IN_THE_HALL).problem == "conflict"
    assert desk.ask(qr.EndMaintenance(window_id="w9", reason="x")).problem == "not_found"


def test_while_all_robots_are_held_what_follows_from_that_is_silenced():
    desk = a_desk(silent_patience_s=20)
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    desk.ask(rq.SetHold(robot_id=None, engage=True, reason="smoke"))
    desk.silent_s[str(desk.task("t1").robot_id)] = 50.0
    desk.wait(25)
    (silenced,) = happened(desk, ev.EscalationSuppressed)
    assert silenced.suppressed.source == "hold_all"
    desk.ask(rq.SetHold(robot_id=None, engage=False, reason="it was steam"))
    assert len(happened(desk, ev.EscalationUnsuppressed)) == 1
    assert notices(desk, silenced.escalation_id)
