"""What the members of a team are told for each stage: the same work, each with its own command and its own places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.model.geometry import Pose
from fleet.model.tasks import Member, Stage, Task
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import object_of, target_pose
from fleet.supervisor.parameters import resolve
from fleet.supervisor.stands import stands_around


def holders_of(draft: Draft, task: Task) -> tuple[str, ...]:
    """Robots that say that they have the task's object in their hands and stand, by id."""
    wanted = task.grounded.get("object")
    return tuple(
        sorted(
            robot_id
            for robot_id, robot in draft.state.robots.items()
            if robot.state is not None and wanted in robot.state.held and not robot.fallen
        )
    )


def load_at(draft: Draft, task: Task) -> tuple[float, float] | None:
    """Where the load is believed to be, (x, y) in m: as it was seen, or where the inventory has it."""
    object_id = str(task.grounded.get("object", ""))
    believed, record = draft.state.objects.get(object_id), object_of(draft, task)
    if believed is not None:
        return believed.x, believed.y
    place = draft.context.site.places.get((record.place_id if record is not None else None) or "")
    return (place.surface.x, place.surface.y) if place is not None and place.surface is not None else None


def no_room_because(draft: Draft, task: Task, robot_ids: tuple[str, ...]) -> str:
    """Why these robots cannot stand around the load or around where it goes; empty when they can."""
    lifting = tuple(r for r in robot_ids if r not in holders_of(draft, task))
    if lifting and _at_load(draft, task, lifting) is None:
        return f"there is no room for {len(robot_ids)} robots around {task.grounded.get('object')}"
    if _at_goal(draft, task, robot_ids) is None:
        return f"there is no room for {len(robot_ids)} robots around {task.grounded.get('to')}"
    return ""


def lead_of(draft: Draft, task: Task, robot_ids: tuple[str, ...]) -> str:
    """Who walks ahead: whose place at the load is nearest to where it goes."""
    goal, travel = target_pose(draft, task), draft.context.travel
    lifting = tuple(r for r in robot_ids if r not in holders_of(draft, task))
    stands = dict(zip(lifting, (_at_load(draft, task, lifting) if lifting else None) or (), strict=False))

    def way_m(robot_id: str) -> float:
        state = draft.state.robots[robot_id].state
        start = stands.get(robot_id, state.pose if state is not None else None)
        return round(travel.distance_m(start, goal), 2) if start is not None and goal is not None else 0.0

    return min(robot_ids, key=lambda r: (way_m(r), r))


def members_for(draft: Draft, task: Task, robot_ids: tuple[str, ...], stage: Stage, attempt: str) -> tuple[Member, ...]:
    """The members in the order of `robot_ids` (who leads first), with their commands for a stage. `attempt` makes the
    commands' ids new.

    Raises:
        ValueError: there is no room any more, see `no_room_because`.
    """
    holding = holders_of(draft, task)
    lifting = tuple(r for r in robot_ids if r not in holding)
    stands: dict[str, Pose] = {}
    if lifting:
        stands = _named(lifting, _at_load(draft, task, lifting), f"around {task.grounded.get('object')}")
    goals = _named(robot_ids, _at_goal(draft, task, robot_ids), f"around {task.grounded.get('to')}")
    members = []
    for robot_id in robot_ids:
        told = _told(draft, task, robot_id, robot_ids, stage, stands.get(robot_id), goals[robot_id])
        idle = stage is Stage.GATHER and robot_id in holding
        members.append(
            Member(
                robot_id=robot_id,
                command_id="" if idle else f"{task.task_id}#{attempt}.{stage.value}.{robot_id}",
                parameters=told,
                epoch=draft.state.robots[robot_id].epoch,
                ready=idle,
            )
        )
    return tuple(members)


def stopped(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """The members with no command: they stand, and what is in their hands stays there."""
    return tuple(replace(m, command_id="", ready=False, claim_id=None) for m in members)


def _told(
    draft: Draft, task: Task, robot_id: str, team: tuple[str, ...], stage: Stage, stand: Pose | None, goal: Pose
) -> dict[str, Any]:
    told = resolve(draft, task, robot_id)
    if stand is not None:
        told["object_approach"] = _point(stand)
    told["to_approach"] = _point(goal)
    told["object_team"] = {"stage": stage.value, "robots": list(team)}
    return told


def _named(robot_ids: tuple[str, ...], poses: tuple[Pose, ...] | None, where: str) -> dict[str, Pose]:
    if poses is None:
        raise ValueError(f"there is no room for {len(robot_ids)} robots {where}")
    return dict(zip(robot_ids, poses, strict=True))


def _at_load(draft: Draft, task: Task, lifting: tuple[str, ...]) -> tuple[Pose, ...] | None:
    at = load_at(draft, task)
    if at is None:
        return None
    states = [draft.state.robots[r].state for r in holders_of(draft, task)]
    held = [s.pose for s in states if s is not None]
    return stands_around(draft, *at, lifting, skill=task.spec.skill, held=held)


def _at_goal(draft: Draft, task: Task, robot_ids: tuple[str, ...]) -> tuple[Pose, ...] | None:
    place = draft.context.site.places.get(str(task.grounded.get("to", "")))
    if place is None or place.surface is None:
        return None
    poses = stands_around(draft, place.surface.x, place.surface.y, robot_ids, skill=task.spec.skill)
    start = load_at(draft, task)
    if poses is None or start is None:
        return poses
    here, travel = Pose(x=start[0], y=start[1]), draft.context.travel
    # Who walks ahead takes the farthest place, so that nobody has to walk around the others.
    return tuple(sorted(poses, key=lambda p: (-round(travel.distance_m(here, p), 2), p.x, p.y)))


def _point(pose: Pose) -> dict[str, float]:
    return {"x": pose.x, "y": pose.y, "yaw": pose.yaw}
