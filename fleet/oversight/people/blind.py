"""Saying first what one would choose: on a sample, before scores, predictions and their order are shown."""

from __future__ import annotations

import hashlib

from fleet.escalation.answers import Refusal
from fleet.escalation.audits import drawn
from fleet.model import events as ev
from fleet.model.escalation import Escalation
from fleet.model.oversight import Commitment, OversightState
from fleet.model.oversight_requests import CommitChoice
from fleet.model.requests import Request
from fleet.supervisor.draft import Draft

LEAST_TIME_S = 45.0  # a question that must be answered sooner is shown whole at once


def draw_blind(draft: Draft, escalation: Escalation) -> None:
    """Draw a question that has just been raised, or not; the same for the same id in every process."""
    hurried = escalation.deadline_s - escalation.raised_at_s < LEAST_TIME_S
    if hurried or draft.state.queue.flood is not None or escalation.escalation_id in draft.state.oversight.canaries:
        return
    if drawn(escalation.escalation_id, draft.context.settings.blind_share, salt="say first what you would choose"):
        draft.emit(ev.QuestionBlinded(escalation_id=escalation.escalation_id))


def order_for(escalation: Escalation, person: str) -> tuple[str, ...]:
    """The options' ids in the order in which this person is shown them first: it suggests nothing."""
    return tuple(sorted((o.option_id for o in escalation.options), key=lambda o: _key(escalation, person, o)))


def _key(escalation: Escalation, person: str, option_id: str) -> str:
    return hashlib.sha256(f"{escalation.escalation_id}|{person}|{option_id}".encode()).hexdigest()


def hidden_from(oversight: OversightState, escalation: Escalation, person: str) -> bool:
    """Whether scores, predictions and their order are kept from this person for now."""
    drawn_before = escalation.escalation_id in oversight.blind
    return drawn_before and escalation.open and oversight.committed(escalation.escalation_id, person) is None


def commit_choice(draft: Draft, request: Request, body: CommitChoice) -> None:
    """Take what somebody would choose. It is said once, and cannot be taken back; the answer may differ from it.

    Raises:
        Refusal: the question is not one of those, is over, has changed, or the option is none of its.
    """
    escalation = draft.state.escalations.get(body.escalation_id)
    if escalation is None:
        raise Refusal("not_found", f"no escalation named {body.escalation_id!r}", "escalation_id")
    if not escalation.open:
        raise Refusal("already_answered", f"{body.escalation_id} is {escalation.state.value}", "escalation_id")
    if body.escalation_id not in draft.state.oversight.blind:
        raise Refusal("conflict", f"{body.escalation_id} was not drawn: all is shown, just answer it", "escalation_id")
    if draft.state.oversight.committed(body.escalation_id, request.actor) is not None:
        raise Refusal("conflict", "you have said it already; now answer", "escalation_id")
    if body.shown_digest != escalation.shown_digest:
        raise Refusal("stale", "the question is not the one you were shown; look at it again", "shown_digest")
    option = escalation.option(body.option_id)
    if option is None or not option.possible:
        possible = ", ".join(o.option_id for o in escalation.options if o.possible)
        raise Refusal("invalid", f"{body.option_id!r} is not possible here; possible: {possible}", "option_id")
    draft.emit(
        ev.ChoiceCommitted(
            commitment=Commitment(
                escalation_id=body.escalation_id,
                person=request.actor,
                option_id=body.option_id,
                at_s=draft.now_s,
                order_shown=order_for(escalation, request.actor),
            )
        )
    )


def check_committed(draft: Draft, escalation: Escalation, person: str) -> None:
    """Refuse an answer to a drawn question from somebody who has not said first what they would choose."""
    if hidden_from(draft.state.oversight, escalation, person):
        where = f"POST /v1/escalations/{escalation.escalation_id}/commit"
        detail = (
            f"this question was drawn: say first what you would choose ({where}), then see what is known and answer"
        )
        raise Refusal("commit_first", detail, "escalation_id")
