"""Taking and putting down boxes with physical arms (tier T1): reach, close, lift; carry over, lower, open."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator

import numpy as np
from numpy.typing import NDArray

from sim_worlds.crates import Crate
from sim_worlds.errors import NotInHands
from sim_worlds.humanoids.base import Vector
from sim_worlds.humanoids.upper_body import UpperBody
from sim_worlds.onboard.computer import STILL, THINK_S, Computer, Failed

Array = NDArray[np.float64]
Steps = Generator[None, None, None]
_OPEN_M, _LIFT_M = 0.07, 0.08
_OVER = np.array([0.0, 0.0, 0.14])
_PRECISE_M = 0.025
_HAND_MPS = 0.4
_SETTLE_S, _TIMEOUT_S = 0.2, 8.0


def lift(robot: Computer, body: UpperBody, crate: Crate, taken: Callable[[], None]) -> Steps:
    """Bring both palms to the sides of a box, close, and lift it to where it is carried.

    `taken` is called once the box is held. Raises `Failed` with `out_of_reach`, `not_in_hands` or `slipped`.
    """
    robot.wish = STILL
    sides, directions = body.beside(crate)
    apart = sides + directions * _OPEN_M
    try:
        for goal in (body.drawn_back(apart + _OVER), apart + _OVER, apart, sides):
            missing = yield from _line(robot, body, goal)
            if missing > _PRECISE_M:
                raise Failed(
                    "out_of_reach", f"{robot.id}'s hands come within {missing:.2f} m of {crate.id}; stand nearer", True
                )
        try:
            body.grasp(crate)
        except NotInHands as problem:
            raise Failed("not_in_hands", f"{problem}; try again", retriable=True) from None
        taken()
        x, y, z = crate.pose()[0]
        near = body.carry_point(crate)
        for point in ((x, y, z + _LIFT_M), (near[0], near[1], max(z + _LIFT_M, near[2])), near):
            yield from _carry(robot, body, crate, point)
    finally:
        if body.held is None:
            body.rest()
    if body.held is not crate:
        raise Failed("slipped", f"{crate.id} slipped from {robot.id}'s hands while it was lifted", retriable=True)


def lower(robot: Computer, body: UpperBody, crate: Crate, spot: Vector) -> Generator[None, None, bool]:
    """Carry a box over its place, lower it, open and draw back the hands; whether it was held to the end.

    Raises `Failed` with `out_of_reach`; the box is then still held.
    """
    robot.wish = STILL
    x, y, z = spot
    over = z + _OVER[2]
    near = body.carry_point(crate)
    for point in ((near[0], near[1], max(over, near[2])), (x, y, over), spot):
        yield from _carry(robot, body, crate, point)
    held = body.held is crate
    if held and np.linalg.norm(np.array(crate.pose()[0][:2]) - (x, y)) > 3 * _PRECISE_M:
        raise Failed("out_of_reach", f"{robot.id} cannot bring {crate.id} to ({x:.2f}, {y:.2f}); stand nearer", True)
    body.release()
    if held:
        sides, directions = body.beside(crate)
        apart = sides + directions * _OPEN_M
        for goal in (apart, apart + _OVER, body.drawn_back(apart + _OVER)):
            yield from _line(robot, body, goal)
    body.rest()
    return held


def _carry(robot: Computer, body: UpperBody, crate: Crate, to: Vector) -> Steps:
    """Move the palms, and the box between them, in a straight line, until it slips."""
    start, palms, level = np.array(crate.pose()[0]), body.palms(), body.level()
    way = np.array(to) - start
    for share in _shares(robot, float(np.linalg.norm(way))):
        if body.held is not crate:
            return
        body.reach(palms + way * share, level, most=12)
        yield
    yield from _arrive(body)


def _line(robot: Computer, body: UpperBody, palms: Array) -> Generator[None, None, float]:
    """Move the empty hands in straight lines; how far in m the worse one will be from its goal."""
    start = body.palms()
    missing = 0.0
    for share in _shares(robot, float(np.linalg.norm(palms - start, axis=1).max())):
        missing = body.reach(start + (palms - start) * share, most=60 if share == 1.0 else 12)
        yield
    yield from _arrive(body)
    return missing


def _shares(robot: Computer, metres: float) -> list[float]:
    """Parts of a way of the hands, one a thought."""
    steps = max(math.ceil(metres / (_HAND_MPS * THINK_S) * robot.work_scale), 1)
    return [i / steps for i in range(1, steps + 1)]


def _arrive(body: UpperBody) -> Steps:
    """Wait until the arms are where they were sent, and still."""
    for _ in range(round(_TIMEOUT_S / THINK_S)):
        if body.arrived:
            break
        yield
    for _ in range(round(_SETTLE_S / THINK_S)):
        yield
