"""One walk to one goal: the kernels follow the way; what is decided when it does not go on is here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from sim_worlds.building import Wait as Gate
from sim_worlds.grid import CELL_M, ROBOT_RADIUS_M
from sim_worlds.kernels.floor import BLOCKED_WAY_M
from sim_worlds.kernels.walking import (
    SIDESTEP_AFTER_S,
    THINK_S,
    WAY_GOES_ON,
    WAY_MARKED,
    WAY_UNKNOWN,
    cell_under,
    follow_straight,
    walk_routes,
)
from sim_worlds.onboard.navigator import Navigator
from sim_worlds.records import PrimitiveStatus
from sim_worlds.rows import EVENT_ARRIVED, EVENT_NO_WAY

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer

BLOCKED_AFTER_S = 10.0
_DETOUR_AFTER_S, _LASTING_AFTER_S = 4.0, 1.0
_NEAR_M, _NEAR_TURNING_M, _TOLERANCE_RAD = 0.03, 0.05, 0.03
_NEAR_DYNAMIC_M, _NEAR_TURNING_DYNAMIC_M, _TOLERANCE_DYNAMIC_RAD = 0.12, 0.2, 0.12
_AIRY_M = 0.7
"""A straight line with this much room is walked without looking for a way; others keep off walls as routes do."""
_SHORT_M = 3.0


class Leg:
    """A walk of `robot` to (x, y), and to the heading `yaw` if one is given; m, rad, m/s."""

    def __init__(self, robot: Computer, x: float, y: float, yaw: float | None, speed: float | None = None) -> None:
        fastest = robot.info.description.max_speed_mps
        self.robot, self.rows, self.row = robot, robot.rows, robot.row
        self.way = Navigator(robot.world.grid, (x, y), min(speed or fastest, fastest))
        self.yaw = yaw
        self.next_detour_s = _DETOUR_AFTER_S
        self.side = 0.0
        self.blocked = False

    # Begin and end

    def begin(self) -> None:
        """The first thought of the walk."""
        table, i, way = self.rows.columns, self.row, self.way
        dynamic = self.robot.body.dynamic
        table["goal_x"][i], table["goal_y"][i] = way.goal
        table["goal_yaw"][i] = math.nan if self.yaw is None else self.yaw
        table["speed"][i] = way.speed
        table["near"][i] = _NEAR_DYNAMIC_M if dynamic else _NEAR_M
        table["near_turning"][i] = _NEAR_TURNING_DYNAMIC_M if dynamic else _NEAR_TURNING_M
        table["tolerance"][i] = _TOLERANCE_DYNAMIC_RAD if dynamic else _TOLERANCE_RAD
        table["turning"][i] = False
        table["best"][i] = table["left"][i] = math.inf
        table["waited_s"][i] = table["close_s"][i] = 0.0
        table["walks"][i] = True
        self.rows.ways[i] = 0
        self.robot.leg = self
        self.robot.world.legs[i] = self
        table["routed"][i] = self.robot.world.building.marks is not None or not self._straight()
        self.follow()

    def end(self) -> None:
        """The walk is over, or given up."""
        self.rows.columns["walks"][self.row] = False
        self.rows.ways[self.row] = 0
        self.rows.columns["pressing"][self.row] = False
        self.robot.leg = None
        self.robot.world.legs.pop(self.row, None)

    def body_changed(self) -> None:
        """The robot was promoted or demoted: other bodies arrive differently well."""
        waited, best = self.rows.columns["waited_s"].item(self.row), self.rows.columns["best"].item(self.row)
        self.begin()
        self.rows.columns["waited_s"][self.row], self.rows.columns["best"][self.row] = waited, best

    @property
    def arrived(self) -> bool:
        return bool(self.rows.columns["event"][self.row] == EVENT_ARRIVED)

    def shown(self, status: PrimitiveStatus) -> PrimitiveStatus:
        """The status with the way that is left."""
        left = self.rows.columns["left"].item(self.row)
        if status.state not in ("running", "blocked") or not math.isfinite(left):
            return status
        return msgspec.structs.replace(status, distance_left_m=round(left, 2))

    def _straight(self) -> bool:
        m = self.robot.estimate()
        grid, goal = self.way.grid, self.way.goal
        near = math.hypot(goal[0] - m.x, goal[1] - m.y) < _SHORT_M
        return grid.clear_line(m.x, m.y, *goal, radius=ROBOT_RADIUS_M if near else _AIRY_M)

    # Every thought

    def follow(self) -> None:
        """What the legs should do now, for the first time; later walks are followed together, see `World`."""
        grid, rows, i = self.way.grid, self.rows, self.row
        if not rows.columns["routed"][i]:
            place = grid.x0, grid.y0, CELL_M, ROBOT_RADIUS_M
            follow_straight(rows.motion, rows.table, grid.ways, *place, i, i + 1)
            self.attend(WAY_GOES_ON)
        else:
            self.attend(WAY_UNKNOWN)

    def attend(self, said: int) -> None:
        """After `walk_routes` said that of this row: make its way known, ask the building, decide where due."""
        table, i = self.rows.columns, self.row
        if said == WAY_UNKNOWN:
            said = self._follow_route()
        if said == WAY_MARKED:
            self._ask()
        if table["event"][i] > EVENT_ARRIVED:
            self.decide()
        elif self.blocked and table["waited_s"][i] == 0.0:
            self._go_on()

    def _follow_route(self) -> int:
        """Along a way that has to be found first. Returns what `walk_routes` says."""
        grid, rows, i = self.way.grid, self.rows, self.row
        route, free_way = self.way.both()
        arrays = route.left, route.onward, route.known, free_way.left, free_way.known
        start = cell_under(rows.motion, rows.table, i, grid.free, grid.x0, grid.y0, CELL_M)
        if route.reach(start).left.item(start) >= BLOCKED_WAY_M:
            free_way.reach(start)
        rows.ways[i] = [array.ctypes.data for array in arrays]
        place = grid.x0, grid.y0, CELL_M, ROBOT_RADIUS_M
        building = self.robot.world.building
        walk_routes(
            rows.motion, rows.table, rows.ways, rows.said, i, i + 1,
            building.asked, building.call_cells, grid.ways, grid.free, *place,
        )  # fmt: skip
        return int(rows.said[i])

    def decide(self) -> None:
        """The straight line is blocked, or nothing moves for a while, or it goes on after all."""
        table, i, robot = self.rows.columns, self.row, self.robot
        if table["event"][i] == EVENT_NO_WAY:
            table["routed"][i] = True
            self.follow()
            return
        waited, m = table["waited_s"].item(i), robot.estimate()
        if waited == 0.0:
            self._go_on()
            return
        if waited > BLOCKED_AFTER_S:
            self._block("path_blocked", self._reason(m.x, m.y, waited))
        if waited > self.next_detour_s:
            self._detour(robot.world.standing_obstacles(robot), m.x, m.y, waited)
        if waited > SIDESTEP_AFTER_S:
            table["wish_vx"][i], table["wish_vy"][i] = self._side_step(waited)

    def _go_on(self) -> None:
        self.next_detour_s = _DETOUR_AFTER_S
        if self.blocked:
            self.blocked = False
            self.robot.show("running")

    def _block(self, code: str, why: str) -> None:
        self.blocked = True
        self.robot.show("blocked", code, why)

    def _detour(self, blocks: list[tuple[float, float, float]], x: float, y: float, waited: float) -> None:
        table = self.rows.columns
        self.next_detour_s = waited + _DETOUR_AFTER_S
        if not blocks:  # what moves will have moved on
            return
        table["routed"][self.row] = True
        self.way.avoid(blocks)
        self.rows.ways[self.row] = 0
        table["best"][self.row] = self.way.left(x, y)

    def _side_step(self, waited: float) -> tuple[float, float]:
        """Every other two seconds, lean to a side chosen by chance: two robots must not mirror each other for ever."""
        table, i = self.rows.columns, self.row
        vx, vy = table["wish_vx"].item(i), table["wish_vy"].item(i)
        if round(waited / THINK_S) % 20 == 1 or self.side == 0.0:
            self.side = float(self.robot.world.rng.uniform(-1.4, 1.4))
        if int(waited / 2) % 2 == 0:
            return vx, vy
        c, s = math.cos(self.side), math.sin(self.side)
        return vx * c - vy * s, vx * s + vy * c

    def _reason(self, x: float, y: float, waited: float) -> str:
        what = self.robot.world.nearest_obstacle(self.robot, x, y)
        because = f"; {what} is in the way" if what else ""
        return f"no way forward for {waited:.0f} s at ({x:.1f}, {y:.1f}){because}"

    # Doors, lifts, lanes

    def _ask(self) -> None:
        """The building has something to say ahead: ask whether to go on."""
        robot = self.robot
        m = robot.estimate()
        wait = robot.world.building.ask(robot.world, robot.id, self.way, m.x, m.y, m.speed)
        if wait is not None:
            self._wait(wait, m.x, m.y)

    def _wait(self, wait: Gate, x: float, y: float) -> None:
        """Stand still before what the building does not let one through; look for another way if it will last."""
        table, i = self.rows.columns, self.row
        waited = table["waited_s"].item(i)
        table["pressing"][i] = False
        if waited > (_LASTING_AFTER_S if wait.lasting else BLOCKED_AFTER_S):
            self._block(wait.code, wait.because)
        if wait.around is not None and waited > self.next_detour_s:
            self._detour([*self.robot.world.standing_obstacles(self.robot), wait.around], x, y, waited)
        table["wish_vx"][i] = table["wish_vy"][i] = 0.0
        table["event"][i] = 0
