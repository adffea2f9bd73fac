"""Giving out work: queued tasks and robots go to the allocator, its plan becomes assignments and commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.problem import Obstacle, Unassigned
from fleet.escalation import questions
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.by_plan import assign_by_plan, give_up_missed
from fleet.supervisor.closed_deadlines import watch_closed_off
from fleet.supervisor.closed_off import hold_back
from fleet.supervisor.draft import Draft
from fleet.supervisor.handing_out import assign
from fleet.supervisor.jobs import job_of, one_an_object
from fleet.supervisor.limiting import evidence_of_limits
from fleet.supervisor.looking import give_up_look, is_look
from fleet.supervisor.problems import problem_of
from fleet.supervisor.resources import with_free_resources
from fleet.supervisor.room import waits_for_room
from fleet.supervisor.teaming import assign_teams

_NEEDS_SOMEBODY = (Obstacle.FALLEN, Obstacle.ASIDE, Obstacle.FAULT)
_HOPELESS_AFTER_S = 10.0  # robots may still be starting up, or about to report
_STOPPED = (Obstacle.E_STOP, Obstacle.MODE, Obstacle.SILENT)  # may pass by itself, and somebody should know if not
_STOPPED_AFTER_S = 60.0


def assign_waiting(draft: Draft) -> None:
    """Plan for all queued tasks at once; ask about those that nobody will ever be able to do."""
    give_up_missed(draft)
    planner = draft.context.allocator
    ahead = isinstance(planner, FleetPlanner) and bool(draft.state.tasks_in(TaskState.REQUESTED, TaskState.QUEUED))
    queued = [t for t in draft.state.tasks_in(TaskState.QUEUED) if draft.now_s >= t.not_before_s]
    if draft.state.hold_all or not (queued or ahead):
        return
    waiting = [t for t in queued if not waits_for_room(draft, t)]
    held = hold_back(draft, waiting)
    watch_closed_off(draft, held)
    waiting = [draft.state.tasks[t.task_id] for t in waiting if t.task_id not in held]
    if isinstance(planner, FleetPlanner):
        left_over: Iterable[Unassigned] = assign_by_plan(draft, planner, waiting)
    else:
        left_over = _one_ahead(draft, *assign_teams(draft, with_free_resources(draft, waiting)))
    for left in left_over:
        task = draft.state.tasks[left.task_id]
        waited_s = draft.waited_s(task.changed_at_s)
        if is_look(task):
            if _hopeless(left, waited_s):
                give_up_look(draft, task)
        elif waited_s >= _HOPELESS_AFTER_S and _hopeless(left, waited_s):
            reasons = {r: reason.text for r, reason in left.reasons.items()}
            questions.no_capable_robot(draft, task, reasons, evidence_of_limits(draft, task))


def _one_ahead(draft: Draft, waiting: list[Task], kept: Mapping[str, str]) -> Iterable[Unassigned]:
    """One task for each free robot that is not kept free for a team. Returns the tasks that nobody can do now, and why
    not."""
    jobs = [job_of(draft, task) for task in one_an_object(draft, waiting)]
    robots = (replace(r, task_id=kept[k]) if k in kept else r for k, r in draft.state.robots.items())
    problem = replace(problem_of(draft, jobs), robots=tuple(robots))
    plan = draft.context.allocator.plan(problem)
    for assignment in plan.assignments:
        assign(draft, assignment)
    return plan.unassigned


def _hopeless(left: Unassigned, waited_s: float) -> bool:
    """Whether waiting cannot help: every robot lacks something for good, or somebody would have to see to it first."""
    needs = _NEEDS_SOMEBODY + (_STOPPED if waited_s >= _STOPPED_AFTER_S else ())
    return all(r.obstacle.lasting or r.obstacle in needs for r in left.reasons.values())
