"""Instructions in plain language in words: what was said, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev
from fleet.model.instructions import InstructionState

Line = tuple[str, str, str]


def _given(event: ev.InstructionGiven) -> Line:
    said = event.instruction
    return "person", "", f"{said.by} said “{said.text}” ({said.instruction_id}): {said.why}"


_WORDS = {
    InstructionState.OPEN: ("question", "", "is being asked about"),
    InstructionState.HELD: ("question", "notice", "was left as it is for a while"),
    InstructionState.UNDERSTOOD: ("task", "", "was understood"),
    InstructionState.DROPPED: ("person", "notice", "was dropped"),
}


def _moved(event: ev.InstructionMoved) -> Line:
    topic, tone, words = _WORDS[event.state]
    return topic, tone, f"Instruction {event.instruction_id} {words}: {event.because}"


def _yields(event: ev.TaskYields) -> Line:
    if not event.to:
        return "task", "minor", f"Task {event.task_id} waits for no other any more: {event.because}"
    return "task", "", f"Task {event.task_id} waits until {', '.join(event.to)} ended: {event.because}"


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.InstructionGiven: _given,
    ev.InstructionMoved: _moved,
    ev.TaskYields: _yields,
}
