"""The facts a question rests on. An answer is carried out only while they still hold."""

from __future__ import annotations

from typing import Any

from fleet.model.escalation import Cause
from fleet.model.site import SiteMap
from fleet.model.wire import digest
from fleet.supervisor.closed_off import HELD_BACK
from fleet.supervisor.state import FleetState


def situation(
    state: FleetState,
    site: SiteMap,
    cause: Cause,
    task_ids: tuple[str, ...],
    robot_ids: tuple[str, ...],
    object_ids: tuple[str, ...],
) -> dict[str, Any]:
    """What would make the question a different one if it changed; coarse on purpose (places, not centimetres)."""
    tasks = {}
    for task_id in task_ids:
        task = state.tasks[task_id]
        tasks[task_id] = [task.state.terminal, task.attempt, task.claim_id, task.grounded.get("object")]
        if cause is Cause.DIRECTIVES_CONFLICT:  # the one that is under way goes on meanwhile
            tasks[task_id] = [task.state.terminal, task.grounded.get("object"), task.grounded.get("to")]
        if cause is Cause.WAY_BLOCKED:
            tasks[task_id] = [task.state.terminal, task.robot_id]
        if cause is Cause.CLOSED_OFF:
            tasks[task_id] = [task.state.terminal, task.because.startswith(HELD_BACK)]
    robots = {}
    for robot_id in robot_ids:
        robot = state.robots[robot_id]
        robots[robot_id] = [robot.fallen if cause is Cause.ROBOT_FALLEN else None]
        if cause is Cause.ROBOT_MISPLACED:
            robots[robot_id].append(robot.elsewhere is not None)
        if cause is Cause.ROBOT_SILENT:
            robots[robot_id].append(robot.in_contact)
        if cause is Cause.WAY_BLOCKED:
            robots[robot_id].append(any(robot_id in jam.robots for jam in state.jams.values()))
        if cause is Cause.OUTAGE:
            robots[robot_id].append(any(robot_id in o.robot_ids for o in state.queue.outages.values()))
    objects = {}
    for object_id in object_ids:
        objects[object_id] = _whereabouts(state, site, object_id)
    return {"cause": cause.value, "tasks": tasks, "robots": robots, "objects": objects}


def _whereabouts(state: FleetState, site: SiteMap, object_id: str) -> list[str | None]:
    """Who has it or where it stands; until somebody has seen it, what the inventory says."""
    believed = state.objects.get(object_id)
    if believed is not None:
        return [believed.place, believed.holder, believed.zone if not believed.place and not believed.holder else ""]
    record = site.objects.get(object_id)
    return [record.place_id if record is not None else None, "", ""]


def situation_digest(
    state: FleetState,
    site: SiteMap,
    cause: Cause,
    task_ids: tuple[str, ...],
    robot_ids: tuple[str, ...],
    object_ids: tuple[str, ...],
) -> str:
    """SHA-256 of `situation`."""
    return digest(situation(state, site, cause, task_ids, robot_ids, object_ids))
