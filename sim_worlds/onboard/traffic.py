"""Giving way among robots, people, fallen bodies and boxes on the floor: all of a world's circles, solved at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim_worlds.grid import CELL_M, Grid
from sim_worlds.kernels.avoiding import CRADIUS, CVX, CVY, CX, CY, DYNAMIC, MOBILE, PRESSING, circles_of, give_way
from sim_worlds.kernels.walking import THINK_S, tell_bodies
from sim_worlds.rows import Rows

STANDS_MPS = 0.05


@dataclass(slots=True)
class Mover:
    """One circle on the floor: where it is, where it wants to go, and (after `solve`) where it may go. SI units."""

    name: str
    x: float
    y: float
    radius: float
    vx: float = 0.0
    vy: float = 0.0
    wanted: tuple[float, float] = (0.0, 0.0)
    allowed: tuple[float, float] = (0.0, 0.0)
    mobile: bool = False
    dynamic: bool = False
    max_speed: float = 0.0
    pressing: bool = False
    """Has waited long: others then reckon with where it wants to go, not with its standing still."""

    @property
    def stands(self) -> bool:
        """Will be there in a while, too: worth a way around."""
        return not self.mobile and math.hypot(self.vx, self.vy) < STANDS_MPS


class Traffic:
    """The avoidance of one world. Robots come first, in the order of `rows`; then whoever else is on the floor.

    `circles` [m, 8], `flags` [m] and `allowed` [m, 2] are those of the latest `solve`; see `kernels.avoiding`.
    """

    def __init__(self, grid: Grid, rows: Rows) -> None:
        self.grid, self.rows = grid, rows
        self.others: Sequence[Mover] = ()
        self._make_room(len(rows) + 16)
        n = len(rows)
        self.circles, self.flags, self.allowed = self._circles[:n], self._flags[:n], self._allowed[:n]

    def _make_room(self, size: int) -> None:
        self._circles, self._flags = np.zeros((size, 8)), np.zeros(size, dtype=np.uint8)
        self._allowed = np.zeros((size, 2))

    def solve(self, others: Sequence[Mover]) -> None:
        """Where every robot may go now, among each other and `others`."""
        n, m = len(self.rows), len(self.rows) + len(others)
        if m > len(self._flags):
            self._make_room(2 * m)
        self.others = others
        self.circles, self.flags, self.allowed = self._circles[:m], self._flags[:m], self._allowed[:m]
        circles_of(self.rows.motion, self.rows.table, self.circles, self.flags)
        if others:
            self.circles[n:] = [(o.x, o.y, o.vx, o.vy, *o.wanted, o.radius, o.max_speed) for o in others]
            self.flags[n:] = [MOBILE * o.mobile | DYNAMIC * o.dynamic | PRESSING * o.pressing for o in others]
        g = self.grid
        # Not into closed areas either, however much others press.
        give_way(self.circles, self.flags, self.allowed, g.ways, *g.nearest_solid, g.x0, g.y0, CELL_M)

    @property
    def robots_allowed(self) -> NDArray[np.float64]:
        """What the robots may do, [n, 2] in m/s; may be changed before `tell`."""
        return self.allowed[: len(self.rows)]

    @property
    def robot_circles(self) -> NDArray[np.float64]:
        """x, y and radius of the robots, [n, 3] in m."""
        return self.circles[: len(self.rows)][:, (CX, CY, CRADIUS)]

    def tell(self) -> None:
        """Make of what is allowed what the bodies are told (columns `told_*`)."""
        tell_bodies(self.rows.motion, self.rows.table, self.allowed)

    def standing(self) -> NDArray[np.bool_]:
        """Of all circles: will be there in a while, too; worth a way around."""
        slow = np.hypot(self.circles[:, CVX], self.circles[:, CVY]) < STANDS_MPS
        return ((self.flags & MOBILE) == 0) & slow


__all__ = ["STANDS_MPS", "THINK_S", "Mover", "Traffic"]
