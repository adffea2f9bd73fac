"""The robots of a scenario: ids, models, tiers, adapters, and where each one starts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from fleet.cli.scenario.fields import refusals, refuse
from fleet.deployment.fields import Source
from fleet.model.site import PlaceKind
from fleet.scenario.load import robot_ids
from fleet.scenario.spec import FleetEntry, Scenario
from sim_worlds.errors import InputError
from sim_worlds.grid import Grid
from sim_worlds.profiles import RobotSpec, check_specs, load_model
from sim_worlds.site import Site

_APART_M = 1.1
_WAYS_FREE_M = 0.9


@dataclass(frozen=True, slots=True)
class Placed:
    """A robot and the adapter that it is driven by."""

    spec: RobotSpec
    adapter: str


def placed(scenario: Scenario, site: Site) -> tuple[Placed, ...]:
    """Every robot with its start. Raises `BadInput` with file and line for one that cannot be there."""
    entries = list(enumerate(scenario.spec.fleet))
    taken = {e.start for _, e in entries if isinstance(e.start, str)}
    free = _Starts(site, taken)
    found: list[Placed] = []
    written_at: list[int] = []
    for i, entry in entries:
        source = scenario.source.find(f"fleet[{i}]")
        with refusals(source, "model"):
            load_model(entry.model)
        for robot_id in robot_ids(entry.id, entry.count):
            found.append(_placed(robot_id, entry, source, site, free))
            written_at.append(i)
    try:
        check_specs([p.spec for p in found], site)
    except InputError as error:
        refuse(scenario.source.find(_where(str(error), written_at)), str(error))
    return tuple(found)


def _where(complaint: str, written_at: list[int]) -> str:
    """The entry that a complaint about `robots[i]` is about."""
    match = re.match(r"robots\[(\d+)\]", complaint)
    return f"fleet[{written_at[int(match[1])]}]" if match else "fleet"


def _placed(robot_id: str, entry: FleetEntry, source: Source, site: Site, free: _Starts) -> Placed:
    dock, start = _start(entry, source, site, free)
    spec = RobotSpec(
        robot_id=robot_id,
        model=entry.model,
        tier=entry.tier,
        dock=dock,
        start=start,
        battery_fraction=entry.battery,
    )
    return Placed(spec, "sim_g1" if entry.model == "unitree_g1" else "sim_kinematic")


def _start(
    entry: FleetEntry, source: Source, site: Site, free: _Starts
) -> tuple[str | None, tuple[float, float, float] | None]:
    if entry.start is None:
        found = free.next()
        if found is None:
            refuse(source, "a site with room for all robots: there is no free dock, station or floor left")
        return found
    at = source.find("start")
    if isinstance(entry.start, dict):
        if set(entry.start) != {"x", "y", "yaw_deg"} or not all(
            isinstance(v, (int, float)) for v in entry.start.values()
        ):
            at.fail("a dock or station, or {x: m, y: m, yaw_deg: degrees}")
        return None, (float(entry.start["x"]), float(entry.start["y"]), math.radians(entry.start["yaw_deg"]))
    place = site.places.get(str(entry.start))
    if place is None or place.kind is PlaceKind.SLOT:
        known = ", ".join(p.place_id for p in site.places.values() if p.kind is not PlaceKind.SLOT)
        at.fail(f"a dock or station of the site: {known}")
    pose = place.approach
    return (place.place_id, None) if place.kind is PlaceKind.DOCK else (None, (pose.x, pose.y, pose.yaw))


class _Starts:
    """Free docks in their order; then spots of free floor, the nearest to the docks first."""

    def __init__(self, site: Site, taken: set[str]) -> None:
        docks = [p for p in site.places.values() if p.kind is PlaceKind.DOCK]
        self._docks = [p.place_id for p in docks if p.place_id not in taken]
        self._site = site
        self._spots: list[tuple[float, float]] | None = None

    def next(self) -> tuple[str | None, tuple[float, float, float] | None] | None:
        """The next start; None when there is no room left."""
        if self._docks:
            return self._docks.pop(0), None
        if self._spots is None:
            self._spots = self._floor()
        if not self._spots:
            return None
        x, y = self._spots.pop(0)
        return None, (x, y, 0.0)

    def _floor(self) -> list[tuple[float, float]]:
        site = self._site
        grid = Grid(site)
        approaches = [p.approach for p in site.places.values()] + [p.record.approach for p in site.people.values()]
        first = next((p.approach for p in site.places.values() if p.kind is PlaceKind.DOCK), approaches[0])
        away = grid.distances(first.x, first.y)
        x0, y0, x1, y1 = site.bounds
        found = []
        for x in np.arange(x0 + _APART_M / 2, x1, _APART_M):
            for y in np.arange(y0 + _APART_M / 2, y1, _APART_M):
                spot = (round(float(x), 3), round(float(y), 3))
                in_the_way = any(math.dist(spot, (a.x, a.y)) < _WAYS_FREE_M for a in approaches)
                if in_the_way or grid.what_blocks(*spot, _APART_M / 2) or not math.isfinite(grid.value(away, *spot)):
                    continue
                found.append((grid.value(away, *spot), spot))
        return [spot for _, spot in sorted(found)]
