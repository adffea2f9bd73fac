"""From what was heard to what is worth writing down. Pure; what makes no difference to any decision is left out."""

from __future__ import annotations

import math
from collections.abc import Collection

from fleet.bus.base import Facts
from fleet.model import events as ev
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.evidence import Detection, Observation
from fleet.model.requests import Request
from fleet.model.robot import Posture, RobotState
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.fold import apply
from fleet.supervisor.jam_inputs import traffic_inputs
from fleet.supervisor.presence import people_seen
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.sightings import sightings
from fleet.supervisor.state import FleetState, has_let_go
from fleet.supervisor.unknown import sort_out

_UPRIGHT = (Posture.STANDING, Posture.WALKING)
_TIRED_STEP = 0.05
_OBJECT_MOVED_M = 0.1  # less than a hand's reach may miss by: robots go where it is believed to be
_FALLEN_OBJECT_MOVED_M = 0.03  # on the floor they stand as close to it as they can: 5 cm too near is out of reach


def intake(
    state: FleetState,
    facts: Facts,
    requests: tuple[Request, ...],
    now_s: float,
    settings: SupervisorSettings,
    inventory: Collection[str],
    presence: bool = False,
) -> list[ev.Event]:
    """The input events of one step, in a fixed order: robots, contact, commands, evidence, people.

    Args:
        inventory: ids of the things that the site is known to have.
        presence: whether it makes a difference where people are.
    """
    events: list[ev.Event] = []

    def note(event: ev.Event) -> None:
        nonlocal state
        events.append(event)
        state = apply(state, event, now_s)

    for description in facts.descriptions:
        known = state.robots.get(description.robot_id)
        if known is None or known.description != description:
            note(ev.RobotDescribed(description=description))
    for robot_state in facts.states:
        if _matters(state, robot_state, settings):
            note(ev.RobotReported(state=robot_state))
    for robot_id in sorted(facts.silent_s):
        contact = _contact_event(state, robot_id, facts.silent_s[robot_id], settings)
        if contact is not None:
            note(contact)
    for update in facts.updates:
        if _worth_keeping(state, update):
            note(ev.CommandReported(update=update))
    for seen in facts.observations:
        observation, unknown = sort_out(state, seen, inventory)
        for report in unknown:
            note(report)
        if tells_something(state, observation):
            note(ev.ObservationMade(observation=observation))
            for found in beliefs_from(state, observation):
                note(found)
    for sighting in sightings(state, facts, settings.moved_m):
        note(sighting)
    for people in people_seen(state, facts, now_s) if presence else ():
        note(people)
    for happened in traffic_inputs(state, facts):
        note(happened)
    for request in requests:
        if request.number > state.requests_taken:
            note(ev.RequestReceived(request=request))
    return events


def _matters(state: FleetState, report: RobotState, settings: SupervisorSettings) -> bool:
    robot = state.robots.get(report.robot_id)
    if robot is None:
        return False  # its description has not arrived; the next report will do
    last = robot.state
    if last is None:
        return True
    if report.observed_at_s < last.observed_at_s - 5.0:
        pass  # the world's clock was set back (it restarted from a checkpoint): believe the newer report
    elif report.observed_at_s <= last.observed_at_s:
        return False
    return (
        has_let_go(robot, report)
        or report.pose.distance_to(last.pose) >= settings.moved_m
        or abs(report.battery_fraction - last.battery_fraction) >= settings.battery_step
        or abs(report.tired - last.tired) >= _TIRED_STEP
        or (report.posture != last.posture and not (report.posture in _UPRIGHT and last.posture in _UPRIGHT))
        or _discrete(report) != _discrete(last)
    )


def _discrete(report: RobotState) -> tuple[object, ...]:
    return (
        report.held,
        report.e_stop,
        report.health,
        report.mode,
        report.docked_at,
        report.holding,
        report.command_id,
        report.lease_holder,
        report.awaits_way,
    )


def _contact_event(
    state: FleetState, robot_id: str, silent_s: float, settings: SupervisorSettings
) -> ev.ContactLost | ev.ContactRegained | None:
    robot = state.robots.get(robot_id)
    if robot is None:
        return None
    if robot.in_contact and silent_s > settings.lost_contact_after_s:
        return ev.ContactLost(robot_id=robot_id, silent_s=round(silent_s, 3))
    if not robot.in_contact and silent_s <= settings.lost_contact_after_s:
        return ev.ContactRegained(robot_id=robot_id, silent_s=round(silent_s, 3))
    return None


def _worth_keeping(state: FleetState, update: CommandUpdate) -> bool:
    """Final reports always; others when the task's state or phase changes, or it is a quarter further."""
    if update.robot_id not in state.robots:
        return False
    if update.status.final and state.robots[update.robot_id].closing_command_id == update.command_id:
        return True
    task = state.tasks.get(update.task_id)
    if task is None or task.command_of(update.robot_id) != update.command_id:
        return False
    if task.members:
        return _of_a_member(task, update)
    if update.status.final:
        return not task.state.terminal and task.state is not TaskState.VERIFYING
    if task.state is TaskState.ASSIGNED:
        return True
    blocked = task.state is TaskState.BLOCKED
    if (update.status is CommandStatus.BLOCKED) != blocked:
        return task.state in (TaskState.EXECUTING, TaskState.BLOCKED)
    return update.phase not in ("", task.phase) or update.fraction >= task.fraction + 0.25


def _of_a_member(task: Task, update: CommandUpdate) -> bool:
    """As for one robot; what the others do is no news about this one."""
    member = task.member(update.robot_id)
    if member is None or member.ready or task.state.terminal or task.state is TaskState.VERIFYING:
        return False
    if update.status.final or task.state is TaskState.ASSIGNED:
        return True
    if update.status is CommandStatus.BLOCKED:
        return task.state is TaskState.EXECUTING
    if task.state is TaskState.BLOCKED and task.because.startswith(f"{update.robot_id}: "):
        return True
    return update.phase not in ("", member.phase) or update.fraction >= member.fraction + 0.25


def tells_something(state: FleetState, observation: Observation) -> bool:
    """Whether it moves a belief about an object, or bears on a claim that is being checked."""
    if any(_news(state, observation, d) for d in observation.detections):
        return True
    return any(_bears_on(state, observation, t.claim_id) for t in state.tasks_in(TaskState.VERIFYING))


def _news(state: FleetState, observation: Observation, detection: Detection) -> bool:
    if detection.subject_kind != "object":
        return False
    believed = state.objects.get(detection.subject_id)
    if believed is None:
        return True
    if observation.observed_at_s < believed.observed_at_s:
        return False
    if (detection.holder, detection.place) != (believed.holder, believed.place):
        return True
    if detection.holder:
        return False  # it moves with whoever has it
    moved = math.dist((detection.x, detection.y, detection.z), (believed.x, believed.y, believed.z))
    return moved > (_OBJECT_MOVED_M if believed.place else _FALLEN_OBJECT_MOVED_M)


def _bears_on(state: FleetState, observation: Observation, claim_id: str | None) -> bool:
    claim = state.claims.get(claim_id or "")
    if claim is None or observation.observed_at_s < claim.claimed_at_s - 1.0 or observation.source == claim.robot_id:
        return False
    named = {str(v) for v in claim.statement.values() if isinstance(v, str)} | {claim.robot_id}
    return bool(named & set(observation.covered)) or any(d.subject_id in named for d in observation.detections)


def beliefs_from(state: FleetState, observation: Observation) -> list[ev.ObjectFound]:
    """What the observation makes us believe about objects, where that is news."""
    return [
        ev.ObjectFound(
            object_id=d.subject_id,
            x=d.x,
            y=d.y,
            z=d.z,
            zone=d.zone,
            place=d.place,
            holder=d.holder,
            source=observation.source,
            observed_at_s=observation.observed_at_s,
            confidence=d.confidence,
        )
        for d in observation.detections
        if _news(state, observation, d)
    ]
