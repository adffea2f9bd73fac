"""The question what an instruction in plain language means. Its options are whole plans, each checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.escalation import evidence as of
from fleet.escalation.raising import Question, ask, cancel_option
from fleet.model.escalation import Cause, Evidence, GroundingCheck, Option, Prediction, Severity
from fleet.model.instruction_events import InstructionMoved
from fleet.model.instructions import Instruction, InstructionState
from fleet.model.ruling import Ruled
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft

START = "start_tasks"
_TEXT = {
    "which_object": "Which object is meant",
    "which_place": "Which place or person is meant",
    "which_skill": "What is to be done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to carry an instruction out: tasks as they would be made, with what must hold for them.

    `source` is empty for what the fleet reads itself, else the language model that proposes it.
    """

    steps: tuple[dict[str, Any], ...]  # {"skill": ..., "parameters": {...}}
    label: str
    score: float
    because: str
    checks: tuple[GroundingCheck, ...] = ()
    source: str = ""
    details: str = ""  # what tells its things from others: looks, and where they are

    @property
    def possible(self) -> bool:
        """Whether all that must hold does."""
        return all(c.ok for c in self.checks)


def which_is_meant(
    draft: Draft,
    instruction: Instruction,
    readings: Sequence[Reading],
    ruled: Ruled,
    unknowns: Sequence[str],
) -> str:
    """Ask what the instruction means. Returns the escalation's id; the instruction stays open."""
    options = tuple(option_of(i, r) for i, r in enumerate(readings))
    objects = tuple(dict.fromkeys(str(o) for r in readings for s in r.steps if (o := s["parameters"].get("object"))))
    asked = _TEXT.get(ruled.choice.decision_class, "What is meant")
    if not any(r.possible for r in readings):
        asked = "Nothing that can be done fits what was said. What shall be done"
    believed = (draft.state.objects[o] for o in objects if o in draft.state.objects)
    escalation_id = ask(
        draft,
        Question(
            cause=Cause.AMBIGUOUS_INSTRUCTION,
            decision_class=ruled.choice.decision_class,
            severity=Severity.MEDIUM,
            text=f"{instruction.by} said: “{_short(instruction.text)}” {asked}?",
            unknowns=tuple(unknowns),
            options=(*options, none_of_these("None of these: nothing is done about it")),
            evidence=(of_instruction(instruction), *(of.of_belief(b) for b in believed)),
            subject=instruction.instruction_id,
            object_ids=tuple(o for o in objects if o in draft.context.site.objects),
            ruled=ruled,
            instruction_id=instruction.instruction_id,
            deadline_s=instruction.deadline_s,
        ),
    )
    draft.emit(
        InstructionMoved(
            instruction_id=instruction.instruction_id,
            state=InstructionState.OPEN,
            because=f"{escalation_id} asks what is meant",
            escalation_id=escalation_id,
        )
    )
    return escalation_id


def none_of_these(label: str) -> Option:
    """Do nothing about the instruction. Nobody's work ends: no task was made of it."""
    return replace(
        cancel_option(label),
        predicted=Prediction(basis="nothing moves; whoever said it may say it in other words"),
        if_wrong="it is not done and has to be asked for again",
        reversible=True,
    )


def option_id(index: int) -> str:
    """The id of the option for the reading of that index."""
    return f"reading:{index + 1}"


def option_of(index: int, reading: Reading) -> Option:
    """A reading as an option; what cannot be is shown struck out."""
    return Option(
        option_id=option_id(index),
        label=f"{reading.label} ({reading.details})" if reading.details else reading.label,
        action={"do": START, "steps": [dict(s) for s in reading.steps], **_named(reading)},
        predicted=Prediction(basis=f"score {reading.score:.2f}: {reading.because or 'nothing was said about it'}"),
        if_wrong="something else than was meant is done, and somebody has to notice",
        checks=reading.checks,
    )


def _named(reading: Reading) -> dict[str, str]:
    """The first object, place and person that it names, so that answers can be found by them."""
    found: dict[str, str] = {}
    for step in reading.steps:
        for name, value in step["parameters"].items():
            found.setdefault(str(name), str(value))
    return {name: found[name] for name in ("object", "to", "person", "target", "place") if name in found}


def of_instruction(instruction: Instruction) -> Evidence:
    """What was said, word for word."""
    return Evidence(
        kind="instruction",
        ref=instruction.instruction_id,
        summary=f"{instruction.by}: “{instruction.text}” (why: {instruction.why})",
        source=instruction.by,
        at_s=instruction.given_at_s,
        digest=digest([instruction.text, instruction.why, instruction.by, instruction.proposed]),
    )


def _short(text: str) -> str:
    return text if len(text) <= 160 else text[:157] + "..."
