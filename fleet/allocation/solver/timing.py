"""How a plan unfolds: tasks are taken in one order for the whole fleet, each begun as early as its robots, what must
come before it, and its resources allow.

One order for all (a serial schedule generation scheme; Kolisch 1996, "Serial and parallel resource-constrained project
scheduling methods revisited", Eur. J. Oper. Res. 90) can say every plan in which nothing is done later than need be,
and none in which two robots wait for each other. A robot charges just before the task it could not end otherwise and
still reach a dock.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.packing import (
    ENERGY,
    MAKESPAN,
    MOVED,
    TARDINESS,
    TRAVEL,
    WAITING,
    WEAR,
    Floats,
    Ints,
    Packed,
)

EXTRA = 7
SUMS = ("makespan", "tardiness", "waiting", "travel", "energy", "wear", "moved", "extra")
VISIT = np.dtype(
    [
        ("robot", "i4"),
        ("task", "i4"),  # -1: a charge
        ("dock", "i4"),  # -1: a task
        ("leaves", "f8"),
        ("arrives", "f8"),
        ("starts", "f8"),
        ("ends", "f8"),
        ("battery", "f8"),
    ],
    align=True,
)
_SLACK_WH = 1e-9
_GUIDE = 0.01  # how much the mean of the robots' ends counts beside the latest one: a slope where J is flat


class Live(NamedTuple):
    """Where everything is in the middle of a plan. Robots: time, place, battery, pace, busy, visits. Docks, resources:
    when they are free. Tasks: start, end (far below 0: not done), arrive [tasks, largest team]. `log` is filled if it
    has room.
    """

    time: Floats
    place: Ints
    battery: Floats
    pace: Floats
    busy: Floats
    visits: Ints
    dock: Floats
    resource: Floats
    start: Floats
    end: Floats
    arrive: Floats
    sums: Floats
    log: Any
    logged: NDArray[np.int64]


def alive(packed: Packed, log: int = 0) -> Live:
    """Room for one unfolding; `log` for so many visits."""
    robots, tasks = len(packed.robots), len(packed.tasks)
    team = int(packed.tasks["team"].max()) if tasks else 1
    return Live(
        *(np.zeros(robots), np.zeros(robots, dtype=np.int32), np.zeros(robots), np.ones(robots), np.zeros(robots)),
        *(np.zeros(robots, dtype=np.int32), np.zeros(len(packed.dock_free)), np.zeros(packed.resources)),
        *(np.zeros(tasks), np.zeros(tasks), np.zeros((tasks, team)), np.zeros(len(SUMS))),
        *(np.zeros(log, dtype=VISIT), np.zeros(1, dtype=np.int64)),
    )


@compiled
def unfold(p: Packed, live: Live, order: Ints, count: int, who: Ints) -> float:
    """The whole plan; its cost without unplaced tasks, infinite where something must not be. `live` then has its times.

    `order` has `count` tasks in front; `who` [tasks, largest team] are their robots.
    """
    _begin(p, live)
    for k in range(count):
        if not _do(p, live, order[k], who[order[k]]):
            return np.inf
    return _cost(p, live)


@compiled
def guided(p: Packed, live: Live, cost: float) -> float:
    """What the search goes by: the cost, and a little for how long all robots are busy."""
    if not np.isfinite(cost) or len(live.time) == 0:
        return cost
    total = 0.0
    for r in range(len(live.time)):
        total += live.time[r] - p.now
    return float(cost + _GUIDE * p.weights[MAKESPAN] * total / len(live.time) + 1e-6 * live.sums[TRAVEL])


@compiled
def _begin(p: Packed, live: Live) -> None:
    for r in range(len(p.robots)):
        robot = p.robots[r]
        live.time[r], live.place[r], live.battery[r] = robot.free, robot.at, robot.battery
        live.pace[r], live.busy[r], live.visits[r] = 1.0, robot.worn, 0
    for d in range(len(p.dock_free)):
        live.dock[d] = p.dock_free[d]
    for k in range(len(live.resource)):
        live.resource[k] = p.now
    for t in range(len(live.end)):
        live.end[t] = -1.0e300
    for k in range(len(live.sums)):
        live.sums[k] = 0.0
    live.logged[0] = 0


@compiled
def _cost(p: Packed, live: Live) -> float:
    s, w = live.sums, p.weights
    most, total = 0.0, 0.0
    for r in range(len(live.busy)):
        most, total = max(most, live.busy[r]), total + live.busy[r]
    s[WEAR] = most - total / max(1, len(live.busy))
    cost = s[EXTRA]
    for k in range(EXTRA):
        cost += w[k] * s[k]
    return float(cost)


@compiled
def walk_s(p: Packed, live: Live, r: int, to: int) -> float:
    """From where the robot is; nowhere is where it is."""
    if to < 0 or to == live.place[r]:
        return 0.0
    return float(p.distances[live.place[r], to] / (p.robots[r].speed * live.pace[r]))


@compiled
def own_s(p: Packed, live: Live, r: int, t: int) -> float:
    """How long the robot needs for the task, its way there not counted."""
    return float((p.tasks[t].way / p.robots[r].speed + p.tasks[t].work) / live.pace[r])


@compiled
def besides(p: Packed, t: int, r: int) -> float:
    """What it costs besides that this robot does this task."""
    if p.extra.shape[0] == len(p.tasks) and p.extra.shape[1] == len(p.robots):
        return float(p.extra[t, r])
    return 0.0


@compiled
def _do(p: Packed, live: Live, t: int, team: Ints) -> bool:
    """One task. Whether it can be done so."""
    size = p.tasks[t].team
    ready = p.tasks[t].earliest
    for k in range(p.after_at[t], p.after_at[t + 1]):
        ready = max(ready, live.end[p.after_of[k]])
    for k in range(p.needs_at[t], p.needs_at[t + 1]):
        ready = max(ready, live.resource[p.needs_of[k]])
    out, start, lasts = _meet(p, live, t, team, ready)
    if p.batteries:
        for _ in range(2 * size):
            low = _first_low(p, live, t, team, start + lasts)
            if low < 0:
                break
            if not _charge(p, live, low, p.tasks[t].first):
                return False
            out, start, lasts = _meet(p, live, t, team, ready)
        if _first_low(p, live, t, team, start + lasts) >= 0:
            return False
    end = start + lasts
    if not end <= p.tasks[t].latest + 1e-9:
        return False
    if not np.isfinite(end):
        return False
    for k in range(size):
        _member(p, live, t, team[k], k, out, start, end)
    live.start[t], live.end[t] = start, end
    for k in range(p.needs_at[t], p.needs_at[t + 1]):
        live.resource[p.needs_of[k]] = end
    s = live.sums
    s[MAKESPAN] = max(s[MAKESPAN], end - p.now)
    if end > p.tasks[t].due:
        s[TARDINESS] += p.tasks[t].due_weight * (end - p.tasks[t].due)
    s[WAITING] += p.tasks[t].waiting * (end - p.now)
    return True


@compiled
def _meet(p: Packed, live: Live, t: int, team: Ints, ready: float) -> tuple[float, float, float]:
    """Before when nobody leaves for it, when all are there and nothing else is waited for, how long the slowest
    needs."""
    out, start, lasts = -np.inf, ready, 0.0
    if p.tasks[t].stays == 1:
        out = ready
        for k in range(p.tasks[t].team):
            out = max(out, live.time[team[k]])
    for k in range(p.tasks[t].team):
        r = team[k]
        live.arrive[t, k] = max(live.time[r], out) + walk_s(p, live, r, p.tasks[t].first)
        start = max(start, live.arrive[t, k])
        lasts = max(lasts, own_s(p, live, r, t))
    return out, start, lasts


@compiled
def _spends(p: Packed, live: Live, r: int, t: int, end: float) -> float:
    """Wh from now to the task's end."""
    robot = p.robots[r]
    walks = walk_s(p, live, r, p.tasks[t].first) + p.tasks[t].way / (robot.speed * live.pace[r])
    works = p.tasks[t].work / live.pace[r]
    stands = max(0.0, end - live.time[r] - walks - works)
    return float((robot.walking * walks + robot.working * works + robot.standing * stands) / 3600.0)


@compiled
def _first_low(p: Packed, live: Live, t: int, team: Ints, end: float) -> int:
    """The first of the team that would not get to a dock above its reserve afterwards, or -1."""
    for k in range(p.tasks[t].team):
        r = team[k]
        if not np.isfinite(live.battery[r]):
            continue
        robot = p.robots[r]
        last = p.tasks[t].last if p.tasks[t].last >= 0 else live.place[r]
        home = p.nearest_dock[last] / (robot.speed * live.pace[r] * (1.0 - p.tasks[t].slows))
        needs = _spends(p, live, r, t, end)
        if robot.walking > 0.0 or not np.isfinite(home):
            needs += robot.walking * home / 3600.0
        if not live.battery[r] - needs >= robot.reserve - _SLACK_WH:
            return int(r)
    return -1


@compiled
def _member(p: Packed, live: Live, t: int, r: int, k: int, out: float, start: float, end: float) -> None:
    """One robot's part in a task, for which it leaves not before `out`."""
    s, leaves = live.sums, max(live.time[r], out)
    spends = _spends(p, live, r, t, end)
    s[ENERGY] += spends
    s[TRAVEL] += live.arrive[t, k] - leaves
    if p.robots[r].toward == t and live.visits[r] > 0:
        s[MOVED] += 1.0
    s[EXTRA] += besides(p, t, r)
    live.busy[r] += live.arrive[t, k] - leaves + end - start
    live.battery[r] -= spends
    live.time[r] = end
    live.visits[r] += 1
    live.pace[r] *= 1.0 - p.tasks[t].slows
    if p.tasks[t].last >= 0:
        live.place[r] = p.tasks[t].last
    _note(live, r, t, -1, leaves, live.arrive[t, k], start, end)


@compiled
def _charge(p: Packed, live: Live, r: int, then: int) -> bool:
    """The robot charges fully where it is soonest at `then`. Whether it can."""
    robot = p.robots[r]
    if robot.charging <= 0.0 or live.battery[r] >= robot.capacity - _SLACK_WH:
        return False
    best, best_at = -1, np.inf
    for d in range(len(p.dock_place)):
        starts, left = _at_dock(p, live, r, d)
        least = 0.0 if live.visits[r] == 0 else robot.reserve
        if not left >= least - _SLACK_WH:
            continue
        at = starts + max(0.0, robot.capacity - left) * 3600.0 / robot.charging
        if then >= 0:
            at += p.distances[p.dock_place[d], then] / robot.speed
        if at < best_at:
            best, best_at = d, at
    if best < 0:
        return False
    starts, left = _at_dock(p, live, r, best)
    leaves, walks = live.time[r], walk_s(p, live, r, p.dock_place[best])
    ends = starts + max(0.0, robot.capacity - left) * 3600.0 / robot.charging
    live.sums[TRAVEL] += walks
    live.sums[ENERGY] += live.battery[r] - left
    live.busy[r] += walks
    live.battery[r], live.pace[r], live.place[r] = max(left, robot.capacity), 1.0, p.dock_place[best]
    live.time[r], live.dock[best] = ends, ends
    live.visits[r] += 1
    _note(live, r, -1, best, leaves, leaves + walks, starts, ends)
    return True


@compiled
def _at_dock(p: Packed, live: Live, r: int, d: int) -> tuple[float, float]:
    """When the robot's turn at the dock comes, and what it then holds in Wh."""
    robot = p.robots[r]
    walks = walk_s(p, live, r, p.dock_place[d])
    starts = max(live.time[r] + walks, live.dock[d])
    stands = starts - live.time[r] - walks
    if not np.isfinite(walks):
        return np.inf, -np.inf
    return starts, live.battery[r] - (robot.walking * walks + robot.standing * stands) / 3600.0


@compiled
def _note(live: Live, r: int, t: int, d: int, leaves: float, arrives: float, starts: float, ends: float) -> None:
    """The visit goes on record, if there is room for records."""
    k = live.logged[0]
    if k >= len(live.log):
        return
    row = live.log[k]
    row.robot, row.task, row.dock = r, t, d
    row.leaves, row.arrives, row.starts, row.ends, row.battery = leaves, arrives, starts, ends, live.battery[r]
    live.logged[0] = k + 1
