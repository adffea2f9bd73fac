"""What is left of a fleet when its test is over: a story, a journal, a report; and whether it kept the rules."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from fleet.cli.testing.errors import ExpectationBroken
from fleet.model.errors import FleetError
from fleet.scenario.record import Finding, RunRecord, write_record
from fleet.scenario.reports import write_reports
from fleet.scenario.reports.story import last_minute


class Tested(Protocol):
    """What is asked of a fleet when its test is over."""

    replay_command: str

    @property
    def journal(self) -> Path: ...
    def record(self) -> RunRecord: ...
    def broken_rules(self, record: RunRecord) -> tuple[Finding, ...]: ...
    def close(self) -> None: ...


def closed(fleets: Sequence[Tested], *, check: bool) -> list[str]:
    """Close them; with `check`, what is wrong with those that broke a rule that holds in every run."""
    problems: list[str] = []
    for fleet in fleets:
        try:
            if check and (run := fleet.record()) and (broken := fleet.broken_rules(run)):
                problems.append(str(ExpectationBroken(run, broken)))
        finally:
            fleet.close()
    return problems


def sections(fleet: Tested, folder: Path | None, at_s: float | None) -> list[tuple[str, str]]:
    """(title, text) for pytest's report of a failure: the minute before `at_s`, else before now.

    Never raises, which would hide the failure itself.
    """
    try:
        run = fleet.record()
    except Exception as problem:
        return [("no record", f"{type(problem).__name__}: {problem}\njournal: {fleet.journal}")]
    until_s = run.simulated_s if at_s is None else at_s
    heard = last_minute(run.timeline, until_s)
    found = [(f"the last minute before {until_s:.1f} s", "\n".join(heard) or "(nothing was recorded)")]
    return [*found, ("to see it again", _kept(fleet, run, folder or fleet.journal.parent))]


def _kept(fleet: Tested, run: RunRecord, folder: Path) -> str:
    lines = [f"replay:  {fleet.replay_command}", f"seed:    {run.seed}"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        journal = folder / fleet.journal.name
        if journal != fleet.journal:
            shutil.copy(fleet.journal, journal)
        write_record(replace(run, journal_file=journal.name), folder / "run.json")
        report = write_reports(folder, [run], [folder / "run.json"])
        lines += [f"journal: {journal}", f"report:  {report.html}"]
    except (OSError, FleetError) as problem:
        lines += [f"journal: {fleet.journal}", f"report:  could not be written: {problem}"]
    return "\n".join(lines)
