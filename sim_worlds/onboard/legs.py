"""One walk to one goal: the kernels follow the way; what is decided when it does not go on is here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from sim_worlds.building import Cells
from sim_worlds.building import Wait as Gate
from sim_worlds.grid import CELL_M, ROBOT_RADIUS_M
from sim_worlds.kernels.floor import BLOCKED_WAY_M
from sim_worlds.kernels.walking import (
    PASSED_DYNAMIC_M,
    PASSED_M,
    SIDESTEP_AFTER_S,
    THINK_S,
    WAY_GOES_ON,
    WAY_MARKED,
    WAY_UNKNOWN,
    cell_under,
    follow_straight,
    walk_routes,
)
from sim_worlds.onboard.guidance import FIRST_WITHIN_S, SAYS_SO_AFTER_S, Guide, Point
from sim_worlds.onboard.navigator import Navigator
from sim_worlds.onboard.state import STILL, Wish
from sim_worlds.records import PrimitiveStatus, Way
from sim_worlds.rows import EVENT_ARRIVED, EVENT_AWAITS, EVENT_NO_WAY, EVENT_NONE

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer

AWAITS_WAY = "awaits_way"
BLOCKED_AFTER_S = 10.0
_DETOUR_AFTER_S, _LASTING_AFTER_S = 4.0, 1.0
_NEAR_M, _NEAR_TURNING_M, _TOLERANCE_RAD = 0.03, 0.05, 0.03
_NEAR_DYNAMIC_M, _NEAR_TURNING_DYNAMIC_M, _TOLERANCE_DYNAMIC_RAD = 0.12, 0.2, 0.12
_AIRY_M = 0.7
"""A straight line with this much room is walked without looking for a way; others keep off walls as routes do."""
_SHORT_M = 3.0
_INTO_BENDS_M = 0.15
"""Legs that sway come to a bend of a given way so slowly as if the way ended so much behind it."""
_POST_M, _BACK_M, _BACK_MPS = 0.1, 0.04, 0.15
"""Legs that sway go back where they wait for their way, at which distance from it, until which, and how fast."""
_TO_NEXT_CELLS = 60
"""The way to the next point and what has to be known beyond it, in cells."""


class Leg:
    """A walk of `robot` to (x, y), and to the heading `yaw` if one is given; m, rad, m/s."""

    def __init__(self, robot: Computer, x: float, y: float, yaw: float | None, speed: float | None = None) -> None:
        fastest = robot.info.description.max_speed_mps
        self.robot, self.rows, self.row = robot, robot.rows, robot.row
        self.way = Navigator(robot.world.grid, (x, y), min(speed or fastest, fastest))
        self.aim = self.way
        """The way to what is walked to now: the goal, or a point before it."""
        self.yaw = yaw
        self.guide = Guide((x, y))
        self.awaits_since_s: float | None = None
        """Since when it stands because no more of its way is released (simulated time)."""
        self._post, self._returns = (0.0, 0.0, 0.0), False
        self._begun_s = robot.world.time_s
        self._cells: tuple[Cells, Cells] | None = None
        self.next_detour_s = _DETOUR_AFTER_S
        self.side = 0.0
        self.blocked = False

    # Begin and end

    def begin(self) -> None:
        """The first thought of the walk."""
        table, i = self.rows.columns, self.row
        dynamic = self.robot.body.dynamic
        table["near"][i] = _NEAR_DYNAMIC_M if dynamic else _NEAR_M
        table["near_turning"][i] = _NEAR_TURNING_DYNAMIC_M if dynamic else _NEAR_TURNING_M
        table["tolerance"][i] = _TOLERANCE_DYNAMIC_RAD if dynamic else _TOLERANCE_RAD
        self.robot.leg = self
        self.robot.world.legs[i] = self
        if self.guide or self.robot.guided:
            self.go_on()
        else:
            self._set_out(self.way)

    def _set_out(
        self, aim: Navigator, *, beyond_m: float = 0.0, then: Point | None = None, line_from: Point | None = None
    ) -> None:
        """Walk there from now on: to the goal, or to a point behind which the way goes on to `then`; along the line
        that begins at `line_from`, if one is given."""
        table, i, last = self.rows.columns, self.row, aim is self.way
        self.aim = aim
        table["goal_x"][i], table["goal_y"][i] = aim.goal
        table["goal_yaw"][i] = self.yaw if last and self.yaw is not None else math.nan
        table["guided"][i], table["beyond"][i] = not last, beyond_m
        table["next_x"][i], table["next_y"][i] = then if then is not None else (math.nan, math.nan)
        table["from_x"][i], table["from_y"][i] = line_from if line_from is not None else (math.nan, math.nan)
        table["speed"][i] = min(aim.speed, self.guide.limit())
        table["turning"][i] = False
        table["best"][i] = table["left"][i] = math.inf
        table["waited_s"][i] = table["close_s"][i] = 0.0
        table["walks"][i] = True
        self.awaits_since_s = None
        self.rows.ways[i] = 0
        if last:
            table["routed"][i] = self.robot.world.building.marks is not None or not self._straight()
        else:
            m = self.robot.estimate()
            table["routed"][i] = not aim.grid.clear_line(m.x, m.y, *aim.goal)
        self.follow()

    def end(self) -> None:
        """The walk is over, or given up."""
        self._stop()
        self.robot.leg = None
        self.robot.world.legs.pop(self.row, None)

    def body_changed(self) -> None:
        """The robot was promoted or demoted: other bodies arrive differently well."""
        waited, best = self.rows.columns["waited_s"].item(self.row), self.rows.columns["best"].item(self.row)
        self.begin()
        self.rows.columns["waited_s"][self.row], self.rows.columns["best"][self.row] = waited, best

    def _stop(self) -> None:
        """The legs are told nothing more."""
        table, i = self.rows.columns, self.row
        table["walks"][i] = table["pressing"][i] = table["guided"][i] = False
        table["event"][i] = EVENT_NONE
        table["beyond"][i], table["next_x"][i] = 0.0, math.nan
        self.rows.ways[i] = 0

    def arrived(self) -> bool:
        """Whether the walk's goal is reached; asked every thought. Goes on along a way that is given."""
        there = bool(self.rows.columns["event"][self.row] == EVENT_ARRIVED)
        if self.awaits_since_s is not None:
            self.go_on()
            return False
        if there and self.aim is not self.way:
            self.guide.pass_one()
            self.go_on()
            return False
        return there

    def shown(self, status: PrimitiveStatus) -> PrimitiveStatus:
        """The status with the way that is left."""
        if status.state not in ("running", "blocked"):
            return status
        if self.awaits_way and status.state == "running":
            status = msgspec.structs.replace(status, code=AWAITS_WAY, detail="waits until the way ahead is free")
        left = self.rows.columns["left"].item(self.row)
        if self.awaits_since_s is not None or not math.isfinite(left):
            return status
        beyond = self.guide.left_beyond() if self.aim is not self.way else 0.0
        return msgspec.structs.replace(status, distance_left_m=round(left + beyond, 2))

    # A way given from outside

    @property
    def awaits_way(self) -> bool:
        """Whether it has stood for a while because no more of its way is released."""
        since = self.awaits_since_s
        return since is not None and self.robot.world.time_s - since >= SAYS_SO_AFTER_S

    @property
    def asks(self) -> bool:
        """Whether the building has something to say about the straight way ahead."""
        return self._cells is not None and self.awaits_since_s is None

    def take(self, way: Way) -> None:
        """Go by this way from now on. Raises `Refused`; see `Guide.take`."""
        if self.guide.take(way, self.robot.id) and self.robot.leg is self:
            self.go_on()

    def find_own_way(self) -> None:
        """Forget the way that was given: nobody is there who would release more of it."""
        if not self.guide and self.awaits_since_s is None:
            return
        self.guide = Guide(self.way.goal)
        self._begun_s = -math.inf
        if self.robot.leg is self:
            self.go_on()

    def go_on(self) -> None:
        """To the next point of the way that is released, to the goal, or stand and wait."""
        guide, robot = self.guide, self.robot
        if not guide:
            if robot.guided and robot.world.time_s - self._begun_s < FIRST_WITHIN_S:
                self._wait_here()
            else:
                self._set_out(self.way)
            return
        m = robot.estimate()
        guide.pass_by(m.x, m.y, PASSED_DYNAMIC_M if robot.body.dynamic else PASSED_M)
        if guide.waits:
            self._wait_here()
        elif guide.ends:
            self._set_out(self.way, line_from=guide.line_from(m.x, m.y))
        else:
            points, k, before = guide.points, guide.passed, guide.line_from(m.x, m.y)
            beyond_m = guide.free_beyond()
            if robot.body.dynamic and guide.bends(before):
                beyond_m = min(beyond_m, _INTO_BENDS_M)
            then = points[k + 1] if k + 1 < guide.released else None
            self._look_ahead(m.x, m.y)
            aim = Navigator(self.way.grid, points[k], self.way.speed)
            self._set_out(aim, beyond_m=beyond_m, then=then, line_from=before)

    def _wait_here(self) -> None:
        """Stand until more of the way is released."""
        if self.awaits_since_s is None:
            self.awaits_since_s = self.robot.world.time_s
            self._stop()
            self._go_on()
            m = self.robot.estimate()
            self._post, self._returns = (m.x, m.y, m.yaw), False
        self.rows.columns["event"][self.row] = EVENT_AWAITS
        self.robot.wish = self._keep_post() if self.robot.body.dynamic else STILL

    def _keep_post(self) -> Wish:
        """Legs that sway would drift off in time: back to where the wait began, looking as it did then."""
        m, (x, y, yaw) = self.robot.estimate(), self._post
        away = math.hypot(x - m.x, y - m.y)
        self._returns = away > (_BACK_M if self._returns else _POST_M)
        if not self._returns:
            return STILL
        return Wish((x - m.x) / away * _BACK_MPS, (y - m.y) / away * _BACK_MPS, yaw)

    def _look_ahead(self, x: float, y: float) -> None:
        """Learn whether the building has something to say about the way ahead."""
        building, guide = self.robot.world.building, self.guide
        self._cells = None
        if building.marks is None:
            return
        rest = guide.points[guide.passed :]
        free = building.cells_along(((x, y), *guide.points[guide.passed : guide.released]))
        ahead = free[: building.call_cells + _TO_NEXT_CELLS]
        if building.is_marked(ahead):
            self._cells = ahead, building.cells_along(((x, y), *rest))

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
        if self._cells is not None:  # also on a detour to a point of the way that is given: the door is behind it
            self._ask_along(*self._cells)
        if table["event"][i] > EVENT_ARRIVED:
            self.decide()
        elif self.blocked and table["waited_s"][i] == 0.0:
            self._go_on()

    def _follow_route(self) -> int:
        """Along a way that has to be found first. Returns what `walk_routes` says."""
        grid, rows, i = self.way.grid, self.rows, self.row
        route, free_way = self.aim.both()
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
        self.aim.avoid(blocks)
        self.rows.ways[self.row] = 0
        table["best"][self.row] = self.aim.left(x, y)

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
        wait = robot.world.building.ask(robot.world, robot.id, self.aim, m.x, m.y, m.speed)
        if wait is not None:
            self._wait(wait, m.x, m.y)

    def _ask_along(self, ahead: Cells, whole: Cells) -> None:
        """The same along the way that is given, from the cell of it nearest to where the robot is."""
        robot, grid = self.robot, self.way.grid
        m = robot.estimate()
        i, j = grid.cell(m.x, m.y)
        away = (ahead // grid.shape[1] - i) ** 2 + (ahead % grid.shape[1] - j) ** 2
        start = int(away[:_TO_NEXT_CELLS].argmin())
        wait = robot.world.building.ask_along(robot.world, robot.id, ahead[start:], whole, m.x, m.y, m.speed)
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
