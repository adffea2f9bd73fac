"""`fleet what-if`: what each answer to an open question would lead to, asked of the world that runs now."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress

from fleet.cli.context import context_of
from fleet.cli.journal import open_journal, replayed
from fleet.cli.output import FAILED, Json, notes, print_json, print_table, say
from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths
from fleet.model.errors import InvalidField, NotFound
from fleet.model.escalation import Option
from fleet.model.wire import to_plain
from fleet.supervisor.state import FleetState
from sim_worlds.errors import SimError

if TYPE_CHECKING:
    from fleet.cli.whatif import Question
    from sim_worlds.link import WorldLink
    from sim_worlds.rollouts import Evaluation, EvaluationStatus, Request

_POLL_S = 0.1
_CONNECT_S = 5.0


def what_if(
    run: Annotated[Path, typer.Argument(help="The run directory of a fleet that is up.", show_default=False)],
    escalation_id: Annotated[str, typer.Argument(help="The question; the most urgent one without it.")] = "",
    horizon_s: Annotated[float, typer.Option("--horizon", help="How far ahead, in simulated s.")] = 60.0,
    runs: Annotated[int, typer.Option("--runs", help="Of each answer.")] = 16,
    seed: Annotated[int, typer.Option("--seed", help="Of the runs' luck.")] = 0,
    deadline_s: Annotated[float, typer.Option("--deadline", help="Answer after so many s with what there is.")] = 30.0,
    workers: Annotated[int, typer.Option("--workers", help="Runs at the same time.")] = 2,
    exact: Annotated[
        bool, typer.Option("--exact", help="Walking robots walk by their joints; otherwise they are moved (faster).")
    ] = False,
    ray: Annotated[str, typer.Option("--ray", help="Address of a Ray cluster; `local` starts one.")] = "",
    as_json: Json = False,
) -> None:
    """Run copies of the live world ahead, once for each answer to a question and many times with different luck.

    Exit code 1 when no run was done in time.
    """
    # The simulator is slow to import, and the other commands need nothing of it.
    from fleet.cli.whatif import predicted, question_of
    from sim_worlds.remote import RemoteWorld
    from sim_worlds.rollouts import Fork, Ray, Request

    paths = RunPaths(run)
    context = context_of(load_deployment(paths.deployment))
    with open_journal(run) as store:
        state, _ = replayed(store, quiet=True)
    chosen = escalation_id or _most_urgent(state)
    executor: Fork | Ray = Ray(address=None if ray == "local" else ray) if ray else Fork()
    try:
        link = RemoteWorld(paths.world_socket, connect_timeout_s=_CONNECT_S)
        try:
            question = question_of(chosen, state, state.now_s, context, link.describe())
            request = Request(
                options=question.options,
                background=question.background,
                horizon_s=horizon_s,
                n=runs,
                seed=seed,
                deadline_s=deadline_s,
                workers=workers,
                executor=executor,
                moved_only=not exact,
            )
            found = _answer(link, request)
        finally:
            link.close()
    except SimError as error:
        raise InvalidField("what-if", chosen, str(error)) from error
    _show(found, predicted(found, state.escalations[chosen], question.silent), question, as_json)
    if found.done == 0:
        raise typer.Exit(FAILED)


def _most_urgent(state: FleetState) -> str:
    waiting = sorted(state.open_escalations(), key=lambda e: e.deadline_s)
    if not waiting:
        raise NotFound("open question", "", "none: no question waits for an answer")
    return waiting[0].escalation_id


def _answer(link: WorldLink, request: Request) -> Evaluation:
    """Ask, and wait for the answer with a progress bar. Raises `SimError` when there is none."""
    ticket = link.evaluate(request)
    with Progress(console=notes(), transient=True) as progress:
        bar = progress.add_task("running ahead", total=None)
        while (status := link.evaluation(ticket)).state == "running":
            progress.update(bar, total=status.wanted, completed=status.done)
            time.sleep(_POLL_S)
    return _evaluation(status)


def _evaluation(status: EvaluationStatus) -> Evaluation:
    if status.evaluation is None:
        raise SimError(f"the rollouts failed: {status.detail}; expected an answer")
    return status.evaluation


def _show(found: Evaluation, options: tuple[Option, ...], question: Question, as_json: bool) -> None:
    if as_json:
        print_json({"evaluation": to_plain(found), "options": to_plain(options), "silent": question.silent})
        return
    rows = [_row(found, option, question) for option in options]
    print_table(("option", "success", "done after", "energy", "falls", "nearest person", "makes late"), rows)
    say(
        f"{found.done} of {found.wanted} runs of {found.horizon_s:g} s in {found.took_s:.1f} s, from {found.at_s:.1f} s"
    )
    for outcome in found.options:
        for problem, count in outcome.problems.items():
            say(f"{outcome.option_id}: in {count} of {outcome.n} runs {problem}")
    for death in found.deaths:
        say(f"a worker died in run {death.run} of {death.option_id}: {death.how}")
    for error in found.errors[:1]:
        say(f"{len(found.errors)} runs failed; the first: {error.strip().splitlines()[-1]}")


def _row(found: Evaluation, option: Option, question: Question) -> tuple[object, ...]:
    outcome = next((o for o in found.options if o.option_id == option.option_id), None)
    if outcome is None or outcome.n == 0:
        return (option.option_id, question.silent.get(option.option_id, "not run"), "", "", "", "", "")
    p = option.predicted
    known = "not known" if p.success is None else f"{p.success:.0%} ({p.success_low:.0%} to {p.success_high:.0%})"
    near = outcome.closest_person_m
    return (
        option.option_id,
        known,
        f"{p.duration_s:.0f} s" if p.duration_s is not None else "",
        f"{p.energy_wh:+.1f} Wh" if p.energy_wh is not None else "",
        f"{outcome.falls.mean:.2g}" if outcome.falls is not None and outcome.falls.mean is not None else "",
        f"{near.p50:.1f} m" if near is not None and near.p50 is not None else "",
        ", ".join(p.makes_late or ()),
    )
