"""The G1's URDF for PyBullet: true masses, simple shapes for contact, meshes only for pictures."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sim_worlds.humanoids.policy import packaged

# PyBullet gives every link without <inertial> one kilogram.
_TINY = '<inertial><mass value="1e-4"/><inertia ixx="1e-8" ixy="0" ixz="0" iyy="1e-8" iyz="0" izz="1e-8"/></inertial>'
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


def source_path() -> str:
    return packaged("example-robot-data", "g1_29dof_rev_1_0.urdf")


def source_mass_kg() -> float:
    """The sum of the masses stated in the original file."""
    with open(source_path(), encoding="utf-8") as file:
        return sum(float(m) for m in re.findall(r'<mass\s+value="([^"]+)"', _without_comments(file.read())))


def prepared_text(visual: bool = False) -> str:
    """The URDF as it is loaded."""
    source = source_path()
    with open(source, encoding="utf-8") as file:
        text = _without_comments(file.read())
    text = text.replace("package://example-robot-data/robots", source[: source.index("/g1_description")])
    if not visual:
        text = re.sub(r"<visual>.*?</visual>", "", text, flags=re.S)
    text = re.sub(r"<collision>(?:(?!</collision>).)*?<mesh(?:(?!</collision>).)*?</collision>", "", text, flags=re.S)
    text = re.sub(r'<link name="([^"]+)"\s*/>', r'<link name="\1"></link>', text)
    return re.sub(r'<link name="([^"]+)".*?</link>', _completed, text, flags=re.S)


@contextmanager
def prepared_file(visual: bool = False) -> Iterator[str]:
    """The prepared URDF as a file, for as long as the block lasts."""
    with tempfile.NamedTemporaryFile("w", suffix=".urdf", encoding="utf-8") as file:
        file.write(prepared_text(visual))
        file.flush()
        yield file.name


def _completed(link: re.Match[str]) -> str:
    extra = "" if "<inertial>" in link[0] else _TINY
    if link[1] in _BOXES:
        (x, y, z), half = _BOXES[link[1]]
        size = " ".join(f"{2 * h:g}" for h in half)
        extra += f'<collision><origin xyz="{x} {y} {z}"/><geometry><box size="{size}"/></geometry></collision>'
    if link[1] in _SPHERES:
        (x, y, z), radius = _SPHERES[link[1]]
        extra += f'<collision><origin xyz="{x} {y} {z}"/><geometry><sphere radius="{radius}"/></geometry></collision>'
    return link[0].replace("</link>", extra + "</link>")


def _without_comments(text: str) -> str:
    return re.sub(r"<!--.*?-->", "", text, flags=re.S)
