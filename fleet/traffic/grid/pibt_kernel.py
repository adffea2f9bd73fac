"""One step of priority inheritance with backtracking (PIBT), compiled.

The method is of Okumura, Machida, Defago, Tamura 2022, "Priority inheritance with backtracking for iterative
multi-agent path finding", Artif. Intell. 310; the rules by which two robots change places where only one fits are of
Okumura 2023, "Improving LaCAM for scalable eventually optimal multi-agent pathfinding", IJCAI. Recursion is written out
as a stack, so that a push through a thousand robots needs no more than a line of a thousand numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
NOBODY = -1
_OPEN, _MOVED, _STUCK = 0, 1, 2  # what is known of the robot on top of the stack


# Rows of `robots`, [8, robots]: the row of its goal in the table, its goal, where it is, where it goes (-1: open),
# and scratch: how many wishes it has, how many were tried, with whom it changes places, who waits for whom.
ROW, GOAL, AT, TO, WISHES, TRIED, PARTNER, STACK = range(8)
# Rows of `who`, [2, nodes]: who is there, and who will be; -1: nobody.
HERE, THERE = range(2)


class Net(NamedTuple):
    """A graph's steps in compressed rows, and `table`, [rows, nodes]: what it costs to get to goals."""

    starts: Ints
    ends: Ints
    costs: Ints
    table: Ints


class Crowd(NamedTuple):
    """Robots, who is where, and scratch: the nodes that each would go to, best first, and what orders them, both
    [robots, most steps from a node + 1]."""

    robots: Ints
    who: Ints
    wish: Ints
    keys: Longs


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def step_all(net: Net, crowd: Crowd, order: Ints, swaps: bool, salt: int) -> bool:
    """Decide where all go who have none yet, in `order`. False: somebody could not even stay, because a robot that
    was decided beforehand goes there."""
    robots, who = crowd.robots, crowd.who
    for k in range(len(order)):
        i = order[k]
        if robots[TO, i] == NOBODY:
            _push(i, net, crowd, swaps, salt)
            if who[THERE, robots[TO, i]] != i:
                return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _push(first: int, net: Net, crowd: Crowd, swaps: bool, salt: int) -> None:
    """Move `first`, and whoever stands in its way, and whoever stands in theirs; it stays if that does not work out."""
    # Taken out of their tuples once for each push: the rest is called most of all.
    starts, ends, costs, table = net.starts, net.ends, net.costs, net.table
    robots, who, wish, keys = crowd.robots, crowd.who, crowd.wish, crowd.keys
    depth, known, new = 0, _OPEN, first
    while new != NOBODY or depth > 0:
        if new != NOBODY:
            robots[STACK, depth], robots[TRIED, new], robots[PARTNER, new] = new, 0, NOBODY
            _wishes(new, starts, ends, costs, table, robots, wish, keys, salt)
            if swaps:
                _seek_swap(new, starts, ends, table, robots, who, wish)
            depth, known, new = depth + 1, _OPEN, NOBODY
        i = robots[STACK, depth - 1]
        source = robots[AT, i]
        if known != _MOVED:
            known = _try(i, robots, who, wish)
        if known == _OPEN:
            new = who[HERE, robots[TO, i]]
            continue
        if known == _MOVED:
            pulled = robots[PARTNER, i]
            first_wish = robots[TRIED, i] == 1 and pulled != NOBODY
            if first_wish and robots[TO, pulled] == NOBODY and who[THERE, source] == NOBODY:
                robots[TO, pulled], who[THERE, source] = source, pulled
        else:
            robots[TO, i] = source
            if depth > 1 or who[THERE, source] == NOBODY:  # who pushed it has to think again
                who[THERE, source] = i
        depth -= 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _try(i: int, robots: Ints, who: Ints, wish: Ints) -> int:
    """Take the next wish that is free. It is open where somebody is there who has to be moved first."""
    while robots[TRIED, i] < robots[WISHES, i]:
        node = wish[i, robots[TRIED, i]]
        robots[TRIED, i] += 1
        if who[THERE, node] != NOBODY:
            continue
        other = who[HERE, node]
        if other != NOBODY and robots[TO, other] == robots[AT, i]:
            continue  # they would pass through each other
        robots[TO, i], who[THERE, node] = node, i
        return _MOVED if other == NOBODY or robots[TO, other] != NOBODY else _OPEN
    return _STUCK


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _wishes(
    i: int, starts: Ints, ends: Ints, costs: Ints, table: Ints, robots: Ints, wish: Ints, keys: Longs, salt: int
) -> None:
    """Where robot i would like to be next, best first: by cost to its goal, ties by a hash of robot, node and step."""
    source, row, count = robots[AT, i], robots[ROW, i], 0
    last = starts[source + 1]
    for k in range(starts[source], last + 1):
        node, step = source, np.int32(1)
        if k < last:
            node, step = ends[k], costs[k]
        cost = np.int64(table[row, node]) + step
        mixed = (np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(node) * np.uint64(0xC2B2AE3D27D4EB4F))
        mixed = (mixed ^ np.uint64(salt)) * np.uint64(0xD6E8FEB86659FD93)
        key = (cost << 16) | np.int64((mixed >> np.uint64(40)) & np.uint64(0xFFFF))
        slot = count
        while slot > 0 and keys[i, slot - 1] > key:
            keys[i, slot] = keys[i, slot - 1]
            wish[i, slot] = wish[i, slot - 1]
            slot -= 1
        keys[i, slot] = key
        wish[i, slot] = node
        count += 1
    robots[WISHES, i] = count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _seek_swap(i: int, starts: Ints, ends: Ints, table: Ints, robots: Ints, who: Ints, wish: Ints) -> None:
    """If robot i and a neighbour can only get on by changing places: note whom, and let i prefer to back off."""
    source, best = robots[AT, i], wish[i, 0]
    if best == source:
        return
    found, j = NOBODY, who[HERE, best]
    if j != NOBODY and robots[TO, j] == NOBODY and _swap(i, j, source, best, starts, ends, table, robots, who):
        found = j
    else:
        for k in range(starts[source], starts[source + 1]):
            j = who[HERE, ends[k]]
            if j == NOBODY or ends[k] == best:
                continue
            # j will want to come through here, towards where i goes now: make room before both are in the lane.
            if _swap(j, i, source, best, starts, ends, table, robots, who):
                found = j
                break
    if found == NOBODY:
        return
    robots[PARTNER, i] = found
    last = robots[WISHES, i] - 1
    for k in range((last + 1) // 2):
        wish[i, k], wish[i, last - k] = wish[i, last - k], wish[i, k]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _ways_on(node: int, behind: int, starts: Ints, ends: Ints, robots: Ints, who: Ints) -> tuple[int, int]:
    """How many ways lead on from `node` other than back to `behind` (a dead end that somebody has reached for good is
    none), and one of them."""
    ways, one = 0, NOBODY
    for k in range(starts[node], starts[node + 1]):
        there = ends[k]
        if there == behind:
            continue
        other = who[HERE, there]
        if starts[there + 1] - starts[there] == 1 and other != NOBODY and robots[GOAL, other] == there:
            continue
        ways += 1
        one = there
    return ways, one


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _swap(
    pusher: int, puller: int, behind: int, ahead: int, starts: Ints, ends: Ints, table: Ints, robots: Ints, who: Ints
) -> bool:
    """Whether two robots have to change places, and can.

    They have to if, after the pusher (from `behind`) has pushed the puller (from `ahead`) along until the lane ends,
    both still want to be where the other is. They can if the pusher, going backwards with the puller behind it,
    comes to where a lane branches.
    """
    start_behind, start_ahead = behind, ahead
    push, pull = robots[ROW, pusher], robots[ROW, puller]
    while table[push, ahead] < table[push, behind]:
        ways, on = _ways_on(ahead, behind, starts, ends, robots, who)
        if ways >= 2:
            return False
        if ways == 0:
            break
        behind, ahead = ahead, on
    there = table[push, behind] == 0 or table[push, ahead] < table[push, behind]
    if table[pull, behind] >= table[pull, ahead] or not there:
        return False
    first, front, back = start_ahead, start_ahead, start_behind
    while back != first:
        ways, on = _ways_on(back, front, starts, ends, robots, who)
        if ways != 1:
            return bool(ways >= 2)
        front, back = back, on
    return False
