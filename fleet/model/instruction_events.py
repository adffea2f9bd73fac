"""Events in the life of instructions in plain language, and of tasks that stand back for others."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.instructions import Instruction, InstructionState


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionGiven:
    """A person said in plain words what is wanted."""

    instruction: Instruction


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionMoved:
    """It was understood, asked about, held or dropped, and on whose word. Fields that are None stay as they were."""

    instruction_id: str
    state: InstructionState
    because: str
    by: str = "supervisor"
    escalation_id: str | None = None
    mission_id: str | None = None
    not_before_s: float | None = None


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class TaskYields:
    """The task waits until these others have ended: two directives are carried out one after the other."""

    task_id: str
    to: tuple[str, ...]
    because: str
