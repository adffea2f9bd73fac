"""Previews of options stand beside the question: they never delay it, change it, or void an answer to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from fleet.model import events as ev
from fleet.model.errors import InvalidField
from fleet.model.escalation import Prediction
from fleet.model.prediction import OptionPreview, Replay, check_replay, digest_of_previews
from fleet.model.requests import AcknowledgeEscalation, PreviewOptions, Role
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

BLUE = {"colour": "blue", "size": "small"}
PREVIEWER = {"actor": "service:previewer", "role": Role.SERVICE}


@pytest.fixture
def desk() -> Desk:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.submit(carry("t1", what=BLUE))
    return desk


def a_preview(
    option_id: str = "object:box_a", runs: int = 4, success: float | None = 0.75, **more: Any
) -> OptionPreview:
    replay = Replay(period_s=1.0, subjects=("r1",), kinds=("robot",), frames=(((1.0, 2.0),), ((1.5, 2.0),)))
    prediction = Prediction(basis=f"{runs} rollouts", success=success, runs=runs, seed=1)
    return OptionPreview(option_id=option_id, prediction=prediction, replay=replay, **more)


def previewed(desk: Desk, *previews: OptionPreview, **changes: Any) -> ev.RequestSettled:
    escalation = desk.questions()[0] if desk.questions() else desk.state.escalations["E1"]
    body = PreviewOptions(
        escalation_id=escalation.escalation_id,
        shown_digest=escalation.shown_digest,
        previews=previews or (a_preview(),),
    )
    who = {k: changes.pop(k) for k in ("actor", "role") if k in changes}
    return desk.ask(msgspec.structs.replace(body, **changes), **{**PREVIEWER, **who})


def refused(settled: ev.RequestSettled) -> str:
    assert not settled.accepted
    return settled.problem


def test_they_come_beside_the_question_and_leave_what_was_asked_as_it_was(desk: Desk) -> None:
    before = desk.questions()[0]
    assert previewed(desk).accepted
    after = desk.questions()[0]
    assert after.preview("object:box_a") == a_preview() and after.preview("cancel") is None
    assert after.shown_digest == before.shown_digest
    assert after.previews_digest == digest_of_previews("", [a_preview()])
    assert replace(after, previews=(), preview_digests=()) == before


def test_a_finer_round_takes_the_place_of_the_one_before(desk: Desk) -> None:
    previewed(desk)
    first = desk.questions()[0].previews_digest
    assert previewed(desk, a_preview(runs=8)).accepted
    escalation = desk.questions()[0]
    assert escalation.previews == (a_preview(runs=8),)
    assert escalation.preview_digests == (first, digest_of_previews(first, [a_preview(runs=8)]))


def test_an_answer_says_which_previews_were_on_the_screen_and_older_ones_do_not_void_it(desk: Desk) -> None:
    previewed(desk)
    seen = desk.questions()[0].previews_digest
    previewed(desk, a_preview(runs=8))
    assert desk.answer("object:box_a", previews_digest=seen).accepted
    assert desk.state.escalations["E1"].decision.previews_digest == seen


def test_an_answer_without_previews_is_as_good(desk: Desk) -> None:
    previewed(desk)
    assert desk.answer("object:box_a").accepted
    assert desk.state.escalations["E1"].decision.previews_digest == ""


def test_an_answer_that_names_previews_that_never_were_is_refused(desk: Desk) -> None:
    previewed(desk)
    settled = desk.answer("object:box_a", previews_digest="f" * 64)
    assert refused(settled) == "stale" and settled.field == "previews_digest"
    assert desk.questions()


def test_a_closed_question_takes_no_previews_and_keeps_numbers_without_replays(desk: Desk) -> None:
    previewed(desk)
    desk.answer("object:box_a")
    assert refused(previewed(desk, a_preview(runs=8))) == "stale"
    kept = desk.state.escalations["E1"].preview("object:box_a")
    assert kept.prediction.success == 0.75 and kept.replay is None


def test_previews_of_another_wording_of_the_question_are_refused(desk: Desk) -> None:
    assert refused(previewed(desk, shown_digest="0" * 64)) == "stale"
    assert desk.questions()[0].previews == ()


def test_more_tasks_on_the_question_make_its_previews_void(desk: Desk) -> None:
    previewed(desk)
    desk.submit(carry("t2", what=BLUE), mission_id="m2")
    escalation = desk.questions()[0]
    assert escalation.task_ids == ("t1", "t2") and escalation.previews == ()
    assert len(escalation.preview_digests) == 1
    assert previewed(desk).accepted, "they begin anew with few runs"


def test_of_two_previewers_the_one_that_knows_no_more_is_refused(desk: Desk) -> None:
    assert previewed(desk, a_preview(runs=8)).accepted
    assert refused(previewed(desk, a_preview(runs=8, success=0.5), actor="service:other")) == "conflict"
    assert refused(previewed(desk, a_preview(runs=4))) == "conflict"
    assert desk.questions()[0].preview("object:box_a").prediction.success == 0.75


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN])
def test_people_do_not_make_previews(desk: Desk, role: Role) -> None:
    assert refused(previewed(desk, actor="dana", role=role)) == "forbidden"


def test_a_service_does_not_decide(desk: Desk) -> None:
    assert refused(desk.ask(AcknowledgeEscalation(escalation_id="E1"), **PREVIEWER)) == "forbidden"


@pytest.mark.parametrize(
    ("preview", "told"),
    [
        (a_preview("object:ghost"), "object:ghost"),
        (a_preview(success=1.5), "share from 0 to 1"),
        (a_preview(runs=-1), "0 or more"),
        (replace(a_preview(), replay=replace(a_preview().replay, frames=((),))), "frames[0]"),
    ],
)  # fmt: skip
def test_previews_that_do_not_fit_are_refused_with_the_field(desk: Desk, preview: OptionPreview, told: str) -> None:
    settled = previewed(desk, preview)
    assert refused(settled) == "invalid" and told in settled.detail
    assert desk.questions()[0].previews == ()


def test_no_previews_or_two_of_one_option_are_refused(desk: Desk) -> None:
    assert refused(previewed(desk, previews=())) == "invalid"
    assert refused(previewed(desk, a_preview(), a_preview(runs=8))) == "invalid"


def test_a_replay_of_the_journal_gives_the_same_state(desk: Desk) -> None:
    previewed(desk)
    state = FleetState()
    for batch in desk.batches:
        for event in batch.events:
            state = apply(state, event, batch.state.now_s)
    assert state.digest() == desk.state.digest()


def test_equal_previews_have_one_digest_however_their_numbers_are_written() -> None:
    whole = replace(a_preview(), prediction=replace(a_preview().prediction, success=1, duration_s=3))
    split = replace(a_preview(), prediction=replace(a_preview().prediction, success=1.0, duration_s=3.0))
    assert digest_of_previews("", [whole]) == digest_of_previews("", [split]) != digest_of_previews("x", [whole])


def test_a_replay_whose_parts_do_not_fit_is_named() -> None:
    with pytest.raises(InvalidField, match="kinds"):
        check_replay(Replay(period_s=1.0, subjects=("a", "b"), kinds=("robot",), frames=()), "replay")
    with pytest.raises(InvalidField, match="period_s"):
        check_replay(Replay(period_s=0.0, subjects=(), kinds=(), frames=()), "replay")
