"""Events in the life of standing orders."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model.event_registry import event
from fleet.model.orders import OrderState, StandingOrder, Weighed


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderMade:
    """A person decided in advance."""

    order: StandingOrder


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderChanged:
    """An order came into force, was suspended, revoked, or has expired. `by` is the supervisor or a person."""

    order_id: str
    state: OrderState
    because: str
    by: str = "supervisor"


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrdersWeighed:
    """Standing orders fit a question: it was answered in their owner's name (`EscalationDecided` tells how), or not."""

    escalation_id: str
    weighed: Weighed


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingOrderHeld:
    """A person answered a question that the order fits: whether they agreed with it."""

    order_id: str
    escalation_id: str
    agreed: bool
    by: str
    familiar: dict[str, str] = field(default_factory=dict)
