"""Lifts: a cabin between two doors of which never more than one is open.

The floors of a building lie side by side in the plan, with the cabin between them. Who enters at one side leaves at the
other, `travel_s` after the door has shut. Nobody is moved in the plan: see `docs/decisions/0310-lifts-are-chambers.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fleet.model.site import Lift
from sim_worlds.doors import Doors, Leaf
from sim_worlds.errors import SpecError
from sim_worlds.onboard.traffic import Mover
from sim_worlds.site import Rect, Site

if TYPE_CHECKING:
    from sim_worlds.world import World

_CALL_LASTS_S = 1.0
_STAYS_OPEN_S = 2.0
_LANDING_M = 1.2


@dataclass(slots=True)
class Cabin:
    """One lift as it is now. Times are simulated seconds."""

    lift: Lift
    floor: Rect
    """Of the cabin with its doorways, up to the lines of the doors."""
    side: int = 0
    """Number of the door at which it stands, or to which it travels."""
    arrives_s: float | None = None
    open_until_s: float = -1.0
    stuck: bool = False
    waiting: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Who wants in: the door, and when they said so last. In the order in which they came."""
    riding: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Who wants out, likewise."""
    inside: list[str] = field(default_factory=list)
    """Robots in the cabin at the last thought."""
    boarding: str = ""
    """Who was let in and is not inside yet."""

    def contains(self, x: float, y: float) -> bool:
        """Whether a point is inside, up to the lines of the doors."""
        x0, y0, x1, y1 = self.floor
        return x0 <= x <= x1 and y0 <= y <= y1

    def before(self, robot_id: str) -> int:
        """How many others came earlier to the same door."""
        if robot_id not in self.waiting:
            return 0
        number = self.waiting[robot_id][0]
        queue = [name for name, (n, _) in self.waiting.items() if n == number]
        return queue.index(robot_id)


class Lifts:
    """All lifts of one world; they command their doors."""

    name = "lifts"

    def __init__(self, site: Site, doors: Doors) -> None:
        self.doors = doors
        self.cabins = {k: Cabin(lift, _with_doorways(lift, doors)) for k, lift in site.lifts.items()}
        for cabin in self.cabins.values():
            for door_id in cabin.lift.doors:
                doors.leaves[door_id].commanded = False

    def fail(self, lift_id: str) -> None:
        """A fault: out of order until `repair`; the doors stay as they are. Raises `SpecError` for no lift."""
        self._cabin(lift_id).stuck = True
        for leaf in self._leaves(self._cabin(lift_id)):
            leaf.stuck = True

    def repair(self, lift_id: str) -> None:
        self._cabin(lift_id).stuck = False
        for leaf in self._leaves(self._cabin(lift_id)):
            leaf.stuck = False

    def _cabin(self, lift_id: str) -> Cabin:
        if lift_id not in self.cabins:
            known = ", ".join(self.cabins) or "the site has none"
            raise SpecError(f"lift: got {lift_id!r}, expected one of: {known}")
        return self.cabins[lift_id]

    def _leaves(self, cabin: Cabin) -> tuple[Leaf, Leaf]:
        a, b = cabin.lift.doors
        return self.doors.leaves[a], self.doors.leaves[b]

    def ask(self, robot_id: str, door_id: str, x: float, y: float, world: World) -> str:
        """A robot at (x, y) wants through a lift's door. Empty when it may pass now, otherwise why not."""
        cabin = self.cabins[self.doors.leaves[door_id].door.lift_id]
        number, now = cabin.lift.doors.index(door_id), world.time_s
        name = f"lift {cabin.lift.lift_id}"
        here_and_open = cabin.side == number and cabin.arrives_s is None and self.doors.leaves[door_id].is_open
        if cabin.stuck and not here_and_open:
            return f"{name} is out of order"
        if cabin.contains(x, y):
            cabin.riding[robot_id] = (number, now)
            return "" if here_and_open else f"{name} takes {robot_id} to {door_id}"
        cabin.waiting[robot_id] = (number, now)
        if here_and_open and robot_id == cabin.boarding:
            return ""
        if cabin.inside:
            return f"{name} is occupied by {', '.join(cabin.inside)}"
        return f"{name} is coming" if cabin.boarding in ("", robot_id) else f"{name} is taken by {cabin.boarding}"

    def _inside(self, cabin: Cabin, world: World) -> list[str]:
        motions = ((r.id, r.body.motion()) for r in world.computers.values())
        return [name for name, m in motions if cabin.contains(m.x, m.y)]

    # Every thought

    def think(self, world: World) -> None:
        for cabin in self.cabins.values():
            if not cabin.stuck:
                self._run(cabin, world)

    def _run(self, cabin: Cabin, world: World) -> None:
        now = world.time_s
        for calls in (cabin.waiting, cabin.riding):
            for name in [n for n, (_, at) in calls.items() if now - at > _CALL_LASTS_S]:
                del calls[name]
        inside = cabin.inside = self._inside(cabin, world)
        for name in inside:
            cabin.waiting.pop(name, None)
        if cabin.boarding in inside or cabin.boarding not in cabin.waiting:
            cabin.boarding = ""
        leaf, other = self._leaves(cabin)[cabin.side], self._leaves(cabin)[1 - cabin.side]
        other.commanded = False
        if cabin.arrives_s is not None:
            leaf.commanded = False
            if now >= cabin.arrives_s:
                cabin.arrives_s, cabin.open_until_s = None, now + _STAYS_OPEN_S
            return
        self._serve(cabin, leaf, inside, world)
        if leaf.commanded is False and leaf.open_share <= 0.0 and self._wanted_elsewhere(cabin, inside):
            cabin.side, cabin.arrives_s = 1 - cabin.side, now + cabin.lift.travel_s

    def _serve(self, cabin: Cabin, leaf: Leaf, inside: list[str], world: World) -> None:
        """The door at which it stands: open for who wants out, then for the next who wants in, as long as there is
        room and nobody inside waits to travel."""
        side, now = cabin.side, world.time_s
        out = any(number == side for number, _ in cabin.riding.values())
        travelling = any(number != side for number, _ in cabin.riding.values())
        here = [name for name, (number, _) in cabin.waiting.items() if number == side]
        room = len(inside) < cabin.lift.capacity and not out and not travelling
        if not cabin.boarding and here and room and not self._leaving(cabin, leaf, inside, world):
            cabin.boarding = here[0]
        boarding = bool(cabin.boarding) and cabin.waiting[cabin.boarding][0] == side
        if out or boarding:
            cabin.open_until_s = now + _STAYS_OPEN_S
        leaf.commanded = out or boarding or (now < cabin.open_until_s and not travelling)

    def _leaving(self, cabin: Cabin, leaf: Leaf, inside: list[str], world: World) -> bool:
        """Whether somebody who has just come out still stands before the door."""
        known = {*cabin.waiting, *inside}
        motions = ((r.id, r.body.motion()) for r in world.computers.values())
        return any(name not in known and leaf.distance(m.x, m.y) < _LANDING_M for name, m in motions)

    def _wanted_elsewhere(self, cabin: Cabin, inside: list[str]) -> bool:
        far = 1 - cabin.side
        if any(number == far for number, _ in cabin.riding.values()):
            return True
        return not inside and not cabin.boarding and any(number == far for number, _ in cabin.waiting.values())

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        return repr(list(self._states())).encode()

    def _states(self) -> Iterator[tuple[Any, ...]]:
        for c in self.cabins.values():
            calls = [[k, *v] for k, v in c.waiting.items()], [[k, *v] for k, v in c.riding.items()]
            yield (c.lift.lift_id, c.side, c.arrives_s, c.open_until_s, c.stuck, c.boarding, *calls)

    def snapshot(self) -> dict[str, Any]:
        return {name: list(rest) for name, *rest in self._states()}

    def restore(self, data: dict[str, Any]) -> None:
        for name, (side, arrives, until, stuck, boarding, waiting, riding) in data.items():
            cabin = self.cabins[name]
            cabin.side, cabin.arrives_s, cabin.open_until_s = side, arrives, until
            cabin.stuck, cabin.boarding = stuck, boarding
            cabin.waiting = {k: (n, at) for k, n, at in waiting}
            cabin.riding = {k: (n, at) for k, n, at in riding}


def _with_doorways(lift: Lift, doors: Doors) -> Rect:
    x0, y0, x1, y1 = lift.rect
    for door in (doors.leaves[name].door for name in lift.doors):
        x, y = (door.ax + door.bx) / 2, (door.ay + door.by) / 2
        x0, y0, x1, y1 = min(x0, x), min(y0, y), max(x1, x), max(y1, y)
    return x0, y0, x1, y1
