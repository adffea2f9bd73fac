"""Robots that have to turn before they walk another way: a few actions ahead for all, compiled.

Each robot holds a short list of actions (an operation); together they are free of conflicts. At every step each robot
in turn looks for a better one: if that is in the way of one other robot of lower rank, the other looks for another one
first, and so on (priority inheritance with backtracking over operations, after Okumura et al. 2022 and, for actions
of several steps, Yukhnevich and Andreychuk 2025, "Enhancing PIBT via multi-action operations"). Then single robots are
tried again at random, and what lowers the sum of costs is kept.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.grid.dice_kernel import draw

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
NOBODY = -1
FORWARD, RIGHT, LEFT, WAIT = range(4)  # headings are 0 to 3; right is + 1
# Rows of `robots`, [8, robots]: its state (4 x node + heading), the rows of its goal and of its goal after that (-1:
# none), how far it is from the one to the other, its rank, for whom it was asked to make way last and how often, and
# whether it is among those who wait for somebody to make way.
STATE, ROW, ROW2, LEG, RANK, ASKED, TIMES, WAITS = range(8)
MOST_TIMES = 10


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def improve(
    ahead: Ints,
    table: Ints,
    goals: Ints,
    robots: Ints,
    operations: Ints,
    plans: Ints,
    costs: Longs,
    busy: Ints,
    order: Ints,
    tries: int,
    dice: Longs,
) -> int:
    """Let every robot in `order` look for a better operation, then `tries` robots at random; how many found one.

    Args:
        ahead: the node that forward leads to, -1 for none, [nodes, 4].
        table, goals: cost from each state, and the node, of each row.
        operations: actions, [operations, steps].
        plans: the nodes of each robot's operation, [robots, steps + 1], and after them which operation it is.
        costs: scratch, [robots].
        busy: who is at a node at each step, [steps + 1, nodes]; agrees with `plans`.
    """
    count, found = len(order), 0
    for i in range(count):
        costs[i] = _cost(i, plans[i, plans.shape[1] - 1], ahead, table, goals, robots, operations)
    tried = np.empty(count, np.int32)
    wishes = np.empty((count, len(operations)), np.int32)
    keys = np.empty((count, len(operations)), np.int64)
    old = np.empty_like(plans)
    old_costs = np.empty_like(costs)
    stack = np.empty(count, np.int32)
    for k in range(count + tries):
        first = order[k] if k < count else draw(dice, 0) % count
        found += _seek(
            first, k >= count, k + 1, ahead, table, goals, robots, operations, plans, costs, busy, tried, wishes, keys,
            old, old_costs, stack, dice,
        )  # fmt: skip
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _seek(
    first: int,
    must_pay: bool,
    mark: int,
    ahead: Ints,
    table: Ints,
    goals: Ints,
    robots: Ints,
    operations: Ints,
    plans: Ints,
    costs: Longs,
    busy: Ints,
    tried: Ints,
    wishes: Ints,
    keys: Longs,
    old: Ints,
    old_costs: Longs,
    stack: Ints,
    dice: Longs,
) -> int:
    """1 if `first` got a better operation. With `must_pay` it may push anybody, but all together must gain by it."""
    rank = -1 if must_pay else robots[RANK, first]
    depth = _enter(first, 0, mark, ahead, table, goals, robots, operations, plans, costs, busy, tried, wishes, keys,
                   old, old_costs, stack, dice)  # fmt: skip
    paid = np.int64(0)  # by all on the stack below the top
    while depth > 0:
        i = stack[depth - 1]
        limit = old_costs[i] - 1 if depth == 1 else np.int64(1 << 60)
        if must_pay and depth > 1:
            limit = old_costs[i] - paid - 1
        placed, other = _take(i, limit, mark, rank, ahead, robots, operations, plans, costs, busy, tried, wishes, keys)
        if placed and other == NOBODY:
            _lay(i, plans, busy, i)
            for k in range(depth):
                robots[WAITS, stack[k]] = 0
            return 1
        if placed:
            # The other makes way: it looks for another operation around this one.
            paid += costs[i] - old_costs[i]
            depth = _enter(other, depth, mark, ahead, table, goals, robots, operations, plans, costs, busy, tried,
                           wishes, keys, old, old_costs, stack, dice)  # fmt: skip
            _lay(i, plans, busy, i)
            continue
        # Nothing works for i: whoever pushed it thinks again.
        depth -= 1
        robots[WAITS, i] = 0
        plans[i], costs[i] = old[i], old_costs[i]
        if depth > 0:
            above = stack[depth - 1]
            _lay(above, plans, busy, NOBODY)
            paid -= costs[above] - old_costs[above]
        _lay(i, plans, busy, i)
    return 0


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _enter(
    i: int,
    depth: int,
    mark: int,
    ahead: Ints,
    table: Ints,
    goals: Ints,
    robots: Ints,
    operations: Ints,
    plans: Ints,
    costs: Longs,
    busy: Ints,
    tried: Ints,
    wishes: Ints,
    keys: Longs,
    old: Ints,
    old_costs: Longs,
    stack: Ints,
    dice: Longs,
) -> int:
    stack[depth] = i
    robots[TIMES, i] = robots[TIMES, i] + 1 if robots[ASKED, i] == mark else 1
    robots[ASKED, i], robots[WAITS, i] = mark, 1
    tried[i] = 0
    old[i], old_costs[i] = plans[i], costs[i]
    _lay(i, plans, busy, NOBODY)
    _rank(i, ahead, table, goals, robots, operations, wishes, keys, dice)
    return depth + 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _take(
    i: int,
    limit: int,
    mark: int,
    rank: int,
    ahead: Ints,
    robots: Ints,
    operations: Ints,
    plans: Ints,
    costs: Longs,
    busy: Ints,
    tried: Ints,
    wishes: Ints,
    keys: Longs,
) -> tuple[bool, int]:
    """Write into `plans` the next operation of robot i that costs no more than `limit` and that nobody is in the way
    of, or one robot that may be asked to make way: whether there is one, and whom to ask (-1: nobody)."""
    while tried[i] < len(operations) and keys[i, tried[i]] <= limit:
        op, cost = wishes[i, tried[i]], keys[i, tried[i]]
        tried[i] += 1
        if _walk(i, op, ahead, robots, operations, plans):
            other = _in_the_way(i, plans, busy)
            if other == NOBODY or (other >= 0 and _may_ask(other, mark, rank, robots)):
                costs[i] = cost
                return True, other
    return False, NOBODY


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _may_ask(other: int, mark: int, rank: int, robots: Ints) -> bool:
    """Whether `other` may be asked to make way: of lower rank, not waiting itself, and not asked in vain too often.
    More than once, because the same robot may be able to go a step later."""
    if robots[WAITS, other] == 1 or robots[RANK, other] <= rank:
        return False
    return bool(robots[ASKED, other] != mark or robots[TIMES, other] < MOST_TIMES)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _lay(i: int, plans: Ints, busy: Ints, value: int) -> None:
    for t in range(busy.shape[0]):
        busy[t, plans[i, t]] = value


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _walk(i: int, op: int, ahead: Ints, robots: Ints, operations: Ints, plans: Ints) -> bool:
    """Write where operation `op` takes robot i. False if it walks into a wall."""
    node, heading = robots[STATE, i] >> 2, robots[STATE, i] & 3
    plans[i, 0] = node
    for t in range(operations.shape[1]):
        action = operations[op, t]
        if action == FORWARD:
            node = ahead[node, heading]
            if node == NOBODY:
                return False
        elif action != WAIT:
            heading = (heading + (1 if action == RIGHT else 3)) & 3
        plans[i, t + 1] = node
    plans[i, operations.shape[1] + 1] = op
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _in_the_way(i: int, plans: Ints, busy: Ints) -> int:
    """The robot that is in the way of robot i; -1: none, -2: several."""
    found = NOBODY
    for t in range(1, busy.shape[0]):
        node, before = plans[i, t], plans[i, t - 1]
        meets, passes = busy[t, node], np.int32(NOBODY)
        if node != before and busy[t - 1, node] != NOBODY and busy[t - 1, node] == busy[t, before]:
            passes = busy[t, before]
        for other in (meets, passes):
            if other != NOBODY and other != found:
                if found != NOBODY:
                    return -2
                found = other
    return found


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _rank(
    i: int,
    ahead: Ints,
    table: Ints,
    goals: Ints,
    robots: Ints,
    operations: Ints,
    wishes: Ints,
    keys: Longs,
    dice: Longs,
) -> None:
    """Put the operations of robot i in order of what they cost."""
    for op in range(len(operations)):
        key = _cost(i, op, ahead, table, goals, robots, operations) + draw(dice, 0) % 16
        slot = op
        while slot > 0 and keys[i, slot - 1] > key:
            keys[i, slot], wishes[i, slot] = keys[i, slot - 1], wishes[i, slot - 1]
            slot -= 1
        keys[i, slot], wishes[i, slot] = key, op


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _cost(i: int, op: int, ahead: Ints, table: Ints, goals: Ints, robots: Ints, operations: Ints) -> int:
    """When robot i would be at its goal, in 1/1024 steps, if it could go on freely after the operation; one that walks
    through its goal is judged by the goal after that. Of equals, one that waits later is better. Multiples of 16."""
    node, heading, row = robots[STATE, i] >> 2, robots[STATE, i] & 3, robots[ROW, i]
    steps, gained, waits = operations.shape[1], 0, 0
    for t in range(steps):
        action = operations[op, t]
        if action == FORWARD:
            node = ahead[node, heading]
            if node == NOBODY:
                return 1 << 50
        elif action != WAIT:
            heading = (heading + (1 if action == RIGHT else 3)) & 3
        else:
            waits += steps - t
        if node == goals[row]:
            if robots[ROW2, i] == NOBODY:
                return int((np.int64(t + 1) << 10) + 16 * waits)
            if row != robots[ROW2, i]:
                row, gained = robots[ROW2, i], robots[LEG, i]
    far = np.int64(table[row, 4 * node + heading]) - gained
    return int(((np.int64(steps) + far) << 10) + 16 * waits)
