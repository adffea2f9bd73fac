from __future__ import annotations

from dataclasses import replace

from fleet.escalation.queue.silence import silenced_because
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model import queue_requests as qr
from fleet.oversight.load.gather import gather
from fleet.supervisor.draft import Draft
from tests.fleet.escalation.queue.desks import a_desk, acknowledge, happened, notices
from tests.fleet.supervisor.building import Desk, carry

CLEANING = qr.SetMaintenance(window_id="w1", zone="hall", from_s=0, to_s=95, reason="the floor is cleaned")


def silenced(answer_within_s: float = 100.0, deadline_s: float | None = None) -> tuple[Desk, str]:
    """A question that maintenance silences; its task has that deadline. The first tier has 30 s."""
    desk = a_desk(answer_within_s=answer_within_s)
    assert desk.ask(CLEANING).accepted
    desk.submit(carry("t1", what={"colour": "blue"}, to="table_1", deadline_s=deadline_s))
    (asked,) = desk.state.escalations
    assert desk.state.queue.entries[asked].suppressed is not None
    return desk, asked


def test_who_is_told_only_when_the_silence_is_over_has_the_usual_time_to_answer():
    desk, asked = silenced()
    before = desk.state.escalations[asked].deadline_s
    desk.wait(96 - desk.now_s)
    (later,) = happened(desk, ev.EscalationPostponed)
    question = desk.state.escalations[asked]
    assert notices(desk, asked)
    assert question.deadline_s == later.deadline_s > before + 90.0
    desk.wait(50)
    assert desk.state.escalations[asked].open, "its first deadline is past, and nobody was told before"


def test_no_more_time_than_its_task_has():
    desk, asked = silenced(answer_within_s=1000.0, deadline_s=400.0)
    desk.wait(96 - desk.now_s)
    assert desk.state.escalations[asked].deadline_s == 400.0
    assert happened(desk, ev.EscalationPostponed) == []


def test_people_are_told_in_spite_of_the_silence_before_holding_makes_a_task_late():
    desk, asked = silenced(deadline_s=200.0)
    deadline_s = desk.state.escalations[asked].deadline_s
    desk.wait(deadline_s - 30 - desk.now_s - 2)
    assert notices(desk, asked) == []
    desk.wait(3)
    (told,) = happened(desk, ev.EscalationUnsuppressed)
    assert told.because == "held for any longer t1 would be late"
    assert notices(desk, asked)[0].page
    desk.wait(20)
    assert desk.state.queue.entries[asked].suppressed is None, "it does not fall silent again"
    assert len(happened(desk, ev.EscalationUnsuppressed)) == 1


def test_a_task_that_has_all_the_time_there_is_stays_silent():
    desk, asked = silenced(answer_within_s=60.0, deadline_s=5000.0)
    desk.wait(61)
    assert notices(desk, asked) == []
    decision = desk.state.escalations[asked].decision
    assert decision is not None
    assert decision.how.value == "safe_default"


def test_what_would_be_done_by_default_is_never_silenced():
    desk, asked = silenced()
    draft = Draft(desk.state, desk.now_s, desk.context)
    question, entry = desk.state.escalations[asked], desk.state.queue.entries[asked]
    acts = replace(question, safe_default=question.options[0].option_id)
    assert silenced_because(draft, question, entry) is not None
    assert silenced_because(draft, acts, entry) is None


def test_who_has_it_in_hand_answers_what_they_were_shown():
    desk, asked = silenced()
    desk.wait(60)
    assert acknowledge(desk, asked).accepted
    shown = desk.state.escalations[asked].shown_digest
    assert desk.ask(qr.EndMaintenance(window_id="w1", reason="done early")).accepted
    assert happened(desk, ev.EscalationUnsuppressed)
    assert desk.state.escalations[asked].shown_digest == shown


def test_the_report_counts_the_time_that_people_really_had():
    desk, asked = silenced()
    desk.wait(96 - desk.now_s)
    kept = [
        Record(seq=n, batch=n, at_s=desk.now_s, epoch=1, event=event, checksum="")
        for n, event in enumerate(desk.events, 1)
    ]
    assert gather(kept).questions[asked].deadline_s == desk.state.escalations[asked].deadline_s
