"""The robots' bodies in a rollout: which tier they are simulated in, and what they use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import njit

from sim_worlds.errors import Refused
from sim_worlds.kernels.moving import joint_power
from sim_worlds.people.forces import Floats

if TYPE_CHECKING:
    from sim_worlds.world import World


def demote(world: World) -> None:
    """Move robots that walk by their joints, all that can be moved: not who has fallen or has a fault in the legs."""
    for name in world.computers:
        try:
            world.promotion.demote(name)
        except Refused:
            continue  # it stays as it is, and its physics with it


def power_w(world: World) -> float:
    """What all robots together use now, in W; what docks give is not subtracted."""
    total = float(_moved_w(world.rows.motion, world.rows.table))
    for robot in world.mechanics.stepped:
        columns = world.rows.columns
        total += columns["idle_w"].item(robot.row) + columns["load_w"].item(robot.row) + robot.body.joint_power_w()
    return total


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _moved_w(motion: Floats, table: Any) -> float:
    total = 0.0
    for i in range(len(table)):
        row = table[i]
        if row.moved:
            total += row.idle_w + row.load_w + joint_power(motion[i], row)
    return total
