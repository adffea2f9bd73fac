"""`fleet traffic solve`: a map and robots in, paths out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.cli.output import FAILED, Json, print_json, print_table, remark, say
from fleet.cli.traffic_lifelong import checked_turns, lifelong_document, paths_of, play_league, show_lifelong
from fleet.model.errors import InvalidField
from fleet.traffic.files.instances import TrafficInstance
from fleet.traffic.files.league import LeagueInstance
from fleet.traffic.files.load import load_instance
from fleet.traffic.grid.solve import TRIES, Solved, warm_up
from fleet.traffic.grid.solve import solve as solve_paths
from fleet.traffic.verify import Cell, Fault, verify

PLAN_FORMAT = "fleet-traffic-plan"
LEAGUE_STEPS = 500


def solve(
    file: Annotated[
        Path, typer.Argument(help="Our JSON, a MovingAI .map (with --scen), or a League input.", show_default=False)
    ],
    scen: Annotated[Path | None, typer.Option("--scen", help="The scenario, for a MovingAI map.")] = None,
    agents: Annotated[int | None, typer.Option("--agents", min=1, help="Only the first so many robots.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0.01, max=3600, help="How long to search; 1 without --rounds.")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            "--rounds",
            min=0,
            help="Instead of seconds: how often to improve the plan (League: in each step).",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, max=100_000, help="For a League input: how many steps; 500 without.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the search's dice.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan with its paths to this file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Have the plan checked by the separate verifier.")] = False,
    as_json: Json = False,
) -> None:
    """Find paths for all robots of an instance on which nobody meets.

    A League input is played: robots walk ahead, turn or wait, and get one task after another.

    Exit code 1: no plan in time, or none at all, or the check found faults.
    """
    if seconds is not None and rounds is not None:
        raise InvalidField("--rounds", rounds, "either --seconds or --rounds, not both")
    instance = load_instance(file, scen, agents)
    if isinstance(instance, LeagueInstance):
        if seconds is not None:
            raise InvalidField("--seconds", seconds, "--steps: robots of a League input work on until told to stop")
        _lifelong(instance, steps or LEAGUE_STEPS, rounds, seed, out, check, as_json)
        return
    if steps is not None:
        raise InvalidField("--steps", steps, "a League input; in others every robot has one goal")
    warm_up()
    until = time.monotonic() + (1.0 if seconds is None else seconds)
    stop: Callable[[], bool] | None = None if rounds is not None else lambda: time.monotonic() >= until
    before = time.process_time()
    solved = solve_paths(
        instance.grid.graph, instance.starts, instance.goals, seed=seed, distances=instance.distances, stop=stop,
        tries=TRIES, rounds=10**9 if rounds is None else rounds,
    )  # fmt: skip
    _tell(instance, solved, time.process_time() - before, out, check, as_json)


def _tell(
    instance: TrafficInstance, solved: Solved, spent: float, out: Path | None, check: bool, as_json: bool
) -> None:
    paths = cells_of(instance, solved)
    faults = checked(instance, paths) if check and paths is not None else None
    document = _document(instance, solved, spent, faults)
    if out is not None and paths is not None:
        write_plan(out, document | {"paths": {r.robot_id: p for r, p in zip(instance.robots, paths, strict=True)}})
    if as_json:
        print_json(document)
    else:
        _show(instance, solved, spent, faults)
    for fault in faults or ():
        remark(f"wrong: {fault}")
    if paths is None or faults:
        raise typer.Exit(FAILED)


def _lifelong(
    instance: LeagueInstance, steps: int, tries: int | None, seed: int, out: Path | None, check: bool, as_json: bool
) -> None:
    played, spent = play_league(instance, steps, tries, seed)
    paths = paths_of(instance, played)
    faults = checked_turns(instance, played, paths) if check else None
    document = lifelong_document(instance, played, spent, faults)
    if out is not None:
        write_plan(out, document | {"paths": paths, "looks": (played.states & 3).T.tolist()})
    show_lifelong(document, as_json)
    for fault in faults or ():
        remark(f"wrong: {fault}")
    if faults:
        raise typer.Exit(FAILED)


def cells_of(instance: TrafficInstance, solved: Solved) -> list[list[Cell]] | None:
    """The path of each robot, as cells."""
    if solved.paths is None:
        return None
    cells = instance.grid.cell_of[solved.paths]  # [steps + 1, robots, 2]
    return [[(int(r), int(c)) for r, c in cells[:, i]] for i in range(cells.shape[1])]


def checked(instance: TrafficInstance, paths: list[list[Cell]]) -> list[Fault]:
    """What the separate verifier finds wrong."""
    robots = instance.robots
    free: list[list[bool]] = instance.grid.free.tolist()
    return verify(free, [r.start for r in robots], [r.goal for r in robots], paths, [r.robot_id for r in robots])


def write_plan(out: Path, document: dict[str, Any]) -> None:
    """Write a plan as JSON. Raises `InvalidField` where that cannot be."""
    try:
        out.write_text(json.dumps(document) + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidField("--out", str(out), f"a file that can be written ({error.strerror})") from error


def _document(instance: TrafficInstance, solved: Solved, spent: float, faults: list[Fault] | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "format": PLAN_FORMAT,
        "version": 1,
        "instance": instance.name,
        "robots": len(instance.robots),
        "solved": solved.paths is not None,
        "impossible": solved.impossible,
        "least_cost": solved.least,
        "cpu_seconds": spent,
    }
    if solved.paths is not None:
        found |= {"cost": solved.cost, "first_cost": solved.first_cost, "steps": solved.steps, "rounds": solved.rounds}
    if faults is not None:
        found["check"] = {
            "ok": not faults,
            "faults": [{"kind": f.kind, "step": f.step, "robots": f.robots, "text": f.text} for f in faults],
        }
    return found


def _show(instance: TrafficInstance, solved: Solved, spent: float, faults: list[Fault] | None) -> None:
    if solved.paths is None:
        why = "there is no plan for all of them" if solved.impossible else "no plan found in time"
        say(f"{instance.name}, {len(instance.robots)} robots: {why} ({solved.tried} steps tried, {spent:.2f} s of CPU)")
        return
    over = f"{solved.cost / solved.least:.3f} x the shortest ways" if solved.least else "nobody has to move"
    rows = [
        ("robots", len(instance.robots)),
        ("steps until all are there", solved.steps),
        ("sum of arrivals, steps", f"{solved.cost} ({over})"),
        ("the first plan's", solved.first_cost),
        ("rounds of improvement", solved.rounds),
        ("CPU, s", f"{spent:.2f}"),
    ]
    print_table(("plan", ""), rows)
    if faults is not None:
        say("checked: nothing wrong" if not faults else f"checked: {len(faults)} things wrong")
