"""`fleet calibrate`: past decisions with known truth, from simulation and from journals, into a file for the gate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from fleet.cli.calibrating.promises import FEATURES, PROMISES
from fleet.cli.journal import open_journal
from fleet.cli.output import FAILED, Json, notes, print_json, print_table, remark, say
from fleet.cli.quiet import without_chatter
from fleet.cli.scenario.command import scenarios_in, seeds_in
from fleet.escalation.gate.store import CalibrationData, Case, Source, key_text, read_data, write_data
from fleet.escalation.learned import learn
from fleet.journal.replay import records_of
from fleet.model.errors import InvalidField

_MOST = 600


def calibrate(
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
    scenarios: Annotated[
        list[Path] | None, typer.Option(help="Play these scenarios (files or folders) and learn from them.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Each with these seeds, e.g. 1..5.", show_default="its own")] = "",
    instructions: Annotated[
        int, typer.Option(min=0, max=100_000, help="So many instructions of known meaning for each shipped site.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the instructions.")] = 1,
    journal: Annotated[
        list[Path] | None, typer.Option(help="Learn from what people decided and reviewed in these journals.")
    ] = None,
    add_to: Annotated[Path | None, typer.Option(help="Begin with the examples of this file.")] = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many examples a class, drawn at random.")] = _MOST,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that play.")] = 1,
    as_json: Json = False,
) -> None:
    """Build calibration data. A deployment or a scenario names the file in `gate: {calibration: FILE}`.

    In simulation the truth is taken from the world, and whatever only trying can tell is tried. From a journal, truth
    is what people answered, and what they found in reviews, weighted by one over the chance of having been drawn.
    Exit code 1: nothing was learned, or a scenario could not be played.
    """
    if not (scenarios or instructions or journal):
        raise InvalidField("--scenarios", "nothing", "one or more of --scenarios, --instructions, --journal")
    data = read_data(add_to) if add_to is not None else CalibrationData()
    left: Counter[str] = Counter()
    failed: list[str] = []
    cases: list[Case] = []
    if scenarios:
        cases += _played(scenarios, seeds, jobs, left, failed)
    if instructions:
        from fleet.cli.calibrating.instructions import said  # imports the simulator's sites

        cases += said(instructions, seed)
    for path in journal or ():
        with open_journal(path) as store:
            learned = learn(records_of(store))
        cases += learned.cases(Source(kind="journal", name=path.name))
        left += learned.left
    present = {c.key for c in cases}
    new = CalibrationData(
        cases=tuple(cases),
        promises={k: p for k, p in PROMISES.items() if k in present and k not in data.promises},
        features={k: f for k, f in FEATURES.items() if k in present},
    )
    whole = data.plus(new).at_most(most)
    whole.calibrations()  # so that what cannot be used is not written
    digest = write_data(whole, out)
    _tell(out, digest, whole, left, failed, as_json)
    if failed or not cases:
        raise typer.Exit(FAILED)


def _played(paths: list[Path], text: str, jobs: int, left: Counter[str], failed: list[str]) -> list[Case]:
    plan = [(Path(s.source.file), n) for s in scenarios_in(paths) for n in seeds_in(None, text) or [s.spec.seed]]
    runs: dict[tuple[Path, int], tuple[Case, ...]] = {}
    with without_chatter(), Progress(console=notes(), transient=True) as progress:
        bar = progress.add_task("playing", total=len(plan))
        for job, result in _results(plan, jobs):
            progress.update(bar, advance=1, description=f"{job[0].stem} #{job[1]}")
            if isinstance(result, str):
                failed.append(f"{job[0]} seed {job[1]}: {result}")
            else:
                runs[job] = result.cases
                left.update(result.left)
    for problem in failed:
        remark(problem)
    return [case for job in plan if job in runs for case in runs[job]]  # in the plan's order, whoever was faster


def _results(plan: list[tuple[Path, int]], jobs: int) -> Iterator[tuple[tuple[Path, int], Any]]:
    if jobs == 1:
        yield from ((job, _play(job)) for job in plan)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_play, job): job for job in plan}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _play(job: tuple[Path, int]) -> Any:
    """The run, or what was wrong with it: one scenario that cannot be played does not cost the others."""
    from fleet.cli.calibrating.collect import collect
    from fleet.model.errors import FleetError
    from sim_worlds.errors import InputError

    try:
        return collect(*job)
    except (FleetError, InputError) as problem:
        return str(problem)


def _tell(
    out: Path, digest: str, data: CalibrationData, left: Counter[str], failed: Iterable[str], as_json: bool
) -> None:
    calibrations = data.calibrations()
    rows = [
        (key_text(k), c.count, f"{c.effective:.0f}", c.promise.least, "yes" if c.enough else "no: it asks")
        for k, c in calibrations.items()
    ]
    if as_json:
        classes = {row[0]: {"examples": row[1], "effective": float(row[2]), "least": row[3]} for row in rows}
        print_json(
            {"file": str(out), "digest": digest, "classes": classes, "truth_not_known": left, "failed": list(failed)}
        )
        return
    print_table(("class", "examples", "worth", "needed", "enough"), rows, "nothing was learned")
    if left:
        say("")
        print_table(("rulings that taught nothing", "how many"), sorted(left.items()))
    say(f"\n{out}: {len(data.cases)} examples, digest {digest[:16]}...")
