"""What traffic is told about the floor, and what it says: who may walk how far. Lengths m, speeds m/s, fleet time s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from fleet.model.commands import FollowRoute

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFloor:
    """One robot as it was last heard. `walking_to` is where its present walk ends (None: it does not walk), `route` the
    number of the route it follows (0: none) and `passed` how many of its points it has behind it. `obeys` is whether it
    follows routes at all: one that does not (a person drives it, its adapter cannot) is given room like a person.
    `urgency` orders robots that want the same place; larger goes first. `tail` is where those are who walk behind it
    with the same load: they go where it went, and are no robots of their own as long as they do."""

    robot_id: str
    x: float
    y: float
    radius_m: float = 0.35
    speed_mps: float = 0.5
    walking_to: Point | None = None
    command_id: str = ""
    epoch: int = 0
    route: int = 0
    passed: int = 0
    obeys: bool = True
    moves: bool = True  # False: fallen, held, stopped or silent; it stays where it is
    fallen: bool = False  # it stays where it is until somebody takes it away
    silent: bool = False  # it is not heard: it may still walk what it was given
    urgency: float = 0.0
    idle: bool = False  # it has nothing to do and may be asked to make room
    docked: bool = False  # it stays where it is until it is sent somewhere
    tail: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A robot that has nothing to do stands in others' way and should walk to (x, y), where it is in nobody's."""

    robot_id: str
    x: float
    y: float
    because: str
    for_robots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOnFloor:
    """Where somebody was seen, how they walk, and how far off that may be by now (standard deviation, m)."""

    person_id: str
    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    sigma_m: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The floor at one time. `closed` are ids of doors, lifts, zones, areas and places that nobody may enter now,
    `because` why (by id, where it is known), and `opens_s` when they open (fleet time, where that is known). `doubted`
    are those that are said not to let anybody through, by id why: they are gone around where there is another way, and
    walked up to where there is none. `dropped` are circles (x, y, radius) of things on the floor that do not belong
    there."""

    now_s: float
    robots: tuple[OnFloor, ...]
    people: tuple[PersonOnFloor, ...] = ()
    closed: frozenset[str] = frozenset()
    because: Mapping[str, str] = field(default_factory=dict)
    opens_s: Mapping[str, float] = field(default_factory=dict)
    doubted: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[tuple[float, float, float], ...] = ()


class NoteKind(str, Enum):
    """What is worth telling the supervisor about traffic."""

    NO_WAY = "no_way"  # there is no way to where the robot is to go, as things are
    STANDS_OFF = "stands_off"  # robots wait for each other; they are sent apart
    PERSON_IN_THE_WAY = "person_in_the_way"  # somebody stands where there is no way around
    OBSTACLE_IN_THE_WAY = "obstacle_in_the_way"  # a fallen robot or a dropped thing, and no way around
    FINDS_ITS_WAY = "finds_its_way"  # there is room, but no way that keeps all margins: the robot finds its own
    OFF_ROUTE = "off_route"  # a robot is not where its route leads


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficNote:
    """Something that goes on since `since_s`. The same `key` is the same thing: it is told once while it lasts."""

    key: str
    kind: NoteKind
    robots: tuple[str, ...]
    because: str
    since_s: float
    at: Point | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A robot has, or waits for, a node, lane, door or lift of the map. `order` 0 has it, 1 is next."""

    resource: str
    robot_id: str
    order: int
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Directions:
    """What follows: routes to send, what goes on, who has what (for the console), and who should make room. A move is
    said again at every call for as long as it is wanted. Of each robot's route the first `released` points may be
    walked now; `waits` is for whom or what a robot that cannot go on waits; `closed` are the ids that are closed."""

    orders: tuple[FollowRoute, ...] = ()
    notes: tuple[TrafficNote, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    released: dict[str, int] = field(default_factory=dict)
    waits: dict[str, str] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
