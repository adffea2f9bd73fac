"""The robots of a world as arrays: one row each, in the world's order.

Tier T0 lives here; robots of the other tiers are mirrored once a thought, so that walking, giving way and waiting are
computed for all of them at once (`kernels`). Lengths in m, angles in rad, times in s, powers in W.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

X, Y, YAW, VX, VY, TURN, KNELT = range(7)
"""Columns of `Rows.motion`; TURN is the yaw rate in rad/s, KNELT goes from 0 (stands) to 1 (kneels)."""

EVENT_NONE, EVENT_ARRIVED, EVENT_STUCK, EVENT_NO_WAY = range(4)
"""What a walk tells the robot's computer: it is there; nothing moves for a while; the straight line is blocked."""
EVENT_AWAITS = -1
"""What the computer says of a walk: it stands until more of its way is released."""

CURVE = 8
"""Points of a power curve."""

ROW = np.dtype(
    [
        ("moved", np.bool_),  # the body is of tier T0 or T1: its base is moved here
        # Limits of the body (m/s, m/s2, rad/s)
        ("top_speed", np.float64),
        ("acceleration", np.float64),
        ("braking", np.float64),
        ("top_turn", np.float64),
        # What the body is told (map frame)
        ("told_vx", np.float64),
        ("told_vy", np.float64),
        ("told_turn", np.float64),
        ("kneels", np.bool_),
        # Battery: Wh; W for computers, for joints over speed (m/s, rising), for whatever else there is, from the dock
        ("battery_wh", np.float64),
        ("capacity_wh", np.float64),
        ("idle_w", np.float64),
        ("power_speeds", np.float64, (CURVE,)),
        ("powers", np.float64, (CURVE,)),
        ("load_w", np.float64),
        ("charge_w", np.float64),
        ("taper_from", np.float64),  # share of the capacity
        # The onboard computer
        ("heard_s", np.float64),
        ("busy", np.bool_),  # a primitive runs
        ("holding", np.bool_),
        ("docked", np.bool_),
        ("fallen", np.bool_),
        ("upright", np.bool_),
        ("dynamic", np.bool_),
        ("attend", np.bool_),  # the computer has something to decide
        ("radius", np.float64),
        ("max_speed", np.float64),
        ("pace", np.float64),
        ("wish_vx", np.float64),
        ("wish_vy", np.float64),
        ("wish_yaw", np.float64),  # NaN: keep
        ("pressing", np.bool_),
        ("posted", np.bool_),
        ("returning", np.bool_),
        ("post_x", np.float64),
        ("post_y", np.float64),
        ("post_yaw", np.float64),
        # Where it believes to be minus where it is
        ("off_x", np.float64),
        ("off_y", np.float64),
        ("off_yaw", np.float64),
        # The walk under way
        ("walks", np.bool_),
        ("routed", np.bool_),  # along a route; otherwise in a straight line
        ("event", np.int8),
        ("goal_x", np.float64),
        ("goal_y", np.float64),
        ("goal_yaw", np.float64),  # NaN: any
        ("speed", np.float64),
        ("near", np.float64),  # m from the goal that count as there
        ("near_turning", np.float64),  # the same while it turns on the spot, which drifts a little
        ("tolerance", np.float64),  # rad
        ("turning", np.bool_),
        ("left", np.float64),
        ("best", np.float64),
        ("waited_s", np.float64),
        ("close_s", np.float64),
        # A way given from outside: `goal` is then a point on it, to be passed unless it is the last that is released
        ("guided", np.bool_),
        ("beyond", np.float64),  # m of released way behind that point
        ("from_x", np.float64),  # where the line to that point begins; NaN: no line is given
        ("from_y", np.float64),
        ("next_x", np.float64),  # the point after it; NaN: it is the last one released
        ("next_y", np.float64),
    ],
    align=True,
)


class Rows:
    """`motion` [n, 7] and `table` [n] of `ROW`; `of` gives one robot's numbers as Python floats."""

    def __init__(self, size: int) -> None:
        self.motion: NDArray[np.float64] = np.zeros((size, 7))
        self.table: NDArray[Any] = np.zeros(size, dtype=ROW)
        self.table["pace"] = 1.0
        self.table["wish_yaw"] = np.nan
        self.table["goal_yaw"] = np.nan
        for name in ("next_x", "next_y", "from_x", "from_y"):
            self.table[name] = np.nan
        self.ways: NDArray[np.uint64] = np.zeros((size, 5), dtype=np.uint64)
        """Addresses of the route that a row walks along: `left`, `onward` and `known` of the one that is walked, `left`
        and `known` of the one without what stands in it. 0 where none is set. The row's leg keeps the arrays alive."""
        self.said: NDArray[np.int32] = np.zeros(size, dtype=np.int32)
        """What `walk_routes` said of each row."""
        self.columns: dict[str, NDArray[Any]] = {name: self.table[name] for name in self.table.dtype.names or ()}

    def __len__(self) -> int:
        return len(self.table)

    def of(self, row: int) -> list[float]:
        """x, y, yaw, vx, vy, yaw rate, knelt."""
        numbers: list[float] = self.motion[row].tolist()
        return numbers


def resampled(speeds: Sequence[float]) -> NDArray[np.float64]:
    """`speeds` (rising, at most `CURVE`) with points added after the last, for a column of fixed size."""
    if len(speeds) > CURVE:
        raise ValueError(f"a power curve has at most {CURVE} points, got {len(speeds)}")
    return np.array([*speeds, *(speeds[-1] + 1.0 + i for i in range(CURVE - len(speeds)))])


def motion_column(index: int) -> Any:
    """A property of a class with `rows` and `row`, kept in that column of the motion."""

    def read(self: Any) -> float:
        return float(self.rows.motion[self.row, index])

    def write(self: Any, value: float) -> None:
        self.rows.motion[self.row, index] = value

    return property(read, write)


def column(name: str) -> Any:
    """A property of a class with `rows` and `row`, kept in that column of the table."""

    def read(self: Any) -> Any:
        return self.rows.columns[name].item(self.row)

    def write(self: Any, value: Any) -> None:
        self.rows.columns[name][self.row] = value

    return property(read, write)
