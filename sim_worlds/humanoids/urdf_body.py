"""A URDF made ready for PyBullet, and loaded: true masses, and only the shapes that are wanted."""

from __future__ import annotations

import copy
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sim_worlds.bullet import pb
from sim_worlds.errors import SpecError
from sim_worlds.humanoids.urdf import Urdf

TINY_KG = 1e-4
"""PyBullet gives every link without <inertial> one kilogram; these get next to nothing instead."""
_TINY = (
    f'<inertial><mass value="{TINY_KG:g}"/>'
    '<inertia ixx="1e-8" ixy="0" ixz="0" iyy="1e-8" iyz="0" izz="1e-8"/></inertial>'
)
_LEFT_OUT = ("gazebo", "transmission", "mujoco", "ros2_control")


def prepared_text(
    urdf: Urdf,
    visual: bool = False,
    shapes: Mapping[str, str] | None = None,
    collisions: bool = True,
    rigid: Collection[str] = (),
    above: str = "",
) -> str:
    """The URDF as it is loaded.

    Args:
        visual: keep the meshes for pictures, with full paths; raises `SpecError` for one that is not there.
        shapes: `<collision>` elements to add, by link.
        collisions: keep the file's own simple shapes. Meshes for contact are never kept: they are slow and leak.
        rigid: joints that are made fixed.
        above: links and joints to put in front, so that the first of these links becomes the base.
    """
    root = copy.deepcopy(urdf.root)
    for element in list(root):
        if element.tag in _LEFT_OUT:
            root.remove(element)
    for name, link in zip(urdf.links, root.findall("link"), strict=True):
        _strip(urdf, urdf.links[name], link, visual, collisions)
        if not urdf.masses_kg.get(name):
            for inertial in link.findall("inertial"):
                link.remove(inertial)
            link.append(ET.fromstring(_TINY))
        if shapes is not None and name in shapes:
            link.extend(ET.fromstring(f"<link>{shapes[name]}</link>"))
    for joint in root.findall("joint"):
        if joint.get("name") in rigid:
            joint.set("type", "fixed")
            for limit in joint.findall("limit") + joint.findall("mimic"):
                joint.remove(limit)
    for position, element in enumerate(ET.fromstring(f"<above>{above}</above>")):
        root.insert(position, element)
    return ET.tostring(root, encoding="unicode")


def _strip(urdf: Urdf, source: ET.Element, link: ET.Element, visual: bool, collisions: bool) -> None:
    for original, drawn in zip(source.findall("visual"), link.findall("visual"), strict=True):
        if not visual:
            link.remove(drawn)
            continue
        for named, mesh in zip(original.iter("mesh"), drawn.iter("mesh"), strict=True):
            mesh.set("filename", str(urdf.mesh_path(named)))
    for contact in link.findall("collision"):
        if not collisions or contact.find("geometry/mesh") is not None:
            link.remove(contact)


@contextmanager
def urdf_file(text: str) -> Iterator[str]:
    """The text as a file, for as long as the block lasts."""
    with tempfile.NamedTemporaryFile("w", suffix=".urdf", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield file.name


def load(
    client: int,
    urdf: Urdf,
    text: str,
    at: Sequence[float] = (0, 0, 0),
    rotation: Sequence[float] = (0, 0, 0, 1),
    fixed: bool = False,
) -> int:
    """Load prepared text of `urdf` and return the body. Raises `SpecError` unless it weighs what the file says."""
    flags = pb.URDF_USE_INERTIA_FROM_FILE | pb.URDF_MERGE_FIXED_LINKS
    with urdf_file(text) as file:
        body: int = pb.loadURDF(file, at, rotation, flags=flags, useFixedBase=fixed, physicsClientId=client)
    found, stated = loaded_mass_kg(client, body), urdf.mass_kg
    if abs(found - stated) > TINY_KG * (len(urdf.links) + 10):
        pb.removeBody(body, physicsClientId=client)
        raise SpecError(f"{urdf.path}: loaded mass: got {found:.3f} kg, expected the file's sum of {stated:.3f} kg")
    return body


def loaded_mass_kg(client: int, body: int) -> float:
    """The sum over all links, as PyBullet has them."""
    links = range(-1, pb.getNumJoints(body, physicsClientId=client))
    return sum(float(pb.getDynamicsInfo(body, link, physicsClientId=client)[0]) for link in links)
