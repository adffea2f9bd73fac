"""Tasks as the allocator sees them: everything looked up, nothing left to guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.allocation.problem import Job
from fleet.model.geometry import Pose
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import needed_payload_kg, object_pose, target_pose
from fleet.supervisor.preferring import favour_of
from fleet.supervisor.viewpoints import in_walking_order

_WORK_S = {"pick": 4.0, "place": 4.0, "carry": 8.0, "hand_over": 8.0, "inspect": 6.0, "dock": 3.0}
_FETCHES = ("pick", "carry", "hand_over")
_ABOUT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED, TaskState.ESCALATED)


def job_of(draft: Draft, task: Task, holders: Mapping[str, tuple[str, ...]] | None = None) -> Job:
    """The job that the task is. Of a task that still waits for others, as far as it can be known: what it is about is
    taken to be where those leave it.

    Args:
        holders: of `holders_of`, where there are many jobs to be made at once.
    """
    skill, spec, named = task.spec.skill, task.spec, names_of(task)
    holders = holders if holders is not None else holders_of(draft)
    stops: list[Pose] = []
    wanted = named.get("object")
    if skill in _FETCHES and isinstance(wanted, str):
        pose = _left_at(draft, task, wanted) or object_pose(draft, wanted)
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
        work_s=_WORK_S.get(skill, _seconds(named)) * max(len(views), 1),
        object_id=wanted if isinstance(wanted, str) else None,
        payload_kg=needed_payload_kg(draft, task, draft.context.site.objects.get(str(wanted))),
        hands=spec.needs.hands,
        models=spec.needs.models,
        needs=spec.needs,
        priority=spec.priority,
        waiting_since_s=task.requested_at_s,
        not_before_s=max(task.not_before_s, spec.earliest_start_s if task.state is TaskState.REQUESTED else 0.0),
        deadline_s=spec.deadline_s,
        hard_deadline=spec.hard_deadline,
        pinned_to=spec.robot_id or _holder(task, wanted, holders),
        team=spec.team,
        members=holders.get(str(wanted), ()) if spec.team > 1 else (),
        resources=spec.resources,
        slows=_slows(draft, task),
        excluded=(*task.excluded_robots, *spec.needs.not_robots),
        after=spec.depends_on,
        favour=favour_of(draft.state, task.task_id),
    )


def _slows(draft: Draft, task: Task) -> float:
    """What it takes of the speed of the robot that it tires most."""
    skill = task.spec.skill
    if skill not in draft.slows:
        able = (r.description.capability(skill) for r in draft.state.robots.values())
        draft.slows[skill] = max((c.slows for c in able if c is not None), default=0.0)
    return draft.slows[skill]


def one_an_object(draft: Draft, waiting: list[Task]) -> list[Task]:
    """Leave out tasks about an object that is being moved, or that a more urgent waiting task is about."""
    taken = moving(draft)
    chosen = []
    for task in sorted(waiting, key=lambda t: (-t.spec.priority, t.requested_at_s)):
        wanted = task.grounded.get("object")
        if wanted is None or wanted not in taken:
            chosen.append(task)
            taken.add(wanted)
    return chosen


def moving(draft: Draft) -> set[object]:
    """Objects that a task under way is about: a second task about the same object waits until that has ended."""
    return {t.grounded["object"] for t in draft.state.tasks_in(*_ABOUT) if "object" in t.grounded}


def names_of(task: Task) -> dict[str, Any]:
    """What the task is about; before descriptions were turned into ids, as it was asked for."""
    return task.grounded or task.spec.parameters


def _seconds(named: dict[str, Any]) -> float:
    seconds = named.get("seconds", 0.0)
    return float(seconds) if isinstance(seconds, (int, float)) else 0.0


def _left_at(draft: Draft, task: Task, object_id: str) -> Pose | None:
    """Where the last task that it waits for, and that is about the same object, will leave that."""
    for name in reversed(task.spec.depends_on):
        before = draft.state.tasks.get(name)
        if before is not None and not before.state.terminal and names_of(before).get("object") == object_id:
            return target_pose(draft, before)
    return None


def holders_of(draft: Draft) -> dict[str, tuple[str, ...]]:
    """By object, the robots that have it in their hands, as they say themselves."""
    found: dict[str, tuple[str, ...]] = {}
    for robot_id, robot in draft.state.robots.items():
        for held in robot.state.held if robot.state is not None and not robot.fallen else ():
            found[held] = (*found.get(held, ()), robot_id)
    return found


def _holder(task: Task, wanted: object, holders: Mapping[str, tuple[str, ...]]) -> str | None:
    """The robot that has the object in its hands: nobody else can bring it."""
    held_by = holders.get(wanted, ()) if isinstance(wanted, str) and task.spec.team == 1 else ()
    return next((robot_id for robot_id in held_by if robot_id not in task.excluded_robots), None)


def _views(draft: Draft, task: Task) -> tuple[Pose, ...]:
    """The viewpoints of a zone that is to be inspected, in some good order."""
    zone, context = names_of(task).get("target"), draft.context
    if task.spec.skill != "inspect" or not isinstance(zone, str) or zone not in context.site.zones:
        return ()
    poses = context.viewpoints.of(zone)
    return in_walking_order(context.travel, poses[0], poses) if poses else ()
