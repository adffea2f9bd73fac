"""One step of priority inheritance with backtracking (PIBT), compiled.

The method is of Okumura, Machida, Defago, Tamura 2022, "Priority inheritance with backtracking for iterative
multi-agent path finding", Artif. Intell. 310; the rules by which two robots change places where only one fits are of
Okumura 2023, "Improving LaCAM for scalable eventually optimal multi-agent pathfinding", IJCAI. Recursion is written out
as a stack, so that a push through a thousand robots needs no more than a line of a thousand numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOBODY = -1
_OPEN, _MOVED, _STUCK = 0, 1, 2  # what is known of the robot on top of the stack


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def step_all(
    starts: Ints,
    ends: Ints,
    costs: Ints,
    table: Ints,
    row: Ints,
    goal: Ints,
    at: Ints,
    order: Ints,
    swaps: bool,
    salt: int,
    here: Ints,
    there: Ints,
    to: Ints,
    cand: Ints,
    keys: Longs,
    count: Ints,
    tried: Ints,
    partner: Ints,
    stack: Ints,
) -> bool:
    """Decide `to[i]` for each robot i that has none yet (-1), in `order`. False: somebody could not even stay.

    `here[node]` is who is there now and `there[node]` who will be (-1: nobody), with those that are decided before the
    call entered. The last six arrays are scratch: [robots, most steps + 1] twice and [robots] four times.
    """
    for k in range(len(order)):
        i = order[k]
        if to[i] != NOBODY:
            continue
        if not _push(
            i, starts, ends, costs, table, row, goal, at, swaps, salt,
            here, there, to, cand, keys, count, tried, partner, stack,
        ):  # fmt: skip
            # It stays. That is no harm unless somebody who was decided beforehand goes there.
            if there[at[i]] != i:
                return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _push(
    first: int,
    starts: Ints,
    ends: Ints,
    costs: Ints,
    table: Ints,
    row: Ints,
    goal: Ints,
    at: Ints,
    swaps: bool,
    salt: int,
    here: Ints,
    there: Ints,
    to: Ints,
    cand: Ints,
    keys: Longs,
    count: Ints,
    tried: Ints,
    partner: Ints,
    stack: Ints,
) -> bool:
    """Move `first`, and whoever stands in its way, and whoever stands in theirs. False: it stays where it is."""
    stack[0] = first
    _wishes(first, starts, ends, costs, table, row, at, salt, cand, keys, count)
    partner[first] = NOBODY
    if swaps:
        _seek_swap(first, starts, ends, table, row, goal, at, here, to, cand, count, partner)
    tried[first] = 0
    depth, known = 1, _OPEN
    while depth > 0:
        a = stack[depth - 1]
        if known != _MOVED:
            known = _STUCK
            while tried[a] < count[a]:
                node = cand[a, tried[a]]
                tried[a] += 1
                if there[node] != NOBODY:
                    continue
                other = here[node]
                if other != NOBODY and to[other] == at[a]:
                    continue  # they would pass through each other
                to[a], there[node] = node, a
                if other == NOBODY or to[other] != NOBODY:
                    known = _MOVED
                    break
                stack[depth] = other
                depth += 1
                _wishes(other, starts, ends, costs, table, row, at, salt, cand, keys, count)
                partner[other] = NOBODY
                if swaps:
                    _seek_swap(other, starts, ends, table, row, goal, at, here, to, cand, count, partner)
                tried[other] = 0
                known = _OPEN
                break
            if known == _OPEN:
                continue
        if known == _MOVED:
            pulled = partner[a]
            if tried[a] == 1 and pulled != NOBODY and to[pulled] == NOBODY and there[at[a]] == NOBODY:
                to[pulled], there[at[a]] = at[a], pulled
        else:
            to[a] = at[a]
            if there[at[a]] == NOBODY or there[at[a]] == stack[max(depth - 2, 0)]:
                there[at[a]] = a
        depth -= 1
    return known == _MOVED


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _wishes(
    i: int,
    starts: Ints,
    ends: Ints,
    costs: Ints,
    table: Ints,
    row: Ints,
    at: Ints,
    salt: int,
    cand: Ints,
    keys: Longs,
    count: Ints,
) -> None:
    """Where robot i would like to be next, best first: by cost to its goal, ties by a hash of robot, node and step."""
    source, far = at[i], table[row[i]]
    n = 0
    for k in range(starts[source], starts[source + 1] + 1):
        if k < starts[source + 1]:
            node, cost = ends[k], np.int64(far[ends[k]]) + costs[k]
        else:
            node, cost = source, np.int64(far[source]) + 1
        mixed = (np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(node) * np.uint64(0xC2B2AE3D27D4EB4F))
        mixed = (mixed ^ np.uint64(salt)) * np.uint64(0xD6E8FEB86659FD93)
        key = (cost << 16) | np.int64((mixed >> np.uint64(40)) & np.uint64(0xFFFF))
        slot = n
        while slot > 0 and keys[i, slot - 1] > key:
            keys[i, slot] = keys[i, slot - 1]
            cand[i, slot] = cand[i, slot - 1]
            slot -= 1
        keys[i, slot] = key
        cand[i, slot] = node
        n += 1
    count[i] = n


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _seek_swap(
    i: int,
    starts: Ints,
    ends: Ints,
    table: Ints,
    row: Ints,
    goal: Ints,
    at: Ints,
    here: Ints,
    to: Ints,
    cand: Ints,
    count: Ints,
    partner: Ints,
) -> None:
    """If robot i and a neighbour can only get on by changing places: note whom, and let i prefer to back off."""
    source, wish = at[i], cand[i, 0]
    if wish == source:
        return
    found = NOBODY
    j = here[wish]
    if (
        j != NOBODY
        and to[j] == NOBODY
        and _swap_needed(i, j, source, wish, starts, ends, table, row, goal, here)
        and _swap_possible(wish, source, starts, ends, goal, here)
    ):
        found = j
    else:
        for k in range(starts[source], starts[source + 1]):
            other = here[ends[k]]
            if other == NOBODY or ends[k] == wish or to[other] != NOBODY:
                continue
            # `other` will want to come through here, towards where i goes now: make room before both are in the lane.
            if _swap_needed(other, i, source, wish, starts, ends, table, row, goal, here) and _swap_possible(
                wish, source, starts, ends, goal, here
            ):
                found = other
                break
    if found == NOBODY:
        return
    partner[i] = found
    n = count[i]
    for k in range(n // 2):
        cand[i, k], cand[i, n - 1 - k] = cand[i, n - 1 - k], cand[i, k]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _ways_on(node: int, behind: int, starts: Ints, ends: Ints, goal: Ints, here: Ints) -> tuple[int, int]:
    """How many ways lead on from `node` other than back to `behind` (a dead end that somebody has reached for good is
    none), and one of them."""
    ways, one = 0, NOBODY
    for k in range(starts[node], starts[node + 1]):
        u = ends[k]
        if u == behind:
            continue
        if starts[u + 1] - starts[u] == 1 and here[u] != NOBODY and goal[here[u]] == u:
            continue
        ways += 1
        one = u
    return ways, one


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _swap_needed(
    pusher: int,
    puller: int,
    pusher_at: int,
    puller_at: int,
    starts: Ints,
    ends: Ints,
    table: Ints,
    row: Ints,
    goal: Ints,
    here: Ints,
) -> bool:
    """Follow the pusher as it pushes the puller along until the lane ends: would they still want to change places?"""
    push, pull = table[row[pusher]], table[row[puller]]
    while push[puller_at] < push[pusher_at]:
        ways, on = _ways_on(puller_at, pusher_at, starts, ends, goal, here)
        if ways >= 2:
            return False
        if ways == 0:
            break
        pusher_at, puller_at = puller_at, on
    reached = push[pusher_at] == 0
    return bool(pull[pusher_at] < pull[puller_at] and (reached or push[puller_at] < push[pusher_at]))


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _swap_possible(pusher_at: int, puller_at: int, starts: Ints, ends: Ints, goal: Ints, here: Ints) -> bool:
    """Follow the puller as it backs off from the pusher: is there a node where a lane branches?"""
    first = pusher_at
    while puller_at != first:
        ways, on = _ways_on(puller_at, pusher_at, starts, ends, goal, here)
        if ways >= 2:
            return True
        if ways == 0:
            return False
        pusher_at, puller_at = puller_at, on
    return False
