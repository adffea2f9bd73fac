"""The wanted velocity towards a goal: along the shortest way, slowing down before the goal."""

from __future__ import annotations

import math

from sim_worlds.grid import Grid, Route
from sim_worlds.kernels.floor import BLOCKED_WAY_M

_AHEAD_CELLS = (24, 14, 7, 3)
_CREEP_MPS = 0.12


class Navigator:
    """One walk to one goal."""

    def __init__(self, grid: Grid, goal: tuple[float, float], speed_mps: float) -> None:
        self.grid, self.goal, self.speed = grid, goal, speed_mps
        self.route: Route = grid.route(*goal)
        self.version = grid.version

    def reachable(self, x: float, y: float) -> bool:
        return math.isfinite(self.grid.value(self.route.distances, *self.grid.unflat(self.grid.flat(x, y))))

    def left(self, x: float, y: float) -> float:
        """Metres of way to the goal."""
        straight = math.hypot(self.goal[0] - x, self.goal[1] - y)
        if straight < 0.5:
            return straight
        here = self.grid.unflat(self.grid.flat(x, y))
        left = self.grid.value(self.route.distances, *here)
        if left >= BLOCKED_WAY_M:  # no way around: what counts is the way that will be free again
            left = self.grid.value(self.grid.route(*self.goal).distances, *here)
        return max(left, straight)

    def avoid(self, blocks: list[tuple[float, float, float]]) -> None:
        """Look for a way around circles (x, y, radius) that do not move."""
        self.route = self.grid.detour(*self.goal, blocks)

    def velocity(self, x: float, y: float) -> tuple[float, float]:
        """Wanted velocity in m/s in the map frame."""
        if self.version != self.grid.version:
            self.route, self.version = self.grid.route(*self.goal), self.grid.version
        tx, ty = self._target(x, y)
        dx, dy = tx - x, ty - y
        distance = math.hypot(dx, dy)
        if distance < 1e-3:
            return 0.0, 0.0
        to_goal = math.hypot(self.goal[0] - x, self.goal[1] - y)
        speed = min(self.speed, max(to_goal, _CREEP_MPS))
        return dx / distance * speed, dy / distance * speed

    def _target(self, x: float, y: float) -> tuple[float, float]:
        """The furthest point of the way that can be walked to in a straight line."""
        if math.hypot(self.goal[0] - x, self.goal[1] - y) < 3.0 and self.grid.clear_line(x, y, *self.goal):
            return self.goal
        cell = start = self.grid.flat(x, y)
        way = []
        for _ in range(_AHEAD_CELLS[0]):
            cell = int(self.route.following[cell])
            if cell < 0:
                break
            way.append(cell)
        if not way:
            return self.goal if cell < 0 and start == self.grid.flat(*self.goal) else self.grid.unflat(start)
        for ahead in _AHEAD_CELLS:
            point = self.grid.unflat(way[min(ahead, len(way)) - 1])
            if self.grid.clear_line(x, y, *point):
                return point
        return self.grid.unflat(way[0])
