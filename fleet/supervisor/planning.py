"""The plan in force: made anew when what it rests on has changed, kept as an event, handed out visit by visit."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.instance import Instance, Solution, Visit
from fleet.model import events as ev
from fleet.model.plan import FleetPlan, PlanChange, PlannedVisit
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.ahead import UNDER_WAY, Waiting, given_visit, outlook_of
from fleet.supervisor.availability import barred_because
from fleet.supervisor.docks import docks_out_of_order
from fleet.supervisor.draft import Draft
from fleet.supervisor.jobs import job_of, names_of
from fleet.supervisor.learning import doubts
from fleet.supervisor.needs import object_pose
from fleet.supervisor.presence import zones_with_people
from fleet.supervisor.ways_now import closed_ways

Routes = Mapping[str, tuple[PlannedVisit, ...]]
_SAME_S = 5.0  # a visit that moved by less is where it was
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan that has been made and not yet been put on record."""

    routes: dict[str, tuple[PlannedVisit, ...]]
    unplaced: dict[str, str]
    cost: float
    terms: dict[str, float]
    because: str
    instance: Instance | None = None
    solution: Solution = field(default_factory=lambda: Solution(routes={}, unplaced={}, cost=0.0, terms={}))


def make_plan(draft: Draft, planner: FleetPlanner, waiting: Waiting) -> NewPlan:
    """The plan for what waits now. What robots are at stays with them."""
    old = draft.state.plan
    instance, solution = None, Solution(routes={}, unplaced={}, cost=0.0, terms={})
    if waiting.tasks:
        instance, solution = planner.lay_out(outlook_of(draft, waiting), old.number)
        if not _goes_on(draft, waiting, solution):
            waiting = waiting.without_moves()
            instance, solution = planner.lay_out(outlook_of(draft, waiting), old.number)
    routes: dict[str, tuple[PlannedVisit, ...]] = {}
    for robot_id in draft.state.robots:
        planned = solution.routes.get(robot_id, ())
        at = () if draft.state.robots[robot_id].task_id in waiting.on_the_way else _under_way(draft, robot_id)
        visits = (*at, *_planned(draft, planned))
        if visits:
            routes[robot_id] = visits
    return NewPlan(
        routes=routes,
        unplaced={**waiting.left_out, **solution.unplaced},
        cost=round(solution.cost, 3),
        terms={name: round(value, 3) for name, value in sorted(solution.terms.items()) if value},
        because=_because(draft, old, waiting),
        instance=instance,
        solution=solution,
    )


def _goes_on(draft: Draft, waiting: Waiting, solution: Solution) -> bool:
    """Whether everybody who is on the way either goes on to the same task, at once, or somebody else does that."""
    for task_id in waiting.on_the_way:
        robot_id, who = draft.state.tasks[task_id].robot_id, solution.robots_of(task_id)
        if not who or (robot_id in who and solution.routes[robot_id][0].task_id != task_id):
            return False
    return True


def record_plan(draft: Draft, planner: FleetPlanner, made: NewPlan, basis: str) -> None:
    """Put the plan on record: only the routes that differ from before."""
    old = draft.state.plan
    given = {robot_id: _with_given(draft, robot_id, visits) for robot_id, visits in made.routes.items()}
    changed = {r: visits for r, visits in given.items() if not _same(visits, old.routes.get(r, ()))}
    gone: dict[str, tuple[PlannedVisit, ...]] = {r: () for r in old.routes if r not in given}
    new = FleetPlan(routes=given)
    draft.emit(
        ev.PlanMade(
            basis=basis,
            because=made.because,
            routes=dict(sorted({**changed, **gone}.items())),
            unplaced=dict(sorted(made.unplaced.items())),
            cost=made.cost,
            terms=made.terms,
            weights=planner.weights(),
            changes=_changes(draft, old, new),
        )
    )


def basis_of(draft: Draft, waiting: Waiting, planner: FleetPlanner) -> str:
    """A digest of everything that the plan rests on and that does not change all the time. Where robots walk is not in
    it: the plan foretold that. While something waits, time is, a little."""
    parts = [_task_part(draft, task) for task in waiting.tasks]
    parts += [f"{task_id}:out" for task_id in waiting.left_out]
    parts += [_robot_part(draft, robot_id) for robot_id in draft.state.robots]
    parts.append(repr(sorted((r, sorted(by.items())) for r, by in doubts(draft.state).items())))
    parts.append(repr(sorted(draft.state.preferred.items())))
    parts.append(",".join(docks_out_of_order(draft)))
    parts.append(",".join(sorted(closed_ways(draft))))
    parts.append(",".join(zones_with_people(draft)))
    if waiting.tasks:
        parts.append(f"at {int(draft.now_s / planner.settings.refresh_s)}")
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def next_visit(draft: Draft, routes: Routes, robot_id: str) -> PlannedVisit | None:
    """What the robot is to do next by the plan; None where it is to do nothing more."""
    for visit in routes.get(robot_id, ()):
        if visit.given:
            continue
        if visit.dock_id or draft.state.tasks[visit.task_id].state in (TaskState.QUEUED, TaskState.REQUESTED):
            return visit
    return None


def _task_part(draft: Draft, task: Task) -> str:
    spec, wanted = task.spec, names_of(task).get("object")
    pose = object_pose(draft, wanted) if isinstance(wanted, str) else None
    at = f"{pose.x:.1f},{pose.y:.1f}" if pose is not None else ""
    waits = ",".join(draft.state.tasks[name].state.value[0] for name in spec.depends_on)
    state = "way" if task.state in UNDER_WAY else task.state.value
    return (
        f"{task.task_id}:{state}:{at}:{waits}:{spec.robot_id}:{task.excluded_robots}"
        f":{spec.needs.not_robots}:{spec.depends_on}:{spec.deadline_s}"
    )


def _robot_part(draft: Draft, robot_id: str) -> str:
    """How the robot is, as far as it counts: whether it can be given work, what it is at, what it holds. While it
    charges because of the plan, how far that is."""
    robot, state = draft.state.robots[robot_id], draft.state
    if barred_because(state, robot_id):
        return f"{robot_id}:barred"
    assert robot.state is not None
    doing, report = robot.task_id or "", robot.state
    if not doing and report.docked_at is not None:
        visit = next_visit(draft, state.plan.routes, robot_id)
        doing = f"charges {int(report.battery_fraction * 100)}" if visit is not None and visit.dock_id else ""
    blocked = doing in state.tasks and state.tasks[doing].state is TaskState.BLOCKED
    held = "" if robot.task_id else ",".join(report.held)
    return f"{robot_id}:{doing}:{blocked}:{held}:{robot.task_id is None and robot.closing_command_id is not None}"


def _under_way(draft: Draft, robot_id: str) -> tuple[PlannedVisit, ...]:
    """What the robot is at, as it was foretold."""
    robot = draft.state.robots[robot_id]
    task = draft.state.tasks.get(robot.task_id or "")
    if task is None or task.state not in UNDER_WAY:
        return ()
    begun = task.assigned_at_s if task.assigned_at_s is not None else draft.now_s
    visit = given_visit(draft, task, robot_id)
    if visit is None:
        return (_unforeseen(draft, task, robot_id, begun),)
    if visit.given:
        return (visit,)
    late = max(0.0, begun - visit.leaves_s)
    return (
        replace(
            visit,
            leaves_s=round(begun, 1),
            arrives_s=round(visit.arrives_s + late, 1),
            starts_s=round(visit.starts_s + late, 1),
            ends_s=round(visit.ends_s + late, 1),
            given=True,
        ),
    )


def _unforeseen(draft: Draft, task: Task, robot_id: str, begun: float) -> PlannedVisit:
    """A visit for what the robot was given without a plan, as from where it is now."""
    robot, travel = draft.state.robots[robot_id], draft.context.travel
    dock = draft.context.site.places.get(str(task.command_parameters.get("dock", "")))
    job = job_of(draft, task, {})
    stops = (dock.approach,) if dock is not None else job.stops
    walks, at, speed = [0.0], robot.state.pose if robot.state is not None else None, robot.description.max_speed_mps
    for stop in stops:
        way_m = travel.distance_m(at, stop) if at is not None else 0.0
        walks.append(way_m / speed if math.isfinite(way_m) and speed > 0 else 0.0)
        at = stop
    arrives = draft.now_s + sum(walks[:2])
    return PlannedVisit(
        robot_id=robot_id,
        task_id=task.task_id,
        dock_id=dock.place_id if dock is not None else "",
        leaves_s=round(begun, 1),
        arrives_s=round(arrives, 1),
        starts_s=round(arrives, 1),
        ends_s=round(arrives + sum(walks[2:]) + job.work_s, 1),
        battery=round(robot.state.battery_fraction, 3) if robot.state is not None else 1.0,
        given=True,
    )


def _planned(draft: Draft, visits: Iterable[Visit]) -> tuple[PlannedVisit, ...]:
    return tuple(
        PlannedVisit(
            robot_id=v.robot_id,
            task_id=v.task_id,
            dock_id=v.dock_id,
            leaves_s=round(v.leaves_s, 1),
            arrives_s=round(v.arrives_s, 1),
            starts_s=round(v.starts_s, 1),
            ends_s=round(v.ends_s, 1),
            battery=round(v.battery_wh / draft.state.robots[v.robot_id].description.battery_wh, 3),
        )
        for v in visits
    )


def _with_given(draft: Draft, robot_id: str, visits: tuple[PlannedVisit, ...]) -> tuple[PlannedVisit, ...]:
    """The route with what was handed out in this very step marked as such."""
    at = draft.state.robots[robot_id].task_id
    return tuple(replace(v, given=True) if v.task_id and v.task_id == at else v for v in visits)


def _same(visits: tuple[PlannedVisit, ...], before: tuple[PlannedVisit, ...]) -> bool:
    if [(v.task_id, v.dock_id, v.given) for v in visits] != [(v.task_id, v.dock_id, v.given) for v in before]:
        return False
    return all(
        abs(v.starts_s - b.starts_s) < _SAME_S and abs(v.ends_s - b.ends_s) < _SAME_S
        for v, b in zip(visits, before, strict=True)
    )


def _changes(draft: Draft, old: FleetPlan, new: FleetPlan) -> tuple[PlanChange, ...]:
    """Tasks that somebody else is to do than before; not those that ended."""
    before, after = _who(old.routes), _who(new.routes)
    return tuple(
        PlanChange(task_id=task_id, before=before.get(task_id, ()), after=after.get(task_id, ()))
        for task_id in sorted(before.keys() | after.keys())
        if before.get(task_id, ()) != after.get(task_id, ()) and not draft.state.tasks[task_id].state.terminal
    )


def _who(routes: Routes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for robot_id, visits in sorted(routes.items()):
        for visit in visits:
            if visit.task_id:
                found[visit.task_id] = (*found.get(visit.task_id, ()), robot_id)
    return found


def _because(draft: Draft, old: FleetPlan, waiting: Waiting) -> str:
    """What happened since the last plan, the most telling first."""
    known = _who(old.routes).keys() | old.unplaced.keys()
    said = []
    new = [t.task_id for t in waiting.tasks if t.task_id not in known]
    if new:
        said.append(f"{_some(new)} came")
    lost = sorted(r for r in old.routes if r in draft.state.robots and barred_because(draft.state, r))
    said += [f"{robot_id} {barred_because(draft.state, robot_id)}" for robot_id in lost[:_NAMED]]
    ended = sorted(
        v.task_id
        for visits in old.routes.values()
        for v in visits
        if v.task_id and draft.state.tasks[v.task_id].state.terminal
    )
    if ended:
        said.append(f"{_some(ended)} ended")
    return "; ".join(said) or "times have moved, or what robots can do has changed"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
