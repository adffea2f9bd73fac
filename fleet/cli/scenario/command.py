"""`fleet sim run`, `list` and `shrink`: scenarios, played in one process each, in virtual time."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

from fleet.cli.output import FAILED, USAGE, Json, notes, print_json, print_table, remark, say
from fleet.cli.quiet import without_chatter
from fleet.cli.scenario.jobs import Done, Job, Progress, job_of, leave_error
from fleet.cli.scenario.pool import Pool
from fleet.deployment.fields import read_yaml
from fleet.model.errors import FleetError, InvalidField
from fleet.scenario.load import load_scenario, scenario_from_text
from fleet.scenario.record import RunRecord, Verdict, read_record, write_record
from fleet.scenario.spec import FORMAT, Scenario

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"
_SEEDS = re.compile(r"(\d+)(?:\.\.(\d+))?")
_MOST_SEEDS = 10_000
_LAST_S = 60.0
_WALKING = ("zone_entered", "posture_changed")

Paths = Annotated[
    list[Path] | None, typer.Argument(help="Scenario files, or folders of them.", show_default="the shipped ones")
]


def run(
    paths: Paths = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Run with this seed.", show_default="the scenario's")] = None,
    seeds: Annotated[str, typer.Option(help="Run with each of these seeds, e.g. 1..50 or 1,4,7..9.")] = "",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    report: Annotated[
        Path | None, typer.Option(help="Keep records, journals, junit.xml, report.json and report.html here.")
    ] = None,
    render: Annotated[bool, typer.Option("--render", help="With --report: a GIF and PNG stills of each run.")] = False,
    replay: Annotated[
        Path | None, typer.Option(help="Run a report's run.json again and compare digests, bit for bit.")
    ] = None,
    ros: Annotated[
        bool, typer.Option("--ros", help="Over ROS 2: start the processes, and judge by the journal alone.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run scenarios. Exit code 0: all expectations kept; 1: one broken; 2: bad input, or a run could not be done."""
    if replay is not None:
        if paths or seed is not None or seeds or render or ros:
            raise InvalidField("--replay", str(replay), "nothing beside it but --json: the record says what to run")
        _replay(replay, as_json)
        return
    if render and report is None:
        raise InvalidField("--render", True, "--report DIR too: where the pictures go")
    scenarios = scenarios_in(paths or [SCENARIOS])
    wanted = seeds_in(seed, seeds)
    if report is not None:
        from fleet.scenario.reports.folder import check_writable  # reports need packages that runs do without

        check_writable(report)
    with TemporaryDirectory() as scratch:
        folder = report or Path(scratch)
        plan = [job_of(s, n, folder) for s in scenarios for n in wanted or (s.spec.seed,)]
        pool, ended = _run_over_ros(plan, scenarios) if ros else _run(plan, jobs, scenarios, wanted)
        records = [_record(job) for job in plan if job.run_id in ended]
        if report is not None:
            _write(report, records, plan, pool.interrupted, render)
        _conclude(records, as_json)
        if len(records) < len(plan) or pool.interrupted:
            raise typer.Exit(USAGE)
    _exit(records)


def scenarios_in(paths: list[Path]) -> list[Scenario]:
    """All scenarios of format 2 in files and folders. Raises `InvalidField` for a file of another kind."""
    found: list[Scenario] = []
    for path in paths:
        if path.is_dir():
            files = [f for f in sorted(path.glob("*.yaml")) if _format(f) == FORMAT]
            others = [f.name for f in sorted(path.glob("*.yaml")) if f not in files]
            if others:
                remark(f"not of the format {FORMAT}, left out: {', '.join(others)}")
            if not files:
                raise InvalidField("PATHS", str(path), f"a folder with scenarios of the format {FORMAT}")
            found += [load_scenario(f) for f in files]
        else:
            found.append(load_scenario(path))
    names: dict[str, str] = {}
    for scenario in found:
        if scenario.name in names:
            where = scenario.source.find("name")
            where.fail(f"a name used once; {names[scenario.name]} has it too")
        names[scenario.name] = scenario.source.file
    return found


def _format(path: Path) -> object:
    source = read_yaml(path)
    return source.find("format").shown()


def seeds_in(seed: int | None, text: str) -> list[int]:
    """The seeds that the options `--seed` and `--seeds` name. Raises `InvalidField`."""
    if seed is not None and text:
        raise InvalidField("--seeds", text, "either --seed or --seeds")
    if seed is not None:
        return [seed]
    found: list[int] = []
    for part in filter(None, text.split(",")):
        match = _SEEDS.fullmatch(part.strip())
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise InvalidField("--seeds", text, "numbers and ranges such as 1..50 or 1,4,7..9")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
        if len(found) > _MOST_SEEDS:
            raise InvalidField("--seeds", text, f"at most {_MOST_SEEDS} seeds")
    return list(dict.fromkeys(found))


def _run(plan: list[Job], workers: int, scenarios: list[Scenario], seeds: list[int]) -> tuple[Pool, dict[str, Done]]:
    _refuse_early(scenarios, seeds)
    pool = Pool(min(workers, len(plan)))
    with _bar(len(plan)) as bar:
        task = bar.add_task("", total=len(plan))

        def show(progress: Progress) -> None:
            bar.update(task, description=f"{progress.run_id} {progress.now_s:.0f} s")

        def done(job: Job, end: Done) -> None:
            bar.advance(task)
            if end.verdict is not Verdict.KEPT:
                notes().print(f"{end.verdict.value.upper():>7}  {job.run_id}", markup=False)

        pool.on_progress, pool.on_done = show, done
        pool.on_death = lambda job, why: remark(f"{job.run_id}: {why}; it is run once more")
        with _terminated_like_interrupted():
            return pool, pool.run(plan)


def _run_over_ros(plan: list[Job], scenarios: list[Scenario]) -> tuple[Pool, dict[str, Done]]:
    """One after the other: each has a ROS graph of its own."""
    from fleet.cli.scenario.over_ros import play_over_ros

    by_name, ended, pool = {s.name: s for s in scenarios}, dict[str, Done](), Pool(0)
    try:
        for job in plan:
            remark(f"{job.run_id} over ROS 2")
            ended[job.run_id] = _one_over_ros(job, by_name[job.scenario], play_over_ros)
    except KeyboardInterrupt:
        pool.interrupted = True
    return pool, ended


def _one_over_ros(job: Job, scenario: Scenario, play: Callable[[Scenario, int, Path], RunRecord]) -> Done:
    out = Path(job.out)
    try:
        with without_chatter():
            record = play(scenario, job.seed, out)
    except InvalidField:
        raise
    except FleetError as error:
        leave_error(job, str(error))
        return Done(run_id=job.run_id, verdict=Verdict.ERROR, error=str(error))
    write_record(record, out / "run.json")
    return Done(run_id=job.run_id, verdict=record.verdict)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """A job that CI ends with SIGTERM leaves the same partial report as one ended with Ctrl-C."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _refuse_early(scenarios: list[Scenario], seeds: list[int]) -> None:
    """Whatever is wrong with any of the scenarios is said before the first one is run."""
    from fleet.cli.scenario.build import build

    with without_chatter():
        for scenario in scenarios:
            build(scenario, seeds[0] if seeds else scenario.spec.seed)


@contextmanager
def _bar(total: int) -> Iterator[ProgressBar]:
    columns = (MofNCompleteColumn(), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with ProgressBar(*columns, console=notes(), transient=True, disable=total == 0) as bar:
        yield bar


def _record(job: Job) -> RunRecord:
    return read_record(Path(job.out) / "run.json")


def _write(report: Path, records: list[RunRecord], plan: list[Job], interrupted: bool, render: bool) -> None:
    from fleet.scenario.reports.folder import write_reports

    by_id = {job.run_id: Path(job.out) / "run.json" for job in plan}
    files = [by_id[r.run_id] for r in records]
    written = write_reports(report, records, files, planned=len(plan), interrupted=interrupted)
    if render:
        from fleet.scenario.reports.picture import write_gif, write_stills

        for record, file in zip(records, files, strict=True):
            if record.floor is None:
                remark(f"{record.run_id}: no pictures, it ended before its world was built")
                continue
            write_stills(record, file.parent)
            write_gif(record, file.parent / "run.gif")
    remark(f"report: {written.html}")


def _conclude(records: list[RunRecord], as_json: bool) -> None:
    if as_json:
        print_json({"runs": [summary(r) for r in records]})
        return
    rows = []
    for r in records:
        broken = "; ".join(f.what for f in r.broken) or r.error.strip().splitlines()[-1:] or ""
        speed = f"{r.simulated_s / r.cpu_s:.0f}x" if r.cpu_s > 0 else "-"
        kept = f"{len(r.findings) - len(r.broken)}/{len(r.findings)}"
        what = broken if isinstance(broken, str) else broken[0]
        rows.append((r.verdict.value, r.scenario, r.seed, kept, f"{r.simulated_s:.1f} s", speed, what))
    print_table(("", "scenario", "seed", "kept", "time", "speed", "not kept"), rows)
    for record in [r for r in records if r.verdict is not Verdict.KEPT][:5]:
        _explain(record)
    counts = {v: sum(r.verdict is v for r in records) for v in Verdict}
    say(", ".join(f"{n} {v.value}" for v, n in counts.items() if n) or "nothing was run")


def summary(record: RunRecord) -> dict[str, Any]:
    """A run in a few lines, for `--json`."""
    return {
        "run_id": record.run_id,
        "scenario": record.scenario,
        "seed": record.seed,
        "verdict": record.verdict.value,
        "error": record.error,
        "simulated_s": record.simulated_s,
        "cpu_s": record.cpu_s,
        "attempts": record.attempts,
        "journal_digest": record.journal_digest,
        "state_digest": record.state_digest,
        "poses_digest": record.poses_digest,
        "broken": [{"what": f.what, "detail": f.detail, "line": f.line} for f in record.broken],
        "replay": record.replay_command,
    }


def _explain(record: RunRecord) -> None:
    """What broke, the last minute before it, and how to see it again."""
    say("")
    say(f"{record.run_id}: {record.verdict.value} - {record.protects}")
    if record.error:
        say(record.error)
    for f in record.broken:
        where = f"{record.scenario_file}, line {f.line}: " if f.line else ""
        say(f"  not kept: {where}{f.what}: {f.detail}")
    times = [f.broke_at_s for f in record.broken if f.broke_at_s is not None]
    at_s = min(times, default=record.simulated_s)
    shown = [m for m in record.timeline if at_s - _LAST_S <= m.at_s <= at_s + 1.0 and m.kind not in _WALKING]
    for moment in shown[-25:]:
        say(f"  {moment.at_s:7.1f}  {moment.text[:150]}")
    say(f"  again: {record.replay_command}")


def _exit(records: list[RunRecord]) -> None:
    verdicts = {r.verdict for r in records}
    if verdicts & {Verdict.ERROR, Verdict.INTERRUPTED}:
        raise typer.Exit(USAGE)
    if Verdict.BROKEN in verdicts:
        raise typer.Exit(FAILED)


def _replay(file: Path, as_json: bool) -> None:
    """Run a record's scenario again and compare."""
    before = read_record(file)
    if before.bus != "inprocess":
        raise InvalidField("--replay", str(file), "the record of an in-process run: ROS runs are not the same twice")
    if not before.journal_digest or before.verdict is Verdict.INTERRUPTED:
        raise InvalidField("--replay", str(file), f"the record of a run that came to its end ({before.verdict.value})")
    scenario = scenario_from_text(before.scenario_text, before.scenario_file, Path(before.scenario_folder))
    with TemporaryDirectory() as scratch:
        job = job_of(scenario, before.seed, Path(scratch), keep_journal=False)
        _, ended = _run([job], 1, [scenario], [before.seed])
        if not ended or ended[job.run_id].verdict is Verdict.ERROR:
            remark(ended[job.run_id].error if ended else "interrupted")
            raise typer.Exit(USAGE)
        after = _record(job)
    digests = ("journal_digest", "state_digest", "poses_digest")
    same = {name: getattr(before, name) == getattr(after, name) for name in digests}
    changed = {k: (v, after.versions.get(k)) for k, v in before.versions.items() if after.versions.get(k) != v}
    if as_json:
        print_json({"same": all(same.values()), "digests": same, "versions_changed": changed, **summary(after)})
    else:
        print_table(
            ("", "recorded", "now"),
            [
                (n, getattr(before, n)[:24], getattr(after, n)[:24] + ("" if same[n] else "  DIFFERENT"))
                for n in digests
            ],
        )
        for name, (was, now) in changed.items():
            say(f"{name}: it was {was}, here it is {now}")
        say("the same, bit for bit" if all(same.values()) else "NOT the same")
    if not all(same.values()):
        raise typer.Exit(FAILED)


def shipped(
    folder: Annotated[Path, typer.Argument(help="A folder of scenarios.", show_default="the shipped ones")] = SCENARIOS,
    as_json: Json = False,
) -> None:
    """List scenarios with what each one protects."""
    found = scenarios_in([folder])
    rows = [
        {
            "name": s.name,
            "site": s.spec.site or s.spec.deployment,
            "robots": sum(e.count or 1 for e in s.spec.fleet) or None,
            "protects": s.spec.protects,
            "file": s.source.file,
        }
        for s in found
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("scenario", "site", "robots", "protects"), [(r["name"], r["site"], r["robots"], r["protects"]) for r in rows]
    )
