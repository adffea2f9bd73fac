"""How traffic behaves on one site. Lengths m, speeds m/s, times s."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from fleet.model.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSettings:
    """How robots are led and kept out of each other's way ([what traffic does](../explanation/traffic-on-floors.md)).
    Lengths in m, speeds in m/s, times in s."""

    enabled: bool = True  # if false each robot finds its own way, and the rest does not count
    clearance_m: float = 0.34  # what ways keep from walls and furniture
    pitch_m: float = 0.8  # about so far apart are the places of the roadmap, where robots stop and wait
    margin_m: float = 0.12  # kept free between two robots beyond their radii: walking robots stray by that much
    ahead_m: float = 2.0  # of its way is given to a robot at a time, so that it need not stop
    off_route_m: float = 0.45  # so far off its way, a robot gets another one from where it is
    comfort_m: float = 0.6  # nearer than this to people, body to body, robots walk slower, the nearer the slower
    least_m: float = 0.35  # kept from people always; at most comfort_m
    slow_near_people_mps: float = 0.3  # how slowly at least_m, and how fast a robot walks that finds its own way
    stays_s: float = 25.0  # a robot that works somewhere is taken to stay there so long, again and again until it walks
    asks_after_s: float = 30.0  # when somebody in the only way becomes a question
    replan_after_s: float = 5.0  # a robot that has waited so long looks for another way, and so often from then on
    stand_off_s: float = 3.0  # two that wait for each other so long are told apart: one makes room
    free_for_s: float = 25.0  # a robot with room, but no way that keeps all margins, finds its own so long (0: never)
    horizon_s: float = 90.0  # what is planned ahead; at least four bin_s
    bin_s: float = 0.5  # the grain of time in which floor is reserved
    nav_graph: str | None = None  # a navigation graph of Open-RMF or Nav2 (from this file): robots keep to its lanes
    nav_level: str | None = None  # the level of it that counts, where it has several

    def __post_init__(self) -> None:
        for f in fields(self):
            if f.name in ("enabled", "nav_graph", "nav_level"):
                continue
            value = getattr(self, f.name)
            above = f.name not in ("margin_m", "comfort_m", "least_m", "free_for_s")
            if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0 or (above and value == 0):
                raise InvalidField(f"traffic.{f.name}", value, "a number above 0" if above else "a number of 0 or more")
        if self.horizon_s < 4 * self.bin_s:
            raise InvalidField("traffic.horizon_s", self.horizon_s, f"at least four bins: {4 * self.bin_s} s")
        if self.nav_level is not None and self.nav_graph is None:
            raise InvalidField("traffic.nav_level", self.nav_level, "nav_graph beside it: the file that has the level")
        if self.comfort_m < self.least_m:
            raise InvalidField("traffic.comfort_m", self.comfort_m, f"least_m ({self.least_m}) or more")


__all__ = ["TrafficSettings"]
