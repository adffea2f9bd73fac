"""Why a task is where it is in the running fleet's plan: the state read as a planning problem, and the solver asked.

Reads only: nothing is decided and nothing changes. The same state and time give the same explanation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.allocation.building import build
from fleet.allocation.changing import ITERATIONS
from fleet.allocation.explain import explain
from fleet.allocation.feasibility import unfit
from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.instance import Instance, Solution, Visit
from fleet.allocation.limits import Closed, limits
from fleet.allocation.outlook import Outlook, RobotAhead
from fleet.allocation.weighing import Weigher, ends_s
from fleet.allocation.why_document import why_document
from fleet.model.errors import Conflict, NotFound
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.ahead import UNDER_WAY, Waiting, outlook_of, waiting_tasks
from fleet.supervisor.availability import barred_because
from fleet.supervisor.closed_off import ClosedOff, held_back, kept_out, shut_now
from fleet.supervisor.context import Context
from fleet.supervisor.draft import Draft
from fleet.supervisor.jobs import job_of, names_of, one_an_object
from fleet.supervisor.nearby import nearby
from fleet.supervisor.state import FleetState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A task as part of a planning problem: the weigher of the plan in force, and by robot why it cannot have it;
    `off` why it is held back, where it is, and `closed` what opening that would buy."""

    weigher: Weigher
    reasons: dict[str, str]
    barred: dict[str, str]
    off: ClosedOff | None = None
    closed: Closed | None = None


def why(
    state: FleetState, now_s: float, context: Context, task_id: str, robots: Sequence[str] | None = None
) -> dict[str, Any]:
    """Why the task has the robot it has (or none), why not another, what would change it, and which limit binds, as
    `fleet.allocation.why_document.why_document` has it.

    Args:
        robots: only these are compared with; None: all.

    Raises:
        NotFound: no such task, or robot.
        Conflict: the task has ended, or is none that is planned, with the reason.
    """
    if task_id not in state.tasks:
        raise NotFound("task", task_id)
    for robot_id in robots or ():
        if robot_id not in state.robots:
            raise NotFound("robot", robot_id, ", ".join(state.robots))
    draft = Draft(state, max(now_s, state.now_s), context)
    task = state.tasks[task_id]
    asked = asked_about(draft, task)
    compared = None if robots is None else [r for r in robots if r not in asked.barred]
    explained = explain(
        asked.weigher,
        task_id,
        robots=compared,
        reasons=asked.reasons,
        absent={r: why for r, why in asked.barred.items() if robots is None or r in robots},
    )
    found = limits(asked.weigher, task_id, reasons=asked.reasons, closed=asked.closed)
    return why_document(asked.weigher.instance, explained, found) | {
        "state": task.state.value,
        "held_back": _held_back(asked),
    }


def _held_back(asked: Asked) -> dict[str, Any] | None:
    if asked.off is None:
        return None
    ends_s = asked.closed.ends_s if asked.closed is not None else None
    return {
        "closed": list(asked.off.what),
        "because": asked.off.because,
        "opens_at_s": asked.off.opens_at_s,
        "ends_if_open_s": None if ends_s is None else round(ends_s, 3),
    }


def asked_about(draft: Draft, task: Task, *, iterations: int | None = None) -> Asked:
    """See `_asked_about`; of a task that is held back also what opening what is closed would buy."""
    asked = _asked_about(draft, task, iterations)
    off = held_back(draft, [task]).get(task.task_id) if task.state is TaskState.QUEUED else None
    if off is None:
        return asked
    out = _kept_out(draft, task)
    plan = asked.weigher.solution
    said = replace(plan, unplaced={**plan.unplaced, task.task_id: off.because})
    opened = _asked_about(draft, task, iterations, as_if_open=True).weigher.solution
    return replace(
        asked,
        weigher=replace(asked.weigher, solution=said),
        reasons={**out, **asked.reasons},
        off=off,
        closed=Closed(what=off.what, kept_out=frozenset(out), ends_s=ends_s(opened, task.task_id)),
    )


def _kept_out(draft: Draft, task: Task) -> dict[str, str]:
    """By robot, what closed keeps it from the task, in words."""
    shut, job = shut_now(draft), job_of(draft, task)
    if shut is None:
        return {}
    found = {r: kept_out(draft, shut, task, job, robot) for r, robot in draft.state.robots.items()}
    return {robot_id: shut.said(what) for robot_id, what in found.items() if what}


def _asked_about(draft: Draft, task: Task, iterations: int | None, *, as_if_open: bool = False) -> Asked:
    """The planning problem with the task in it: as it waits; or, where robots are at it, as if they could be called
    back.

    Args:
        iterations: of search for each question that is asked of the weigher; None: as usual.
        as_if_open: as if nothing were closed.

    Raises:
        Conflict: it has ended, or is none that is planned.
    """
    planner = draft.context.allocator
    if not isinstance(planner, FleetPlanner):
        raise Conflict("this site plans one task ahead (allocation.method: one_ahead): there is no plan to explain")
    if task.state.terminal:
        raise Conflict(f"{task.task_id} is {task.state.value}: {task.because}")
    if task.state is TaskState.VERIFYING:
        raise Conflict(f"{task.robot_id} says that {task.task_id} is done, and that is being checked")
    if task.spec.skill == "dock":
        raise Conflict(f"{task.task_id} sends a robot to a dock: such tasks are not weighed against others")
    if not isinstance(names_of(task).get("object", ""), str):
        raise Conflict(f"which object {task.task_id} is about is not known yet: {task.because}")
    ready = one_an_object(draft, draft.state.tasks_in(TaskState.QUEUED))
    waiting = waiting_tasks(draft, [t for t in ready if t.spec.skill != "dock"], planner.settings.horizon_tasks)
    others = tuple(t for t in waiting.tasks if t.task_id != task.task_id)
    outlook = _with(draft, outlook_of(draft, Waiting(tasks=(*others, task)), as_if_open=as_if_open), task)
    outlook, away = _with_those_away(draft, nearby(draft, outlook, task))
    outlook = _without_the_unheard(outlook, task)
    instance = _without_work(build(outlook, planner.settings), away)
    weigher = Weigher(
        instance=instance,
        solution=Solution(routes={}, unplaced={}, cost=0.0, terms={}),
        iterations=ITERATIONS if iterations is None else iterations,
    )
    kept = replace(weigher, solution=_in_force(instance, outlook))
    settled = kept.plan(instance, iterations=0)
    reasons = {**_reasons(draft, task), **{r: barred_because(draft.state, r) for r in away}}
    barred = {r: barred_because(draft.state, r) for r in draft.state.robots}
    known = {r.robot_id for r in instance.robots}
    return Asked(
        weigher=replace(weigher, solution=settled),
        reasons=reasons,
        barred={r: because or "is not planned with now" for r, because in barred.items() if r not in known},
    )


def _with(draft: Draft, outlook: Outlook, task: Task) -> Outlook:
    """The outlook in which the robots that are at the task have not begun it: they are where they are, on their way."""
    at_it = tuple(r for r, robot in draft.state.robots.items() if robot.task_id == task.task_id)
    if task.state not in UNDER_WAY or not at_it:
        return outlook
    present = {r: tuple(t for t in ids if t != task.task_id) for r, ids in outlook.present.items()}
    present |= {r: (task.task_id, *present.get(r, ())) for r in at_it}
    robots = tuple(_here(draft, r) if r.description.robot_id in at_it else r for r in outlook.robots)
    return replace(outlook, robots=robots, present=present, on_the_way=outlook.on_the_way | {task.task_id})


def _here(draft: Draft, ahead: RobotAhead) -> RobotAhead:
    report = draft.state.robots[ahead.description.robot_id].state
    assert report is not None  # one that has never been heard is not in an outlook
    battery_wh = report.battery_fraction * ahead.description.battery_wh
    return replace(
        ahead, at=report.pose, free_at_s=draft.now_s, battery_wh=battery_wh, holds=report.held, busy_with=""
    )  # fmt: skip


def _in_force(instance: Instance, outlook: Outlook) -> Solution:
    """The order of the plan in force, for the solver to put times to."""
    known = {t.task_id for t in instance.tasks}
    routes = {}
    for robot in instance.robots:
        ids = [t for t in outlook.present.get(robot.robot_id, ()) if t in known]
        routes[robot.robot_id] = tuple(
            Visit(robot_id=robot.robot_id, task_id=t, leaves_s=i, arrives_s=i, starts_s=i, ends_s=i)
            for i, t in enumerate(ids)
        )
    return Solution(routes=routes, unplaced={}, cost=0.0, terms={})


def _reasons(draft: Draft, task: Task) -> dict[str, str]:
    """Why robots can never do the task, as far as their descriptions say."""
    job = job_of(draft, task)
    found = {r: unfit(job, robot.description) for r, robot in draft.state.robots.items()}
    return {robot_id: reason.text for robot_id, reason in found.items() if reason is not None}


def _with_those_away(draft: Draft, outlook: Outlook) -> tuple[Outlook, frozenset[str]]:
    """The outlook with the robots that cannot be given work now, as if they could be told where they stand; and which
    those are. So it can be said what having one of them back would buy."""
    there = {r.description.robot_id for r in outlook.robots}
    away = tuple(
        RobotAhead(
            description=robot.description,
            at=robot.state.pose,
            free_at_s=draft.now_s,
            battery_wh=robot.state.battery_fraction * robot.description.battery_wh,
            holds=robot.state.held,
            worn_s=robot.busy_s,
        )
        for robot_id, robot in draft.state.robots.items()
        if robot_id not in there and robot.state is not None and barred_because(draft.state, robot_id)
    )
    return replace(outlook, robots=(*outlook.robots, *away)), frozenset(r.description.robot_id for r in away)


def _without_the_unheard(outlook: Outlook, task: Task) -> Outlook:
    """Without tasks that are for robots which have never reported, and those that wait for them.

    Raises:
        Conflict: the task in question is one of these.
    """
    there, jobs = {r.description.robot_id for r in outlook.robots}, list(outlook.jobs)
    while True:
        names = {j.task_id for j in outlook.jobs}
        left = {j.task_id for j in jobs}
        kept = [
            j
            for j in jobs
            if (j.pinned_to is None or j.pinned_to in there) and not any(a in names and a not in left for a in j.after)
        ]
        if len(kept) == len(jobs):
            break
        jobs = kept
    if all(j.task_id != task.task_id for j in jobs):
        raise Conflict(f"{task.task_id} is for a robot that has not reported yet, or waits for such a task")
    return replace(outlook, jobs=tuple(jobs))


def _without_work(instance: Instance, away: frozenset[str]) -> Instance:
    """The instance in which these robots can do nothing."""
    if not away:
        return instance
    there = tuple(r.robot_id for r in instance.robots if r.robot_id not in away)
    tasks = tuple(
        replace(t, able=there if t.able is None else tuple(r for r in t.able if r not in away)) for t in instance.tasks
    )
    return replace(instance, tasks=tasks)


class Explainer:
    """Answers `why` for whoever looks at a fleet without leading it. What that takes is loaded with the first question;
    one question at a time, whatever thread asks.

    Args:
        make: gives the context that the supervisor of this fleet has.
    """

    def __init__(self, make: Callable[[], Context]) -> None:
        self._make = make
        self._made: Context | None = None
        self._one = threading.Lock()

    def why(self, state: FleetState, now_s: float, task_id: str, robots: Sequence[str] | None = None) -> dict[str, Any]:
        """See `fleet.supervisor.why.why`."""
        with self._one:
            self._made = self._made or self._make()
            return why(state, now_s, self._made, task_id, robots)
