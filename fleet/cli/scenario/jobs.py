"""What a worker is told and what it answers, one JSON line each."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fleet.scenario.record import RunRecord, Verdict, write_record
from fleet.scenario.spec import Scenario


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the scenario's text (so that a worker need not find its file), the seed, and where the record goes."""

    run_id: str
    scenario: str
    file: str
    folder: str
    text: str
    protects: str
    seed: int
    out: str
    keep_journal: bool = True
    attempt: int = 1


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How far the worker is."""

    run_id: str
    now_s: float
    within_s: float


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """A run has ended. `bad_input`: it could not be done because of what the files say."""

    run_id: str
    verdict: Verdict
    error: str = ""
    bad_input: bool = False


Answer = Progress | Done


def job_of(scenario: Scenario, seed: int, out: Path, *, keep_journal: bool = True, run_id: str = "") -> Job:
    """The job of one run of a scenario; its record goes below `out`."""
    run_id = run_id or f"{scenario.name}/seed-{seed}"
    return Job(
        run_id=run_id,
        scenario=scenario.name,
        file=scenario.source.file,
        folder=scenario.folder,
        text=scenario.text,
        protects=scenario.spec.protects,
        seed=seed,
        out=str(out / run_id),
        keep_journal=keep_journal,
    )


def leave_error(job: Job, error: str, verdict: Verdict = Verdict.ERROR, attempts: int = 1) -> None:
    """Write the record of a run that could not be done: reports show it like any other."""
    folder = Path(job.out)
    folder.mkdir(parents=True, exist_ok=True)
    record = RunRecord(
        format="humanoid-fleet-run/1",
        run_id=job.run_id,
        scenario=job.scenario,
        scenario_file=job.file,
        scenario_folder=job.folder,
        scenario_text=job.text,
        protects=job.protects,
        seed=job.seed,
        bus="inprocess",
        verdict=verdict,
        error=error,
        simulated_s=0.0,
        took_s=0.0,
        cpu_s=0.0,
        attempts=attempts,
        journal_file="",
        journal_digest="",
        state_digest="",
        poses_digest="",
        replay_command=f"fleet sim run {job.file} --seed {job.seed}",
        findings=(),
        measures={},
        versions={},
    )
    write_record(record, folder / "run.json")
