"""Runs one of the project's processes unchanged, but for a note of the moment something passes a certain point.

`python -m benchmarks._timed MODULE ARGUMENTS...` with `BENCH_NOTES` set to a file. Moments are `time.monotonic()`,
which on Linux is the same clock in all processes.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

NOTES = "BENCH_NOTES"
RECEIVED = "received"  # an adapter was handed a command
RAISED = "raised"  # the supervisor hands an escalation it decided to raise to the journal
ASSIGNED = "assigned"  # likewise, that a task is assigned


def _note(descriptor: int, what: str, name: str, at: float) -> None:
    os.write(descriptor, json.dumps({"what": what, "name": name, "at": at}).encode() + b"\n")


def note_commands(adapter: type[Any], descriptor: int) -> None:
    """Note the task of every command that an adapter of this class is handed for the first time."""
    execute = adapter.execute
    seen: set[str] = set()

    @functools.wraps(execute)
    def noting(self: Any, command: Any) -> Any:
        at = time.monotonic()
        if command.command_id not in seen:
            seen.add(command.command_id)
            _note(descriptor, RECEIVED, command.task_id, at)
        return execute(self, command)

    adapter.execute = noting


def note_decisions(store: type[Any], descriptor: int) -> None:
    """Note every escalation that is raised and every task that is assigned, before it is written."""
    append = store.append

    @functools.wraps(append)
    def noting(self: Any, events: Sequence[Any], at_s: float, epoch: int) -> Any:
        at = time.monotonic()
        for event in events:
            if type(event).__name__ == "EscalationRaised":
                _note(descriptor, RAISED, event.escalation.escalation_id, at)
            elif type(event).__name__ == "TaskAssigned":
                _note(descriptor, ASSIGNED, event.task_id, at)
        return append(self, events, at_s, epoch)

    store.append = noting


def read_notes(path: Path) -> dict[tuple[str, str], float]:
    """Moments by what and name, the first of each."""
    moments: dict[tuple[str, str], float] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        note = json.loads(line)
        moments.setdefault((note["what"], note["name"]), note["at"])
    return moments


def main() -> int:
    """Patch, then be the process."""
    module = sys.argv[1]
    del sys.argv[1]
    descriptor = os.open(os.environ[NOTES], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    if module.endswith("run_host"):
        from robot_adapters.scripted import ScriptedHumanoid
        from robot_adapters.sim.humanoid import SimHumanoid

        note_commands(SimHumanoid, descriptor)
        note_commands(ScriptedHumanoid, descriptor)
    else:
        from fleet.journal.sqlite import SqliteStore

        note_decisions(SqliteStore, descriptor)
    process: Callable[[], int] = importlib.import_module(module).main
    return process()


if __name__ == "__main__":
    sys.exit(main())
