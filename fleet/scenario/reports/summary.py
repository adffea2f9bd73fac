"""The report as JSON for programs: counts, each run's findings, measures and digests, and measures across seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from fleet.scenario.record import Finding, RunRecord, Verdict
from fleet.scenario.reports.story import broken

FORMAT = "humanoid-fleet-report/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run, without its timeline and tracks: those are in `record_file`, relative to the report."""

    run_id: str
    scenario: str
    seed: int
    bus: str
    verdict: Verdict
    error: str
    simulated_s: float
    took_s: float
    cpu_s: float
    attempts: int
    findings: tuple[Finding, ...]
    measures: dict[str, float | None]
    journal_digest: str
    state_digest: str
    poses_digest: str
    replay_command: str
    record_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One measure over a scenario's runs; runs in which there was nothing to measure do not count."""

    scenario: str
    measure: str
    runs: int
    least: float
    median: float
    mean: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All runs of one report. `interrupted`: somebody stopped it, so runs are missing; `planned` is how many there
    were to be (None: not known)."""

    format: str
    runs: int
    planned: int | None
    kept: int
    broken: int
    errors: int
    interrupted_runs: int
    interrupted: bool
    expectations: int
    expectations_broken: int
    simulated_s: float
    cpu_s: float
    run_lines: tuple[RunLine, ...]
    spreads: tuple[Spread, ...]

    @property
    def ok(self) -> bool:
        """Whether every planned run was done and kept every expectation."""
        return self.kept == self.runs and not self.interrupted and self.planned in (None, self.runs)


def summarise(records: Sequence[RunRecord], files: Sequence[str], planned: int | None, interrupted: bool) -> Summary:
    """`files[i]` is where `records[i]` is kept, relative to the report."""
    counts = {verdict: sum(r.verdict is verdict for r in records) for verdict in Verdict}
    return Summary(
        format=FORMAT,
        runs=len(records),
        planned=planned,
        kept=counts[Verdict.KEPT],
        broken=counts[Verdict.BROKEN],
        errors=counts[Verdict.ERROR],
        interrupted_runs=counts[Verdict.INTERRUPTED],
        interrupted=interrupted,
        expectations=sum(len(r.findings) for r in records),
        expectations_broken=sum(len(broken(r)) for r in records),
        simulated_s=sum(r.simulated_s for r in records),
        cpu_s=sum(r.cpu_s for r in records),
        run_lines=tuple(_line(r, f) for r, f in zip(records, files, strict=True)),
        spreads=spreads(records),
    )


def _line(record: RunRecord, file: str) -> RunLine:
    return RunLine(
        run_id=record.run_id,
        scenario=record.scenario,
        seed=record.seed,
        bus=record.bus,
        verdict=record.verdict,
        error=record.error,
        simulated_s=record.simulated_s,
        took_s=record.took_s,
        cpu_s=record.cpu_s,
        attempts=record.attempts,
        findings=record.findings,
        measures=record.measures,
        journal_digest=record.journal_digest,
        state_digest=record.state_digest,
        poses_digest=record.poses_digest,
        replay_command=record.replay_command,
        record_file=file,
    )


def spreads(records: Sequence[RunRecord]) -> tuple[Spread, ...]:
    """How each measure varied over each scenario's seeds."""
    values: dict[tuple[str, str], list[float]] = {}
    for record in records:
        for name, value in record.measures.items():
            if value is not None:
                values.setdefault((record.scenario, name), []).append(value)
    return tuple(
        Spread(
            scenario=scenario,
            measure=name,
            runs=len(found),
            least=min(found),
            median=median(found),
            mean=fmean(found),
            most=max(found),
        )
        for (scenario, name), found in values.items()
    )
