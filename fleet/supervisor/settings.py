"""The supervisor's settings: one object, read in one place. Times in s, fractions in [0, 1]."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from fleet.model.errors import InvalidField
from fleet.model.escalation import Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorSettings:
    """How patient, how careful, and who answers for what happens by default."""

    shift: Shift = field(default_factory=lambda: Shift(accountable="shift lead (not named)"))
    lost_contact_after_s: float = 2.0  # silence, in steady time, after which contact counts as lost
    silent_patience_s: float = 90.0  # lost contact for so long, with a task in hand, is worth a question
    verify_within_s: float = 8.0  # how long a claim waits for evidence before a person is asked
    look_within_s: float = 60.0  # and how long for another robot that was sent to look
    evidence_skew_s: float = 0.3  # evidence may be this much older than the claim it is held against
    place_tolerance_m: float = 0.6  # an object this near a place's surface is at the place
    retry_delay_s: float = 2.0  # before a command that failed is tried again
    blocked_patience_s: float = 20.0  # a blocked command is given up for another robot after so long
    blocked_times: int = 6  # and one that was blocked for a moment, again and again, at this number of times
    unanswered_command_s: float = 15.0  # a robot in contact that does not take up a command in this time failed it
    stalled_patience_s: float = 90.0  # a robot in contact that neither moves nor tells anything for so long is stuck
    answer_within_s: float = 180.0  # a question's deadline where nothing nearer forces one
    acknowledged_for_s: float = 120.0  # how long a question stays somebody's without a decision
    dock_below: float = 0.25  # idle robots with less battery are sent to a dock
    dock_yields_from: float = 0.6  # idle on a dock with at least so much, a robot leaves when another needs the dock
    charge_idle_below: float = 0.0  # robots with nothing to do and less battery go and charge while docks are free
    battery_reserve: float = 0.10  # what must be left after the task and the way to a dock
    blind_share: float = 0.0  # of the questions so many are answered before scores and predictions are shown
    canary_every_s: float = 0.0  # about so often a synthetic question measures attention; 0: never
    audit_share: float = 0.03  # of what the fleet decided by itself a person looks at so many afterwards
    moved_m: float = 0.5  # a robot's report is journaled when it moved so far ...
    battery_step: float = 0.02  # ... or its battery changed so much

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name != "shift" and (not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0):
                raise InvalidField(f"supervisor.{f.name}", value, "a finite number >= 0")
        for name in (
            "dock_below",
            "dock_yields_from",
            "charge_idle_below",
            "battery_reserve",
            "battery_step",
            "audit_share",
            "blind_share",
        ):
            if getattr(self, name) > 1:
                raise InvalidField(f"supervisor.{name}", getattr(self, name), "a fraction from 0 to 1")
