"""The benchmark's notes say when something passed, and change nothing about it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks._stage import Heard, Listener, Unmeasured
from benchmarks._timed import ASSIGNED, RAISED, RECEIVED, note_commands, note_decisions, read_notes
from benchmarks.latency import _ambiguous_colour


@pytest.fixture
def notes(tmp_path: Path) -> Any:
    path = tmp_path / "notes.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    yield SimpleNamespace(path=path, descriptor=descriptor)
    os.close(descriptor)


def test_the_first_time_that_a_command_comes_is_noted_and_it_is_executed_each_time(notes: Any) -> None:
    @dataclass
    class Adapter:
        executed: list[str] = field(default_factory=list)

        def execute(self, command: Any) -> str:
            self.executed.append(command.command_id)
            return "accepted"

    note_commands(Adapter, notes.descriptor)
    adapter, before = Adapter(), time.monotonic()
    command = SimpleNamespace(command_id="t1#1", task_id="t1")
    assert adapter.execute(command) == adapter.execute(command) == "accepted"
    assert adapter.executed == ["t1#1", "t1#1"]
    moments = read_notes(notes.path)
    assert list(moments) == [(RECEIVED, "t1")]
    assert before <= moments[RECEIVED, "t1"] <= time.monotonic()


def test_escalations_that_are_raised_and_tasks_that_are_assigned_are_noted(notes: Any) -> None:
    class EscalationRaised:
        escalation = SimpleNamespace(escalation_id="E1")

    class TaskAssigned:
        task_id = "t1"

    class Store:
        def append(self, events: list[object], at_s: float, epoch: int) -> int:
            return len(events)

    note_decisions(Store, notes.descriptor)
    assert Store().append([object(), EscalationRaised(), TaskAssigned()], 1.0, 1) == 3
    assert list(read_notes(notes.path)) == [(RAISED, "E1"), (ASSIGNED, "t1")]


def test_without_notes_there_are_none(tmp_path: Path) -> None:
    assert read_notes(tmp_path / "absent") == {}


def test_events_are_found_by_kind_with_the_moment_they_came() -> None:
    listener = Listener(
        [Heard(1.0, {"type": "hello"}), Heard(2.0, {"type": "event", "kind": "HoldSet", "event": {"by": "ann"}})]
    )
    assert listener.events("HoldSet") == [(2.0, {"by": "ann"})]
    assert listener.events("ContactLost") == []


def test_a_question_needs_two_objects_of_one_colour() -> None:
    objects = {n: {"attributes": {"colour": c}} for n, c in (("a", "red"), ("b", "blue"), ("c", "blue"))}
    assert _ambiguous_colour({**objects, "d": {"attributes": {}}}) == "blue"
    with pytest.raises(Unmeasured, match="same colour"):
        _ambiguous_colour({"a": objects["a"]})
