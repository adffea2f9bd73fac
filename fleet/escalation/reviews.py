"""Random audits of what the fleet decided by itself: a person says afterwards whether it was right.

Nothing waits for a review. What it finds goes to the adaptive level and, through the journal, to the next calibration,
weighted by the inverse of the chance with which it was drawn.
"""

from __future__ import annotations

from fleet.escalation.answers import Refusal
from fleet.escalation.gate.records import NONE_OF_THESE
from fleet.escalation.truth import truth_known
from fleet.model import events as ev
from fleet.model.requests import Request, ReviewRuling
from fleet.model.review import Review, ReviewVerdict
from fleet.supervisor.draft import Draft

NONE_SAID = "none of these"


def take_review(draft: Draft, request: Request, body: ReviewRuling) -> None:
    """Keep what a person found. Raises `Refusal`, and nothing has happened."""
    review = draft.state.reviews.get(body.ruling_id)
    if review is None:
        raise Refusal("not_found", f"no ruling named {body.ruling_id!r} was drawn for a review", "ruling_id")
    if not review.open:
        detail = f"{review.by} has looked at it already: {review.verdict.value}"
        raise Refusal("already_answered", detail, "ruling_id")
    if not body.reason.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    verdict = _verdict(body.verdict)
    right = acceptable(review, verdict, body.instead)
    draft.emit(
        ev.RulingReviewed(
            ruling_id=body.ruling_id,
            verdict=verdict,
            acceptable=right,
            chance=review.ruled.review_chance,
            by=request.actor,
            role=request.role.value,
            reason=body.reason.strip(),
        )
    )
    if right:
        truth_known(draft, review.ruled, right, f"{request.actor} reviewed {body.ruling_id}: {verdict.value}")


def _verdict(said: str) -> ReviewVerdict:
    wanted = [v.value for v in ReviewVerdict if v is not ReviewVerdict.OPEN]
    if said not in wanted:
        raise Refusal("invalid", f"verdict: got {said!r}, expected one of: {', '.join(wanted)}", "verdict")
    return ReviewVerdict(said)


def acceptable(review: Review, verdict: ReviewVerdict, instead: str) -> tuple[int, ...]:
    """Indices of the options that were right, by what a person said; empty where it cannot be told.

    Raises:
        Refusal: it was wrong, several others were offered, and it is not said which would have been right.
    """
    options, chosen = review.ruled.choice.options, review.ruled.ruling.chosen
    if verdict is ReviewVerdict.CANNOT_TELL or chosen is None:
        return ()
    if verdict is ReviewVerdict.RIGHT:
        return (chosen,)
    others = [o for i, o in enumerate(options) if i != chosen]
    if instead == NONE_SAID or not others:
        return (NONE_OF_THESE,)
    if instead in others:
        return (options.index(instead),)
    if not instead and len(others) == 1:
        return (options.index(others[0]),)
    wanted = f"what would have been right: {', '.join(repr(o) for o in (*others, NONE_SAID))}"
    raise Refusal("invalid", f"instead: got {instead!r}, expected {wanted}", "instead")
