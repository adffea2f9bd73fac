"""What a day of the shift model is like: its floor, its tasks, its mishaps."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.geometry import Pose
from fleet.model.site import ObjectRecord, Place, PlaceKind, SiteMap, Zone

HOUR_S, DAY_S = 3600.0, 86400.0
ZONES = ("west", "middle", "east")
WIDE, DEEP = 12.0, 12.0  # m, of a zone
_COLOURS = ("blue", "red", "green", "white", "yellow", "grey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day is like. Probabilities are for one task; `outage_from_s` None: the network holds."""

    robots: int = 24
    tasks_per_hour: float = 12.0
    rush_per_hour: float = 12.0  # from half an hour before the outage to its end
    unclear: float = 0.04
    fails: float = 0.05
    lies: float = 0.01
    falls: float = 0.002
    silences_per_day: float = 4.0
    outage_zone: str = "east"
    outage_from_s: float | None = None
    outage_s: float = HOUR_S
    lunch_s: tuple[float, float] = (12 * HOUR_S, 12.5 * HOUR_S)
    covered: bool = False  # whoever answers for the shift answers at lunch, once the queue has called them
    until_s: float = DAY_S


def a_site(boxes: int = 36) -> SiteMap:
    """Three zones in a row, without walls; 30 slots in each, boxes of which some look alike."""
    zones, places = {}, {}
    for i, name in enumerate(ZONES):
        x = i * WIDE
        corners = ((x, 0.0), (x + WIDE, 0.0), (x + WIDE, DEEP), (x, DEEP))
        zones[name] = Zone(zone_id=name, kind="room", polygon=corners)
        for k in range(30):
            at = Pose(x=x + 1.0 + 1.1 * (k % 10), y=2.0 + 3.0 * (k // 10))
            places[f"{name}_{k}"] = Place(
                place_id=f"{name}_{k}",
                kind=PlaceKind.SLOT,
                zone_id=name,
                approach=at,
                surface=Pose(x=at.x, y=at.y + 0.5, z=0.8),
            )
    slots = list(places)
    objects = {
        f"box_{i}": ObjectRecord(
            object_id=f"box_{i}",
            kind="box",
            mass_kg=1.0,
            attributes={"colour": _COLOURS[i % 6], "label": str(i)},
            place_id=slots[(7 * i) % len(slots)],
        )
        for i in range(boxes)
    }
    return SiteMap(
        site_id="shift", name="Shift", bounds=(0, 0, WIDE * 3, DEEP), zones=zones, places=places, objects=objects
    )
