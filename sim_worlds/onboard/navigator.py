"""The way to one goal, kept up to date; searched only when somebody asks for it."""

from __future__ import annotations

import math

from sim_worlds.grid import Grid, Route
from sim_worlds.kernels.floor import BLOCKED_WAY_M


class Navigator:
    """One walk to one goal, in m and m/s."""

    def __init__(self, grid: Grid, goal: tuple[float, float], speed_mps: float) -> None:
        self.grid, self.goal, self.speed = grid, goal, speed_mps
        self._route: Route | None = None
        self._undisturbed: Route | None = None
        self._version = -1

    @property
    def route(self) -> Route:
        """The way that is walked now."""
        return self.current()

    def current(self) -> Route:
        """The way that is walked now; a new one when ways were closed or opened since."""
        if self._route is None or self._version != self.grid.version:
            self._route = self._undisturbed = self.grid.route(*self.goal)
            self._version = self.grid.version
        return self._route

    def undisturbed(self) -> Route:
        """The way without what stands in it."""
        self.current()
        assert self._undisturbed is not None
        return self._undisturbed

    def both(self) -> tuple[Route, Route]:
        """The way that is walked now, and the way without what stands in it."""
        route = self.current()
        assert self._undisturbed is not None
        return route, self._undisturbed

    def reachable(self, x: float, y: float) -> bool:
        if self.grid.clear_line(x, y, *self.goal):
            return True
        return math.isfinite(self._left_from(self.current(), x, y))

    def left(self, x: float, y: float) -> float:
        """Metres of way to the goal."""
        straight = math.hypot(self.goal[0] - x, self.goal[1] - y)
        if straight < 0.5:
            return straight
        left = self._left_from(self.current(), x, y)
        if left >= BLOCKED_WAY_M:  # no way around: what counts is the way that will be free again
            left = self._left_from(self.undisturbed(), x, y)
        return max(left, straight)

    def _left_from(self, route: Route, x: float, y: float) -> float:
        cell = self.grid.flat(x, y)
        return float(route.reach(cell).left.item(cell))

    def avoid(self, blocks: list[tuple[float, float, float]]) -> None:
        """Look for a way around circles (x, y, radius) that do not move."""
        self.current()
        self._route = self.grid.detour(*self.goal, blocks)
