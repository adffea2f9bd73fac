"""What a kind of fault is: the fields it needs and takes, what it does, and how that ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim_worlds.faults.spec import FaultSpec
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

WORLD, MESSAGES, STACK = "world", "messages", "stack"


@dataclass(slots=True)
class FaultState:
    """armed -> due (the condition was met) -> active -> over; with `every_s` again armed. Times in simulated s.

    `count` is how often it has begun. `data` is what was drawn or measured when it began last.
    """

    phase: str = "armed"
    due_s: float = math.inf
    started_s: float | None = None
    over_s: float = math.inf
    count: int = 0
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """A fault at work in a world. `rng` is its own, of (seed, id, how often it came before)."""

    spec: FaultSpec
    state: FaultState
    world: World
    rng: Callable[[], np.random.Generator]

    @property
    def robot(self) -> Computer:
        assert self.spec.robot is not None
        return self.world.computer(self.spec.robot)


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is for faults to hit."""

    site: Site
    robots: dict[str, RobotSpec]
    cameras: tuple[str, ...]
    doors: tuple[str, ...]


class Wrong(Exception):
    """Raised by a kind's check: a field that cannot be."""

    def __init__(self, field: str, got: object, expected: str) -> None:
        super().__init__(f"{field}: got {got!r}, expected {expected}")
        self.field, self.got, self.expected = field, got, expected


def always(_: Act) -> bool:
    """It can begin at any moment, and nothing else than being active is needed."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of fault.

    Attributes:
        lasts: `once` (it strikes and is over), `must` (needs duration_s or until), `may` (for good without them).
        where: who makes it act: the `world`, whoever carries `messages`, or the `stack` of processes and people.
        start: lets it strike; False when it has to wait for an occasion.
        ended: whether it ended by itself.
        stop: undoes what `start` did, where `settle` does not.
        settle: given all active faults of this kind's `family`, makes the world be as they say. Called whenever one
            begins or ends, and after a restart: so overlapping faults do not undo each other.
    """

    name: str
    effect: str
    recovery: str
    lasts: Literal["once", "must", "may"]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    where: str = WORLD
    family: str = ""
    check: Callable[[FaultSpec, Scene], None] = lambda _spec, _scene: None
    start: Callable[[Act], bool] = always
    ended: Callable[[Act], bool] = lambda _: False
    stop: Callable[[Act], None] = lambda _: None
    settle: Callable[[World, Sequence[Act]], None] | None = None


def need_between(spec: FaultSpec, name: str, low: float, high: float, unit: str = "") -> None:
    """Raise `Wrong` unless the field is a number in [low, high]."""
    value = getattr(spec, name)
    if value is None or not low <= value <= high:
        raise Wrong(name, value, f"a number from {low:g} to {high:g} {unit}".strip())


def need_lag(spec: FaultSpec, most: float) -> None:
    """Raise `Wrong` unless `lag_s` is [least, most] above 0 s."""
    lag = spec.lag_s
    if lag is None or not 0 <= lag[0] <= lag[1] <= most or lag[1] <= 0:
        raise Wrong("lag_s", None if lag is None else list(lag), f"[least, most] in s, above 0 and up to {most:g}")


def draw(act: Act, pair: tuple[float, float]) -> float:
    """One number of [least, most] from the fault's own generator."""
    return float(act.rng().uniform(*pair))
