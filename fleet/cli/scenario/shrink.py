"""`fleet sim shrink`: the smallest scenario and seed in which the same expectation is still not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.progress import Progress as ProgressBar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from fleet.cli.output import FAILED, USAGE, notes, remark, say
from fleet.cli.quiet import without_chatter
from fleet.cli.scenario.jobs import Done, Job, job_of
from fleet.cli.scenario.pool import Pool
from fleet.model.errors import FleetError, InvalidField
from fleet.scenario.ddmin import ddmin
from fleet.scenario.load import load_scenario, scenario_from_text
from fleet.scenario.record import Finding, RunRecord, Verdict, read_record
from fleet.scenario.spec import Scenario

_TRY_SEEDS = 5


class OutOfRuns(FleetError):
    """The runs that were allowed are used up."""


@dataclass
class Trials:
    """Runs candidates and says which still fail in the same way. What was tried once is not run again."""

    what: str
    folder: Path
    origin: Scenario
    pool: Pool
    most_runs: int
    runs: int = 0
    known: dict[str, bool] = field(default_factory=dict)

    def first_failing(self, candidates: Sequence[tuple[str, int]]) -> int | None:
        """The index of the first (text, seed) that fails in the same way."""
        new = [c for c in dict.fromkeys(candidates) if self._key(c) not in self.known]
        jobs = {f"{i}": job for i, c in enumerate(new) if (job := self._job(c, self.runs + i)) is not None}
        if self.runs + len(jobs) > self.most_runs:
            raise OutOfRuns(f"{self.most_runs} runs were made; --most-runs allows more")
        self.runs += len(jobs)
        ended = self.pool.run(list(jobs.values()))
        if self.pool.interrupted:
            raise OutOfRuns("interrupted")
        for i, candidate in enumerate(new):
            job = jobs.get(f"{i}")
            self.known[self._key(candidate)] = job is not None and self._fails(job, ended[job.run_id])
        return next((i for i, c in enumerate(candidates) if self.known[self._key(c)]), None)

    @staticmethod
    def _key(candidate: tuple[str, int]) -> str:
        return f"{candidate[1]} {candidate[0]}"

    def _job(self, candidate: tuple[str, int], number: int) -> Job | None:
        """None for what is no scenario any more, e.g. because a fault's robot was left out."""
        from fleet.cli.scenario.build import build

        text, seed = candidate
        try:
            scenario = scenario_from_text(text, f"candidate {number}", Path(self.origin.folder))
            with without_chatter():
                build(scenario, seed)
        except InvalidField:
            return None
        return job_of(scenario, seed, self.folder / str(number), keep_journal=False, run_id=f"candidate-{number}")

    def _fails(self, job: Job, done: Done) -> bool:
        if done.verdict is not Verdict.BROKEN:
            return False
        return any(f.what == self.what for f in read_record(Path(job.out) / "run.json").broken)


def shrink(
    file: Annotated[Path, typer.Argument(help="The scenario file.", show_default=False)],
    seed: Annotated[
        int | None, typer.Option(min=0, help="The seed with which it fails.", show_default="the scenario's")
    ] = None,
    expectation: Annotated[
        str, typer.Option(help="The expectation that matters, or a part of its text; default: the first that breaks.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="The file to write.", show_default="NAME-small.yaml")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    most_runs: Annotated[int, typer.Option(min=1, max=10_000, help="Give up after so many runs.")] = 200,
) -> None:
    """Reduce a failing scenario to the smallest seed, fleet, people and faults that still fail the same expectation.

    Exit code 0: a file was written; 1: it does not fail with this seed; 2: bad input.
    """
    scenario = load_scenario(file)
    number = scenario.spec.seed if seed is None else seed
    target_file = out if out is not None else Path(f"{scenario.name}-small.yaml")
    if target_file.resolve() == file.resolve():
        raise InvalidField("--out", str(target_file), "another file than the scenario itself")
    with TemporaryDirectory() as scratch, _spinner() as bar:
        task = bar.add_task("")
        trials = Trials("", Path(scratch), scenario, Pool(jobs), most_runs)
        broken = _what_breaks(trials, scenario, number, expectation)
        trials.what = broken.what
        remark(f"not kept with seed {number}: {broken.what} ({broken.detail})")
        text, smallest, left = _reduced(trials, scenario, number, broken, lambda t: bar.update(task, description=t))
    _write(target_file, text, scenario, smallest, broken)
    say(f"{trials.runs} runs; left: {left}; seed {smallest}")
    say(f"wrote {target_file}; it breaks again with: fleet sim run {target_file} --seed {smallest}")


def _spinner() -> ProgressBar:
    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return ProgressBar(*columns, console=notes(), transient=True)


def _what_breaks(trials: Trials, scenario: Scenario, seed: int, wanted: str) -> Finding:
    """The finding to keep broken. Ends the command where there is none."""
    job = job_of(scenario, seed, trials.folder / "whole", keep_journal=False)
    done = trials.pool.run([job])[job.run_id]
    if done.verdict is Verdict.ERROR:
        remark(f"error: {done.error}")
        raise typer.Exit(USAGE)
    record: RunRecord = read_record(Path(job.out) / "run.json")
    if not record.broken:
        remark(f"{scenario.name} keeps every expectation with seed {seed}")
        raise typer.Exit(FAILED)
    found = next((f for f in record.broken if wanted in f.what), None)
    if found is None:
        remark("not kept: " + "; ".join(f.what for f in record.broken))
        raise InvalidField("--expectation", wanted, "a part of the text of one that is not kept (they are above)")
    return found


def _reduced(trials: Trials, scenario: Scenario, seed: int, broken: Finding, show: object) -> tuple[str, int, str]:
    """The smallest text, its seed, and what is left in words."""
    from fleet.cli.scenario.reduced import KINDS, Apart, Piece

    assert callable(show)
    with without_chatter():
        apart = Apart(scenario, seed, broken.index if broken.line else None)
    name = f"{scenario.name}-small"
    kept: dict[str, list[Piece]] = {kind: apart.pieces(kind) for kind in KINDS}

    def text_of(pieces: dict[str, list[Piece]], with_seed: int) -> str:
        return apart.together([p for kind in KINDS for p in pieces[kind]], with_seed, name)

    if trials.first_failing([(text_of(kept, seed), seed)]) is None:
        raise FleetError("taken apart and put together again it keeps the expectation: nothing can be reduced")
    try:
        for kind in KINDS:
            show(f"{trials.runs} runs, {kind}s: {len(kept[kind])}")

            def failing(candidates: Sequence[Sequence[Piece]], kind: str = kind) -> int | None:
                return trials.first_failing([(text_of({**kept, kind: list(c)}, seed), seed) for c in candidates])

            kept[kind] = ddmin(kept[kind], failing)
        smaller = [n for n in range(min(seed, _TRY_SEEDS))]
        found = trials.first_failing([(text_of(kept, n), n) for n in smaller]) if smaller else None
        seed = smaller[found] if found is not None else seed
    except OutOfRuns as end:
        remark(f"{end}: what follows is smaller, not smallest")
    left = ", ".join(f"{len(kept[k])} {k}{'s' if len(kept[k]) != 1 else ''}" for k in KINDS if kept[k])
    return text_of(kept, seed), seed, left or "nothing but the site"


def _write(file: Path, text: str, scenario: Scenario, seed: int, broken: Finding) -> None:
    head = (
        f"# {scenario.source.file} reduced by `fleet sim shrink`: with seed {seed} this is still not kept:\n"
        f"# {broken.what}\n"
    )
    try:
        file.write_text(head + text, encoding="utf-8")
    except OSError as problem:
        raise InvalidField("--out", str(file), f"a file that can be written ({problem.strerror})") from None
