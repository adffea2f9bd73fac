"""Reading a URDF strictly: what cannot be simulated is refused, with file, line, field, value, what would be right."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
import xml.parsers.expat as expat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from sim_worlds.errors import SpecError

ACTUATED = ("revolute", "continuous", "prismatic")
_KINDS = (*ACTUATED, "fixed", "floating", "planar")
_INERTIA = ("ixx", "iyy", "izz")


class Node(ET.Element):
    """An XML element that knows its line."""

    line = 0


@dataclass(frozen=True, slots=True)
class Joint:
    """One joint; `xyz` in m, `rpy` and limits in rad (m for a prismatic one), effort in N m (N)."""

    name: str
    kind: str
    parent: str
    child: str
    xyz: tuple[float, float, float]
    rpy: tuple[float, float, float]
    axis: tuple[float, float, float]
    lower: float
    upper: float
    effort: float
    mimics: str | None

    @property
    def actuated(self) -> bool:
        """Has a motor of its own; a joint that mimics another one has none."""
        return self.kind in ACTUATED and self.mimics is None


@dataclass(frozen=True, slots=True)
class Urdf:
    """A checked robot description. `links` are the <link> elements; do not change them."""

    path: str
    root: Node
    links: dict[str, Node]
    joints: dict[str, Joint]
    base: str
    """The one link that is no joint's child."""
    masses_kg: dict[str, float]
    """Of the links that state one."""

    @property
    def mass_kg(self) -> float:
        """The sum of the masses that the file states."""
        return math.fsum(self.masses_kg.values())

    @property
    def actuated(self) -> tuple[str, ...]:
        return tuple(j.name for j in self.joints.values() if j.actuated)

    def chain(self, link: str) -> tuple[Joint, ...]:
        """The joints from the base to `link`, in this order."""
        if link not in self.links:
            raise SpecError(f"{self.path}: link: got {link!r}, expected one of: {', '.join(self.links)}")
        above = {j.child: j for j in self.joints.values()}
        found: list[Joint] = []
        while link != self.base:
            found.append(above[link])
            link = above[link].parent
        return tuple(reversed(found))

    def mesh_path(self, mesh: ET.Element) -> Path:
        """Where a <mesh> element's file is. Raises `SpecError` when there is none."""
        name = mesh.get("filename", "")
        path = _resolved(name, Path(self.path))
        if path is None or not path.is_file():
            looked = f"{path}" if path is not None else "no installed package of that name"
            _fail(self.path, mesh, "mesh filename", name, f"an existing file (looked for {looked})")
        return path


def packaged(distribution: str, ending: str) -> str:
    """The path of an installed package's file. Raises `FileNotFoundError` naming what to install."""
    try:
        dist = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        raise FileNotFoundError(f"the package {distribution} is not installed; this robot's model needs it") from None
    for file in dist.files or ():
        if str(file).endswith(ending):
            return str(dist.locate_file(file))
    raise FileNotFoundError(f"{distribution} {dist.version} has no file *{ending}")


@cache
def read_urdf(path: str) -> Urdf:
    """Read and check a file, once a process. Raises `SpecError` for the first thing that is wrong."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise SpecError(f"{path}: cannot be read ({problem}), expected a URDF file") from None
    return parse_urdf(data, path)


def parse_urdf(data: bytes | str, path: str) -> Urdf:
    """As `read_urdf`; `path` is for messages and for meshes that are named relative to the file."""
    root = _parse(data, path)
    if root.tag != "robot":
        _fail(path, root, "root element", root.tag, "'robot'")
    links = _named(path, root, "link")
    joints = {name: _joint(path, node, links) for name, node in _named(path, root, "joint").items()}
    masses = {name: mass for name, link in links.items() if (mass := _mass(path, name, link)) is not None}
    return Urdf(path, root, links, joints, _base(path, root, links, joints), masses)


def _parse(data: bytes | str, path: str) -> Node:
    builder = ET.TreeBuilder(element_factory=Node)
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        node = builder.start(tag, attributes)
        assert isinstance(node, Node)
        node.line = parser.CurrentLineNumber

    parser.StartElementHandler = start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        what = expat.errors.messages[problem.code]
        raise SpecError(f"{path}, line {problem.lineno}: not XML: {what}, expected a well-formed URDF") from None
    root = builder.close()
    assert isinstance(root, Node)
    return root


def _fail(path: str, node: ET.Element, what: str, value: object, expected: str) -> NoReturn:
    raise SpecError(f"{path}, line {getattr(node, 'line', '?')}: {what}: got {value!r}, expected {expected}")


def _children(node: Node, tag: str) -> Iterator[Node]:
    for child in node:
        if child.tag == tag:
            assert isinstance(child, Node)
            yield child


def _child(node: Node, tag: str) -> Node | None:
    return next(_children(node, tag), None)


def _named(path: str, root: Node, tag: str) -> dict[str, Node]:
    """All elements of a kind by name. Refuses a name used twice."""
    named: dict[str, Node] = {}
    for node in _children(root, tag):
        name = node.get("name", "")
        if not name:
            _fail(path, node, f"{tag} name", name, "a name")
        if name in named:
            _fail(path, node, f"{tag} name", name, f"a name used once; it is already used in line {named[name].line}")
        named[name] = node
    return named


def _number(path: str, node: Node, what: str, attribute: str, default: float | None = None) -> float:
    text = node.get(attribute)
    if text is None and default is not None:
        return default
    try:
        value = float(text if text is not None else "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        _fail(path, node, what, text, "a finite number")
    return value


def _vector(path: str, node: Node | None, what: str, attribute: str, default: str) -> tuple[float, float, float]:
    text = (node.get(attribute) if node is not None else None) or default
    try:
        x, y, z = (float(part) for part in text.split())
    except ValueError:
        x = y = z = math.nan
    if node is not None and not all(math.isfinite(v) for v in (x, y, z)):
        _fail(path, node, f"{what} {attribute}", text, "three finite numbers")
    return x, y, z


def _mass(path: str, link: str, node: Node) -> float | None:
    """In kg; None for a link without <inertial>."""
    inertial = _child(node, "inertial")
    if inertial is None:
        return None
    mass = _child(inertial, "mass")
    if mass is None:
        _fail(path, inertial, f"mass of link {link}", None, "a <mass value=.../> in kg, or no <inertial> at all")
    value = _number(path, mass, f"mass of link {link}", "value")
    if value < 0:
        _fail(path, mass, f"mass of link {link}", mass.get("value"), "0 kg or more")
    inertia = _child(inertial, "inertia")
    if inertia is not None:
        for name in _INERTIA:
            if _number(path, inertia, f"inertia {name} of link {link}", name) < 0:
                _fail(path, inertia, f"inertia {name} of link {link}", inertia.get(name), "0 kg m^2 or more")
    return value


def _joint(path: str, node: Node, links: dict[str, Node]) -> Joint:
    name, kind = node.get("name", ""), node.get("type", "")
    if kind not in _KINDS:
        _fail(path, node, f"type of joint {name}", kind, f"one of: {', '.join(_KINDS)}")
    ends = []
    for tag in ("parent", "child"):
        end = _child(node, tag)
        link = end.get("link", "") if end is not None else ""
        if link not in links:
            _fail(path, end if end is not None else node, f"{tag} of joint {name}", link, "the name of a link")
        ends.append(link)
    origin, axis, limit, mimic = (_child(node, tag) for tag in ("origin", "axis", "limit", "mimic"))
    xyz = _vector(path, origin, f"origin of joint {name}", "xyz", "0 0 0")
    rpy = _vector(path, origin, f"origin of joint {name}", "rpy", "0 0 0")
    along = _vector(path, axis, f"axis of joint {name}", "xyz", "1 0 0")
    if kind in ACTUATED and not any(along):
        _fail(path, node, f"axis of joint {name}", "0 0 0", "a direction")
    lower, upper, effort = -math.inf, math.inf, 0.0
    if limit is not None:
        effort = _number(path, limit, f"effort of joint {name}", "effort", 0.0)
        if kind in ("revolute", "prismatic"):
            lower = _number(path, limit, f"lower limit of joint {name}", "lower", 0.0)
            upper = _number(path, limit, f"upper limit of joint {name}", "upper", 0.0)
        if lower > upper:
            _fail(path, limit, f"limits of joint {name}", f"{lower:g} to {upper:g}", "lower at most upper")
    elif kind in ("revolute", "prismatic"):
        _fail(path, node, f"limit of joint {name}", None, "<limit lower=... upper=... effort=... velocity=.../>")
    mimics = mimic.get("joint") if mimic is not None else None
    return Joint(name, kind, ends[0], ends[1], xyz, rpy, along, lower, upper, effort, mimics)


def _base(path: str, root: Node, links: dict[str, Node], joints: dict[str, Joint]) -> str:
    """The link that everything hangs on. Refuses two of them, none, and a link with two parents."""
    above: dict[str, Joint] = {}
    nodes = {e.get("name", ""): e for e in _children(root, "joint")}
    for joint in joints.values():
        if joint.child in above:
            other = above[joint.child].name
            _fail(
                path, nodes[joint.name], f"child of joint {joint.name}", joint.child, f"one parent; {other} has it too"
            )
        above[joint.child] = joint
    free = [name for name in links if name not in above]
    if len(free) != 1:
        _fail(path, root, "links without a parent", free, "exactly one, the base")
    for start in links:
        link, steps = start, 0
        while link != free[0]:
            link, steps = above[link].parent, steps + 1
            if steps > len(links):
                _fail(path, links[start], "link", start, f"a way up to the base {free[0]}, not a circle")
    return free[0]


def _resolved(name: str, urdf: Path) -> Path | None:
    """`package://P/rest` among installed packages, `file://`, or relative to the URDF; None without such a package."""
    if name.startswith("package://"):
        package, _, rest = name[len("package://") :].lstrip("/").partition("/")
        for folder in urdf.parents:
            if folder.name in (package, package.replace("-", "_")):
                return folder / rest
        return None
    return urdf.parent / name.removeprefix("file://")
