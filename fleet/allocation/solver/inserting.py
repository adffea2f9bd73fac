"""Putting one task into a plan where it costs least, whatever binds it: order, team, resources, batteries.

Every place is judged quickly, as if no times changed but those of the same robot's later visits; the best few are then
unfolded wholly, and the best of those is taken.
"""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.dice import State, below, share
from fleet.allocation.solver.draft import Draft, Lists, Options, list_visits, put, take
from fleet.allocation.solver.packing import MAKESPAN, TARDINESS, TRAVEL, WAITING, Floats, Ints, Packed
from fleet.allocation.solver.timing import Live, besides, guided, unfold

_PLACES_FOR_TEAMS = 48
_SLOPE = 0.02  # of the makespan's weight, per second that a robot's route gets longer


@compiled
def insert(
    p: Packed,
    live: Live,
    draft: Draft,
    lists: Lists,
    options: Options,
    t: int,
    dice: State,
    noise: float,
    most: int,
) -> float:
    """Puts the task where it costs least; gives the guided cost of the plan with it, infinite if it fits nowhere (the
    draft is then as before). `noise` is the share by which quick judgements are off on purpose, `most` how many places
    are looked at closely, 0: all until one fits."""
    unfold(p, live, draft.order, draft.counts[0], draft.who)
    list_visits(p, draft, lists)
    offer_all(p, live, draft, lists, options, t, dice)
    count = options.filled[0]
    if noise > 0.0:
        for k in range(count):
            options.score[k] *= 1.0 + noise * share(dice)
    return _take_best(p, live, draft, options, t, most)


@compiled
def offer_all(p: Packed, live: Live, draft: Draft, lists: Lists, options: Options, t: int, dice: State) -> None:
    """Every place the task could have, quickly judged; none where it could not be in time. `live` and `lists` are those
    of the draft."""
    low, high = _between(p, draft, t)
    options.filled[0] = 0
    if low > high or not _predecessors_could(p, live, draft, t):
        return
    if p.tasks[t].team > 1:
        _offer_teams(p, live, draft, options, t, low, high, dice)
        return
    for r in range(len(p.robots)):
        if p.able[t, r]:
            _offer_robot(p, live, draft, lists, options, t, r, low, high)


@compiled
def _take_best(p: Packed, live: Live, draft: Draft, options: Options, t: int, most: int) -> float:
    count = options.filled[0]
    best, best_cost, fitted, tried = -1, np.inf, 0, 0
    patience = count if most == 0 else 3 * most
    while tried < min(count, patience) and (most == 0 or fitted < most):
        k = -1
        for j in range(count):  # the cheapest that was not tried yet
            if options.score[j] < np.inf and (k < 0 or options.score[j] < options.score[k]):
                k = j
        if k < 0:
            break
        options.score[k] = np.inf
        tried += 1
        put(draft, t, options.rank[k], options.who[k])
        cost = guided(p, live, unfold(p, live, draft.order, draft.counts[0], draft.who))
        take(draft, t)
        if cost < np.inf:
            fitted += 1
            if cost < best_cost:
                best, best_cost = k, cost
            if most == 0:
                break
    if best >= 0:
        put(draft, t, options.rank[best], options.who[best])
    return best_cost


@compiled
def _between(p: Packed, draft: Draft, t: int) -> tuple[int, int]:
    """The first and last rank the task can have: after all that come before, before all that come behind."""
    low, high = 0, draft.counts[0]
    for k in range(p.before_at[t], p.before_at[t + 1]):
        low = max(low, draft.rank[p.before_of[k]] + 1)
    for k in range(p.behind_at[t], p.behind_at[t + 1]):
        rank = draft.rank[p.behind_of[k]]
        if rank >= 0:
            high = min(high, rank)
    return low, high


@compiled
def _predecessors_could(p: Packed, live: Live, draft: Draft, t: int) -> bool:
    """Whether it could still be in time after what comes before: a quick no."""
    ready = p.tasks[t].earliest
    for k in range(p.after_at[t], p.after_at[t + 1]):
        if draft.rank[p.after_of[k]] >= 0:
            ready = max(ready, live.end[p.after_of[k]])
    return bool(ready + p.tasks[t].work <= p.tasks[t].latest + 1e-9)


@compiled
def _way_s(p: Packed, r: int, a: int, b: int) -> float:
    if b < 0 or a == b:
        return 0.0
    return float(p.distances[a, b] / p.robots[r].speed)


@compiled
def _offer_robot(
    p: Packed, live: Live, draft: Draft, lists: Lists, options: Options, t: int, r: int, low: int, high: int
) -> None:
    """Every gap between the robot's visits in which the task may be."""
    begin, stop = lists.at[r], lists.at[r + 1]
    place, free, previous = p.robots[r].at, p.robots[r].free, -1
    own = p.tasks[t].way / p.robots[r].speed + p.tasks[t].work
    by_time = p.needs_at[t] < p.needs_at[t + 1] or p.batteries
    for j in range(begin, stop + 1):
        following = lists.of[j] if j < stop else draft.counts[0]
        first, last = max(low, previous + 1), min(high, following)
        if first <= last:
            start = max(free + _way_s(p, r, place, p.tasks[t].first), _ready(p, live, draft, t))
            score = _score(p, live, draft, lists, t, r, j, place, free, start + own)
            if score < np.inf:
                rank = first
                while by_time and rank < last and live.start[draft.order[rank]] < start:
                    rank += 1
                _offer(options, score, rank, r)
        if j < stop:
            x = draft.order[following]
            previous, free = following, live.end[x]
            place = p.tasks[x].last if p.tasks[x].last >= 0 else place


@compiled
def _offer(options: Options, score: float, rank: int, r: int) -> None:
    k = options.filled[0]
    if k < len(options.score):
        options.score[k], options.rank[k], options.who[k, 0] = score, rank, r
        options.filled[0] = k + 1


@compiled
def _ready(p: Packed, live: Live, draft: Draft, t: int) -> float:
    ready = p.tasks[t].earliest
    for k in range(p.after_at[t], p.after_at[t + 1]):
        if draft.rank[p.after_of[k]] >= 0:
            ready = max(ready, live.end[p.after_of[k]])
    return float(ready)


@compiled
def _score(
    p: Packed,
    live: Live,
    draft: Draft,
    lists: Lists,
    t: int,
    r: int,
    j: int,
    place: int,
    free: float,
    end: float,
) -> float:
    """What it seems to cost that the robot, at `place` and free at `free`, does it to `end` before its visit j."""
    task, w = p.tasks[t], p.weights
    if end > task.latest + 1e-9 or not np.isfinite(end):
        return np.inf
    score = w[TARDINESS] * task.due_weight * max(0.0, end - task.due) if end > task.due else 0.0
    score += w[WAITING] * task.waiting * (end - p.now) + besides(p, t, r)
    goes = _way_s(p, r, place, task.first)
    tail, stop, late = end, lists.at[r + 1], end - free
    score += w[TRAVEL] * goes
    if j < stop:
        after_it = task.last if task.last >= 0 else place
        to = p.tasks[draft.order[lists.of[j]]].first
        more = _way_s(p, r, after_it, to) - _way_s(p, r, place, to)
        score += w[TRAVEL] * more
        late = max(0.0, late + more)
        added, late = _delays(p, live, draft, lists, j, stop, late)
        score += added
        tail = live.time[r] + late
    score += w[MAKESPAN] * (max(0.0, max(tail, end) - p.now - live.sums[MAKESPAN]) + _SLOPE * late)
    return float(score)


@compiled
def _delays(p: Packed, live: Live, draft: Draft, lists: Lists, j: int, stop: int, late: float) -> tuple[float, float]:
    """What it costs to come later to visit j, and how late the route then ends. Waiting times take delays up."""
    cost, w = 0.0, p.weights
    for i in range(j, stop):
        x = draft.order[lists.of[i]]
        late -= max(0.0, live.start[x] - live.arrive[x, lists.part[i]])
        if late <= 0.0:
            return cost, 0.0
        end = live.end[x]
        if end + late > p.tasks[x].latest + 1e-9:
            return np.inf, late
        if end + late > p.tasks[x].due:
            cost += w[TARDINESS] * p.tasks[x].due_weight * (end + late - max(end, p.tasks[x].due))
        cost += w[WAITING] * p.tasks[x].waiting * late
    return cost, late


@compiled
def _offer_teams(
    p: Packed, live: Live, draft: Draft, options: Options, t: int, low: int, high: int, dice: State
) -> None:
    """At ranks between, the robots that can be there first."""
    free, place = options.free, options.place
    for r in range(len(p.robots)):
        free[r], place[r] = p.robots[r].free, p.robots[r].at
    step = max(1, (high - low + 1) // _PLACES_FOR_TEAMS)
    begin = low + below(dice, step)
    for rank in range(high + 1):
        if rank >= low and (rank - begin) % step == 0:
            _offer_team(p, live, draft, options, t, rank, free, place)
        if rank < high:
            x = draft.order[rank]
            for m in range(p.tasks[x].team):
                r = draft.who[x, m]
                free[r] = live.end[x]
                place[r] = p.tasks[x].last if p.tasks[x].last >= 0 else place[r]


@compiled
def _offer_team(
    p: Packed, live: Live, draft: Draft, options: Options, t: int, rank: int, free: Floats, place: Ints
) -> None:
    k, size = options.filled[0], p.tasks[t].team
    if k >= len(options.score):
        return
    ready, chosen, end = _ready(p, live, draft, t), 0, 0.0
    for m in range(p.must_at[t], p.must_at[t + 1]):
        if chosen < size and p.must_at[t + 1] - p.must_at[t] <= size:
            options.who[k, chosen] = p.must_of[m]
            chosen += 1
    score = 0.0
    for m in range(chosen):
        r = options.who[k, m]
        end = max(end, _alone(p, t, r, ready, free, place))
    while chosen < size:
        best, best_key = -1, np.inf
        for r in range(len(p.robots)):
            if p.able[t, r] and not _among(options.who[k], chosen, r):
                key = _alone(p, t, r, ready, free, place) - p.now + besides(p, t, r)
                key += 0.3 * max(0.0, live.time[r] - free[r])  # whoever has much to do afterwards is held up
                if key < best_key:
                    best, best_key = r, key
        if best < 0:
            return
        options.who[k, chosen] = best
        chosen += 1
        score += besides(p, t, best)
        end = max(end, _alone(p, t, best, ready, free, place))
    task, w = p.tasks[t], p.weights
    if end > task.latest + 1e-9 or not np.isfinite(end):
        return
    if end > task.due:
        score += w[TARDINESS] * task.due_weight * (end - task.due)
    score += w[WAITING] * task.waiting * (end - p.now)
    for m in range(size):
        r = options.who[k, m]
        tail = live.time[r] + (end - free[r]) if live.time[r] > free[r] else end
        score += w[MAKESPAN] * (max(0.0, tail - p.now - live.sums[MAKESPAN]) + _SLOPE * (tail - live.time[r]))
    options.score[k], options.rank[k] = score, rank
    options.filled[0] = k + 1


@compiled
def _alone(p: Packed, t: int, r: int, ready: float, free: Floats, place: Ints) -> float:
    """When the robot would end the task, were it for this one alone to come."""
    own = p.tasks[t].way / p.robots[r].speed + p.tasks[t].work
    return float(max(free[r] + _way_s(p, r, place[r], p.tasks[t].first), ready) + own)


@compiled
def _among(who: Ints, count: int, r: int) -> bool:
    found = False
    for m in range(count):
        found = found or who[m] == r
    return found
