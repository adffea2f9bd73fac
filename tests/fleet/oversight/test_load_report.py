from __future__ import annotations

import pytest

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model import queue_requests as qr
from fleet.model.commands import CommandStatus
from fleet.oversight.load.figures import LoadReport, figures
from fleet.oversight.load.gather import gather
from fleet.oversight.load.page import html_page
from tests.fleet.escalation.queue.desks import HALL, a_desk, acknowledge, ambiguous
from tests.fleet.escalation.queue.test_groups_and_floods import many
from tests.fleet.supervisor.building import Desk, carry


def journal(desk: Desk) -> list[Record]:
    """What the desk's supervisor would have written, at the times at which it would have."""
    found = []
    for batch, taken in enumerate(desk.batches, 1):
        for event in taken.events:
            at_s = taken.state.now_s
            found.append(Record(seq=len(found) + 1, batch=batch, at_s=at_s, epoch=1, event=event, checksum=""))
    return found


def report(desk: Desk, people: int = 1) -> LoadReport:
    return figures(gather(journal(desk)), people)


def test_an_empty_journal_has_a_report_too():
    found = figures(gather([]))
    assert (found.questions, found.per_10_min, found.missed) == (0, 0.0, ())
    assert found.decided_after_s is None
    assert "no questions" in html_page(found)


def test_times_are_counted_from_when_people_were_told():
    desk = a_desk()
    asked = ambiguous(desk)
    desk.wait(20)
    acknowledge(desk, asked)
    desk.wait(10)
    body = desk.state.escalations[asked]
    assert body.acknowledged_by == "Mia"
    desk.now_s += 0.0
    settled = desk.ask(_answer(desk, asked), actor="Mia")
    assert settled.accepted
    found = report(desk)
    assert found.acknowledged_after_s == pytest.approx(20, abs=1)
    assert found.decided_after_s == pytest.approx(30, abs=1)
    assert [(p.name, p.decided) for p in found.persons] == [("Mia", 1)]


def _answer(desk: Desk, asked: str):
    from fleet.model.requests import AnswerEscalation

    digest = desk.state.escalations[asked].shown_digest
    return AnswerEscalation(escalation_id=asked, option_id="object:box_a", reason="seen", shown_digest=digest)


def test_floods_are_windows_with_more_than_ten_for_each_operator():
    desk = a_desk()
    for _ in many(desk, 12):
        assert desk.answer("cancel").accepted
    desk.wait(1190, tick_s=10)
    alone, two = report(desk), report(desk, people=2)
    assert alone.flood_share == pytest.approx(0.5)
    assert two.flood_share == 0
    assert alone.per_10_min_max == 12
    assert alone.floods == 1
    assert alone.flood_longest_s > 0


def test_the_noisiest_sources_and_those_that_chatter_are_named():
    desk = a_desk()
    for _ in range(3):
        ambiguous_again(desk)
    found = report(desk)
    assert found.top_ten[0].questions == 3
    assert found.top_ten_share == 1.0
    assert [s.questions for s in found.chattering] == [3]


def ambiguous_again(desk: Desk) -> None:
    number = len(desk.state.tasks) + 1
    desk.submit(carry(f"t{number}", what={"colour": "blue"}, to="table_1"), mission_id=f"m{number}")
    assert desk.answer("cancel").accepted


def test_silenced_questions_are_counted_beside_and_not_as_load():
    desk = a_desk(answer_within_s=60)
    desk.ask(qr.SetMaintenance(window_id="w", zone="hall", from_s=0, to_s=4000, reason="paint"))
    ambiguous(desk)
    desk.wait(70)
    found = report(desk)
    assert (found.put, found.questions, found.silenced) == (0, 1, {"maintenance": 1})


def test_a_default_that_nobody_was_told_of_is_a_missed_question():
    desk = a_desk(answer_within_s=60)
    ambiguous(desk)
    desk.wait(70)
    told = (ev.EscalationNotified, ev.GroupClosed)
    found = gather([r for r in journal(desk) if not isinstance(r.event, told)])
    found.questions["E1"].put_at_s = None
    (missed,) = figures(found).missed
    assert (missed.kind, missed.subject) == ("asked_too_late", "E1")


def test_what_a_person_announced_is_known_and_not_missed():
    desk = a_desk(answer_within_s=60)
    desk.ask(qr.SetMaintenance(window_id="w", zone="hall", from_s=0, to_s=4000, reason="paint"))
    ambiguous(desk)
    desk.wait(70)
    assert report(desk).missed == ()


def test_less_than_ten_seconds_to_answer_is_too_late():
    desk = a_desk(answer_within_s=60)
    ambiguous(desk)
    desk.wait(70)
    found = gather(journal(desk))
    found.questions["E1"].put_at_s = found.questions["E1"].deadline_s - 4.0
    (missed,) = figures(found).missed
    assert missed.because == "people had 4.0 s"


def test_a_default_that_people_later_decide_otherwise_turned_out_wrong():
    desk = a_desk(answer_within_s=60)
    ambiguous(desk)
    desk.wait(70)
    desk.wait(300, tick_s=5)
    assert desk.answer("object:box_a").accepted
    kinds = report(desk).missed_kinds
    assert kinds == {"asked_too_late": 0, "default_wrong": 1, "never_asked": 0}


def test_a_default_that_made_a_task_late_turned_out_wrong():
    desk = a_desk(answer_within_s=60)
    desk.submit(carry("t1", what={"colour": "blue"}, deadline_s=80.0))
    desk.wait(361, tick_s=1)
    asked = desk.questions()[0]
    assert desk.answer("cancel", escalation_id=asked.escalation_id).accepted
    (missed,) = [m for m in report(desk).missed if m.subject == "E1"]
    assert "after its deadline" in missed.because


def test_a_task_that_failed_without_a_question_is_one_that_was_never_asked():
    from fleet.model.tasks import RecoveryPolicy

    desk = a_desk()
    never = RecoveryPolicy(retries=0, replans=0, reassignments=0, ask_human=False)
    desk.submit(carry("t1", recovery=never))
    desk.update("t1", CommandStatus.FAILED, reason="gripper broken")
    (missed,) = report(desk).missed
    assert (missed.kind, missed.subject) == ("never_asked", "t1")


def test_an_answered_question_is_not_missed():
    desk = a_desk()
    ambiguous(desk)
    desk.answer("object:box_a")
    assert report(desk).missed == ()


def test_only_the_last_days_count():
    desk = a_desk()
    ambiguous(desk)
    desk.answer("cancel")
    desk.now_s += 3 * 86400
    desk.submit(carry("t2", what={"colour": "blue"}, to="table_2"), mission_id="m2")
    found = gather(journal(desk))
    assert figures(found).questions == 2
    assert figures(found, days=1).questions == 1


def test_the_page_says_what_was_missed_and_escapes_what_people_wrote():
    from fleet.model.tasks import RecoveryPolicy

    desk = a_desk(HALL)
    never = RecoveryPolicy(retries=0, replans=0, reassignments=0, ask_human=False)
    desk.submit(carry("t1", recovery=never))
    desk.update("t1", CommandStatus.FAILED, reason="<script>gripper")
    page = html_page(report(desk))
    assert "never asked" in page
    assert "&lt;script&gt;gripper" in page
    assert "<script>" not in page
