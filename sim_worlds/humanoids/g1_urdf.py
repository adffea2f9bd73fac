"""The G1's URDF for the walking body: true masses, simple shapes for contact, meshes only for pictures."""

from __future__ import annotations

from functools import cache

from sim_worlds.humanoids import urdf_body
from sim_worlds.humanoids.urdf import Urdf, packaged, read_urdf

# The feet keep the URDF's spheres. The rest gets capsules and boxes by eye, so that a fallen robot lies on the floor
# and cameras can see it: (xyz of the centre in the link's frame, half lengths of a box | radius).
_BOXES = {"torso_link": ((0.0, 0.0, 0.17), (0.08, 0.13, 0.17)), "pelvis": ((0.0, 0.0, -0.04), (0.07, 0.09, 0.07))}
_SPHERES = {
    "torso_link": ((0.0, 0.0, 0.42), 0.08),
    "left_wrist_yaw_link": ((0.08, 0.0, 0.0), 0.035),
    "right_wrist_yaw_link": ((0.08, 0.0, 0.0), 0.035),
    "left_elbow_link": ((0.03, 0.0, 0.0), 0.035),
    "right_elbow_link": ((0.03, 0.0, 0.0), 0.035),
    "left_knee_link": ((0.0, 0.0, -0.02), 0.05),
    "right_knee_link": ((0.0, 0.0, -0.02), 0.05),
}


def source() -> Urdf:
    return read_urdf(packaged("example-robot-data", "g1_29dof_rev_1_0.urdf"))


def source_mass_kg() -> float:
    """The sum of the masses stated in the original file."""
    return source().mass_kg


@cache
def prepared_text(visual: bool = False) -> str:
    """The URDF as it is loaded."""
    return urdf_body.prepared_text(source(), visual, shapes={n: _shapes(n) for n in {**_BOXES, **_SPHERES}})


def _shapes(link: str) -> str:
    shapes = ""
    if link in _BOXES:
        (x, y, z), half = _BOXES[link]
        size = " ".join(f"{2 * h:g}" for h in half)
        shapes += f'<collision><origin xyz="{x} {y} {z}"/><geometry><box size="{size}"/></geometry></collision>'
    if link in _SPHERES:
        (x, y, z), radius = _SPHERES[link]
        shapes += f'<collision><origin xyz="{x} {y} {z}"/><geometry><sphere radius="{radius}"/></geometry></collision>'
    return shapes
