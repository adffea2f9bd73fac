"""What people said in plain words, and their keys, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.model import events as ev

Line = tuple[str, str, str]


def _given(event: ev.InstructionGiven) -> Line:
    it = event.instruction
    return "person", "", f"{it.by} said: “{it.text}”{f', because {it.why}' if it.why else ''}"


def _moved(event: ev.InstructionMoved) -> Line:
    return "person", "minor", f"What was said ({event.instruction_id}) is {event.state.value}: {event.because}"


def _yields(event: ev.TaskYields) -> Line:
    return "task", "notice", f"{event.task_id} waits for {', '.join(event.to)}: {event.because}"


def _registered(event: ev.KeyRegistered) -> Line:
    it = event.key
    return "person", "notice", f"{it.registered_by} put key {it.key_id} of {it.operator} on record"


def _revoked(event: ev.KeyRevoked) -> Line:
    return "person", "notice", f"{event.by} revoked key {event.key_id} of {event.operator}: {event.reason}"


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.InstructionGiven: _given,
    ev.InstructionMoved: _moved,
    ev.TaskYields: _yields,
    ev.KeyRegistered: _registered,
    ev.KeyRevoked: _revoked,
}
