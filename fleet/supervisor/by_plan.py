"""Giving out work by the plan: what is next for a free robot is handed to it, and what the plan leaves over is offered
to robots that have nothing to do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from fleet.allocation.costs import Weights, pair_terms, usable_share
from fleet.allocation.feasibility import Estimate, Homes, judge
from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.problem import Assignment, Job, Obstacle, Problem, Reason, Unassigned
from fleet.model.plan import PlannedVisit
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.ahead import waiting_tasks
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.choosing import waits_for_choice, watch_choices
from fleet.supervisor.draft import Draft
from fleet.supervisor.handing_out import assign
from fleet.supervisor.housekeeping import charge_at
from fleet.supervisor.jobs import job_of, one_an_object
from fleet.supervisor.limiting import watch_hard_deadlines
from fleet.supervisor.planning import Routes, basis_of, make_plan, next_visit, record_plan
from fleet.supervisor.problems import problem_of
from fleet.supervisor.resources import stuck_on, with_free_resources
from fleet.supervisor.teaming import give_left_teams, give_team
from fleet.supervisor.turning_back import on_their_way, turn_back

_COSTS = Weights()
_NEAR = 6  # robots among which the one that would have been next is looked for


def assign_by_plan(draft: Draft, planner: FleetPlanner, ready: list[Task]) -> Iterable[Unassigned]:
    """Keep the plan, and give out what is due. Returns the tasks that nobody can do now, and why not, by robot.

    Args:
        ready: queued tasks that may be given out once they have what they need to themselves, also those for teams.
    """
    errands = [t for t in ready if t.spec.skill == "dock"]
    for assignment in planner.plan(_problem(draft, errands)).assignments if errands else ():
        assign(draft, assignment)
    stuck = {t.task_id for t in ready if stuck_on(draft, t)}
    with_free_resources(draft, [t for t in ready if t.task_id in stuck])  # so that they say what they wait for
    work = one_an_object(draft, [t for t in ready if t.spec.skill != "dock" and t.task_id not in stuck])
    walking = on_their_way(draft) if planner.settings.moves else []
    waiting = waiting_tasks(draft, work, planner.settings.horizon_tasks).with_moves(walking)
    plan = draft.state.plan
    basis = basis_of(draft, waiting, planner)
    made = make_plan(draft, planner, waiting) if basis != plan.basis else None
    routes = made.routes if made is not None else plan.routes
    if made is not None:
        work = [*work, *turn_back(draft, walking, routes)]
    free = {t.task_id: t for t in with_free_resources(draft, work, choose=False)}
    if made is not None:
        watch_choices(draft, planner, made.instance, made.solution, list(free.values()))
    watch_hard_deadlines(draft, made.unplaced if made is not None else plan.unplaced, work)
    due = {name: t for name, t in free.items() if not waits_for_choice(draft, t)}
    as_planned = _give_out(draft, routes, due)
    left = _give_leftovers(draft, planner, routes, list(due.values()))
    if made is not None:
        # What was given out just as planned is foreseen: it is no reason to plan again.
        walking = on_their_way(draft) if planner.settings.moves else []
        after = waiting_tasks(draft, _still(draft, work), planner.settings.horizon_tasks).with_moves(walking)
        record_plan(draft, planner, made, basis_of(draft, after, planner) if as_planned else basis)
    return left


def _still(draft: Draft, work: list[Task]) -> list[Task]:
    return [t for t in work if draft.state.tasks[t.task_id].state is TaskState.QUEUED]


def _give_out(draft: Draft, routes: Routes, work: dict[str, Task]) -> bool:
    """Hand every free robot what is next for it, and a team what is next for all of them. Returns whether all went as
    planned."""
    as_planned, homes = True, Homes()
    first = _first_to_use(draft, routes)
    problem: Problem | None = None
    for robot_id in draft.state.robots:
        visit = next_visit(draft, routes, robot_id)
        if visit is None or unavailable_because(draft.state, robot_id):
            continue
        if visit.dock_id:
            charge_at(draft, robot_id, visit.dock_id)
        elif visit.task_id in work:
            task = work[visit.task_id]
            if any(first[name] != task.task_id for name in task.spec.resources):
                continue
            if task.spec.team > 1:
                as_planned &= give_team(draft, task, _gathered(draft, routes, task))
                continue
            problem = problem or _problem(draft, ())
            as_planned &= _hand(draft, task, robot_id, problem, homes)
    return as_planned


def _first_to_use(draft: Draft, routes: Routes) -> dict[str, str]:
    """By resource, the task that is to use it next by the plan."""
    found: dict[str, tuple[float, str]] = {}
    for visits in routes.values():
        for visit in visits:
            if visit.task_id and not visit.given:
                for name in draft.state.tasks[visit.task_id].spec.resources:
                    found[name] = min(found.get(name, (math.inf, "")), (visit.starts_s, visit.task_id))
    return {name: task_id for name, (_, task_id) in found.items()}


def _gathered(draft: Draft, routes: Routes, task: Task) -> tuple[str, ...]:
    """Those of the team who are free and have nothing to do before."""
    return tuple(
        robot_id
        for robot_id in routes
        if (visit := next_visit(draft, routes, robot_id)) is not None
        and visit.task_id == task.task_id
        and not unavailable_because(draft.state, robot_id)
    )


def _hand(draft: Draft, task: Task, robot_id: str, problem: Problem, homes: Homes) -> bool:
    """Give the task to the robot, if it still can do it and the gate agrees. Returns whether it was given."""
    job = job_of(draft, task)
    estimate = judge(job, draft.state.robots[robot_id], problem, homes)
    if not isinstance(estimate, Estimate):
        return False
    terms = pair_terms(job, estimate, draft.now_s, _COSTS, problem.doubts.get(robot_id, {}).get(job.skill, 0.0))
    assign(
        draft,
        Assignment(
            task_id=task.task_id,
            robot_id=robot_id,
            terms=terms,
            cost_s=sum(terms.values()),
            finish_s=draft.now_s + estimate.duration_s,
            runner_up=_runner_up(draft, job, robot_id, problem, homes),
            usable_share=usable_share(estimate),
        ),
    )
    return draft.state.tasks[task.task_id].robot_id == robot_id


def _runner_up(draft: Draft, job: Job, robot_id: str, problem: Problem, homes: Homes) -> str | None:
    """Which other free robot would have been done soonest, of those that are near."""
    free = [r for r in draft.state.robots.values() if r.task_id is None and r.state is not None]
    if job.stops:
        free.sort(key=lambda r: r.state.pose.distance_to(job.stops[0]) if r.state is not None else math.inf)
    others = [
        (verdict.duration_s, other.description.robot_id)
        for other in free[: _NEAR + 1]
        if other.description.robot_id != robot_id and isinstance(verdict := judge(job, other, problem, homes), Estimate)
    ]
    return min(others)[1] if others else None


def _give_leftovers(draft: Draft, planner: FleetPlanner, routes: Routes, work: list[Task]) -> Iterable[Unassigned]:
    """Offer what nobody has in the plan to those who have nothing to do; say why not of what nobody takes.

    What a robot was to do and cannot any more (it used more of its battery than was foreseen) is left over too.
    """
    planned: set[str] = set()
    bare = _problem(draft, ())
    for robot_id in routes:
        visit = next_visit(draft, routes, robot_id) if robot_id in draft.state.robots else None
        if visit is not None and (visit.dock_id or _may_yet(draft, robot_id, visit.task_id, bare)):
            planned |= {v.task_id for v in routes[robot_id] if v.task_id}
    over = with_free_resources(draft, [t for t in _still(draft, work) if t.task_id not in planned])
    if not over:
        return []
    has_next = {r: visit for r in draft.state.robots if (visit := next_visit(draft, routes, r)) is not None}
    give_left_teams(draft, [t for t in over if t.spec.team > 1], {r: _first(v) for r, v in has_next.items()})
    over = [t for t in over if t.spec.team == 1]
    problem = _problem(draft, [t for t in over if not t.spec.hard_deadline])
    idle = {
        robot_id
        for robot_id in draft.state.robots
        if robot_id not in has_next and not unavailable_because(draft.state, robot_id)
    }
    if idle and problem.jobs:
        offered = replace(problem, robots=tuple(r for r in problem.robots if r.description.robot_id in idle))
        for assignment in planner.plan(offered).assignments:
            assign(draft, assignment)
    homes = Homes()
    return [_unassigned(draft, job_of(draft, task), problem, homes, routes) for task in _still(draft, over)]


def _may_yet(draft: Draft, robot_id: str, task_id: str, problem: Problem) -> bool:
    """Whether the robot may still do what is next for it: it is busy before, or it can."""
    if unavailable_because(draft.state, robot_id):
        return True
    task = draft.state.tasks[task_id]
    if task.state is not TaskState.QUEUED:
        return True
    return isinstance(judge(job_of(draft, task), draft.state.robots[robot_id], problem), Estimate)


def _unassigned(draft: Draft, job: Job, problem: Problem, homes: Homes, routes: Routes) -> Unassigned:
    reasons: dict[str, Reason] = {}
    for robot_id, robot in sorted(draft.state.robots.items()):
        verdict = judge(job, robot, problem, homes)
        if isinstance(verdict, Reason):
            reasons[robot_id] = verdict
            continue
        visit = next_visit(draft, routes, robot_id)
        first = _first(visit) if visit is not None else "the plan has no time for it"
        reasons[robot_id] = Reason(obstacle=Obstacle.TAKEN, text=first)
    return Unassigned(task_id=job.task_id, reasons=reasons)


def _first(visit: PlannedVisit) -> str:
    return f"does {visit.task_id} first" if visit.task_id else "charges first"


def _problem(draft: Draft, tasks: Iterable[Task]) -> Problem:
    return problem_of(draft, (job_of(draft, task) for task in tasks))


def give_up_missed(draft: Draft) -> None:
    """A task whose hard deadline has passed before it was begun is worth nothing any more."""
    for task in draft.state.tasks_in(TaskState.REQUESTED, TaskState.QUEUED):
        deadline = task.spec.deadline_s
        if task.spec.hard_deadline and deadline is not None and draft.now_s > deadline:
            because = f"its hard deadline, {deadline:.1f} s, passed before it was begun"
            draft.change(task, TaskState.FAILED, because)
