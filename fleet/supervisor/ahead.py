"""What is to be planned, and with whom: the outlook that the state gives. Times in fleet time, s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from fleet.allocation.instance import Solution, Visit
from fleet.allocation.outlook import DockAhead, Outlook, RobotAhead
from fleet.allocation.problem import Job
from fleet.model.geometry import Pose
from fleet.model.plan import PlannedVisit
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.availability import barred_because
from fleet.supervisor.closed_off import HELD_BACK, kept_out, shut_now
from fleet.supervisor.dock_clearing import charging_until
from fleet.supervisor.docks import docks_out_of_order
from fleet.supervisor.draft import Draft
from fleet.supervisor.jobs import holders_of, job_of, moving, names_of
from fleet.supervisor.learning import doubts
from fleet.supervisor.presence import disturbs
from fleet.supervisor.resources import resources_in_use, stuck_on
from fleet.supervisor.state import Robot
from fleet.supervisor.ways_now import ways_now

UNDER_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED)
CHECK_S = 3.0  # about what it takes until a claim is checked
_UNKNOWN_S = 30.0  # what a task takes that no plan has foretold
_LEAST_S, _LONGER = 2.0, 0.1  # one that should have ended takes so long still, and so much more of what it has taken
_BLOCKED_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits: tasks that can be planned (dock tasks are none), and of all others why they cannot be."""

    tasks: tuple[Task, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    on_the_way: frozenset[str] = frozenset()  # those of the tasks whose robots walk to them already

    def with_moves(self, tasks: Iterable[Task]) -> Waiting:
        """With these tasks, whose robots are on their way, planned anew as well."""
        on_the_way = tuple(tasks)
        ids = frozenset(t.task_id for t in on_the_way)
        return Waiting(tasks=(*self.tasks, *on_the_way), left_out=self.left_out, on_the_way=ids)

    def without_moves(self) -> Waiting:
        """With those on the way left where they are."""
        return Waiting(tasks=tuple(t for t in self.tasks if t.task_id not in self.on_the_way), left_out=self.left_out)


def waiting_tasks(draft: Draft, ready: Iterable[Task], most: int) -> Waiting:
    """Which tasks are planned.

    Args:
        ready: queued tasks that may be given out, one an object, without dock tasks.
        most: so many at most, the most urgent first.
    """
    chosen = {t.task_id: t for t in ready}
    left_out: dict[str, str] = {}
    about = moving(draft) | {t.grounded.get("object") for t in chosen.values()} - {None}
    later = draft.state.tasks_in(TaskState.REQUESTED)
    found = True
    while found:  # a chain is taken up link by link
        found = False
        for task in later:
            if task.task_id in chosen:
                continue
            because = _not_foreseeable(draft, task, chosen, about)
            left_out[task.task_id] = because
            if not because:
                chosen[task.task_id] = task
                found = True
    left_out = {task_id: because for task_id, because in left_out.items() if because}
    for task in draft.state.tasks_in(TaskState.QUEUED):
        if task.task_id not in chosen:
            left_out[task.task_id] = _not_ready(draft, task)
    if len(chosen) > most:
        ordered = sorted(chosen.values(), key=lambda t: (-t.spec.priority, t.requested_at_s, t.task_id))
        left_out |= {t.task_id: f"{most} tasks that are more urgent are planned first" for t in ordered[most:]}
        chosen = {t.task_id: t for t in ordered[:most]}
    return Waiting(tasks=tuple(chosen.values()), left_out=left_out)


def _not_ready(draft: Draft, task: Task) -> str:
    if task.because.startswith(HELD_BACK):
        return task.because
    if draft.now_s < task.not_before_s:
        return f"it is tried again at {task.not_before_s:.1f} s"
    if task.spec.skill == "dock":
        return "it goes to a dock as soon as one is free"
    if task.spec.resources:
        return task.because
    return "it waits until what it is about, or the room for it, is free"


def _not_foreseeable(draft: Draft, task: Task, chosen: dict[str, Task], about: set[object]) -> str:
    """Why a task that waits for others or for its time cannot be planned yet; empty when it can."""
    named, spec = names_of(task), task.spec
    wanted = named.get("object")
    if spec.skill == "dock":
        return "it goes to a dock when its time has come"
    if stuck := stuck_on(draft, task):
        return stuck
    if wanted is not None and not isinstance(wanted, str):
        return "which object is meant is found out when its time has come"
    before = [draft.state.tasks[name] for name in spec.depends_on]
    for other in before:
        if other.state is not TaskState.DONE and other.state not in UNDER_WAY and other.task_id not in chosen:
            return f"it waits for {other.task_id}, which is {other.state.value}"
    same = [o for o in before if wanted is not None and names_of(o).get("object") == wanted]
    if any(o.spec.skill == "pick" and o.state is not TaskState.DONE for o in same):
        return f"whoever picks {wanted} up does it afterwards"
    if wanted in about and not any(o.state is not TaskState.DONE for o in same):
        return f"another task is about {wanted} first"
    return ""


def outlook_of(draft: Draft, waiting: Waiting, *, as_if_open: bool = False) -> Outlook:
    """Everything that the plan is made of; `as_if_open`: if nothing were closed."""
    holders = holders_of(draft)
    jobs = tuple(job_of(draft, task, holders) for task in waiting.tasks)
    jobs = jobs if as_if_open else tuple(_kept_out(draft, waiting, jobs))
    ends = {t.task_id: _end_of(draft, t) for t in draft.state.tasks_in(*UNDER_WAY)}
    for task_id in waiting.on_the_way:
        ends.pop(task_id, None)
    robots = tuple(
        _robot(draft, robot, ends, waiting.on_the_way)
        for robot_id, robot in draft.state.robots.items()
        if not barred_because(draft.state, robot_id)
    )
    present = _present(draft, {job.task_id for job in jobs})
    return Outlook(
        jobs=jobs,
        robots=robots,
        docks=_docks(draft, ends),
        ways=draft.context.travel if as_if_open else ways_now(draft),
        now_s=draft.now_s,
        battery_reserve=draft.context.settings.battery_reserve,
        doubts=doubts(draft.state),
        earliest_s=_earliest(draft, jobs, ends),
        disturbs=disturbs(draft, jobs),
        present={robot_id: tuple(v.task_id for v in visits) for robot_id, visits in present.items()},
        on_the_way=frozenset(v[0].task_id for v in present.values()) & waiting.on_the_way,
        start=Solution(routes=present, unplaced={}, cost=0.0, terms={}) if present else None,
    )


def _kept_out(draft: Draft, waiting: Waiting, jobs: tuple[Job, ...]) -> Iterator[Job]:
    """The jobs, without robots that something closed keeps from them now. Not those that only wait for their time: by
    then it may be open."""
    shut = shut_now(draft)
    for task, job in zip(waiting.tasks, jobs, strict=True):
        robots = draft.state.robots.items() if shut is not None and task.state is TaskState.QUEUED else ()
        out = tuple(r for r, robot in robots if shut is not None and kept_out(draft, shut, task, job, robot))
        yield replace(job, excluded=(*job.excluded, *out)) if out else job


def _present(draft: Draft, planned: set[str]) -> dict[str, tuple[Visit, ...]]:
    """What is in force of the plan: those visits whose tasks still wait. Charging is planned anew."""
    found = {
        robot_id: tuple(
            Visit(
                robot_id=robot_id,
                task_id=v.task_id,
                leaves_s=v.leaves_s,
                arrives_s=v.arrives_s,
                starts_s=v.starts_s,
                ends_s=v.ends_s,
            )
            for v in visits
            if v.task_id in planned
        )
        for robot_id, visits in draft.state.plan.routes.items()
    }
    return {robot_id: visits for robot_id, visits in found.items() if visits}


def given_visit(draft: Draft, task: Task, robot_id: str) -> PlannedVisit | None:
    """The visit by which the plan foretold the task that the robot is at; None where no plan did."""
    return next((v for v in draft.state.plan.routes.get(robot_id, ()) if v.task_id == task.task_id), None)


def _earliest(draft: Draft, jobs: tuple[Job, ...], ends: dict[str, float]) -> dict[str, float]:
    """By job, when what it waits for is over that is under way: its predecessors, and who has what it needs."""
    users = {name: task.task_id for name, task in resources_in_use(draft).items()}
    found: dict[str, float] = {}
    for job in jobs:
        before = (*job.after, *(users[name] for name in job.resources if name in users))
        at_s = max((ends[name] + CHECK_S for name in before if name in ends), default=0.0)
        if at_s > 0.0:
            found[job.task_id] = at_s
    return found


def _end_of(draft: Draft, task: Task) -> float:
    """When a task under way is expected to have ended."""
    now = draft.now_s
    if task.state is TaskState.VERIFYING:
        return now + CHECK_S
    begun = task.assigned_at_s if task.assigned_at_s is not None else now
    foretold = given_visit(draft, task, task.robot_id or "")
    end = begun + _UNKNOWN_S
    if foretold is not None:
        end = foretold.ends_s + (0.0 if foretold.given else max(0.0, begun - foretold.leaves_s))
    still = _BLOCKED_S if task.state is TaskState.BLOCKED else _LEAST_S + _LONGER * (now - begun)
    return max(end, now + still)


def _robot(draft: Draft, robot: Robot, ends: dict[str, float], on_the_way: frozenset[str]) -> RobotAhead:
    assert robot.state is not None  # one that has never been heard is barred
    description, state = robot.description, robot.state
    free_at, at, held = draft.now_s, state.pose, state.held
    task = draft.state.tasks.get(robot.task_id) if robot.task_id is not None else None
    if task is not None and task.task_id not in on_the_way:
        free_at = ends.get(task.task_id, draft.now_s + _LEAST_S)
        at, held = _ends_at(draft, task, state.pose), _holds_after(task, held)
    elif robot.closing_command_id is not None:
        free_at = draft.now_s + _LEAST_S
    docked_at = _docked_at(draft, robot)
    if docked_at:
        at = draft.context.site.places[docked_at].approach
    used_wh = description.walk_power_w * (free_at - draft.now_s) / 3600.0  # as if it walked all the time
    return RobotAhead(
        description=description,
        at=at,
        free_at_s=free_at,
        battery_wh=max(state.battery_fraction * description.battery_wh - used_wh, 0.0),
        holds=held,
        busy_with=robot.task_id or "",
        worn_s=robot.busy_s,
        tired=state.tired,
        docked_at=docked_at,
    )


def _docked_at(draft: Draft, robot: Robot) -> str:
    """The dock on which it stands with nothing to do."""
    idle = robot.task_id is None and robot.closing_command_id is None
    dock = robot.state.docked_at if robot.state is not None and idle else None
    return dock if dock is not None and dock in draft.context.site.places else ""


def _ends_at(draft: Draft, task: Task, pose: Pose) -> Pose:
    """Where the robot is when its task has ended."""
    dock = draft.context.site.places.get(str(task.command_parameters.get("dock", "")))
    if task.state is TaskState.VERIFYING:
        return pose
    if dock is not None:
        return dock.approach
    stops = job_of(draft, task, {}).stops
    return stops[-1] if stops else pose


def _holds_after(task: Task, held: tuple[str, ...]) -> tuple[str, ...]:
    wanted = task.grounded.get("object")
    if not isinstance(wanted, str):
        return held
    if task.spec.skill == "pick":
        return (*(h for h in held if h != wanted), wanted)
    return tuple(h for h in held if h != wanted)


def _docks(draft: Draft, ends: dict[str, float]) -> tuple[DockAhead, ...]:
    """Docks that can be reckoned with, and from when on; none where a robot stands that cannot be told to go, and none
    that is out of order."""
    promised: dict[str, float] = {}
    for task in draft.state.tasks_in(*UNDER_WAY):
        dock = task.command_parameters.get("dock")
        if isinstance(dock, str):
            promised[dock] = max(promised.get(dock, 0.0), ends[task.task_id])
    blocked = {
        robot.state.docked_at
        for robot_id, robot in draft.state.robots.items()
        if robot.state is not None and robot.state.docked_at and barred_because(draft.state, robot_id)
    }
    blocked |= docks_out_of_order(draft).keys()
    promised |= {dock: at_s for dock, at_s in charging_until(draft).items() if at_s > promised.get(dock, 0.0)}
    return tuple(
        DockAhead(dock_id=p.place_id, at=p.approach, free_at_s=promised.get(p.place_id, draft.now_s))
        for p in draft.context.site.docks()
        if p.place_id not in blocked
    )
