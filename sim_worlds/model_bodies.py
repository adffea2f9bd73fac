"""What a model file says of the robot's URDF and of its upper body (`urdf` and `upper_body` of `models/*.yaml`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from fleet.model.robot import Figure
from sim_worlds.errors import SpecError
from sim_worlds.humanoids.urdf import Urdf, packaged, read_urdf
from sim_worlds.yaml_fields import Field

ReadFigure = Callable[[Field, str], Figure]
_UPPER_FIGURES = {
    "base_height_m": "m",
    "squat_m": "m",
    "lean_rad": "rad",
    "arm_speed_radps": "rad/s",
    "grip_n": "N",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UrdfSource:
    """A robot description in an installed package; it is never copied into this one."""

    package: str
    file: str
    """How its path in the package ends."""
    licence: str
    upstream: str
    root: str
    """The link at the hips that moves with the robot's base."""

    def path(self) -> str:
        """Raises `SpecError` when the package or the file is not installed."""
        try:
            return packaged(self.package, self.file)
        except FileNotFoundError as problem:
            raise SpecError(f"urdf: {problem}, expected {self.package} as pyproject.toml names it") from None

    def read(self) -> Urdf:
        """Raises `SpecError`."""
        urdf = read_urdf(self.path())
        if urdf.base != self.root:
            raise SpecError(f"{urdf.path}: base link: got {urdf.base!r}, expected {self.root!r} as the model says")
        return urdf


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A hand's link, and the middle of its palm in that link's frame in m."""

    link: str
    palm_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpperBodySource:
    """What tier T1 needs beside the URDF."""

    left: Hand
    right: Hand
    rest: dict[str, float]
    """Joint angles in rad with nothing in the hands; joints that are not named rest at 0."""
    figures: dict[str, Figure]
    """`base_height_m` over the floor, `squat_m` and `lean_rad` of the hips, `arm_speed_radps`, `grip_n` of one hand."""

    def __getitem__(self, figure: str) -> float:
        return self.figures[figure].value


def read_urdf_source(field: Field) -> UrdfSource:
    entry = field.mapping("package file licence upstream root")
    return UrdfSource(
        package=entry["package"].name(),
        file=entry["file"].text(),
        licence=entry["licence"].text(),
        upstream=entry["upstream"].text(),
        root=entry["root"].name(),
    )


def read_upper_body(field: Field, figure: ReadFigure) -> UpperBodySource:
    entry = field.mapping("left right rest figures")
    figures = entry["figures"].mapping(" ".join(_UPPER_FIGURES))
    return UpperBodySource(
        left=_hand(entry["left"]),
        right=_hand(entry["right"]),
        rest={name: angle.number(-math.pi, math.pi, "rad") for name, angle in entry["rest"].entries().items()},
        figures={name: figure(figures[name], unit) for name, unit in _UPPER_FIGURES.items()},
    )


def _hand(field: Field) -> Hand:
    entry = field.mapping("link palm_m")
    x, y, z = entry["palm_m"].numbers(3, "m")
    return Hand(link=entry["link"].name(), palm_m=(x, y, z))
