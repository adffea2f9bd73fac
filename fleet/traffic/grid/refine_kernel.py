"""A plan made better: a few robots at a time get new paths around all others, compiled.

Large-neighbourhood search after Li, Chen, Harabor, Stuckey, Koenig 2021, "Anytime multi-agent path finding via large
neighborhood search", IJCAI: the robots of a neighbourhood are taken out and planned again one after the other, each by
A* over (node, time), and the new paths are kept if together they cost no more. What a robot costs is when it reaches
its goal for good. The plan is free of conflicts before and after every round.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.grid.dice_kernel import draw
from fleet.traffic.grid.pibt_kernel import Net

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
NOBODY = -1
MOST_AT_ONCE = 8
# Entries of `state`: what the dice show, the stamp of the present search, rounds so far, rounds that helped.
DICE, STAMP, ROUNDS, HELPED = range(4)


class Plan(NamedTuple):
    """Robots, [robots]: the row of each one's goal in the table, its goal, and when it arrives; their `paths`, [robots,
    steps + 1], and `busy`, [nodes, steps + 1], who is at a node at a time."""

    row: Ints
    goals: Ints
    arrive: Ints
    paths: Ints
    busy: Ints


class Scratch(NamedTuple):
    """Of one A*: `seen` and `before`, [nodes x (steps + 1)], `queue`, [2, entries], and `heads`, [steps + 1]; `seen`
    holds no number above `state[STAMP]`."""

    seen: Ints
    before: Ints
    queue: Ints
    heads: Ints


class Taken(NamedTuple):
    """The robots of a neighbourhood, and what their paths and arrivals were."""

    chosen: Ints
    paths: Ints
    arrive: Ints


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def lay(paths: Ints, busy: Ints) -> None:
    """Enter all paths, [robots, steps + 1], into `busy`, [nodes, steps + 1]: who is at a node at a time, -1 nobody."""
    busy[:] = NOBODY
    for i in range(len(paths)):
        _set(paths, busy, i, i)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def arrivals(paths: Ints, goals: Ints, arrive: Ints) -> None:
    """When each robot reaches its goal for good, [robots]."""
    for i in range(len(paths)):
        t = paths.shape[1] - 1
        while t > 0 and paths[i, t - 1] == goals[i]:
            t -= 1
        arrive[i] = t


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def refine(net: Net, plan: Plan, scratch: Scratch, rounds: int, state: Longs) -> int:
    """Up to `rounds` rounds; how much the sum of arrivals fell. Changes the `paths`, `busy` and `arrive` of `plan`."""
    robots, steps = plan.paths.shape
    chosen, arrive = np.empty(MOST_AT_ONCE, np.int32), np.empty(MOST_AT_ONCE, np.int32)
    taken = Taken(chosen, np.empty((MOST_AT_ONCE, steps), np.int32), arrive)
    saved = 0
    for _ in range(rounds):
        state[ROUNDS] += 1
        most = min(2 + draw(state, DICE) % (MOST_AT_ONCE - 1), robots)
        if draw(state, DICE) % 4 == 0:
            count = _any_robots(most, robots, chosen, state)
        else:
            count = _in_each_others_way(most, net, plan, chosen, state)
        if count == 0:
            break  # nobody is later than the shortest way takes
        gained = _plan_anew(count, net, plan, taken, scratch, state)
        saved += gained
        state[HELPED] += 1 if gained > 0 else 0
    return saved


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _plan_anew(count: int, net: Net, plan: Plan, taken: Taken, scratch: Scratch, state: Longs) -> int:
    """New paths for the first `count` of `taken.chosen`; how much sooner they are (0: all is as before)."""
    row, goals, arrive, paths, busy = plan.row, plan.goals, plan.arrive, plan.paths, plan.busy
    total, least = 0, 0
    for k in range(count):
        i = taken.chosen[k]
        taken.paths[k], taken.arrive[k] = paths[i], arrive[i]
        total += arrive[i]
        least += net.table[row[i], paths[i, 0]]
        _set(paths, busy, i, NOBODY)
    new = 0
    for k in range(count):
        i = taken.chosen[k]
        least -= net.table[row[i], paths[i, 0]]
        reached = route(i, total - new - least, row[i], goals[i], net, paths, busy, scratch, state)
        if reached == NOBODY:
            _put_back(count, k, plan, taken)
            return 0
        arrive[i] = reached
        new += reached
        _set(paths, busy, i, i)
    return int(total - new)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _put_back(count: int, planned: int, plan: Plan, taken: Taken) -> None:
    """All have their old paths again; of those, the first `planned` are in `busy` with new ones."""
    for k in range(planned):
        _set(plan.paths, plan.busy, taken.chosen[k], NOBODY)
    for k in range(count):
        i = taken.chosen[k]
        plan.paths[i], plan.arrive[i] = taken.paths[k], taken.arrive[k]
        _set(plan.paths, plan.busy, i, i)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _set(paths: Ints, busy: Ints, i: int, value: int) -> None:
    for t in range(paths.shape[1]):
        busy[paths[i, t], t] = value


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _any_robots(most: int, robots: int, chosen: Ints, state: Longs) -> int:
    count = 0
    while count < most:
        count = _choose(draw(state, DICE) % robots, count, chosen)
        if count == robots:
            break
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _choose(i: int, count: int, chosen: Ints) -> int:
    for k in range(count):
        if chosen[k] == i:
            return count
    chosen[count] = i
    return count + 1


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _sooner(
    walker: int, node: int, t: int, starts: Ints, ends: Ints, table: Ints, row: Ints, arrive: Ints, state: Longs
) -> int:
    """Any node one step on from which `walker` could still be at its goal sooner than it is; -1: none."""
    ways = starts[node + 1] - starts[node]
    pick = draw(state, DICE) % (ways + 1)
    for turn in range(ways + 1):
        k = (pick + turn) % (ways + 1)
        to = node if k == ways else ends[starts[node] + k]
        if t + 1 + table[row[walker], to] < arrive[walker]:
            return int(to)
    return NOBODY


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _in_each_others_way(most: int, net: Net, plan: Plan, chosen: Ints, state: Longs) -> int:
    """A robot that is late, by chance in proportion to how late, and those whom it meets where it would rather walk:
    random walks off its path that would still be sooner at the goal. Their number, 0 if nobody is late."""
    starts, ends, table, row = net.starts, net.ends, net.table, plan.row
    paths, busy, arrive = plan.paths, plan.busy, plan.arrive
    robots, late = len(paths), 0
    for i in range(robots):
        late += arrive[i] - table[row[i], paths[i, 0]]
    if late == 0:
        return 0
    mark, i = draw(state, DICE) % late, -1
    while mark >= 0:
        i += 1
        mark -= arrive[i] - table[row[i], paths[i, 0]]
    count = _choose(i, 0, chosen)
    for attempt in range(10):
        if count >= most:
            break
        walker = chosen[draw(state, DICE) % count] if attempt > 0 else i
        t = draw(state, DICE) % max(arrive[walker], 1)
        node = paths[walker, t]
        while t < arrive[walker] and count < most:
            to = _sooner(walker, node, t, starts, ends, table, row, arrive, state)
            if to == NOBODY:
                break
            other = busy[to, t + 1]
            if other != NOBODY:
                count = _choose(other, count, chosen)
            other = busy[to, t]
            if other != NOBODY and count < most and busy[node, t + 1] == other:
                count = _choose(other, count, chosen)
            node, t = to, t + 1
    # Who is late goes first half of the time.
    if count > 1 and draw(state, DICE) % 2 == 0:
        k = draw(state, DICE) % count
        chosen[0], chosen[k] = chosen[k], chosen[0]
    return count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def route(
    i: int, limit: int, row: int, goal: int, net: Net, paths: Ints, busy: Ints, scratch: Scratch, state: Longs
) -> int:
    """The quickest path of robot i around all others, into `paths[i]`; when it arrives, or -1 if that is after `limit`.

    A* with buckets, one for each arrival time; the latest entry goes first, so that of equals the farthest on does.
    """
    starts, ends, table = net.starts, net.ends, net.table
    seen, before, queue, heads = scratch.seen, scratch.before, scratch.queue, scratch.heads
    last, source = paths.shape[1] - 1, paths[i, 0]
    limit, hold = min(limit, last), _free_from(goal, busy)
    bucket = max(np.int64(table[row, source]), np.int64(hold))
    if bucket > limit:
        return NOBODY
    heads[: limit + 1] = NOBODY
    state[STAMP] += 1
    stamp, width, used = state[STAMP], last + 1, 1
    seen[source * width] = stamp
    queue[0, 0], queue[1, 0], heads[bucket] = source * width, NOBODY, 0
    while bucket <= limit:
        entry = heads[bucket]
        if entry == NOBODY:
            bucket += 1
            continue
        heads[bucket] = queue[1, entry]
        node, t = queue[0, entry] // width, queue[0, entry] % width
        if node == goal and t >= hold:
            return _trace(i, goal, t, paths, before)
        if t == last:
            continue
        ways, turn = starts[node + 1] - starts[node], draw(state, DICE)
        for k in range(ways, -1, -1):
            to = node if k == ways else ends[starts[node] + (k + turn) % ways]
            cost = max(np.int64(t + 1 + table[row, to]), np.int64(hold))
            if cost > limit or not _may_step(node, to, t, busy):
                continue
            place = to * width + t + 1
            if seen[place] != stamp:
                seen[place], before[place] = stamp, node
                queue[0, used], queue[1, used], heads[cost] = place, heads[cost], used
                used += 1
    return NOBODY


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _free_from(goal: int, busy: Ints) -> int:
    """From when on nobody else comes to `goal` any more."""
    hold = busy.shape[1]
    while hold > 0 and busy[goal, hold - 1] == NOBODY:
        hold -= 1
    return int(hold)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _may_step(node: int, to: int, t: int, busy: Ints) -> bool:
    """Whether nobody is at `to` at t + 1, nor comes from there as one goes there from `node`."""
    if busy[to, t + 1] != NOBODY:
        return False
    other = busy[to, t]
    return bool(other == NOBODY or busy[node, t + 1] != other)


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _trace(i: int, goal: int, t: int, paths: Ints, before: Ints) -> int:
    """Write into `paths[i]` the path that came to the goal at t, and stays; when it came there for good."""
    width, node = paths.shape[1], goal
    for later in range(t, width):
        paths[i, later] = goal
    while t > 0:
        node = before[node * width + t]
        t -= 1
        paths[i, t] = node
    reached = 0
    for t in range(width):
        if paths[i, t] != goal:
            reached = t + 1
    return int(reached)
