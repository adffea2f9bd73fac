"""Giving way: ORCA among robots, people, fallen bodies and boxes on the floor, and a last guard against contact.

ORCA (van den Berg et al. 2011, "Reciprocal n-body collision avoidance") assumes that both sides give way by half. What
does not move gives way by nothing, so bodies are inflated and `guard` cuts what remains of an approach.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyrvo

from sim_worlds.grid import Grid
from sim_worlds.site import WALL_THICKNESS_M, Site

THINK_S = 0.1
MARGIN_M = 0.05
DYNAMIC_MARGIN_M = 0.1
"""A walking G1 sways and follows a command late."""
_NEIGHBOURS_M, _NEIGHBOURS, _HORIZON_S, _WALL_HORIZON_S = 5.0, 12, 3.0, 0.6
_FAR = 1000.0
_KEEP_RIGHT_RAD = 0.2


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
        return not self.mobile and math.hypot(self.vx, self.vy) < 0.05


class Traffic:
    """The avoidance of one world. All state is given anew at each `solve`."""

    def __init__(self, site: Site, grid: Grid, capacity: int) -> None:
        self.grid, self.capacity = grid, capacity
        self.orca = pyrvo.RVOSimulator(THINK_S, _NEIGHBOURS_M, _NEIGHBOURS, _HORIZON_S, _WALL_HORIZON_S, 0.3, 1.0)
        for piece in site.wall_pieces():
            self.orca.add_obstacle(_wall_polygon(piece.ax, piece.ay, piece.bx, piece.by))
        for x0, y0, x1, y1 in [*(f.rect for f in site.furniture.values()), *(a.rect for a in site.forbidden.values())]:
            self.orca.add_obstacle([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        self.orca.process_obstacles()
        for i in range(capacity):
            self.orca.add_agent((_FAR + 10.0 * i, _FAR))

    def solve(self, movers: Sequence[Mover]) -> None:
        """Set `allowed` of every mobile mover."""
        assert len(movers) <= self.capacity
        if not any(m.mobile for m in movers):
            return
        for i, m in enumerate(movers):
            orca = self.orca
            orca.set_agent_position(i, (m.x, m.y))
            orca.set_agent_velocity(i, m.wanted if m.pressing else (m.vx, m.vy))
            orca.set_agent_pref_velocity(i, self._preferred(m, movers) if m.mobile else (0.0, 0.0))
            orca.set_agent_radius(i, m.radius + (DYNAMIC_MARGIN_M if m.dynamic else MARGIN_M))
            orca.set_agent_max_speed(i, m.max_speed if m.mobile else 0.0)
        for i in range(len(movers), self.capacity):
            self.orca.set_agent_position(i, (_FAR + 10.0 * i, _FAR))
        self.orca.do_step()
        for i, m in enumerate(movers):
            if m.mobile:
                vx, vy = self.orca.get_agent_velocity(i).to_tuple()
                m.allowed = self._guarded(m, movers, vx, vy)

    def _preferred(self, m: Mover, movers: Sequence[Mover]) -> tuple[float, float]:
        """Keep to the right when somebody comes towards us: what is perfectly symmetric would never resolve."""
        wx, wy = m.wanted
        speed = math.hypot(wx, wy)
        if speed < 0.05:
            return wx, wy
        for other in movers:
            dx, dy = other.x - m.x, other.y - m.y
            near = math.hypot(dx, dy)
            if other is m or near > 3.5 or near < 1e-6:
                continue
            ahead = (dx * wx + dy * wy) / (near * speed)
            towards = (other.vx * wx + other.vy * wy) < -0.02
            if ahead > 0.7 and towards:
                c, s = math.cos(-_KEEP_RIGHT_RAD), math.sin(-_KEEP_RIGHT_RAD)
                return wx * c - wy * s, wx * s + wy * c
        return wx, wy

    def _guarded(self, m: Mover, movers: Sequence[Mover], vx: float, vy: float) -> tuple[float, float]:
        """Take away what would bring two footprints together within the next moments."""
        for other in movers:
            if other is m:
                continue
            dx, dy = other.x - m.x, other.y - m.y
            near = math.hypot(dx, dy)
            gap = near - m.radius - other.radius - (0.06 if m.dynamic or other.dynamic else 0.02)
            if gap > 0.5 or near < 1e-6:
                continue
            ux, uy = dx / near, dy / near
            approach = vx * ux + vy * uy
            # Both may come closer at once, so each gets half of the gap within half a second.
            most = max(gap, 0.0) * (1.0 if other.mobile else 2.0) if gap > 0 else max(gap, -0.1)
            if approach > most:
                vx, vy = vx - (approach - most) * ux, vy - (approach - most) * uy
        return self._off_walls(m, vx, vy)

    def _off_walls(self, m: Mover, vx: float, vy: float) -> tuple[float, float]:
        """Slide along what does not give way."""
        look = 0.3
        here = self.grid.room(m.x, m.y)
        for cx, cy in ((vx, vy), (vx, 0.0), (0.0, vy)):
            there = self.grid.room(m.x + cx * look, m.y + cy * look)
            if there >= m.radius - 0.02 or there >= here:
                return cx, cy
        return 0.0, 0.0


def _wall_polygon(ax: float, ay: float, bx: float, by: float) -> list[tuple[float, float]]:
    """Counterclockwise, as ORCA wants obstacles."""
    length = math.hypot(bx - ax, by - ay)
    ux, uy = (bx - ax) / length, (by - ay) / length
    half = WALL_THICKNESS_M / 2
    ax, ay, bx, by = ax - ux * half, ay - uy * half, bx + ux * half, by + uy * half
    nx, ny = -uy * half, ux * half
    return [(ax - nx, ay - ny), (bx - nx, by - ny), (bx + nx, by + ny), (ax + nx, ay + ny)]
