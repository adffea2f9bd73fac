"""What a task needs, and who could do it in principle (whether or not it is free now)."""

from __future__ import annotations

import math

from fleet.model.geometry import Pose
from fleet.model.robot import RobotDescription
from fleet.model.site import ObjectRecord
from fleet.model.spots import spot_pose
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft


def object_of(draft: Draft, task: Task) -> ObjectRecord | None:
    """The object the task is about, once that is known."""
    return draft.context.site.objects.get(str(task.grounded.get("object", "")))


def needed_payload_kg(draft: Draft, task: Task, candidate: ObjectRecord | None = None) -> float:
    """What must be lifted: as the task says, or the object's mass; 0 for tasks that carry nothing."""
    if task.spec.needs.payload_kg is not None:
        return task.spec.needs.payload_kg
    record = candidate or object_of(draft, task)
    return record.mass_kg if record is not None else 0.0


def can_in_principle(description: RobotDescription, task: Task, payload_kg: float) -> bool:
    """Skill, payload and model fit; says nothing about where the robot is or how it is."""
    return not unfit_because(description, task, payload_kg, pinned_to=task.spec.robot_id)


def unfit_because(description: RobotDescription, task: Task, payload_kg: float, *, pinned_to: str | None) -> str:
    """Why the robot can never do the task, whose load weighs so much in all; empty when it could.

    A team's members share the load equally.
    """
    spec, capability = task.spec, description.capability(task.spec.skill)
    if capability is None:
        return f"no skill {spec.skill}"
    if capability.hands < spec.needs.hands:
        return f"needs {spec.needs.hands} hands, it has {capability.hands}"
    if lacking := spec.needs.lacking(capability, description.max_speed_mps):
        return lacking
    if spec.needs.models and description.model not in spec.needs.models:
        return f"model {description.model}, needed is {' or '.join(spec.needs.models)}"
    if description.robot_id in spec.needs.not_robots:
        return "it was ruled out"
    if pinned_to not in (None, description.robot_id):
        return f"the task is for {pinned_to} only"
    if capability.team < spec.team:
        most = f"with at most {capability.team - 1} others" if capability.team > 1 else "only alone"
        return f"it can {spec.skill} {most}, needed is a team of {spec.team}"
    limit_kg, share_kg = capability.max_payload_kg or description.payload_kg, payload_kg / spec.team
    return f"payload {share_kg:g} kg > {limit_kg:g} kg" if share_kg > limit_kg else ""


def others_that_could(draft: Draft, task: Task, *, without: str | None) -> tuple[str, ...]:
    """Robots that could do the task in principle, are heard, and are not kept from work."""
    payload = needed_payload_kg(draft, task)
    return tuple(
        robot_id
        for robot_id, robot in draft.state.robots.items()
        if robot_id != without
        and robot.in_contact
        and not robot.aside_because
        and can_in_principle(robot.description, task, payload)
    )


def liftable_by(draft: Draft, task: Task, candidate: ObjectRecord) -> tuple[str, ...]:
    """Robots that could do the task if `candidate` were meant."""
    payload = needed_payload_kg(draft, task, candidate)
    return tuple(
        robot_id
        for robot_id, robot in draft.state.robots.items()
        if not robot.aside_because and can_in_principle(robot.description, task, payload)
    )


def object_pose(draft: Draft, object_id: str) -> Pose | None:
    """Where a robot goes to take the object up: its place's approach, or the object itself on the floor."""
    believed = draft.state.objects.get(object_id)
    record = draft.context.site.objects.get(object_id)
    place_id = believed.place if believed is not None else (record.place_id if record is not None else None)
    place = draft.context.site.places.get(place_id or "")
    if place is not None:
        return place.approach
    return Pose(x=believed.x, y=believed.y, z=believed.z) if believed is not None else None


def target_pose(draft: Draft, task: Task) -> Pose | None:
    """Where the task ends: the place, person, zone or dock it names; None where it names none."""
    site, named = draft.context.site, task.grounded or task.spec.parameters
    for key in ("to", "place", "target", "dock"):
        name = named.get(key)
        if isinstance(name, str) and name in site.places:
            return site.places[name].approach
        if isinstance(name, str) and (spot := spot_pose(name)) is not None:
            return spot
        if isinstance(name, str) and name in site.zones:
            corners = site.zones[name].polygon
            return Pose(x=sum(c[0] for c in corners) / len(corners), y=sum(c[1] for c in corners) / len(corners))
    person = site.people.get(str(named.get("person", "")))
    return person.approach if person is not None else None


def walking_time_s(draft: Draft, task: Task, candidate: ObjectRecord | None) -> float | None:
    """Seconds from the object to the target at a G1's pace; None where the map does not say."""
    record = candidate or object_of(draft, task)
    start = object_pose(draft, record.object_id) if record is not None else None
    end = target_pose(draft, task)
    if start is None or end is None:
        return None
    distance = draft.context.travel.distance_m(start, end)
    return round(distance / 0.5, 1) if math.isfinite(distance) else None


def late_after(draft: Draft, task: Task, seconds: float | None) -> tuple[str, ...] | None:
    """Which of the task and those that wait for it would end late if it took `seconds` from now; None if not known."""
    if seconds is None:
        return None
    waiting = {task.task_id}
    for other in draft.state.open_tasks():  # in the order they came, so that a chain is found in one pass
        if waiting & set(other.spec.depends_on):
            waiting.add(other.task_id)
    deadlines = ((t, draft.state.tasks[t].spec.deadline_s) for t in sorted(waiting))
    return tuple(t for t, deadline in deadlines if deadline is not None and deadline < draft.now_s + seconds)
