"""A plan in which robots do not wait for each other: each robot's route is a list of its own, timed by itself.

For instances without teams, order between tasks, resources and tasks that slow a robot down, and in which nobody needs
to charge. What one insertion costs is then known after walking along the rest of one route, and mostly sooner.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.packing import (
    ENERGY,
    MAKESPAN,
    MOVED,
    TARDINESS,
    TRAVEL,
    UNPLACED,
    WAITING,
    WEAR,
    Ints,
    Packed,
)

_SAME_S = 1e-9
_MOST_PULL = 1.25
NODE = np.dtype(
    [("next", "i4"), ("prior", "i4"), ("robot", "i4"), ("first", "i4"), ("place", "i4"), ("end", "f8"), ("go", "f8")],
    align=True,
)
ROUTE = np.dtype(
    [
        ("first", "i4"),
        ("last", "i4"),
        ("size", "i4"),
        ("end", "f8"),
        ("cost", "f8"),
        ("walks", "f8"),
        ("works", "f8"),
        ("busy", "f8"),
        ("waits", "f8"),
    ],
    align=True,
)


class Routes(NamedTuple):
    """`nodes` [tasks]: neighbours in the route (-1: none), robot (-1: unplaced), end, the seconds of walking there.
    `routes` [robots]: ends, cost of all but what all routes share, seconds walked, at work, and waited for tasks'
    earliest starts. `bank`: `banked[0]` unplaced tasks."""

    nodes: Any
    routes: Any
    bank: Ints
    banked: Any


def no_routes(packed: Packed) -> Routes:
    """Nothing placed; not timed yet."""
    tasks, robots = len(packed.tasks), len(packed.robots)
    nodes, routes = np.zeros(tasks, dtype=NODE), np.zeros(robots, dtype=ROUTE)
    nodes["next"] = nodes["prior"] = nodes["robot"] = -1
    routes["first"] = routes["last"] = -1
    return Routes(nodes, routes, np.arange(tasks, dtype=np.int32), np.array([tasks], dtype=np.int64))


@compiled
def way_s(p: Packed, r: int, a: int, b: int) -> float:
    """Seconds to walk; nowhere (-1) is where one is."""
    if b < 0 or a == b:
        return 0.0
    return float(p.distances[a, b] / p.robots[r].speed)


@compiled
def cost_of_end(p: Packed, t: int, end: float) -> float:
    """What it costs that the task ends then."""
    late = end - p.tasks[t].due
    cost = p.weights[TARDINESS] * p.tasks[t].due_weight * late if late > 0.0 else 0.0
    return float(cost + p.weights[WAITING] * p.tasks[t].waiting * (end - p.now))


@compiled
def extra_of(p: Packed, t: int, r: int) -> float:
    """What it costs besides that this robot does this task."""
    if p.extra.shape[0] == len(p.tasks) and p.extra.shape[1] == len(p.robots):
        return float(p.extra[t, r])
    return 0.0


@compiled
def place_after(p: Packed, s: Routes, r: int, t: int) -> int:
    """Where the robot is after task t of its route (-1: at its beginning)."""
    return int(s.nodes[t].place if t >= 0 else p.robots[r].at)


@compiled
def energy_wh(p: Packed, r: int, walks: float, works: float, end: float) -> float:
    """What a route takes that ends then."""
    robot = p.robots[r]
    stands = max(0.0, end - robot.free - walks - works)
    return float((robot.walking * walks + robot.working * works + robot.standing * stands) / 3600.0)


@compiled
def lasts(p: Packed, r: int, needs: float, place: int) -> bool:
    """Whether the battery is enough for a route that takes so many Wh and ends there, the way to a dock counted."""
    robot = p.robots[r]
    if not np.isfinite(robot.battery):
        return True
    home = p.nearest_dock[place] / robot.speed
    if robot.walking > 0.0 or not np.isfinite(home):
        needs += robot.walking * home / 3600.0
    return bool(robot.battery - needs >= robot.reserve - 1e-9)


@compiled
def retime(p: Packed, s: Routes, r: int) -> bool:
    """Works out one route anew. Whether it keeps all limits."""
    route, place, t, kept = s.routes[r], p.robots[r].at, s.routes[r].first, True
    end, cost, walks, works, to_work, size = p.robots[r].free, 0.0, 0.0, 0.0, 0.0, 0
    waits = 0.0
    busy = p.robots[r].worn
    while t >= 0:
        go = way_s(p, r, place, p.tasks[t].first)
        between = p.tasks[t].way / p.robots[r].speed
        waits += max(0.0, p.tasks[t].earliest - (end + go))
        end = max(end + go, p.tasks[t].earliest) + between + p.tasks[t].work
        s.nodes[t].end, s.nodes[t].go, s.nodes[t].robot = end, go, r
        kept = kept and end <= p.tasks[t].latest + 1e-9
        cost += cost_of_end(p, t, end) + extra_of(p, t, r)
        walks, works, to_work = walks + go + between, works + p.tasks[t].work, to_work + go
        size += 1
        if p.tasks[t].last >= 0:
            place = p.tasks[t].last
        s.nodes[t].place = place
        t = s.nodes[t].next
    needs = energy_wh(p, r, walks, works, end) if size else 0.0
    cost += p.weights[TRAVEL] * to_work + p.weights[ENERGY] * needs
    toward = p.robots[r].toward
    if toward >= 0 and s.nodes[toward].robot == r and route.first != toward:
        cost += p.weights[MOVED]
    route.end, route.cost, route.walks, route.works, route.size = end, cost, walks, works, size
    route.busy, route.waits = busy + walks + works, waits
    if p.batteries and size:
        kept = kept and lasts(p, r, needs, place)
    return bool(kept and end < np.inf)


@compiled
def link(s: Routes, t: int, r: int, a: int) -> None:
    """The task into the route of r, behind a (-1: first)."""
    b = s.nodes[a].next if a >= 0 else s.routes[r].first
    s.nodes[t].prior, s.nodes[t].next, s.nodes[t].robot = a, b, r
    if a >= 0:
        s.nodes[a].next = t
    else:
        s.routes[r].first = t
    if b >= 0:
        s.nodes[b].prior = t
    else:
        s.routes[r].last = t


@compiled
def unlink(s: Routes, t: int) -> None:
    """The task out of its route."""
    a, b, r = s.nodes[t].prior, s.nodes[t].next, s.nodes[t].robot
    if a >= 0:
        s.nodes[a].next = b
    else:
        s.routes[r].first = b
    if b >= 0:
        s.nodes[b].prior = a
    else:
        s.routes[r].last = a
    s.nodes[t].robot = -1


@compiled
def copy_route(source: Routes, target: Routes, r: int) -> None:
    """Route r of the target becomes the source's."""
    target.routes[r] = source.routes[r]
    t = source.routes[r].first
    while t >= 0:
        target.nodes[t] = source.nodes[t]
        t = source.nodes[t].next


@compiled
def copy_all(source: Routes, target: Routes) -> None:
    """The target becomes the source."""
    for t in range(len(source.nodes)):
        target.nodes[t] = source.nodes[t]
    for r in range(len(source.routes)):
        target.routes[r] = source.routes[r]
    for k in range(source.banked[0]):
        target.bank[k] = source.bank[k]
    target.banked[0] = source.banked[0]


@compiled
def pull_of(length: float, scale: float) -> float:
    """How much a route of this length pulls, times robots."""
    share = min(length / scale, _MOST_PULL)
    return float(length * share * share * share)


@compiled
def totals(p: Packed, s: Routes, scale: float, force: float) -> tuple[float, float, float]:
    """The plan's cost, what the search goes by instead, and the latest end.

    The latter counts every route's length, the longest ones most: (length / scale)^3 x length / robots, so that there
    is a slope also where the longest route does not change. `force` is its weight.
    """
    robots, cost, pull, latest = len(p.robots), 0.0, 0.0, p.now
    most_busy, all_busy = 0.0, 0.0
    for r in range(robots):
        route = s.routes[r]
        cost += route.cost
        if route.size:
            latest = max(latest, route.end)
            length = route.end - p.now
            pull += pull_of(length, scale)
        most_busy, all_busy = max(most_busy, route.busy), all_busy + route.busy
    cost += p.weights[MAKESPAN] * (latest - p.now) + p.weights[WEAR] * (most_busy - all_busy / max(robots, 1))
    for k in range(s.banked[0]):
        cost += p.weights[UNPLACED] * p.tasks[s.bank[k]].left
    return cost, cost + force * p.weights[MAKESPAN] * pull / max(robots, 1), latest


@compiled
def cost_in_gap(
    p: Packed, s: Routes, t: int, r: int, a: int, scale: float, force: float, latest: float, bound: float
) -> float:
    """What it costs to do the task behind a (-1: first) on the route of r; infinite where it cannot be, or where it is
    no less than `bound` anyway."""
    task, w = p.tasks[t], p.weights
    speed, place = p.robots[r].speed, place_after(p, s, r, a)
    go = p.back[task.first, place] / speed if task.first >= 0 and task.first != place else 0.0
    free = s.nodes[a].end if a >= 0 else p.robots[r].free
    between = task.way / speed
    end = max(free + go, task.earliest) + between + task.work
    if not end <= task.latest + 1e-9 or end == np.inf:
        return np.inf
    cost = cost_of_end(p, t, end) + extra_of(p, t, r)
    if cost >= bound:
        return np.inf
    b = s.nodes[a].next if a >= 0 else s.routes[r].first
    walks, tail, here = go, end, task.last if task.last >= 0 else place
    if b >= 0:
        to = p.tasks[b].first
        there = way_s(p, r, here, to)
        walks += there - s.nodes[b].go
        late = end + there - free - s.nodes[b].go
        if late >= 0.0 and w[ENERGY] == 0.0:  # no less than this: waits take up what they can, nobody else is late
            least = s.routes[r].end + max(0.0, late - s.routes[r].waits)
            more = _shared(p, s, r, least, walks + between + task.work, scale, force, latest)
            if cost + w[TRAVEL] * walks + more >= bound + _SAME_S * (1.0 + bound):
                return np.inf
        end, tail, x = end + there, s.routes[r].end, b
        while x >= 0:
            end = max(end, p.tasks[x].earliest) + p.tasks[x].way / speed + p.tasks[x].work
            shift = end - s.nodes[x].end
            if abs(shift) <= _SAME_S:
                break
            if not end <= p.tasks[x].latest + 1e-9:
                return np.inf
            cost += cost_of_end(p, x, end) - cost_of_end(p, x, s.nodes[x].end)
            if cost >= bound:
                return np.inf
            x = s.nodes[x].next
            if x >= 0:
                end += s.nodes[x].go
            else:
                tail = end
        if a < 0 and b == p.robots[r].toward:
            cost += w[MOVED]
        if to < 0:
            here = place_after(p, s, r, s.routes[r].last)  # good enough: tasks without a place are rare
    if p.robots[r].toward == t and a >= 0:
        cost += w[MOVED]
    cost += w[TRAVEL] * walks + _shared(p, s, r, tail, walks + between + task.work, scale, force, latest)
    if p.batteries or w[ENERGY] > 0.0:
        cost += _energy_cost(p, s, r, walks + between, task.work, tail, here if b < 0 else -1)
    return float(cost)


@compiled
def _shared(p: Packed, s: Routes, r: int, tail: float, more: float, scale: float, force: float, latest: float) -> float:
    """What it costs that the route ends at `tail` instead and the robot works `more`."""
    before = s.routes[r].end - p.now if s.routes[r].size else 0.0
    after = tail - p.now
    pull = pull_of(after, scale) - pull_of(before, scale)
    cost = p.weights[MAKESPAN] * (max(0.0, tail - latest) + force * pull / len(p.robots))
    if p.weights[WEAR] > 0.0:
        share = min(1.0, s.routes[r].busy / (scale + 1e-9))
        cost += p.weights[WEAR] * more * share
    return float(cost)


@compiled
def _energy_cost(p: Packed, s: Routes, r: int, walks: float, works: float, tail: float, place: int) -> float:
    """What the energy costs, infinite where the battery is not enough. `place` is the last one if that changes."""
    route = s.routes[r]
    before = energy_wh(p, r, route.walks, route.works, route.end) if route.size else 0.0
    after = energy_wh(p, r, route.walks + walks, route.works + works, tail)
    if place < 0:
        place = place_after(p, s, r, route.last)
    if not lasts(p, r, after, place):
        return np.inf
    return float(p.weights[ENERGY] * (after - before))
