"""After the processes have ended: the report, the journal's own check, the replay, and what had to happen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.cli.context import context_of
from fleet.cli.demo.expectations import Evaluation, Finding
from fleet.cli.demo.scenario import Scenario
from fleet.cli.journal import open_journal, replayed
from fleet.cli.output import console, print_table, say
from fleet.cli.report import print_report
from fleet.deployment.nodes import RunPaths
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import read_status
from fleet.journal.replay import replay_decisions
from fleet.journal.sqlite import SqliteStore
from fleet.model.wire import to_plain
from fleet.report import build_report
from fleet.supervisor.state import FleetState


@dataclass(frozen=True, slots=True, kw_only=True)
class Finale:
    """What came out of a run."""

    report: dict[str, Any]
    findings: tuple[Finding, ...]
    seq: int
    digest: str

    @property
    def kept(self) -> bool:
        """Whether every expectation was."""
        return all(f.kept for f in self.findings)

    def to_plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "ok": self.kept,
            "seq": self.seq,
            "state_digest": self.digest,
            "expectations": to_plain(self.findings),
            "report": self.report,
        }


def finale(plan: Deployment, scenario: Scenario, *, answered: bool) -> Finale:
    """Look at the journal of a run whose processes have ended.

    Raises:
        JournalCorrupt: the journal cannot be replayed.
    """
    paths = RunPaths(Path(plan.run_directory))
    with open_journal(paths.folder) as store:
        check = store.verify()
        state, seq = replayed(store, quiet=True)
        findings = [
            *Evaluation(scenario, state, store.read()).findings(answered=answered),
            Finding("the journal's own check passes", not check.problem, check.problem or f"{check.records} records"),
            _same_as_running(paths, state, seq),
            _decides_again(store, plan),
        ]
    return Finale(report=to_plain(build_report(state)), findings=tuple(findings), seq=seq, digest=state.digest())


def _same_as_running(paths: RunPaths, state: FleetState, seq: int) -> Finding:
    what = "a replay of the journal gives the state that the supervisor had, bit for bit"
    left = read_status(paths.supervisor_state)
    if not isinstance(left, dict):
        return Finding(what, False, f"the supervisor left no {paths.supervisor_state.name}")
    same = left.get("seq") == seq and left.get("digest") == state.digest()
    detail = f"digest {state.digest()[:16]}... after {seq} records"
    return Finding(what, same, detail if same else f"{detail}, the supervisor had {left}")


def _decides_again(store: SqliteStore, plan: Deployment) -> Finding:
    check = replay_decisions(store, context_of(plan))
    found = str(check.divergences[0]) if check.divergences else f"{check.decisions} in {check.batches} batches"
    return Finding("the same inputs lead to the same decisions again", not check.divergences, found)


def print_finale(result: Finale) -> None:
    """The report, then every expectation."""
    print_report(result.report)
    say("")
    rows = [("kept" if f.kept else "NOT KEPT", f.what, f.detail) for f in result.findings]
    print_table(("", "expected", "found"), rows)
    broken = [f.what for f in result.findings if not f.kept]
    say("")
    if broken:
        console().print(f"{len(broken)} of {len(result.findings)} expectations were not kept", style="bold red")
    else:
        console().print(f"all {len(result.findings)} expectations were kept", style="bold")
