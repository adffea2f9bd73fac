"""Escalations: questions to people, and what became of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from fleet.model.prediction import OptionPreview, Prediction
from fleet.model.ruling import Ruled
from fleet.model.severity import Severity


class Cause(str, Enum):
    """Why a person is asked."""

    AMBIGUOUS_INSTRUCTION = "ambiguous_instruction"
    CLAIM_CONTRADICTED = "claim_contradicted"
    CLAIM_UNVERIFIED = "claim_unverified"
    ROBOT_FALLEN = "robot_fallen"
    ROBOT_SILENT = "robot_silent"
    RECOVERY_EXHAUSTED = "recovery_exhausted"
    RECOVERY_DOUBTFUL = "recovery_doubtful"
    ROBOT_DOUBTFUL = "robot_doubtful"
    NO_CAPABLE_ROBOT = "no_capable_robot"
    DESTINATION_TAKEN = "destination_taken"
    OUTAGE = "outage"
    ROBOT_MISPLACED = "robot_misplaced"
    DIRECTIVES_CONFLICT = "directives_conflict"
    PREDECESSOR_LOST = "predecessor_lost"
    PLANS_ALIKE = "plans_alike"
    WAY_BLOCKED = "way_blocked"
    OUT_OF_TIME = "out_of_time"
    CLOSED_OFF = "closed_off"


class EscalationState(str, Enum):
    """An escalation's life. `CLOSED` absorbs."""

    QUEUED = "queued"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"  # an answer or the safe default stands; it is being carried out
    STALE = "stale"  # the world changed under it; it was replaced or fell away
    CLOSED = "closed"


ESCALATION_TRANSITIONS: dict[EscalationState, frozenset[EscalationState]] = {
    EscalationState.QUEUED: frozenset(
        {EscalationState.ACKNOWLEDGED, EscalationState.DECIDED, EscalationState.STALE, EscalationState.QUEUED}
    ),
    EscalationState.ACKNOWLEDGED: frozenset(
        {EscalationState.QUEUED, EscalationState.DECIDED, EscalationState.STALE, EscalationState.ACKNOWLEDGED}
    ),
    EscalationState.DECIDED: frozenset({EscalationState.CLOSED}),
    EscalationState.STALE: frozenset({EscalationState.CLOSED}),
    EscalationState.CLOSED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundingCheck:
    """One thing that must be so for an option to be possible at all."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A candidate action. `action` is what the supervisor does if it is chosen: `{"do": verb, ...}`."""

    option_id: str
    label: str
    action: dict[str, Any]
    predicted: Prediction
    if_wrong: str = ""
    reversible: bool = True
    checks: tuple[GroundingCheck, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether every grounding check holds; impossible options are shown struck out and cannot be chosen."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something the question rests on: an observation, a claim, a robot's state, a task. `digest` is its SHA-256."""

    kind: str
    ref: str
    summary: str
    source: str
    at_s: float
    digest: str


class DecidedHow(str, Enum):
    """Whether a person answered, had answered in advance, or the deadline passed."""

    ANSWERED = "answered"
    SAFE_DEFAULT = "safe_default"
    STANDING_ORDER = "standing_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer on record. `operator` is accountable for it; for a safe default that is the person who answers
    for the shift. `shown_digest` binds it to the question that was shown, `previews_digest` (empty: none) to the
    previews that were on the screen with it."""

    decision_id: str
    escalation_id: str
    option_id: str
    how: DecidedHow
    operator: str
    role: str
    reason: str
    decided_at_s: float
    shown_digest: str
    previews_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """How a person answered a like question before, and what came of it when this one was raised: `well`, `came_back`,
    `failed`, `open` or `ended`. `distance` is between what the gate knew of the two; None: not comparable."""

    escalation_id: str
    question: str
    option_id: str
    label: str
    by: str
    reason: str
    decided_at_s: float
    turned_out: str
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A question to a person: cause, options, evidence, deadline and safe default.

    `dedup_key` is cause + zone + object + decision class, never a robot's id. `situation_digest` is over the
    facts the question rests on: an answer is carried out only while they still hold. Times are fleet time, s.
    `previews` are the newest round of what rollouts showed of the options; `preview_digests` name all rounds so far.
    """

    escalation_id: str
    dedup_key: str
    cause: Cause
    decision_class: str
    severity: Severity
    question: str
    unknowns: tuple[str, ...]
    options: tuple[Option, ...]
    evidence: tuple[Evidence, ...]
    safe_default: str
    raised_at_s: float
    deadline_s: float
    situation_digest: str
    raised_by: str
    ruled: Ruled | None = None  # why it was not decided without a person, with the numbers
    task_ids: tuple[str, ...] = ()
    robot_ids: tuple[str, ...] = ()
    object_ids: tuple[str, ...] = ()
    instruction_id: str = ""  # the instruction in plain language that it is about
    because: str = ""  # what went wrong, in the words the question was made of
    state: EscalationState = EscalationState.QUEUED
    acknowledged_by: str | None = None
    acknowledged_until_s: float = 0.0
    decision: Decision | None = None
    carried_out: str = ""
    replaced_by: str | None = None
    closed_at_s: float | None = None
    previews: tuple[OptionPreview, ...] = ()
    preview_digests: tuple[str, ...] = ()
    precedents: tuple[Precedent, ...] = ()  # the nearest three, as they were when this was raised

    @property
    def open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.state in (EscalationState.QUEUED, EscalationState.ACKNOWLEDGED)

    def option(self, option_id: str) -> Option | None:
        """The option with that id, or None."""
        return next((o for o in self.options if o.option_id == option_id), None)

    def preview(self, option_id: str) -> OptionPreview | None:
        """What rollouts showed of that option, or None."""
        return next((p for p in self.previews if p.option_id == option_id), None)

    @property
    def previews_digest(self) -> str:
        """Of the newest round of previews; empty while there is none. An answer names what was on the screen."""
        return self.preview_digests[-1] if self.preview_digests else ""

    @property
    def shown_digest(self) -> str:
        """SHA-256 over what a person is asked; an answer names it, so that it binds to that and nothing else.

        Previews are not in it: they come while people read, and must not void an answer that is being given. They
        have a digest of their own.
        """
        from fleet.model.wire import canonical

        asked = replace(
            self,
            state=EscalationState.QUEUED,
            acknowledged_by=None,
            acknowledged_until_s=0.0,
            decision=None,
            carried_out="",
            replaced_by=None,
            closed_at_s=None,
            previews=(),
            preview_digests=(),
        )
        return hashlib.sha256(canonical(asked)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Who answers for what happens by default while the shift lasts."""

    accountable: str
    role: str = "operator"
    notes: dict[str, str] = field(default_factory=dict)


__all__ = [
    "ESCALATION_TRANSITIONS",
    "Cause",
    "DecidedHow",
    "Decision",
    "Escalation",
    "EscalationState",
    "Evidence",
    "GroundingCheck",
    "Option",
    "Prediction",
    "Severity",
    "Shift",
]
