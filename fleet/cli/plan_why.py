"""`fleet plan why`: why a robot has a task, why not another, what would change it, and which limit binds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.allocation.explain import explain
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.limits import limits
from fleet.allocation.methods import plan_by
from fleet.allocation.verify import verify
from fleet.allocation.weighing import Weigher, in_terms
from fleet.allocation.why_document import why_document
from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_json, print_table, say
from fleet.cli.plan_files import load_instance, load_plan
from fleet.model.errors import InvalidField

_ITERATIONS = 500
_NAMES = 2


def why(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[FILE] TASK",
            help="A task of the running fleet; or an instance file and one of its tasks.",
            show_default=False,
        ),
    ],
    robot: Annotated[
        list[str] | None, typer.Option("--robot", help="Compare with this robot (again for more); all by default.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="With FILE: the plan in question, else one is made.")
    ] = None,
    iterations: Annotated[
        int, typer.Option("--iterations", min=0, help="With FILE: of search for the plan.")
    ] = _ITERATIONS,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With FILE: of the search's dice.")] = 0,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Say why this robot has the task and not another, what would change that, and what keeps it from being in time.

    Without FILE it asks the running fleet (log in first). Every difference is between two plans, and every "would get
    it if" was tried by planning again.
    """
    if len(what) > _NAMES:
        raise InvalidField("[FILE] TASK", " ".join(what), "a task, or a file and a task")
    if len(what) == 1:
        if plan is not None:
            raise InvalidField("--plan", str(plan), "only with an instance FILE before the TASK")
        document = _live(what[0], robot or [], url)
    else:
        document = _of_file(Path(what[0]), what[1], robot or [], plan, iterations, seed)
    if as_json:
        print_json(document)
    else:
        print_why(document)


def _live(task_id: str, robots: list[str], url: str) -> dict[str, Any]:
    with client_for(url) as client:
        answer: dict[str, Any] = client.get(f"/v1/tasks/{task_id}/why", robot=robots or None)
    return answer


def _of_file(
    file: Path, task_id: str, robots: list[str], plan: Path | None, iterations: int, seed: int
) -> dict[str, Any]:
    instance = load_instance(file)
    solution = plan_by("lns", instance, iterations=iterations, seed=seed) if plan is None else _sound(instance, plan)
    weigher = Weigher(instance=instance, solution=solution)
    explained = explain(weigher, task_id, robots=robots or None)
    return why_document(instance, explained, limits(weigher, task_id))


def _sound(instance: Instance, file: Path) -> Solution:
    """The plan of the file. Raises `InvalidField` for one that is wrong: nothing true could be said about it."""
    solution = load_plan(file)
    wrong = verify(instance, solution, tolerance=1e-3)
    if wrong:
        raise InvalidField(
            "--plan", str(file), f"a plan of this instance that checks out (`fleet plan check`); {wrong[0]}"
        )
    return solution


def print_why(document: dict[str, Any]) -> None:
    """The explanation for people."""
    say(document["sentence"])
    if document["alternatives"]:
        say("")
        print_table(("robot", "plan costs", "why not", "would get it if"), map(_row, document["alternatives"]))
    found = document["limits"]
    if not found["met"]:
        say("")
        say(found["sentence"])
        if found["reliefs"]:
            say("")
            rows = [(r["kind"], r["subject"], r["text"], _others(r)) for r in found["reliefs"]]
            print_table(("limit", "of", "what relaxing it buys", "what others lose"), rows)


def _row(alternative: dict[str, Any]) -> tuple[object, ...]:
    extra = alternative["extra_cost_s"]
    cost = "cannot" if extra is None else "undone work" if alternative["undone"] else f"{extra:+.1f} s"
    why_not = alternative["because"] if extra is None else in_terms(alternative["difference"])
    if alternative["undone"]:
        why_not = f"leaves undone: {', '.join(alternative['undone'])}"
    return alternative["robot_id"], cost, why_not, "; ".join(f["text"] for f in alternative["would_get_it_if"])


def _others(relief: dict[str, Any]) -> str:
    said = [
        f"{o['task_id']} {'undone' if o['late_s'] is None else format(o['late_s'], '.0f') + ' s late'}"
        for o in relief["others"]
    ]
    return ", ".join(said)
