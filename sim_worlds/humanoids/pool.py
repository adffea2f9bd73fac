"""Robots' bodies that were taken out of a world wait for the next of their kind.

PyBullet keeps some 50 kB of every robot it removes, and megabytes of one with meshes, until the whole client is closed:
a robot that is promoted and demoted all day must not load its URDF each time.
"""

from __future__ import annotations

from sim_worlds.bullet import pb
from sim_worlds.physics import NOTHING, Physics

_AWAY_Z, _APART_M = -40.0, 3.0


def take(physics: Physics, kind: str) -> int | None:
    """A body of this kind that waits, awake, or None. Pose, joints and collision groups are the caller's to set."""
    waiting = physics.spare.get(kind)
    if not waiting:
        return None
    body = waiting.pop()
    state = pb.ACTIVATION_STATE_DISABLE_SLEEPING | pb.ACTIVATION_STATE_WAKE_UP
    pb.changeDynamics(body, -1, activationState=state, physicsClientId=physics.client)
    return body


def park(physics: Physics, kind: str, body: int) -> None:
    """Put a body away: asleep, below the floor, touched by nothing."""
    client = physics.client
    joints = range(pb.getNumJoints(body, physicsClientId=client))
    physics.set_group(body, NOTHING, (-1, *joints))
    for joint in joints:
        pb.resetJointState(body, joint, 0, 0, physicsClientId=client)
    waiting = physics.spare.setdefault(kind, [])
    at = (_APART_M * len(waiting), 0.0, _AWAY_Z)
    pb.resetBasePositionAndOrientation(body, at, (0, 0, 0, 1), physicsClientId=client)
    pb.resetBaseVelocity(body, (0, 0, 0), (0, 0, 0), physicsClientId=client)
    state = pb.ACTIVATION_STATE_ENABLE_SLEEPING | pb.ACTIVATION_STATE_SLEEP
    pb.changeDynamics(body, -1, activationState=state, physicsClientId=client)
    waiting.append(body)
