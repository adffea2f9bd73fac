"""The URDF of an upper body on a moved base: five driven joints below the hips, legs and fingers rigid."""

from __future__ import annotations

from functools import cache

from sim_worlds.humanoids.reach import Reach
from sim_worlds.humanoids.urdf_body import TINY_KG, prepared_text
from sim_worlds.profiles import load_model

BASE_JOINTS = ("base_x", "base_y", "base_z", "base_yaw", "base_lean")
_AXES = ("1 0 0", "0 1 0", "0 0 1", "0 0 1", "0 1 0")
_KINDS = ("prismatic", "prismatic", "prismatic", "continuous", "continuous")
_PALM_M = 0.03
_FAR_M = 1e4


@cache
def reach_of(model_id: str) -> Reach:
    """The kinematics of a model with an upper body. Raises `SpecError` for links that its URDF does not have."""
    model = load_model(model_id)
    assert model.urdf is not None and model.upper_body is not None
    upper = model.upper_body
    hands = [(hand.link, hand.palm_m) for hand in (upper.left, upper.right)]
    return Reach(model.urdf.read(), hands, upper["base_height_m"], upper["squat_m"], upper["lean_rad"], upper.rest)


@cache
def arms_text(model_id: str, visual: bool) -> str:
    """What PyBullet loads, with a fixed base: the hips hang on joints along x, y, z and about z and y."""
    model, reach = load_model(model_id), reach_of(model_id)
    assert model.urdf is not None and model.upper_body is not None
    urdf = model.urdf.read()
    moving = {j.name for j in reach.joints}
    shapes = {}
    for hand in (model.upper_body.left, model.upper_body.right):
        x, y, z = hand.palm_m
        sphere = f'<geometry><sphere radius="{_PALM_M}"/></geometry>'
        shapes[hand.link] = f'<collision><origin xyz="{x} {y} {z}"/>{sphere}</collision>'
    return prepared_text(
        urdf,
        visual,
        shapes,
        collisions=False,
        rigid=[n for n in urdf.joints if n not in moving],
        above=_driven(urdf.base, model.upper_body["base_height_m"]),
    )


def _driven(base: str, height_m: float) -> str:
    names = [f"driven_{i}" for i in range(len(BASE_JOINTS))]
    inertia = '<inertia ixx="1e-6" ixy="0" ixz="0" iyy="1e-6" iyz="0" izz="1e-6"/>'
    text = "".join(f'<link name="{n}"><inertial><mass value="{TINY_KG}"/>{inertia}</inertial></link>' for n in names)
    for parent, child, joint, axis, kind in zip(names, [*names[1:], base], BASE_JOINTS, _AXES, _KINDS, strict=True):
        height = height_m if joint == "base_z" else 0.0
        text += (
            f'<joint name="{joint}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
            f'<origin xyz="0 0 {height}"/><axis xyz="{axis}"/>'
            f'<limit lower="{-_FAR_M:g}" upper="{_FAR_M:g}" effort="1e6" velocity="100"/></joint>'
        )
    return text
