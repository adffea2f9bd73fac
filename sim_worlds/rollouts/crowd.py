"""People in a rollout: what they might do instead, and how near robots come to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim_worlds.people.comfort import ComfortLog

if TYPE_CHECKING:
    from sim_worlds.people.crowd import People
    from sim_worlds.people.walker import Walker
    from sim_worlds.rollouts.options import Variation
    from sim_worlds.world import World

_STOP_S = (1.0, 4.0)
_SLOWEST, _FASTEST = 0.5, 1.6


class Stops:
    """When whom of the walkers hesitates, and for how long; each at most once within a horizon."""

    def __init__(self) -> None:
        self.due: list[tuple[float, float, Walker]] = []

    def think(self, now: float) -> None:
        """Once a thought."""
        while self.due and self.due[0][0] <= now:
            at_s, for_s, walker = self.due.pop(0)
            if walker.mode == "walk":
                walker.stopped_until_s = max(walker.stopped_until_s, at_s + for_s)


def unsettle(people: People, variation: Variation, dice: Mapping[str, np.random.Generator], now: float) -> Stops:
    """Everybody draws anew from now on; who walks may change their mind, stop, and walk faster or slower.

    `dice` are the people's own generators, by id; as much is drawn from each whatever the variation is.
    """
    stops = Stops()
    for i, walker in enumerate(people.walkers):
        rng = dice[walker.spec.person_id]
        pace, changes, rest = float(rng.normal()), float(rng.uniform()), float(rng.uniform())
        wait, stay = float(rng.exponential()), float(rng.uniform(*_STOP_S))
        people.speed[i] *= min(max(math.exp(pace * variation.person_speed_sd), _SLOWEST), _FASTEST)
        walker.rng = rng
        if walker.mode == "pause" and math.isfinite(walker.until_s):
            # When they will go on is their secret: nobody outside the simulation could know it.
            walker.until_s = now + rest * walker.spec.pause_s[1]
        elif walker.mode == "walk" and changes < variation.person_new_goal:
            walker.mode, walker.until_s = "pause", now  # and then sets out for another goal
        if variation.person_stops_per_min > 0:
            stops.due.append((now + wait * 60.0 / variation.person_stops_per_min, stay, walker))
    stops.due.sort(key=lambda d: d[0])
    return stops


class Nearness:
    """How near robots that move come to people from now on, by the people's own log."""

    def __init__(self, world: World) -> None:
        self.people, self.robots = world.people, tuple(world.computers)
        # Of a copy: what was before does not count.
        self.people.log = ComfortLog(len(self.people))

    def least_m(self) -> float | None:
        """The least gap between bodies, in m; None while no moving robot came within 10 m of anybody."""
        least = min((c.least_gap_m for c in self.people.comfort(self.robots)), default=math.inf)
        return least if math.isfinite(least) else None

    def near_misses(self) -> int:
        """Of all people together; see `Comfort`."""
        return sum(c.near_misses for c in self.people.comfort(self.robots))


def people_at(people: People) -> dict[str, tuple[float, float, float]]:
    """Where everybody is: x, y in m, and the heading in rad."""
    states = {name: people.state(name) for name in people}
    return {name: (s.x, s.y, s.yaw) for name, s in states.items()}
