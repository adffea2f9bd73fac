"""What events make of the reviews that are to be done and were done."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.review import Review
from fleet.model.ruling import Ruled
from fleet.supervisor.folding import IllegalTransition, on
from fleet.supervisor.learning import claim_reviewed
from fleet.supervisor.state import FleetState

KEPT = 500  # reviews in the state; older ones are in the journal. Which go does not depend on what they say.


def drawn(state: FleetState, ruled: Ruled) -> FleetState:
    """The state with the review of a ruling that was drawn for one; others change nothing."""
    if not (ruled.review and ruled.ruling.act):
        return state
    reviews = {**state.reviews, ruled.ruling_id: Review(ruled=ruled)}
    while len(reviews) > KEPT:
        done = next((k for k, r in reviews.items() if not r.open), None)
        del reviews[done if done is not None else next(iter(reviews))]
    return replace(state, reviews=reviews)


@on(ev.RulingReviewed)
def _reviewed(state: FleetState, event: ev.RulingReviewed, at_s: float) -> FleetState:
    review = state.reviews[event.ruling_id]
    if not review.open:
        raise IllegalTransition(f"{event.ruling_id} was reviewed already")
    found = replace(
        review,
        verdict=event.verdict,
        acceptable=event.acceptable,
        by=event.by,
        role=event.role,
        reason=event.reason,
        at_s=at_s,
    )
    state = replace(state, reviews={**state.reviews, event.ruling_id: found})
    claim_id = review.ruled.subject.get("claim", "")
    if review.ruled.choice.decision_class != "is_the_claim_true" or not event.acceptable:
        return state
    return claim_reviewed(state, claim_id, 0 in event.acceptable)
