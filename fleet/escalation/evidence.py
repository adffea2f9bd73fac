"""What is put before the person, each piece with a digest so that it cannot be swapped later."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.escalation import Evidence
from fleet.model.evidence import Claim, Observation
from fleet.model.tasks import Task, TaskSpec
from fleet.model.wire import digest
from fleet.supervisor.grounding import say
from fleet.supervisor.state import Believed, Robot


def of_claim(claim: Claim) -> Evidence:
    """The robot's own word."""
    said = ", ".join(f"{k}: {v}" for k, v in sorted(claim.statement.items()))
    return Evidence(
        kind="claim",
        ref=claim.claim_id,
        summary=f"{claim.robot_id} claims {claim.skill} is done ({said})",
        source=claim.robot_id,
        at_s=claim.claimed_at_s,
        digest=digest(claim),
    )


def of_observation(observation: Observation) -> Evidence:
    """What a camera, a robot or a person saw."""
    seen = ", ".join(
        f"{d.subject_id} {('held by ' + d.holder) if d.holder else ('at ' + d.place) if d.place else 'in ' + d.zone}"
        for d in observation.detections
        if d.subject_kind == "object"
    )
    return Evidence(
        kind="observation",
        ref=observation.observation_id,
        summary=f"{observation.source} sees {seen or 'no objects'}",
        source=observation.source,
        at_s=observation.observed_at_s,
        digest=digest(observation),
    )


def of_robot(robot: Robot) -> Evidence:
    """A robot's last report about itself."""
    state, robot_id = robot.state, robot.description.robot_id
    if state is None:
        summary, at_s = f"{robot_id} has never reported", 0.0
    else:
        where = f"at ({state.pose.x:.1f}, {state.pose.y:.1f})"
        detail = f"; {state.health_detail}" if state.health_detail else ""
        summary = f"{robot_id} reports {state.posture.value} {where}, battery {state.battery_fraction:.0%}{detail}"
        at_s = state.observed_at_s
    return Evidence(kind="robot_state", ref=robot_id, summary=summary, source=robot_id, at_s=at_s, digest=digest(state))


def of_belief(believed: Believed) -> Evidence:
    """Where an object is believed to be, and on whose word."""
    where = believed.holder or believed.place or f"the floor at ({believed.x:.1f}, {believed.y:.1f}), {believed.zone}"
    return Evidence(
        kind="belief",
        ref=believed.object_id,
        summary=f"{believed.object_id} was last seen at {where} by {believed.source}",
        source=believed.source,
        at_s=believed.observed_at_s,
        digest=digest(believed),
    )


def in_words(spec: TaskSpec) -> str:
    """What a task asks for, e.g. `carry blue_1 to table_2`."""
    named = {"object": "", "to": "to ", "person": "to ", "place": "", "target": "", "seconds": "", "dock": "at "}
    parts = [spec.skill.replace("_", " ")]
    for name, value in spec.parameters.items():
        text = say(value) if isinstance(value, Mapping) else f"{value}"
        parts.append(f"{named.get(name, name + ' ')}{text}")
    return " ".join(parts)


def of_task(task: Task) -> Evidence:
    """What was asked for, by whom and why."""
    spec = task.spec
    return Evidence(
        kind="task",
        ref=task.task_id,
        summary=f"{task.requested_by} asked to {in_words(spec)}" + (f", because: {spec.why}" if spec.why else ""),
        source=task.requested_by,
        at_s=task.requested_at_s,
        digest=digest(task.spec),
    )
