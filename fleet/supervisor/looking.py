"""A claim that no sensor of the site speaks about: another robot is sent to look, before a person is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fleet.model import events as ev
from fleet.model.evidence import Claim
from fleet.model.geometry import Pose
from fleet.model.tasks import MissionSpec, Needs, RecoveryPolicy, Task, TaskSpec, TaskState
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.draft import Draft

BY = "verification"
_ONCE = RecoveryPolicy(retries=0, replans=0, reassignments=1, ask_human=False)
_RINGS_M = (1.2, 1.8, 2.4, 3.0)  # how far from a thing to stand to see it over the heads of nobody
_DIRECTIONS = 24
_BODY_M = 0.45  # a body so near to the line of sight hides what is behind it


def send_to_look(draft: Draft, task: Task, claim: Claim) -> Task | None:
    """The task of looking at what `claim` is about, made now unless it was before.

    None where there is nothing to look at, or no other robot that could go now.
    """
    made = draft.state.tasks.get(_name(claim))
    if made is not None:
        return made
    place = claim.statement.get("at")
    claimants = task.robot_ids if task.members else (claim.robot_id,)
    if not isinstance(place, str) or place not in draft.context.site.places or not _somebody(draft, claimants):
        return None
    why = f"nobody but {claim.robot_id} saw whether {task.task_id} was done"
    spec = TaskSpec(
        task_id=_name(claim),
        skill="inspect",
        parameters={"target": place},
        why=why,
        priority=max(task.spec.priority, 70),
        needs=Needs(not_robots=claimants),
        recovery=_ONCE,
    )
    mission = MissionSpec(mission_id=f"{_name(claim)}.mission", title=f"look at {place}", tasks=(spec,), why=why)
    draft.emit(ev.MissionAccepted(mission=mission, by=BY))
    return draft.state.tasks[spec.task_id]


def is_look(task: Task) -> bool:
    """Whether the task was made here: what it saw counts, whether or not somebody saw the robot that looked."""
    return task.requested_by == BY


def give_up_look(draft: Draft, task: Task) -> None:
    """Nobody can go and look any more, or it takes too long: the person who will be asked need not wait for it."""
    draft.withdraw(task, "the question will not wait for it")
    draft.change(task, TaskState.CANCELLED, "it could not be looked at in time", forget_robot=True)


def view_of(draft: Draft, place_id: str, robot_id: str) -> Pose | None:
    """The nearest pose on foot from which `robot_id` sees the place past walls and bodies; None if there is none."""
    place, robot = draft.context.site.places[place_id], draft.state.robots[robot_id]
    if robot.state is None:
        return None
    thing, travel = place.surface or place.approach, draft.context.travel
    bodies = [r.state.pose for key, r in draft.state.robots.items() if key != robot_id and r.state is not None]
    found: list[tuple[float, int, Pose]] = []
    for away in _RINGS_M:
        for index in range(_DIRECTIONS):
            angle = 2 * math.pi * index / _DIRECTIONS
            x, y = thing.x + away * math.cos(angle), thing.y + away * math.sin(angle)
            pose = Pose(x=x, y=y, yaw=math.remainder(angle + math.pi, 2 * math.pi))
            if travel.is_free(pose) and not travel.wall_between(pose, thing) and not _hidden(pose, thing, bodies):
                found.append((round(travel.distance_m(robot.state.pose, pose), 2), len(found), pose))
    nearest = min(found, default=None)
    return nearest[2] if nearest is not None and math.isfinite(nearest[0]) else None


def _name(claim: Claim) -> str:
    return f"look-{claim.claim_id}"


def _somebody(draft: Draft, but: tuple[str, ...]) -> bool:
    return any(
        robot_id not in but
        and robot.description.capability("inspect") is not None
        and not unavailable_because(draft.state, robot_id)
        for robot_id, robot in draft.state.robots.items()
    )


def _hidden(eye: Pose, thing: Pose, bodies: Iterable[Pose]) -> bool:
    """Whether a body stands in the line of sight, or where the eye would be."""
    dx, dy = thing.x - eye.x, thing.y - eye.y
    square = dx * dx + dy * dy
    for body in bodies:
        along = min(max(((body.x - eye.x) * dx + (body.y - eye.y) * dy) / square, 0.0), 1.0)
        if math.hypot(body.x - eye.x - along * dx, body.y - eye.y - along * dy) < _BODY_M:
            return True
    return False
