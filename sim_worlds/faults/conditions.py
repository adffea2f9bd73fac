"""When a fault begins or ends: conditions on a robot, a task, or other faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim_worlds.faults.spec import FaultSpec, When

if TYPE_CHECKING:
    from sim_worlds.faults.engine import Faults
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

ABOUT_ROBOT = ("carrying", "in_zone", "doing", "fallen", "battery_below")


def holds(when: When, spec: FaultSpec, faults: Faults, world: World) -> bool:
    """Whether all that is given holds now."""
    if when.task is not None and faults.tasks.get(when.task) != when.task_state:
        return False
    if when.after is not None and faults.states[when.after].count == 0:
        return False
    if when.after_over is not None and not _was_over(faults, when.after_over):
        return False
    if not any(getattr(when, name) is not None for name in ABOUT_ROBOT):
        return True
    watched = [when.robot] if when.robot is not None else list(spec.watched)
    return any(_robot_is(when, world.computer(name), world) for name in watched)


def _was_over(faults: Faults, fault_id: str) -> bool:
    state = faults.states[fault_id]
    return state.count > (1 if state.phase == "active" else 0)


def _robot_is(when: When, robot: Computer, world: World) -> bool:
    m = robot.body.motion()
    believed = robot.believes_to_hold
    carrying = believed is not None and believed.held_by(robot.id)
    return (
        (when.carrying is None or when.carrying == carrying)
        and (when.in_zone is None or world.site.zone_at(m.x, m.y) == when.in_zone)
        and (when.doing is None or (robot.status.kind == when.doing and not robot.status.ended))
        and (when.fallen is None or when.fallen == robot.fallen)
        and (when.battery_below is None or robot.battery_fraction < when.battery_below)
    )
