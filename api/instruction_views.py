"""Instructions in plain language, as they come in and as they are given out."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.inputs import Body, Id, Reason, Text
from api.views import view_model
from fleet.grounding.interpret import interpret
from fleet.grounding.plans import plans
from fleet.model.instructions import MOST_LETTERS, Instruction
from fleet.model.wire import to_plain
from fleet.supervisor.readings import Here, known_here, near_readings, reading_of

_SHOWN = 6
_SAID: dict[str, Any] = {
    "text": "take the blue box from shelf b2 to table 1, then inspect the corridor",
    "why": "the nurse is waiting",
}


class SaidIn(Body):
    """Something said in plain words."""

    text: str = Field(
        min_length=1, max_length=MOST_LETTERS, description="what is to be done, in English; several steps are fine"
    )
    why: Text = Field("", description="the reason; may be left out where the text says it (`why: ...`, `because ...`)")
    model_config = ConfigDict(json_schema_extra={"examples": [_SAID]})


class InstructionIn(SaidIn):
    """A directive in plain words. What it means is decided by the fleet, or asked."""

    directive_id: Id | None = Field(None, description="made from the idempotency key when left out")
    limits: list[Reason] = Field(default_factory=list, max_length=50)
    authority: Text = Field("", description="on whose authority, when not your own")
    priority: int = Field(50, ge=0, le=100, description="0 whenever, 100 now")
    deadline_s: float | None = Field(None, description="fleet time, s")
    deadline_in_s: float | None = Field(None, gt=0, le=1e8, description="s from now")
    expires_at_s: float | None = Field(None, description="fleet time, s: a question about it is asked no more")
    expires_in_s: float | None = Field(None, gt=0, le=1e9, description="s from now")
    model_config = ConfigDict(json_schema_extra={"examples": [{**_SAID, "priority": 70, "deadline_in_s": 600}]})


InstructionView = view_model(
    "InstructionView",
    Instruction,
    "An instruction in plain language: what was said, how it stands, and what became of it (`mission_id`, or "
    "`escalation_id` where a person is asked).",
    directive_id=(str, ...),
)


class CheckView(BaseModel):
    """Something that must hold for a reading to be possible."""

    name: str = Field(examples=["a robot can do it"])
    ok: bool
    detail: str


class ReadingView(BaseModel):
    """One way to understand what was said; with a check that fails it is impossible, and shown struck out."""

    label: str = Field(examples=["carry blue_2 to table_1, then inspect corridor"])
    score: float = Field(examples=[0.89], description="how well it fits, in [0, 1]; of several steps the smallest")
    because: str
    possible: bool
    checks: list[CheckView]


class UnderstoodView(BaseModel):
    """What would be understood now. Nothing is changed, and nothing decided: whether the fleet acts on it or asks a
    person is decided when it is given."""

    readings: list[ReadingView] = Field(description="best first")
    unclear: list[str] = Field(description="what was not understood, in words")
    why: str = Field(description="the reason as it was understood from the text; empty where the text says none")
    refusal: str = Field(description="why nothing can be done with it; empty where something can")
    calls_off: bool = Field(description="it says that something shall not be done")


def instruction_view(instruction: Instruction) -> dict[str, Any]:
    """See `InstructionView`."""
    return {**to_plain(instruction), "directive_id": instruction.instruction_id}


def understood_view(text: str, here: Here) -> dict[str, Any]:
    """See `UnderstoodView`."""
    known = known_here(here)
    read = interpret(text, known)
    found = [] if read.refusal else [reading_of(here, read, plan) for plan in plans(read, known, {}, most=_SHOWN)]
    found += [] if read.refusal else near_readings(here, read)
    unclear = list(read.doubts)
    if read.unknown:
        unclear.append("nothing here goes by " + ", ".join(f"“{w:.40}”" for w in read.unknown[:8]))
    readings = [
        {"label": r.label, "score": r.score, "because": r.because, "possible": r.possible, "checks": to_plain(r.checks)}
        for r in found
    ]
    return {
        "readings": readings,
        "unclear": unclear,
        "why": read.why,
        "refusal": read.refusal,
        "calls_off": read.calls_off,
    }
