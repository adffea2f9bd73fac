"""Floor with rules: keep-outs that close at times, speed limits, ramps, lanes for one robot at a time. And breaches."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt

from fleet.model.site import KeepOut, SpeedLimit
from sim_worlds.grid import CELL_M, ROBOT_RADIUS_M, Floats, Grid
from sim_worlds.onboard.traffic import Mover
from sim_worlds.rows import X, Y
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.world import World

GRAVITY_MPS2 = 9.81
STAYED_S = 30.0
"""Whoever is inside when an area closes has this long to leave; then it is a breach too."""
_LANE_LASTS_S = 1.0
_THROUGH = 1, -1


@dataclass(frozen=True, slots=True)
class Breach:
    """A robot was where it must not be. `how`: it entered, or stayed after the area had closed."""

    time_s: float
    robot_id: str
    area_id: str
    how: str


class Zones:
    """The rules of one world's floor, and who broke them."""

    name = "zones"

    def __init__(self, site: Site, grid: Grid) -> None:
        self.grid = grid
        self.areas = {k: a.keep_out() for k, a in site.forbidden.items()} | site.keep_outs
        timed = {k: a for k, a in site.keep_outs.items() if not a.permanent}
        self.cores = {k: grid.inside(a.polygon) for k, a in timed.items()}
        self.masks = {k: _around(core) for k, core in self.cores.items()}
        """Where the middle of a robot would be partly inside."""
        self._near = {k: binary_dilation(grid.inside(a.polygon), iterations=2).ravel() for k, a in self.areas.items()}
        """Cells in an area or just outside, where it is worth looking closely."""
        self.lanes = {z.zone_id: Lane(z.zone_id, grid.inside(z.polygon)) for z in site.zones.values() if z.one_lane}
        self._in_lanes = np.zeros(grid.shape, dtype=np.bool_).ravel()
        for lane in self.lanes.values():
            self._in_lanes |= lane.mask.ravel()
        self.limits = tuple(site.speed_limits.values())
        self.limit_at: Floats | None = self._limits(grid) if self.limits else None
        self.closed: frozenset[str] = frozenset()
        """Timed keep-outs that are closed now."""
        self.breaches: list[Breach] = []
        self._inside: dict[tuple[str, str], float | None] = {}
        """Robot and area -> when it counts as having stayed; None once that is recorded, or it came in by itself."""

    def _limits(self, grid: Grid) -> Floats:
        limit = np.full(grid.shape, math.inf)
        for area in self.limits:
            mask = grid.inside(area.polygon)
            limit[mask] = np.minimum(limit[mask], area.max_mps)
        return limit

    def speed_limit(self, x: float, y: float) -> float:
        """In m/s; infinite where there is none."""
        return math.inf if self.limit_at is None else float(self.limit_at[self.grid.cell(x, y)])

    def slope_at(self, x: float, y: float) -> SpeedLimit | None:
        """The ramp at a point."""
        return next((a for a in self.limits if a.slope and a.contains(x, y)), None)

    def climb_w(self, x: float, y: float, vx: float, vy: float, mass_kg: float) -> float:
        """Power in W that raising the body takes, m g v sin(slope); downhill gives nothing back."""
        ramp = self.slope_at(x, y) if self.limits else None
        if ramp is None:
            return 0.0
        along = vx * math.cos(ramp.uphill_rad) + vy * math.sin(ramp.uphill_rad)
        return max(mass_kg * GRAVITY_MPS2 * along * math.sin(math.atan(ramp.slope)), 0.0)

    # Every thought

    def think(self, world: World) -> None:
        now = world.time_s
        closed = frozenset(k for k in self.masks if self.areas[k].active(now))
        if closed != self.closed:
            self._close(closed)
            for area_id in closed - self.closed:
                for robot in world.computers.values():
                    m = robot.body.motion()
                    if self.areas[area_id].contains(m.x, m.y):
                        self._inside[robot.id, area_id] = now + STAYED_S
            self.closed = closed
        if not self.areas and not self.lanes:
            return
        cells = self._cells(world)
        self._watch(world, cells)
        somebody = bool(self._in_lanes[cells].any())
        for lane in self.lanes.values():
            if somebody or lane.taken or lane.inside:
                lane.forget(world, cells)

    def _cells(self, world: World) -> NDArray[np.intp]:
        """The cell each robot is in, as a flat index, in the world's order; as `Grid.cell` for each."""
        at = world.rows.motion[:, (X, Y)]
        for robot in world.mechanics.stepped:  # their rows are brought up to date later in the thought
            m = robot.body.motion()
            at[robot.row] = m.x, m.y
        g = self.grid
        i = ((at[:, 0] - g.x0) / CELL_M).astype(np.intp).clip(0, g.shape[0] - 1)
        j = ((at[:, 1] - g.y0) / CELL_M).astype(np.intp).clip(0, g.shape[1] - 1)
        cells: NDArray[np.intp] = i * g.shape[1] + j
        return cells

    def _close(self, closed: frozenset[str]) -> None:
        masks = [self.masks[k] for k in sorted(closed)]
        self.grid.close(np.logical_or.reduce(masks) if masks else None)

    def _watch(self, world: World, cells: NDArray[np.intp]) -> None:
        now, robots = world.time_s, list(world.computers.values())
        for area in self.areas.values():
            if not area.active(now):
                continue
            here = []
            for number in np.flatnonzero(self._near[area.area_id][cells]):
                robot = robots[number]
                m = robot.body.motion()
                if area.contains(m.x, m.y):
                    here.append(robot.id)
            for key in [k for k in self._inside if k[1] == area.area_id and k[0] not in here]:
                del self._inside[key]
            for robot_id in here:
                self._found(robot_id, area.area_id, world)
        for key in [k for k in self._inside if not self.areas[k[1]].active(now)]:
            del self._inside[key]

    def _found(self, robot_id: str, area_id: str, world: World) -> None:
        """A robot is where it must not be: once for each time it enters, and once if it stays."""
        key, now = (robot_id, area_id), world.time_s
        if key not in self._inside:
            # At the very beginning nobody has entered: they were put there.
            self.breaches.append(Breach(now, robot_id, area_id, "entered" if world.tick else "stayed"))
            self._inside[key] = None
            return
        due = self._inside[key]
        if due is not None and now >= due:
            self.breaches.append(Breach(now, robot_id, area_id, "stayed"))
            self._inside[key] = None

    def closed_at(self, x: float, y: float, whole: bool = True) -> KeepOut | None:
        """The timed keep-out that is closed now and into which a robot at this point reaches; with `whole` False only
        if its middle is inside."""
        cell, masks = self.grid.cell(x, y), self.masks if whole else self.cores
        return next((self.areas[k] for k in sorted(self.closed) if masks[k][cell]), None)

    def movers(self) -> Iterable[Mover]:
        return ()

    def digest(self) -> bytes:
        return repr((sorted(self.closed), self.breaches, [lane.state() for lane in self.lanes.values()])).encode()

    def snapshot(self) -> dict[str, Any]:
        return {
            "closed": sorted(self.closed),
            "breaches": [[b.time_s, b.robot_id, b.area_id, b.how] for b in self.breaches],
            "inside": [[*k, v] for k, v in self._inside.items()],
            "lanes": {k: lane.state() for k, lane in self.lanes.items()},
        }

    def restore(self, data: dict[str, Any]) -> None:
        self.closed = frozenset(data["closed"])
        if self.closed:
            self._close(self.closed)
        self.breaches = [Breach(*b) for b in data["breaches"]]
        self._inside = {(robot, area): due for robot, area, due in data["inside"]}
        for name, saved in data["lanes"].items():
            self.lanes[name].restore(saved)


def _around(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = distance_transform_edt(~mask) * CELL_M <= ROBOT_RADIUS_M
    return near


class Lane:
    """A zone too narrow to pass each other: one robot at a time, or several that go through in the same direction."""

    def __init__(self, zone_id: str, mask: NDArray[np.bool_]) -> None:
        self.zone_id, self.mask = zone_id, mask
        self.taken: dict[str, tuple[int, float]] = {}
        """Robot -> which way it goes through (1, -1; 0: it stops inside), and when it said so last."""
        self.inside: frozenset[str] = frozenset()

    def ask(self, robot_id: str, way: int, now: float) -> str:
        """A robot wants in. Empty when it may; otherwise who is in the way."""
        for other, (theirs, _) in self.taken.items():
            if other != robot_id and (way not in _THROUGH or theirs != way):
                return f"one-lane {self.zone_id} is taken by {other}"
        self.taken[robot_id] = (way, now)
        return ""

    def forget(self, world: World, cells: NDArray[np.intp] | list[int]) -> None:
        """Let go of who is neither inside nor asking any more; whoever is inside has it. `cells`: each robot's."""
        now, inside = world.time_s, []
        for row in np.flatnonzero(self.mask.ravel()[cells]):
            robot = world.onboard[row]
            inside.append(robot.id)
            way = self.taken.get(robot.id, (0, now))[0]
            self.taken[robot.id] = (way if robot.run is not None else 0, now)
        for name in [n for n, (_, at) in self.taken.items() if now - at > _LANE_LASTS_S]:
            del self.taken[name]
        self.inside = frozenset(inside)

    def state(self) -> list[list[Any]]:
        return [[name, way, at] for name, (way, at) in self.taken.items()]

    def restore(self, saved: list[list[Any]]) -> None:
        self.taken = {name: (way, at) for name, way, at in saved}
