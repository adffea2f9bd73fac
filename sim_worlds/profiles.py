"""Robot models (`models/*.yaml`) and the robots of a world (`RobotSpec`, robots files)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fleet.model.robot import Capability, Figure, FigureStatus, RobotDescription
from fleet.model.site import PlaceKind
from fleet.model.skills import SKILLS, TEAM_SKILLS
from sim_worlds.calibration import Calibration
from sim_worlds.errors import SpecError
from sim_worlds.model_bodies import UpperBodySource, UrdfSource, read_upper_body, read_urdf_source
from sim_worlds.records import AnyPrimitive, RobotInfo
from sim_worlds.site import Site
from sim_worlds.yaml_fields import Field, Mapping, known, load_fields, unique

if TYPE_CHECKING:
    from sim_worlds.grid import Grid

BodyKind = Literal["dynamic", "kinematic"]
Tier = Literal["T0", "T1", "T2"]
"""T0: moved, in arrays. T1: moved, with a physical upper body. T2: walks by its joints, and can fall."""
TIERS: tuple[Tier, ...] = ("T0", "T1", "T2")
_TIER_OF: dict[BodyKind, Tier] = {"kinematic": "T0", "dynamic": "T2"}
MODELS = Path(__file__).parent / "models"
_MOST_TOGETHER = 2
"""Robots of tier T0 that can be simulated with one load in their hands, see `teamwork`."""
PRIMITIVES: tuple[str, ...] = tuple(t.__struct_config__.tag for t in AnyPrimitive.__args__)  # type: ignore[attr-defined]
FIGURES = {
    "height_m": "m",
    "mass_kg": "kg",
    "payload_kg": "kg",
    "reach_m": "m",
    "footprint_radius_m": "m",
    "max_speed_mps": "m/s",
    "battery_wh": "Wh",
    "idle_power_w": "W",
}
"""What every model file states, and in which unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotModel:
    """A data sheet: each figure says whether it is from the URDF, measured, reported (by whom), derived or assumed."""

    model_id: str
    vendor: str
    bodies: tuple[str, ...]
    hands: int
    colour: tuple[float, float, float]
    skills: tuple[str, ...]
    """Of `fleet.model.skills`."""
    primitives: tuple[str, ...]
    joint_names: tuple[str, ...]
    figures: dict[str, Figure]
    urdf: UrdfSource | None = None
    """None for robots whose makers publish no description."""
    upper_body: UpperBodySource | None = None
    """What tier T1 needs."""

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers that this model can be simulated in."""
        able = {"T0": True, "T1": self.upper_body is not None, "T2": "dynamic" in self.bodies}
        return tuple(t for t in TIERS if able[t])

    def __getitem__(self, figure: str) -> float:
        return self.figures[figure].value

    def walk_power_w(self, calibration: Calibration) -> float:
        """Idle power plus the G1's measured joint power, scaled by mass and speed (work against gravity a step)."""
        scale = self["mass_kg"] / calibration.mass_kg * self["max_speed_mps"] / calibration.speed_mps
        return self["idle_power_w"] + calibration.walk_joint_power_w * scale


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSpec:
    """One robot of a world. It starts at a dock (charging), or at (x, y, yaw) in m and rad.

    `tier` says how it is simulated at the beginning; `body` is the older word for it (kinematic is T0, dynamic is T2).
    Whichever is given, both are set afterwards. Raises `SpecError` when they contradict each other.
    """

    robot_id: str
    model: str
    body: BodyKind | None = None
    tier: Tier | None = None
    dock: str | None = None
    start: tuple[float, float, float] | None = None
    battery_fraction: float = 1.0

    def __post_init__(self) -> None:
        tier = self.tier or _TIER_OF[self.body or "kinematic"]
        body: BodyKind = "dynamic" if tier == "T2" else "kinematic"
        if self.body not in (None, body):
            raise SpecError(
                f"{self.robot_id}: body: got {self.body!r} with tier {tier}, expected {body!r}, or only one of the two"
            )
        object.__setattr__(self, "tier", tier)
        object.__setattr__(self, "body", body)


@cache
def load_model(model_id: str) -> RobotModel:
    """A bundled model. Raises `SpecError` for an unknown one and for a malformed file."""
    path = MODELS / f"{model_id}.yaml"
    if not path.exists():
        raise SpecError(f"robot model: got {model_id!r}, expected one of: {', '.join(model_ids())}")
    return read_model(path)


def model_ids() -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in MODELS.glob("*.yaml")))


def read_model(path: Path) -> RobotModel:
    names = "id vendor bodies hands colour skills primitives joint_names figures"
    top = load_fields(path, SpecError).mapping(names, "urdf upper_body")
    colour = top["colour"].numbers(3, "0..1")
    figures = top["figures"].mapping(" ".join(FIGURES))
    if "upper_body" in top and "urdf" not in top:
        top["upper_body"].fail("the field 'urdf' beside it", "upper_body without a URDF")
    return RobotModel(
        model_id=top["id"].name(),
        vendor=top["vendor"].text(),
        bodies=tuple(f.one_of(("dynamic", "kinematic")) for f in top.list("bodies", 1)),
        hands=int(top.number("hands", 0, 4)),
        colour=(colour[0], colour[1], colour[2]),
        skills=tuple(f.one_of(tuple(SKILLS)) for f in top.list("skills")),
        primitives=tuple(f.one_of(PRIMITIVES) for f in top.list("primitives")),
        joint_names=tuple(f.name() for f in top.list("joint_names")),
        figures={name: _figure(figures[name], unit) for name, unit in FIGURES.items()},
        urdf=read_urdf_source(top["urdf"]) if "urdf" in top else None,
        upper_body=read_upper_body(top["upper_body"], _figure) if "upper_body" in top else None,
    )


def _figure(field: Field, unit: str) -> Figure:
    entry = field.mapping("value unit status source")
    status = FigureStatus(entry["status"].one_of(tuple(s.value for s in FigureStatus)))
    entry["unit"].one_of((unit,))
    return Figure(value=entry.number("value", 1e-6, 1e6), unit=unit, status=status, source=entry["source"].text())


def robot_info(spec: RobotSpec, calibration: Calibration, slows: float = 0.0) -> RobotInfo:
    """What is known of a robot before it is commanded. `slows`: what taking up a load of its whole payload takes of its
    speed, see `conditions.WearSpec`."""
    model = load_model(spec.model)
    payload, reach, speed = model["payload_kg"], model["reach_m"], model["max_speed_mps"]
    description = RobotDescription(
        robot_id=spec.robot_id,
        model=spec.model,
        vendor=model.vendor,
        capabilities=tuple(
            Capability(
                skill=s,
                max_payload_kg=payload if SKILLS[s].moves_object else 0.0,
                reach_m=reach,
                speed_mps=speed,
                hands=model.hands,
                sensors=("camera",),
                team=_MOST_TOGETHER if s in TEAM_SKILLS and spec.tier == "T0" else 1,
                slows=slows if SKILLS[s].moves_object and s != "place" else 0.0,
            )
            for s in model.skills
        ),
        footprint_radius_m=model["footprint_radius_m"],
        height_m=model["height_m"],
        mass_kg=model["mass_kg"],
        payload_kg=payload,
        max_speed_mps=speed,
        battery_wh=model["battery_wh"],
        idle_power_w=model["idle_power_w"],
        walk_power_w=model.walk_power_w(calibration),
        joint_names=model.joint_names,
        figures=model.figures,
        follows_routes=True,
    )
    return RobotInfo(
        description=description,
        dynamic=spec.body == "dynamic",
        reach_m=reach,
        hands=model.hands,
        primitives=model.primitives,
    )


def check_specs(specs: Sequence[RobotSpec], site: Site, grid: Grid | None = None) -> None:
    """Raise `SpecError` for the first robot that cannot be in this site. `grid` is the site's, where there is one."""
    from sim_worlds.grid import Grid

    seen: set[str] = set()
    taken: dict[str, str] = {}
    grid = grid or Grid(site)
    for i, spec in enumerate(specs):
        where = f"robots[{i}] ({spec.robot_id})"
        if spec.robot_id in seen or not spec.robot_id:
            raise SpecError(f"{where}: robot_id: got {spec.robot_id!r}, expected an id used once")
        seen.add(spec.robot_id)
        model = load_model(spec.model)
        if spec.tier not in model.tiers:
            why = "" if "T2" in model.tiers else "; only a model with a walking policy can be T2"
            raise SpecError(
                f"{where}: tier: got {spec.tier!r} (body {spec.body}), expected one of: {', '.join(model.tiers)} "
                f"(body {' or '.join(model.bodies)}) for the model {spec.model}{why}"
            )
        if not 0 < spec.battery_fraction <= 1:
            raise SpecError(f"{where}: battery_fraction: got {spec.battery_fraction}, expected above 0 and at most 1")
        _check_start(spec, where, site, grid, taken)
    _check_apart(specs, site)


def _check_apart(specs: Sequence[RobotSpec], site: Site) -> None:
    """Raise `SpecError` when two robots would stand in each other."""
    placed: dict[tuple[int, int], list[tuple[float, float, float, str]]] = {}
    for i, spec in enumerate(specs):
        pose = site.places[spec.dock].approach if spec.dock is not None else None
        x, y = (pose.x, pose.y) if pose is not None else (spec.start or (0.0, 0.0, 0.0))[:2]
        radius, home = load_model(spec.model)["footprint_radius_m"], (math.floor(x), math.floor(y))
        near = (placed.get((home[0] + a, home[1] + b), []) for a in (-1, 0, 1) for b in (-1, 0, 1))
        for ox, oy, other, name in (o for cell in near for o in cell):
            if math.hypot(ox - x, oy - y) < radius + other:
                raise SpecError(
                    f"robots[{i}] ({spec.robot_id}): start: got ({x:g}, {y:g}), expected free floor; {name} stands at "
                    f"({ox:g}, {oy:g}), and both need {radius + other:g} m"
                )
        placed.setdefault(home, []).append((x, y, radius, spec.robot_id))


def _check_start(spec: RobotSpec, where: str, site: Site, grid: Grid, taken: dict[str, str]) -> None:
    if (spec.dock is None) == (spec.start is None):
        raise SpecError(f"{where}: got {'both' if spec.dock else 'neither'}, expected either 'dock' or 'start'")
    if spec.dock is not None:
        docks = [p.place_id for p in site.places.values() if p.kind is PlaceKind.DOCK]
        if spec.dock not in docks:
            raise SpecError(f"{where}: dock: got {spec.dock!r}, expected one of: {', '.join(docks)}")
        if spec.dock in taken:
            raise SpecError(f"{where}: dock: got {spec.dock!r}, expected a free one; {taken[spec.dock]} is there")
        taken[spec.dock] = spec.robot_id
        return
    assert spec.start is not None
    if not all(math.isfinite(v) for v in spec.start):
        raise SpecError(f"{where}: start: got {spec.start}, expected three finite numbers")
    what = grid.what_blocks(spec.start[0], spec.start[1], load_model(spec.model)["footprint_radius_m"])
    if what:
        raise SpecError(f"{where}: start: got {spec.start[:2]}, expected free floor; it is in or too near {what}")
    goal = next((p for p in site.places.values() if p.kind is not PlaceKind.SLOT), None)
    if goal is not None and not _reaches(grid, spec.start, (goal.approach.x, goal.approach.y)):
        raise SpecError(
            f"{where}: start: got {spec.start[:2]}, expected floor from which {goal.place_id} can be reached; there is "
            "no way out"
        )


def _reaches(grid: Grid, start: tuple[float, float, float], goal: tuple[float, float]) -> bool:
    if grid.clear_line(*start[:2], *goal):
        return True
    here = grid.unflat(grid.flat(*start[:2]))
    return math.isfinite(grid.value(grid.distances(*goal), *here))


def load_robots(path: Path | str, site: Site) -> tuple[RobotSpec, ...]:
    """Read a robots file: `robots: [{id, model, tier | body, dock | start: {x, y, yaw_deg}, battery_fraction}]`.

    Raises `SpecError` with file, line, field, value and what would be right.
    """
    top = load_fields(path, SpecError).mapping("robots")
    seen: dict[str, int] = {}
    specs = tuple(_robot(f, seen) for f in top.list("robots", 1))
    try:
        check_specs(specs, site)
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
    return specs


def _robot(field: Field, seen: dict[str, int]) -> RobotSpec:
    entry = field.mapping("id model", "tier body dock start battery_fraction")
    robot_id = unique(seen, entry["id"])
    if ("tier" in entry) == ("body" in entry):
        field.fail(
            "either 'tier' (T0, T1, T2) or 'body' (kinematic, dynamic)", "both" if "tier" in entry else "neither"
        )
    tier: Any = entry["tier"].one_of(TIERS) if "tier" in entry else None
    body: Any = entry["body"].one_of(("dynamic", "kinematic")) if "body" in entry else None
    return RobotSpec(
        robot_id=robot_id,
        model=known(entry["model"], model_ids(), "robot model"),
        body=body,
        tier=tier,
        dock=entry["dock"].name() if "dock" in entry else None,
        start=_start(entry["start"].mapping("x y yaw_deg")) if "start" in entry else None,
        battery_fraction=entry.number("battery_fraction", 0.01, 1.0, default=1.0),
    )


def _start(entry: Mapping) -> tuple[float, float, float]:
    return entry["x"].number(unit="m"), entry["y"].number(unit="m"), math.radians(entry["yaw_deg"].number())


def specs_from_plain(data: Any) -> tuple[RobotSpec, ...]:
    return msgspec.convert(data, type=tuple[RobotSpec, ...])
