"""Giving out work: queued tasks and robots go to the allocator, its plan becomes assignments and commands."""

from __future__ import annotations

from fleet.allocation.problem import Assignment, Job, Obstacle, Plan, Problem, Unassigned
from fleet.escalation import questions
from fleet.model import events as ev
from fleet.model.geometry import Pose
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft, execute
from fleet.supervisor.learning import doubts
from fleet.supervisor.looking import give_up_look, is_look
from fleet.supervisor.needs import needed_payload_kg, object_pose, target_pose
from fleet.supervisor.parameters import resolve
from fleet.supervisor.room import waits_for_room
from fleet.supervisor.suiting import assign_or_ask
from fleet.supervisor.viewpoints import in_walking_order

_WORK_S = {"pick": 4.0, "place": 4.0, "carry": 8.0, "hand_over": 8.0, "inspect": 6.0, "dock": 3.0}
_FETCHES = ("pick", "carry", "hand_over")
_NEEDS_SOMEBODY = (Obstacle.FALLEN, Obstacle.ASIDE, Obstacle.FAULT)
_HOPELESS_AFTER_S = 10.0  # robots may still be starting up, or about to report
_STOPPED = (Obstacle.E_STOP, Obstacle.MODE, Obstacle.SILENT)  # may pass by itself, and somebody should know if not
_STOPPED_AFTER_S = 60.0


def assign_waiting(draft: Draft) -> None:
    """Plan for all queued tasks at once; ask about those that nobody will ever be able to do."""
    queued = [t for t in draft.state.tasks_in(TaskState.QUEUED) if draft.now_s >= t.not_before_s]
    if not queued or draft.state.hold_all:
        return
    waiting = [t for t in queued if not waits_for_room(draft, t)]
    plan = _plan(draft, waiting)
    for assignment in plan.assignments:
        _assign(draft, assignment)
    for left in plan.unassigned:
        task = draft.state.tasks[left.task_id]
        waited_s = draft.now_s - task.changed_at_s
        if is_look(task):
            if _hopeless(left, waited_s):
                give_up_look(draft, task)
        elif waited_s >= _HOPELESS_AFTER_S and _hopeless(left, waited_s):
            questions.no_capable_robot(draft, task, {r: reason.text for r, reason in left.reasons.items()})


def _plan(draft: Draft, waiting: list[Task]) -> Plan:
    context = draft.context
    jobs = [_job(draft, task) for task in _one_an_object(draft, waiting)]
    problem = Problem(
        jobs=tuple(jobs),
        robots=tuple(draft.state.robots.values()),
        docks=tuple(p.approach for p in context.site.docks()),
        travel=context.travel,
        now_s=draft.now_s,
        battery_reserve=context.settings.battery_reserve,
        doubts=doubts(draft.state),
    )
    return context.allocator.plan(problem)


def _moving(draft: Draft) -> set[object]:
    """Objects that a task under way is about: a second task about the same object waits until that has ended."""
    under_way = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED, TaskState.ESCALATED)
    return {t.grounded["object"] for t in draft.state.tasks_in(*under_way) if "object" in t.grounded}


def _one_an_object(draft: Draft, waiting: list[Task]) -> list[Task]:
    """Leave out tasks about an object that is being moved, or that a more urgent waiting task is about."""
    taken = _moving(draft)
    chosen = []
    for task in sorted(waiting, key=lambda t: (-t.spec.priority, t.requested_at_s)):
        wanted = task.grounded.get("object")
        if wanted is None or wanted not in taken:
            chosen.append(task)
            taken.add(wanted)
    return chosen


def _job(draft: Draft, task: Task) -> Job:
    skill, spec = task.spec.skill, task.spec
    stops: list[Pose] = []
    wanted = task.grounded.get("object")
    if skill in _FETCHES and isinstance(wanted, str):
        pose = object_pose(draft, wanted)
        if pose is not None:
            stops.append(pose)
    views = _views(draft, task)
    target = target_pose(draft, task)
    if views:
        stops.extend(views)
    elif target is not None:
        stops.append(target)
    return Job(
        task_id=task.task_id,
        skill=skill,
        stops=tuple(stops),
        work_s=_WORK_S.get(skill, float(task.grounded.get("seconds", 0.0))) * max(len(views), 1),
        object_id=wanted if isinstance(wanted, str) else None,
        payload_kg=needed_payload_kg(draft, task),
        hands=spec.needs.hands,
        models=spec.needs.models,
        priority=spec.priority,
        waiting_since_s=task.requested_at_s,
        not_before_s=task.not_before_s,
        deadline_s=spec.deadline_s,
        pinned_to=spec.robot_id or _holder(draft, task, wanted),
        excluded=(*task.excluded_robots, *spec.needs.not_robots),
    )


def _holder(draft: Draft, task: Task, wanted: object) -> str | None:
    """The robot that has the object in its hands, as it says itself: nobody else can bring it."""
    for robot_id, robot in draft.state.robots.items():
        held = robot.state.held if robot.state is not None else ()
        if wanted in held and not robot.fallen and robot_id not in task.excluded_robots:
            return robot_id
    return None


def _views(draft: Draft, task: Task) -> tuple[Pose, ...]:
    """The viewpoints of a zone that is to be inspected, in some good order."""
    zone, context = task.grounded.get("target"), draft.context
    if task.spec.skill != "inspect" or not isinstance(zone, str) or zone not in context.site.zones:
        return ()
    poses = context.viewpoints.of(zone)
    return in_walking_order(context.travel, poses[0], poses) if poses else ()


def _assign(draft: Draft, assignment: Assignment) -> None:
    task = draft.state.tasks[assignment.task_id]
    dock = _free_dock(draft, assignment.robot_id, task) if task.spec.skill == "dock" else None
    if task.spec.skill == "dock" and dock is None:
        return  # every dock is taken or promised; it stays queued
    assign_or_ask(draft, task, assignment, lambda: _hand_out(draft, task, assignment, dock))


def _hand_out(draft: Draft, task: Task, assignment: Assignment, dock: str | None) -> None:
    robot = draft.state.robots[assignment.robot_id]
    draft.emit(
        ev.TaskAssigned(
            task_id=task.task_id,
            robot_id=assignment.robot_id,
            command_id=f"{task.task_id}#{task.attempt + 1}",
            epoch=robot.epoch,
            parameters=resolve(draft, task, assignment.robot_id, dock),
            terms={name: round(cost, 3) for name, cost in assignment.terms.items()},
            runner_up=assignment.runner_up,
        )
    )
    draft.tell(execute(draft.state.tasks[task.task_id], robot.epoch))


def _free_dock(draft: Draft, robot_id: str, task: Task) -> str | None:
    """The dock the task names, or the nearest one that nobody stands at or is on the way to."""
    state = draft.state.robots[robot_id].state
    if state is None:
        return None
    taken = {r.state.docked_at for key, r in draft.state.robots.items() if r.state is not None and key != robot_id}
    under_way = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED, TaskState.VERIFYING)
    taken |= {t.command_parameters.get("dock") for t in draft.state.tasks_in(*under_way) if t.robot_id != robot_id}
    named = task.grounded.get("dock")
    if isinstance(named, str):
        return named if named not in taken else None
    free = [p for p in draft.context.site.docks() if p.place_id not in taken]
    nearest = min(
        free, key=lambda p: (draft.context.travel.distance_m(state.pose, p.approach), p.place_id), default=None
    )
    return nearest.place_id if nearest is not None else None


def _hopeless(left: Unassigned, waited_s: float) -> bool:
    """Whether waiting cannot help: every robot lacks something for good, or somebody would have to see to it first."""
    needs = _NEEDS_SOMEBODY + (_STOPPED if waited_s >= _STOPPED_AFTER_S else ())
    return all(r.obstacle.lasting or r.obstacle in needs for r in left.reasons.values())
