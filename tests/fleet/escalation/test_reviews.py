"""Random audits: what the fleet decided by itself is looked at afterwards, holds nothing up, and teaches the gate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.escalation.audits import drawn
from fleet.escalation.gate.adaptive import level_after, missed
from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.records import NONE_OF_THESE
from fleet.escalation.gate.store import Source
from fleet.escalation.learned import learn
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.requests import ReviewRuling, Role
from fleet.model.review import ReviewVerdict
from fleet.model.ruling import Choice, Ruled, Ruling
from fleet.model.severity import Severity
from fleet.model.tasks import TaskSpec
from fleet.supervisor import fold_reviews
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot


def ruled(number: int = 1, *, act: bool = True, review: bool = True, options: int = 2, chance: float = 0.05) -> Ruled:
    names = tuple("abcde"[:options])
    scores = (0.9, *(0.1 / (options - 1) for _ in names[1:]))
    choice = Choice(
        decision_class="which_object",
        severity=Severity.MEDIUM,
        options=names,
        scores=scores,
        answers=tuple((f"object:{n}",) for n in names),
    )
    ruling = Ruling(
        act=act,
        chosen=0,
        in_set=(0,),
        sentence="",
        conditions=(),
        examples=100,
        epsilon=0.1,
        level=0.1,
        quantile=0.5,
        alpha=0.05,
        bar=0.5,
        novelty_p=None,
        p_wrong=0.01,
        asking_price=30.0,
    )
    return Ruled(
        ruling_id=f"R{number}",
        choice=choice,
        ruling=ruling,
        subject={"task": "t"},
        ruled_at_s=float(number),
        review=review,
        review_chance=chance,
    )


@pytest.fixture
def desk() -> Desk:
    """A supervisor that has every decision reviewed, and has just decided which box was meant."""
    made = Desk(a_robot("r1"), a_robot("r2"), settings=SupervisorSettings(audit_share=1.0))
    made.submit(TaskSpec(task_id="t1", skill="walk_to", parameters={"place": "table_1"}, why="a test"))
    made.wait(1.0)
    assert made.state.reviews, "choosing a robot passes the gate, and every act is drawn"
    return made


def first(desk: Desk) -> str:
    return next(iter(desk.state.reviews))


def test_what_was_drawn_is_kept_and_holds_nothing_up(desk: Desk) -> None:
    review = desk.state.reviews[first(desk)]
    assert review.open and review.ruled.review and review.ruled.ruling.act
    assert desk.task("t1").command_id is not None and not desk.state.open_escalations()


def test_a_person_says_once_and_with_a_reason_whether_it_was_right(desk: Desk) -> None:
    ruling_id = first(desk)
    assert not desk.ask(ReviewRuling(ruling_id=ruling_id, verdict="right", reason=" ")).accepted
    assert desk.ask(ReviewRuling(ruling_id=ruling_id, verdict="right", reason="I watched it")).accepted
    review = desk.state.reviews[ruling_id]
    assert (review.verdict, review.acceptable, review.by) == (ReviewVerdict.RIGHT, (0,), "dana")
    again = desk.ask(ReviewRuling(ruling_id=ruling_id, verdict="wrong", reason="no"), actor="eve")
    assert (again.accepted, again.problem) == (False, "already_answered")


@pytest.mark.parametrize(
    ("body", "problem", "field"),
    [
        (ReviewRuling(ruling_id="R999", verdict="right", reason="x"), "not_found", "ruling_id"),
        (ReviewRuling(ruling_id="", verdict="perhaps", reason="x"), "invalid", "verdict"),
        (ReviewRuling(ruling_id="", verdict="open", reason="x"), "invalid", "verdict"),
        (ReviewRuling(ruling_id="", verdict="wrong", reason="x", instead="the moon"), "invalid", "instead"),
    ],
    ids=["unknown", "no verdict", "still open", "no such option"],
)
def test_a_review_that_cannot_be_is_refused(desk: Desk, body: ReviewRuling, problem: str, field: str) -> None:
    import msgspec

    body = body if body.ruling_id else msgspec.structs.replace(body, ruling_id=first(desk))
    settled = desk.ask(body)
    assert (settled.accepted, settled.problem, settled.field) == (False, problem, field)
    assert all(r.open for r in desk.state.reviews.values())


def test_a_viewer_may_look_but_not_review(desk: Desk) -> None:
    body = ReviewRuling(ruling_id=first(desk), verdict="right", reason="x")
    assert desk.ask(body, role=Role.VIEWER).problem == "forbidden"


def test_of_two_options_the_other_was_right_and_of_several_it_must_be_said() -> None:
    from fleet.escalation.refusal import Refusal
    from fleet.escalation.reviews import acceptable
    from fleet.model.review import Review

    two, three = Review(ruled=ruled()), Review(ruled=ruled(options=3))
    assert acceptable(two, ReviewVerdict.WRONG, "") == (1,)
    assert acceptable(two, ReviewVerdict.WRONG, "none of these") == (NONE_OF_THESE,)
    assert acceptable(three, ReviewVerdict.WRONG, "c") == (2,)
    assert acceptable(three, ReviewVerdict.CANNOT_TELL, "") == ()
    with pytest.raises(Refusal, match="'b', 'c', 'none of these'"):
        acceptable(three, ReviewVerdict.WRONG, "")


def test_only_so_many_are_kept_and_those_that_are_done_go_first() -> None:
    state = fold_reviews.drawn(FleetState(), ruled(0))
    state = replace(state, reviews={"R0": replace(state.reviews["R0"], verdict=ReviewVerdict.RIGHT)})
    for number in range(1, fold_reviews.KEPT + 1):
        state = fold_reviews.drawn(state, ruled(number))
    assert len(state.reviews) == fold_reviews.KEPT and "R0" not in state.reviews
    assert fold_reviews.drawn(state, ruled(9999, review=False)) is state
    assert fold_reviews.drawn(state, ruled(9999, act=False)) is state


def test_the_share_drawn_is_the_share_that_was_set() -> None:
    ids = [f"R{n}" for n in range(20_000)]
    share = sum(drawn(i, 0.03) for i in ids) / len(ids)
    assert abs(share - 0.03) < 0.004
    assert not any(drawn(i, 0.0) for i in ids) and all(drawn(i, 1.0) for i in ids)


# What a journal teaches


def record(seq: int, event: ev.Event) -> Record:
    return Record(seq=seq, batch=seq, epoch=1, at_s=float(seq), event=event, checksum="")


def test_a_journal_teaches_what_people_found_with_the_weight_it_stands_for() -> None:
    acted, unlooked = ruled(1), ruled(2, review=False)
    found = ev.RulingReviewed(
        ruling_id="R1", verdict=ReviewVerdict.WRONG, acceptable=(1,), chance=0.05, by="ana", role="operator", reason="x"
    )
    events = [ev.RulingMade(ruled=acted), ev.RulingMade(ruled=unlooked), found]
    learned = learn(record(i, e) for i, e in enumerate(events, start=1))
    (case,) = learned.cases(Source(kind="journal", name="fleet.sqlite"))
    assert (case.example.acceptable, case.example.weight, case.source.kind) == ((1,), 20.0, "review")
    assert learned.left == {"acted, not drawn for a review": 1}


def test_what_cannot_be_told_and_what_is_reserved_teach_nothing() -> None:
    shrug = ev.RulingReviewed(
        ruling_id="R1",
        verdict=ReviewVerdict.CANNOT_TELL,
        acceptable=(),
        chance=0.05,
        by="a",
        role="operator",
        reason="x",
    )
    kept = ruled(2)
    reserved = replace(kept, choice=replace(kept.choice, reserved="a person is near"))
    looked = replace(shrug, ruling_id="R2", verdict=ReviewVerdict.RIGHT, acceptable=(0,))
    events = [ev.RulingMade(ruled=ruled(1)), shrug, ev.RulingMade(ruled=reserved), looked]
    learned = learn(record(i, e) for i, e in enumerate(events, start=1))
    assert learned.cases(Source(kind="journal")) == []
    assert learned.left["reviewed, and could not be told"] == 1
    assert learned.left["without scores, or reserved for people"] == 1


# And the level


def test_a_miss_in_a_rare_audit_moves_the_level_as_far_as_what_it_stands_for() -> None:
    promise = Promise(epsilon=0.1, gamma=0.01)
    one = ruled()
    assert missed(one, (0,)) is False and missed(one, (1,)) is True
    assert level_after(None, promise, one, (0,)) == pytest.approx(0.1 + 0.01 * 0.1)
    assert level_after(0.1, promise, one, (1,)) == pytest.approx(0.1 - 0.01 * 0.9)
    assert level_after(0.1, promise, one, (1,), chance=0.5) == pytest.approx(0.1 - 0.02 * 0.9)
    assert level_after(0.1, promise, one, (1,), chance=0.001) == pytest.approx(0.1 - 0.1 * 0.9)
    assert level_after(0.1, replace(promise, gamma=0.0), one, (1,)) == 0.1


def test_without_a_set_nothing_is_learned_about_one() -> None:
    blank = ruled()
    blank = replace(blank, ruling=replace(blank.ruling, p_wrong=None, quantile=None))
    assert missed(blank, (0,)) is None
    assert level_after(0.07, Promise(gamma=0.01), blank, (1,)) == 0.07


def test_none_of_these_is_missed_unless_the_scores_leave_enough_to_it() -> None:
    sure = ruled()
    unsure = replace(sure, choice=replace(sure.choice, scores=(0.3, 0.1)))
    assert missed(sure, (NONE_OF_THESE,)) is True
    assert missed(unsure, (NONE_OF_THESE,)) is False
