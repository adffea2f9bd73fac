"""What events make of standing orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fleet.model import events as ev
from fleet.model.orders import StandingOrder, Weighing
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState

WINDOW = 60  # people's answers that count; older ones are forgotten, so that a change shows


@on(ev.StandingOrderMade)
def _made(state: FleetState, event: ev.StandingOrderMade, at_s: float) -> FleetState:
    return _with(state, replace(event.order, changed_at_s=at_s))


@on(ev.StandingOrderChanged)
def _changed(state: FleetState, event: ev.StandingOrderChanged, at_s: float) -> FleetState:
    known = state.orders[event.order_id]
    return _with(state, replace(known, state=event.state, because=event.because, changed_at_s=at_s))


@on(ev.StandingOrdersWeighed)
def _weighed(state: FleetState, event: ev.StandingOrdersWeighed, at_s: float) -> FleetState:  # noqa: ARG001
    outcome = event.weighed.outcome
    for order_id in event.weighed.order_ids:
        known = state.orders[order_id]
        if outcome is Weighing.APPLIED:
            state = _with(state, replace(known, applied=known.applied + 1))
        elif outcome is Weighing.ASKED_AGAIN:
            state = _with(state, replace(known, asked_again=known.asked_again + 1))
    return replace(state, weighed={**state.weighed, event.escalation_id: event.weighed})


@on(ev.StandingOrderHeld)
def _held(state: FleetState, event: ev.StandingOrderHeld, at_s: float) -> FleetState:  # noqa: ARG001
    known = state.orders[event.order_id]
    answers = (*known.answers, event.agreed)[-WINDOW:]
    return _with(state, replace(known, answers=answers, familiar=with_familiar(known.familiar, event.familiar)))


def with_familiar(known: Mapping[str, tuple[str, ...]], new: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The values that were seen, with those of one more question."""
    return {name: tuple(dict.fromkeys((*known.get(name, ()), new[name]))) for name in new} or dict(known)


def _with(state: FleetState, order: StandingOrder) -> FleetState:
    return replace(state, orders={**state.orders, order.order_id: order})
