"""Events of what decisions are held against."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model.event_registry import event


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesInForce:
    """From here on decisions are held against these: `in_force` is what every ruling names as its `policy`.

    Args:
        gate: SHA-256 of calibrations, prices and promises; empty without any.
        policies: SHA-256 of all policies together.
        rules: the rules and limits in force, by name: the file that each is in.
        lifted: rules that do not hold here, by name: who answers for that, and why.
    """

    in_force: str
    gate: str
    policies: str
    rules: dict[str, str] = field(default_factory=dict)
    lifted: dict[str, str] = field(default_factory=dict)
