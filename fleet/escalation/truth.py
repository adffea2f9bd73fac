"""What would have been right came to be known: the level at which the gate keeps its promise moves."""

from __future__ import annotations

from collections.abc import Collection

from fleet.escalation.gate.adaptive import level_after, missed
from fleet.model import events as ev
from fleet.model.escalation import DecidedHow, Decision, Escalation
from fleet.model.ruling import Choice, Ruled
from fleet.supervisor.draft import Draft
from fleet.supervisor.fold_learning import level_key
from fleet.supervisor.learning import right_options


def level_now(draft: Draft, choice: Choice) -> float | None:
    """The miscoverage level in use for the class; None while nothing has moved it."""
    return draft.state.levels.get(level_key(choice.decision_class, choice.severity))


def truth_known(
    draft: Draft, ruled: Ruled, acceptable: Collection[int], because: str, *, chance: float | None = None
) -> None:
    """Move the level of the ruling's class and severity, where its promise says that it moves at all.

    Args:
        acceptable: indices of the options that would have been right.
        chance: with which this came to be known; the ruling's own, unless it was sure to.
    """
    choice = ruled.choice
    promise = draft.context.gate.promise(choice.decision_class, choice.severity)
    before = level_now(draft, choice)
    after = level_after(before, promise, ruled, acceptable, ruled.review_chance if chance is None else chance)
    if after == (promise.epsilon if before is None else before):
        return
    draft.emit(
        ev.LevelMoved(
            decision_class=choice.decision_class,
            severity=choice.severity,
            ruling_id=ruled.ruling_id,
            missed=bool(missed(ruled, acceptable)),
            level=after,
            because=because,
        )
    )


def learn_from_answer(draft: Draft, escalation: Escalation, decision: Decision) -> None:
    """A person's own answer says what was right, as far as it does; what nobody answered says nothing."""
    if escalation.ruled is None or decision.how is not DecidedHow.ANSWERED:
        return
    right = right_options(escalation.ruled, decision.option_id)
    if right:
        truth_known(draft, escalation.ruled, right, f"{decision.operator} answered {decision.option_id}", chance=1.0)
