"""How traffic behaves on one site. Lengths m, speeds m/s, times s."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from fleet.model.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSettings:
    """Without `enabled` each robot finds its own way, and the rest does not count. `margin_m` is kept free between
    two robots' footprints beyond their radii: walking robots stray by that much. `ahead_m` of its way is given to a
    robot at a time, so that it need not stop. `comfort_m` is kept from people where there is room, and `least_m`
    always. `stays_s` is how long a robot that works somewhere is taken to stay there (again and again until it
    walks). `asks_after_s` is when somebody in the only way becomes a question. A robot for which there is room, but
    no way that keeps all margins, finds its own way for at most `free_for_s` at a time (0: never). With
    `nav_graph`, the file of a navigation graph of Open-RMF or of Nav2's route server (from the file that these
    settings are in), robots keep to its lanes instead of walking wherever there is room; `nav_level` is the level
    of it that counts, where it has several."""

    enabled: bool = False
    clearance_m: float = 0.34
    pitch_m: float = 0.8
    margin_m: float = 0.12
    ahead_m: float = 2.0
    off_route_m: float = 0.45
    comfort_m: float = 0.9
    least_m: float = 0.35
    slow_near_people_mps: float = 0.3
    stays_s: float = 25.0
    asks_after_s: float = 30.0
    replan_after_s: float = 5.0
    stand_off_s: float = 3.0
    free_for_s: float = 25.0
    horizon_s: float = 90.0
    bin_s: float = 0.5
    nav_graph: str | None = None
    nav_level: str | None = None

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
