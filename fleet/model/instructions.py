"""Instructions in plain language: what was said, by whom and why, and what a language model made of it, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import msgspec

MOST_LETTERS = 2000
"""Of an instruction; what is longer is no instruction."""


class InstructionState(str, Enum):
    """An instruction's state. `UNDERSTOOD` and `DROPPED` absorb."""

    OPEN = "open"  # it is being decided what it means; a person may have been asked
    HELD = "held"  # left as it is for a while, then asked again
    UNDERSTOOD = "understood"  # it became a mission, or called one off
    DROPPED = "dropped"  # nothing is done about it

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self in (InstructionState.UNDERSTOOD, InstructionState.DROPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedStep:
    """A task that a language model proposes. Nothing in it is known to exist."""

    skill: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlan:
    """A reading of an instruction by a language model, with its own score in [0, 1]."""

    steps: tuple[ProposedStep, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a language model said: plans, what in its answer was no plan (`struck`), and what went wrong (`problem`)."""

    model: str
    plans: tuple[ProposedPlan, ...] = ()
    struck: tuple[str, ...] = ()
    problem: str = ""


class GiveInstruction(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A directive in plain words. `why` may be empty where the text says it (`why: ...`, `because ...`)."""

    directive_id: str
    text: str
    why: str = ""
    limits: tuple[str, ...] = ()
    authority: str = ""
    priority: int = 50
    deadline_s: float | None = None
    expires_at_s: float | None = None
    proposed: Proposed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """An instruction as it stands. `instruction_id` is its directive's id; times are fleet time, s.

    `mission_id` is what became of it; `escalation_id` the question about it that was asked last.
    """

    instruction_id: str
    text: str
    why: str
    by: str
    given_at_s: float
    priority: int = 50
    deadline_s: float | None = None
    expires_at_s: float | None = None
    proposed: Proposed | None = None
    state: InstructionState = InstructionState.OPEN
    because: str = ""
    escalation_id: str = ""
    mission_id: str = ""
    not_before_s: float = 0.0
    changed_at_s: float = 0.0
