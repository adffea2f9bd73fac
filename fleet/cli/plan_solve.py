"""`fleet plan solve`: an instance file in, a plan out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.allocation.files.writing import plan_document
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.methods import METHODS, plan_by
from fleet.allocation.verify import Violation, verify
from fleet.cli.output import FAILED, Json, print_json, print_table, remark, say
from fleet.cli.plan_files import WEIGHT_HELP, load_instance
from fleet.model.errors import InvalidField

DEFAULT_SECONDS = 1.0
COMPILED_S = 3.0  # loading alone takes a few tenths of a second
METHOD_HELP = "; ".join(f"{name}: {what}" for name, what in METHODS.items())


def solve(
    file: Annotated[Path, typer.Argument(help="An instance: our JSON, Solomon, or VRPLIB.", show_default=False)],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", min=0.001, max=3600, help=f"How long to search; {DEFAULT_SECONDS:g} without --iterations."
        ),
    ] = None,
    iterations: Annotated[
        int | None,
        typer.Option("--iterations", min=0, help="How many steps to search; instead of seconds, the same everywhere."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the search's dice.")] = 0,
    method: Annotated[str, typer.Option("--method", help=METHOD_HELP)] = "lns",
    weight: Annotated[list[str] | None, typer.Option("--weight", help=WEIGHT_HELP)] = None,
    check: Annotated[bool, typer.Option("--check", help="Have the plan checked by the separate verifier.")] = False,
    as_json: Json = False,
) -> None:
    """Make a plan of an instance file: routes, times, what it costs, and what nobody does and why.

    Exit code 1: the check failed, or a task with a hard deadline (`latest_s`) is left undone.
    """
    if method not in METHODS:
        raise InvalidField("--method", method, "one of " + ", ".join(METHODS))
    if seconds is not None and iterations is not None:
        raise InvalidField("--iterations", iterations, "either --seconds or --iterations, not both")
    if method != "lns" and (seconds is not None or iterations is not None):
        raise InvalidField("--method", method, "lns with --seconds or --iterations; the others do not search")
    instance = load_instance(file, weight or ())
    if seconds is None and iterations is None:
        seconds = DEFAULT_SECONDS
    _make_ready(method)
    before = time.process_time()
    solution = plan_by(method, instance, seconds=seconds, iterations=iterations, seed=seed)
    spent = time.process_time() - before
    wrong = verify(instance, solution) if check else None
    missed = missed_deadlines(instance, solution)
    if as_json:
        print_json(_document(instance, solution, method, spent, wrong))
    else:
        print_plan(solution)
        say(f"{method}: {solution.iterations} iterations, {spent:.2f} s of CPU")
        if wrong is not None:
            say("checked: nothing wrong" if not wrong else f"checked: {len(wrong)} things wrong")
    for violation in wrong or ():
        remark(f"wrong: {violation}")
    for task_id in missed:
        remark(f"hard deadline not met: task {task_id}: {solution.unplaced[task_id]}")
    if wrong or missed:
        raise typer.Exit(FAILED)


def _make_ready(method: str) -> None:
    """Loads the solver, and compiles it where it has not been used before: the seconds asked for are for the search."""
    if method in ("lns", "regret"):
        from fleet.allocation.solver import warm_up

        before = time.process_time()
        warm_up()
        spent = time.process_time() - before
        if spent > COMPILED_S:
            remark(f"the solver was compiled, which happens once: {spent:.0f} s")


def missed_deadlines(instance: Instance, solution: Solution) -> list[str]:
    """Tasks with a hard deadline that are left undone."""
    return [t.task_id for t in instance.tasks if t.latest_s is not None and t.task_id in solution.unplaced]


def _document(
    instance: Instance, solution: Solution, method: str, spent: float, wrong: list[Violation] | None
) -> dict[str, Any]:
    document = plan_document(instance, solution) | {"method": method, "cpu_seconds": spent}
    if wrong is not None:
        found = [{"kind": v.kind, "where": v.where, "text": v.text} for v in wrong]
        document["check"] = {"ok": not wrong, "violations": found}
    return document


def print_plan(solution: Solution) -> None:
    """The plan for people: what each robot does, what it costs, what is left undone."""
    rows = []
    for robot_id, visits in solution.routes.items():
        for number, visit in enumerate(visits):
            what = visit.task_id or f"charge at {visit.dock_id}"
            times = (f"{t:.1f}" for t in (visit.leaves_s, visit.arrives_s, visit.starts_s, visit.ends_s))
            rows.append((robot_id if number == 0 else "", what, *times))
        if not visits:
            rows.append((robot_id, "nothing", "", "", "", ""))
    print_table(("robot", "does", "leaves s", "arrives s", "starts s", "ends s"), rows, "no robots")
    say("")
    costs = [(name, f"{value:.1f}") for name, value in solution.terms.items() if value]
    print_table(("term", "cost s"), [*costs, ("sum", f"{solution.cost:.1f}")])
    if solution.unplaced:
        say("")
        print_table(("left undone", "why"), list(solution.unplaced.items()))
