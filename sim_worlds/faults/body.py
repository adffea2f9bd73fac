"""Faults with physical effect on a robot that walks by its joints (tier T2); a robot of tier T0 is promoted first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim_worlds.errors import Refused
from sim_worlds.faults.kinds import Act, Kind, Scene, Wrong, draw, need_between, need_lag
from sim_worlds.faults.spec import FaultSpec
from sim_worlds.humanoids.base import Impairment
from sim_worlds.profiles import load_model

if TYPE_CHECKING:
    from sim_worlds.world import World

_LONGEST_LAG_S = 1.0


def _check_dynamic(spec: FaultSpec, scene: Scene) -> None:
    robot = scene.robots[str(spec.robot)]
    if "T2" not in load_model(robot.model).tiers:
        what = f"{robot.robot_id} is kinematic: its model, {robot.model}, has no walking policy"
        raise Wrong("robot", spec.robot, f"a dynamic robot, whose joints have torques, or one that can be; {what}")


def _check_joint(spec: FaultSpec, scene: Scene) -> None:
    _check_dynamic(spec, scene)
    from sim_worlds.humanoids.policy import g1_policy  # slow to import: brings Numba

    joints = g1_policy().joint_names
    if spec.joint is not None and spec.joint not in joints:
        raise Wrong("joint", spec.joint, f"one of: {', '.join(joints)}")


def _check_factor(spec: FaultSpec, scene: Scene) -> None:
    _check_joint(spec, scene)
    need_between(spec, "factor", 0, 1)


def _check_lag(spec: FaultSpec, scene: Scene) -> None:
    _check_dynamic(spec, scene)
    need_lag(spec, _LONGEST_LAG_S)


def _on_its_joints(act: Act) -> bool:
    """A robot that is moved is promoted first; one that kneels, when it stands."""
    try:
        act.world.promote(act.robot.id, until_quiet=True)
    except Refused:
        return False
    return True


def _stick(act: Act) -> bool:
    if not _on_its_joints(act):
        return False
    names = act.robot.info.description.joint_names
    act.state.data["angle_rad"] = act.robot.body.joint_positions()[names.index(str(act.spec.joint))]
    return True


def _lag(act: Act) -> bool:
    assert act.spec.lag_s is not None
    if not _on_its_joints(act):
        return False
    act.state.data["lag_s"] = draw(act, act.spec.lag_s)
    return True


def _settle(world: World, acts: Sequence[Act]) -> None:
    for robot in world.computers.values():
        if not robot.body.dynamic:
            continue
        mine = [a for a in acts if a.spec.robot == robot.id]
        wanted = _impairment(mine, robot.info.description.joint_names)
        if robot.body.impairment != wanted:
            robot.body.impair(wanted)
        robot.health_notes = {k: v for k, v in robot.health_notes.items() if not k.startswith("body:")}
        for act in mine:
            if (note := _note(act.spec)) is not None:
                robot.health_notes[f"body:{act.spec.fault_id}"] = note


def _impairment(acts: Sequence[Act], joints: tuple[str, ...]) -> Impairment:
    """What several faults come to together: factors multiply, the longest lag counts."""
    factors: dict[str, float] = {}
    stuck: dict[str, float] = {}
    lag_s = 0.0
    for act in acts:
        spec = act.spec
        if spec.kind in ("torque_loss", "limits_scaled"):
            factor = 0.0 if spec.kind == "torque_loss" or spec.factor is None else spec.factor
            for joint in joints if spec.joint is None else (spec.joint,):
                factors[joint] = factors.get(joint, 1.0) * factor
        elif spec.kind == "joint_stuck":
            stuck[str(spec.joint)] = act.state.data["angle_rad"]
        else:
            lag_s = max(lag_s, act.state.data["lag_s"])
    return Impairment(tuple(sorted(factors.items())), tuple(sorted(stuck.items())), lag_s)


def _note(spec: FaultSpec) -> str | None:
    """What the robot's own diagnosis notices. It does not notice weak motors or late sensors."""
    if spec.kind == "torque_loss":
        return f"{spec.joint}: no torque"
    return f"{spec.joint}: does not move" if spec.kind == "joint_stuck" else None


KINDS = (
    Kind(
        name="torque_loss",
        effect="`joint` gives no torque. The robot notices and says so in its health.",
        recovery="The torque is back; a robot that has fallen stays down until a person helps it.",
        lasts="may",
        needs=("robot", "joint"),
        family="body",
        check=_check_joint,
        start=_on_its_joints,
        settle=_settle,
    ),
    Kind(
        name="joint_stuck",
        effect="`joint` is blocked at the angle it has, whatever the policy asks. The robot notices.",
        recovery="The joint is free; a robot that has fallen stays down.",
        lasts="may",
        needs=("robot", "joint"),
        family="body",
        check=_check_joint,
        start=_stick,
        settle=_settle,
    ),
    Kind(
        name="limits_scaled",
        effect="The torque limit of `joint`, or of all joints, is its `factor` part. The robot does not notice.",
        recovery="Full torque is back; a robot that has fallen stays down.",
        lasts="may",
        needs=("robot", "factor"),
        takes=("joint",),
        family="body",
        check=_check_factor,
        start=_on_its_joints,
        settle=_settle,
    ),
    Kind(
        name="observation_delay",
        effect="All that the walking policy is told comes late, by a time drawn from `lag_s`, in steps of 20 ms. "
        "The robot does not notice.",
        recovery="It sees in time; a robot that has fallen stays down.",
        lasts="may",
        needs=("robot", "lag_s"),
        family="body",
        check=_check_lag,
        start=_lag,
        settle=_settle,
    ),
)
