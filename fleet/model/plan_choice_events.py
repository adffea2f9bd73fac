"""Events of choices between plans."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChosen:
    """Somebody chose between plans that cost the same: the tasks `first` go before the tasks `after`, as long as any of
    those is open."""

    first: tuple[str, ...]
    after: tuple[str, ...]
    because: str
    by: str
