"""What is left of a fleet when its test is over: a story, a journal, a report; and whether it kept the rules."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from fleet.cli.testing.errors import ExpectationBroken
from fleet.model.errors import FleetError
from fleet.scenario.record import Finding, RunRecord, Verdict, write_record
from fleet.scenario.reports import write_reports
from fleet.scenario.reports.story import broke_at, last_minute


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
                problems.append(str(ExpectationBroken(broken)))
        finally:
            fleet.close()
    return problems


def sections(fleet: Tested, folder: Path | None, problem: BaseException | None) -> list[tuple[str, str]]:
    """(title, text) for pytest's report of a failure: the minute before it, and how to see it again.

    Never raises, which would hide the failure itself.
    """
    try:
        run = _with(fleet.record(), problem)
    except Exception as further:
        return [("no record", f"{type(further).__name__}: {further}\njournal: {fleet.journal}")]
    until_s = min((broke_at(run, f) for f in run.broken), default=run.simulated_s)
    heard = last_minute(run.timeline, until_s)
    found = [(f"the last minute before {until_s:.1f} s", "\n".join(heard) or "(nothing was recorded)")]
    return [*found, ("to see it again", _kept(fleet, run, folder or fleet.journal.parent))]


def _with(run: RunRecord, problem: BaseException | None) -> RunRecord:
    """The record with what the test found: the report must not say that all is well."""
    if problem is None:
        return run
    if isinstance(problem, ExpectationBroken):
        known = {f.what for f in run.findings if not f.kept}
        first = tuple(f for f in problem.findings if f.what not in known)
    else:
        text = " ".join(str(problem).split()) or type(problem).__name__
        first = (Finding(index=0, what="what the test asserts", kind="test", kept=False, detail=text[:500]),)
    numbered = tuple(replace(f, index=i) for i, f in enumerate((*first, *run.findings)))
    return replace(run, findings=numbered, verdict=Verdict.BROKEN)


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
