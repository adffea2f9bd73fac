"""Records to messages and back. Nothing is lost on the way but the last bits of angles and nanoseconds of times.

What a message cannot say is refused with `InvalidField`; what a foreign host leaves open is read on the safe side: an
unmeasured battery is empty, an unknown operating mode is not automatic, an unknown health is degraded.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

from builtin_interfaces.msg import Time
from humanoid_fleet_msgs import msg

from fleet.model import wire
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.errors import InvalidField
from fleet.model.evidence import Claim, Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.robot import (
    Capability,
    Figure,
    Health,
    OperatingMode,
    Posture,
    RobotDescription,
    RobotState,
)
from fleet.model.skills import SKILLS, ParameterKind

K = TypeVar("K")
V = TypeVar("V")

MAP_FRAME = "map"
_PROBABILITIES = "class_probabilities"  # among the attributes, which are JSON and take an object
_MAX_S = 2**31
_S = msg.RobotState
_POSTURES = {
    Posture.UNKNOWN: _S.POSTURE_UNKNOWN,
    Posture.STANDING: _S.POSTURE_STANDING,
    Posture.WALKING: _S.POSTURE_WALKING,
    Posture.SITTING: _S.POSTURE_SITTING,
    Posture.KNEELING: _S.POSTURE_KNEELING,
    Posture.LYING: _S.POSTURE_LYING,
    Posture.FALLEN: _S.POSTURE_FALLEN,
}
_HEALTHS = {Health.OK: _S.HEALTH_OK, Health.DEGRADED: _S.HEALTH_DEGRADED, Health.FAULT: _S.HEALTH_FAULT}
_MODES = {
    OperatingMode.AUTOMATIC: _S.MODE_AUTOMATIC,
    OperatingMode.INTERVENED: _S.MODE_INTERVENED,
    OperatingMode.MANUAL: _S.MODE_MANUAL,
    OperatingMode.SERVICE: _S.MODE_SERVICE,
}
_O = msg.Observation
_SOURCES = {
    "camera": _O.SOURCE_SITE_SENSOR,
    "robot": _O.SOURCE_ROBOT,
    "person": _O.SOURCE_PERSON,
    "system": _O.SOURCE_SYSTEM,
}
_P = msg.SkillProgress
_PROGRESS = {
    CommandStatus.ACCEPTED: _P.STATUS_ACCEPTED,
    CommandStatus.RUNNING: _P.STATUS_RUNNING,
    CommandStatus.BLOCKED: _P.STATUS_BLOCKED,
}


def _back(table: dict[K, V], default: K) -> dict[V, K]:
    return {value: key for key, value in table.items() if key != default}


# ---- times, numbers, JSON -----------------------------------------------------------------------------------


def time_to_msg(seconds: float, field: str = "time") -> Time:
    """Fleet time in s as a ROS time. Raises `InvalidField` for what a ROS time cannot hold."""
    if not 0.0 <= seconds < _MAX_S:  # also refuses NaN
        raise InvalidField(field, seconds, "a time in s from 0 to 2^31")
    sec = math.floor(seconds)
    nanosec = round((seconds - sec) * 1e9)
    return Time(sec=sec + 1, nanosec=0) if nanosec >= 1_000_000_000 else Time(sec=sec, nanosec=nanosec)


def time_from_msg(stamp: Time) -> float:
    """A ROS time as fleet time in s."""
    return float(stamp.sec) + float(stamp.nanosec) * 1e-9


def to_json(value: Any) -> str:
    """JSON with sorted keys; an empty text for an empty object."""
    return json.dumps(wire.to_plain(value), sort_keys=True, allow_nan=False) if value else ""


def from_json(text: str, field: str) -> dict[str, Any]:
    """A JSON object; an empty text is an empty object. Raises `InvalidField`."""
    if not text:
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidField(field, text[:80], f"a JSON object ({error})") from error
    if not isinstance(value, dict):
        raise InvalidField(field, text[:80], "a JSON object")
    return value


def _share(value: float, unmeasured: float) -> float:
    return unmeasured if math.isnan(value) else min(max(value, 0.0), 1.0)


# ---- robots -------------------------------------------------------------------------------------------------


def state_to_msg(
    state: RobotState, *, link_ok: bool = True, highest_epoch: int = 0, lease_until_s: float = 0.0
) -> msg.RobotState:
    """A robot's state; what the record does not know comes from the host."""
    out = msg.RobotState()
    out.robot_id = state.robot_id
    out.observation_time = time_to_msg(state.observed_at_s, "observed_at_s")
    out.frame_id = MAP_FRAME
    out.pose.position.x, out.pose.position.y, out.pose.position.z = state.pose.x, state.pose.y, state.pose.z
    out.pose.orientation.z, out.pose.orientation.w = math.sin(state.pose.yaw / 2), math.cos(state.pose.yaw / 2)
    out.velocity.linear.x = state.speed_mps
    out.posture, out.health = _POSTURES[state.posture], _HEALTHS[state.health]
    out.operating_mode = _MODES[state.mode]
    out.stability, out.battery_fraction, out.tired = state.stability, state.battery_fraction, state.tired
    out.is_docked, out.docked_at = state.docked_at is not None, state.docked_at or ""
    out.held_objects = [
        msg.HeldObject(object_id=h, hand=msg.HeldObject.HAND_UNKNOWN, mass_kg=math.nan) for h in state.held
    ]
    out.e_stop, out.health_detail = state.e_stop, state.health_detail
    out.hold_active, out.hold_because = state.holding, state.hold_because
    out.active_command_id, out.active_epoch = state.command_id or "", state.epoch
    out.highest_epoch, out.lease_holder = max(highest_epoch, state.epoch), state.lease_holder
    out.lease_until = time_to_msg(lease_until_s, "lease_until_s")
    out.link_ok = link_ok
    out.walking_to_m = list(state.walking_to or ())
    out.route, out.route_passed, out.awaits_way = state.route, state.route_passed, state.awaits_way
    return out


_POSTURE_OF = _back(_POSTURES, Posture.UNKNOWN)
_HEALTH_OF = _back(_HEALTHS, Health.DEGRADED)
_MODE_OF = _back(_MODES, OperatingMode.SERVICE)


def state_from_msg(message: msg.RobotState) -> RobotState:
    """A robot's state."""
    turn = message.pose.orientation
    at = message.pose.position
    return RobotState(
        robot_id=message.robot_id,
        observed_at_s=time_from_msg(message.observation_time),
        pose=Pose(x=at.x, y=at.y, z=at.z, yaw=_yaw(turn.x, turn.y, turn.z, turn.w)),
        posture=_POSTURE_OF.get(message.posture, Posture.UNKNOWN),
        battery_fraction=_share(message.battery_fraction, 0.0),
        held=tuple(h.object_id for h in message.held_objects),
        stability=_share(message.stability, 0.0),
        tired=_share(message.tired, 0.0),
        e_stop=message.e_stop,
        health=_HEALTH_OF.get(message.health, Health.DEGRADED),
        health_detail=message.health_detail,
        mode=_MODE_OF.get(message.operating_mode, OperatingMode.SERVICE),
        docked_at=(message.docked_at or None) if message.is_docked else None,
        holding=message.hold_active,
        hold_because=message.hold_because,
        speed_mps=math.hypot(message.velocity.linear.x, message.velocity.linear.y),
        command_id=message.active_command_id or None,
        epoch=message.active_epoch,
        lease_holder=message.lease_holder,
        walking_to=(message.walking_to_m[0], message.walking_to_m[1]) if len(message.walking_to_m) == 2 else None,
        route=message.route,
        route_passed=message.route_passed,
        awaits_way=message.awaits_way,
    )


def _yaw(x: float, y: float, z: float, w: float) -> float:
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def description_to_msg(known: RobotDescription) -> msg.RobotDescription:
    """What a robot is."""
    out = msg.RobotDescription()
    for name in _SAME_IN_DESCRIPTION:
        setattr(out, name, getattr(known, name))
    out.joint_names = list(known.joint_names)
    out.capabilities = [_capability_to_msg(c) for c in known.capabilities]
    out.figures_json = to_json(known.figures)
    return out


_SAME_IN_DESCRIPTION = (
    *("robot_id", "model", "vendor", "host", "footprint_radius_m", "height_m", "mass_kg", "payload_kg"),
    *("follows_routes", "max_speed_mps", "battery_wh", "idle_power_w", "walk_power_w"),
)


def description_from_msg(message: msg.RobotDescription) -> RobotDescription:
    """What a robot is. Raises `InvalidField` for figures that are not such."""
    figures = from_json(message.figures_json, "figures_json")
    return RobotDescription(
        **{name: getattr(message, name) for name in _SAME_IN_DESCRIPTION},
        joint_names=tuple(message.joint_names),
        capabilities=tuple(_capability_from_msg(c) for c in message.capabilities),
        figures=wire.convert(dict[str, Figure], figures, "figures_json"),
    )


def _capability_to_msg(one: Capability) -> msg.Capability:
    return msg.Capability(
        skill=one.skill,
        parameters_schema=parameters_schema(one.skill),
        max_payload_kg=one.max_payload_kg,
        reach_m=one.reach_m,
        speed_mps=one.speed_mps,
        hands=one.hands,
        sensors=list(one.sensors),
        team=one.team,
        slows=one.slows,
    )


def _capability_from_msg(message: msg.Capability) -> Capability:
    return Capability(
        skill=message.skill,
        max_payload_kg=message.max_payload_kg,
        reach_m=message.reach_m,
        speed_mps=message.speed_mps,
        hands=message.hands,
        sensors=tuple(message.sensors),
        team=max(message.team, 1),
        slows=_share(message.slows, 0.0),
    )


def parameters_schema(skill: str) -> str:
    """The JSON Schema of a skill's parameters; empty for a skill that is not in the fleet's table."""
    known = SKILLS.get(skill)
    if known is None:
        return ""
    properties: dict[str, Any] = {}
    for parameter in known.parameters:
        entry: dict[str, Any] = {"type": "string"}
        if parameter.kind is ParameterKind.NUMBER:
            entry = {"type": "number"}
            if math.isfinite(parameter.minimum):
                entry["minimum"] = parameter.minimum
            if math.isfinite(parameter.maximum):
                entry["maximum"] = parameter.maximum
        properties[parameter.name] = {**entry, **({"description": parameter.help} if parameter.help else {})}
    required = [p.name for p in known.parameters if p.required]
    return to_json({"type": "object", "properties": properties, "required": required})


# ---- evidence -----------------------------------------------------------------------------------------------


def observation_to_msg(seen: Observation) -> msg.Observation:
    """What a source saw. Raises `InvalidField` for a kind of source that messages do not know."""
    if seen.source_kind not in _SOURCES:
        raise InvalidField("source_kind", seen.source_kind, "one of " + ", ".join(_SOURCES))
    return msg.Observation(
        observation_id=seen.observation_id,
        source=seen.source,
        source_kind=_SOURCES[seen.source_kind],
        observation_time=time_to_msg(seen.observed_at_s, "observed_at_s"),
        covered=list(seen.covered),
        detections=[_detection_to_msg(d) for d in seen.detections],
    )


def observation_from_msg(message: msg.Observation) -> Observation:
    """What a source saw. Raises `InvalidField` for an unknown kind of source: evidence of nobody is none."""
    kinds = {number: name for name, number in _SOURCES.items()}
    if message.source_kind not in kinds:
        raise InvalidField("source_kind", message.source_kind, f"one of {sorted(kinds)}")
    return Observation(
        observation_id=message.observation_id,
        source=message.source,
        source_kind=kinds[message.source_kind],
        observed_at_s=time_from_msg(message.observation_time),
        covered=tuple(message.covered),
        detections=tuple(_detection_from_msg(d) for d in message.detections),
    )


def _detection_to_msg(one: Detection) -> msg.Detection:
    looks: dict[str, object] = dict(one.attributes)
    if one.class_probabilities:
        looks[_PROBABILITIES] = one.class_probabilities
    out = msg.Detection(
        subject_id=one.subject_id,
        subject_kind=one.subject_kind,
        frame_id=MAP_FRAME,
        place=one.place,
        zone=one.zone,
        holder=one.holder,
        attributes_json=to_json(looks),
        confidence=one.confidence,
    )
    out.position.x, out.position.y, out.position.z = one.x, one.y, one.z
    return out


def _detection_from_msg(message: msg.Detection) -> Detection:
    attributes = from_json(message.attributes_json, "attributes_json")
    shares = attributes.pop(_PROBABILITIES) if isinstance(attributes.get(_PROBABILITIES), dict) else {}
    if not all(isinstance(share, float | int) for share in shares.values()):
        raise InvalidField(f"attributes_json.{_PROBABILITIES}", shares, "a number for each class")
    return Detection(
        subject_id=message.subject_id,
        subject_kind=message.subject_kind,
        x=message.position.x,
        y=message.position.y,
        z=message.position.z,
        zone=message.zone,
        place=message.place,
        holder=message.holder,
        attributes={key: str(value) for key, value in attributes.items()},
        confidence=_share(message.confidence, 0.0),
        class_probabilities={key: _share(value, 0.0) for key, value in shares.items()},
    )


def claim_to_msg(claim: Claim) -> msg.Claim:
    """What a robot says it has done."""
    return msg.Claim(
        claim_id=claim.claim_id,
        robot_id=claim.robot_id,
        task_id=claim.task_id,
        command_id=claim.command_id,
        epoch=claim.epoch,
        skill=claim.skill,
        statement_json=to_json(claim.statement),
        claimed_at=time_to_msg(claim.claimed_at_s, "claimed_at_s"),
    )


def claim_from_msg(message: msg.Claim) -> Claim | None:
    """What a robot says it has done, None where nothing is claimed. Raises `InvalidField`."""
    if not message.claim_id:
        return None
    return Claim(
        claim_id=message.claim_id,
        robot_id=message.robot_id,
        task_id=message.task_id,
        command_id=message.command_id,
        epoch=message.epoch,
        skill=message.skill,
        statement=from_json(message.statement_json, "statement_json"),
        claimed_at_s=time_from_msg(message.claimed_at),
    )


# ---- progress of a command; how it ends is in fleet.ros.skill_goals -----------------------------------------


def progress_to_msg(update: CommandUpdate, at_s: float) -> msg.SkillProgress:
    """A report on a command that has not ended. Raises `InvalidField` for one that has."""
    if update.status not in _PROGRESS:
        raise InvalidField("status", update.status.value, "accepted, running or blocked; an end is a result")
    return msg.SkillProgress(
        robot_id=update.robot_id,
        command_id=update.command_id,
        epoch=update.epoch,
        status=_PROGRESS[update.status],
        phase=update.phase,
        fraction=update.fraction,
        detail=update.reason,
        stamp=time_to_msg(at_s, "stamp"),
    )


def progress_from_msg(message: msg.SkillProgress, task_id: str) -> CommandUpdate | None:
    """A report on a command; None for a status that is not known here."""
    known = {number: status for status, number in _PROGRESS.items()}
    known[_P.STATUS_HELD] = CommandStatus.RUNNING
    if message.status not in known:
        return None
    return CommandUpdate(
        command_id=message.command_id,
        robot_id=message.robot_id,
        task_id=task_id,
        epoch=message.epoch,
        status=known[message.status],
        reason=message.detail,
        phase=message.phase,
        fraction=_share(message.fraction, 0.0),
    )
