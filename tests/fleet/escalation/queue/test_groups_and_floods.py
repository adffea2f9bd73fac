from __future__ import annotations

import dataclasses

from fleet.escalation.load import load
from fleet.escalation.queue.waiting import in_order
from fleet.model import events as ev
from tests.fleet.escalation.queue.desks import HALL, a_desk, ambiguous, fall, happened, notices
from tests.fleet.supervisor.building import Desk


def many(desk: Desk, count: int) -> list[str]:
    """So many questions in a row: the places are made for it."""
    site = desk.context.site
    slot = site.places["table_1"]
    for i in range(1, count + 1):
        site.places[f"table_{i}"] = dataclasses.replace(slot, place_id=f"table_{i}")
    return [ambiguous(desk, i) for i in range(1, count + 1)]


def test_related_questions_call_people_once():
    desk = a_desk()
    first, second = ambiguous(desk, 1), ambiguous(desk, 2)
    assert desk.state.queue.entries[first].group_id == desk.state.queue.entries[second].group_id
    assert [n.page for n in notices(desk)] == [True, False]


def test_a_graver_question_of_the_same_group_calls_again():
    desk = a_desk(HALL.replace("    shelve_at", "    group_by: [zone]\n    shelve_at"))
    ambiguous(desk)
    grave = fall(desk)
    assert [(n.page, n.because) for n in notices(desk, grave)] == [(True, "graver than its group so far")]


def test_long_after_the_last_one_it_is_a_new_group():
    desk = a_desk(answer_within_s=1000)
    ambiguous(desk, 1)
    desk.wait(150, tick_s=5)
    ambiguous(desk, 2)
    assert [n.page for n in notices(desk)].count(True) >= 2
    assert len({e.group_id for e in desk.state.queue.entries.values()}) == 2


def test_a_group_goes_to_the_next_tier_together():
    desk = a_desk()
    ambiguous(desk, 1)
    ambiguous(desk, 2)
    desk.wait(40)
    assert [n.page for n in notices(desk) if n.tier == 1].count(True) == 1
    assert {e.tier for e in desk.state.queue.entries.values()} == {1}


def test_a_group_closes_with_its_last_question():
    desk = a_desk()
    ambiguous(desk)
    desk.answer("cancel")
    assert [e.group_id for e in happened(desk, ev.GroupClosed)] == ["G1"]
    assert desk.state.queue.groups == {}


def test_too_many_questions_are_a_flood_that_is_logged_and_calls_once():
    desk = a_desk(HALL.replace("    shelve_at", "    group_by: [cause, zone, decision_class]\n    shelve_at"))
    many(desk, 25)
    (flood,) = happened(desk, ev.FloodBegan)
    assert "10 each are bearable" in flood.because
    pages = [n for n in notices(desk) if n.page and n.tier == 0]
    assert len(pages) == 2, "the first question's, and one for the flood"
    assert "you are called once for all" in pages[1].because
    assert "severity high" not in pages[1].text


def test_in_a_flood_a_grave_question_still_calls():
    desk = a_desk()
    many(desk, 12)
    assert desk.state.queue.flood is not None
    (notice,) = notices(desk, fall(desk))
    assert notice.page


def test_a_flood_ends_and_that_is_logged():
    desk = a_desk(answer_within_s=60)
    many(desk, 12)
    for question in list(desk.questions()):
        desk.answer("cancel")
        assert question
    desk.wait(660, tick_s=10)
    (ended,) = happened(desk, ev.FloodEnded)
    assert ended.questions == 12
    assert desk.state.queue.flood is None


def test_what_costs_most_to_let_wait_comes_first():
    desk = a_desk()
    one, grave = ambiguous(desk), fall(desk, "r2")
    order = [asked.escalation_id for asked, _ in in_order(desk.state, desk.now_s)]
    assert order == [grave, one]
    cost = in_order(desk.state, desk.now_s)[1][1]
    assert cost.waiting == 1
    assert "1 task waits" in cost.words


def test_time_running_out_raises_the_cost_of_waiting():
    desk = a_desk(answer_within_s=300)
    ambiguous(desk)
    early = in_order(desk.state, desk.now_s)[0][1].score
    late = in_order(desk.state, desk.now_s + 290)[0][1].score
    assert late > 3 * early


def test_the_load_counts_what_people_were_shown_and_is_shared_by_who_is_there():
    desk = a_desk()
    ambiguous(desk, 1)
    ambiguous(desk, 2)
    assert load(desk.state, desk.now_s) == 1.0
    assert load(desk.state, desk.now_s, people=2) == 0.5
    assert load(desk.state, desk.now_s + 601) == 0.0
