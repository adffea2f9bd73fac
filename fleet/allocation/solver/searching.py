"""Large-neighbourhood search over plans of any kind (Shaw 1998; Ropke and Pisinger 2006): some tasks are taken out and
put back one by one where they cost least; what is worse is accepted now and then, less and less.
"""

from __future__ import annotations

import math

import numpy as np

from fleet.allocation.solver.compiling import compiled, compiled_with_arrays
from fleet.allocation.solver.dice import State, below, share, shuffle
from fleet.allocation.solver.draft import Draft, Lists, Options, copy, take
from fleet.allocation.solver.inserting import insert
from fleet.allocation.solver.packing import UNPLACED, Floats, Ints, Packed
from fleet.allocation.solver.sequence import arrange
from fleet.allocation.solver.timing import Live, guided, unfold

_HOT, _COLD = 0.02, 0.0001  # temperatures as shares of the cost
_SMALL = 16  # up to so many tasks all ways that fit are looked at


@compiled
def build(
    p: Packed, live: Live, draft: Draft, lists: Lists, options: Options, dice: State, sequence: Ints, most: int
) -> None:
    """Puts in what is in the bank, in this sequence; what fits nowhere, or waits for what does not, stays there."""
    for k in range(len(sequence)):
        t = sequence[k]
        if draft.rank[t] < 0 and may_come(p, draft, t):
            cost = insert(p, live, draft, lists, options, t, dice, 0.0, most)
            if not np.isfinite(cost):
                insert(p, live, draft, lists, options, t, dice, 0.0, 0)
    drop_orphans(p, draft)


@compiled
def may_come(p: Packed, draft: Draft, t: int) -> bool:
    """Whether all that must come before it are placed."""
    ready = True
    for k in range(p.before_at[t], p.before_at[t + 1]):
        ready = ready and draft.rank[p.before_of[k]] >= 0
    return ready


@compiled
def drop_orphans(p: Packed, draft: Draft) -> None:
    """Takes out what waits for tasks that nobody does, and writes the bank anew."""
    for k in range(draft.counts[0] - 1, -1, -1):
        t = draft.order[k]
        for j in range(p.before_at[t], p.before_at[t + 1]):
            if draft.rank[p.before_of[j]] < 0:
                take(draft, t)
                break
    count = 0
    for t in range(len(draft.rank)):
        if draft.rank[t] < 0:
            draft.bank[count] = t
            count += 1
    draft.counts[1] = count


@compiled
def sound(p: Packed, live: Live, draft: Draft) -> bool:
    """Whether the plan keeps all limits; `live` then has its times."""
    return bool(unfold(p, live, draft.order, draft.counts[0], draft.who) < np.inf)


@compiled
def whole_cost(p: Packed, live: Live, draft: Draft) -> tuple[float, float]:
    """The cost, and what the search goes by instead; `live` then has the plan's times."""
    cost = unfold(p, live, draft.order, draft.counts[0], draft.who)
    guide = guided(p, live, cost)
    for k in range(draft.counts[1]):
        left = p.weights[UNPLACED] * p.tasks[draft.bank[k]].left
        cost, guide = cost + left, guide + left
    return cost, guide


@compiled_with_arrays
def search(
    p: Packed,
    live: Live,
    current: Draft,
    best: Draft,
    trial: Draft,
    lists: Lists,
    options: Options,
    dice: State,
    iterations: int,
    done: float,
    todo: float,
) -> int:
    """So many rounds from `current`, which goes on where it is; `best` is kept. `done` and `todo` are the shares of the
    whole search before and after these rounds, for the temperature. Gives how often a better plan was found."""
    guide, best_cost, found = whole_cost(p, live, current)[1], whole_cost(p, live, best)[0], 0
    tasks = len(p.tasks)
    most = 24 if tasks <= _SMALL else 6
    removed = np.empty(tasks, dtype=np.int32)
    for i in range(iterations):
        fraction = done + (todo - done) * i / iterations
        scale = min(guide, p.weights[UNPLACED])
        temperature = scale * _HOT * math.exp(fraction * math.log(_COLD / _HOT))
        copy(current, trial)
        whole_cost(p, live, trial)
        count = _choose(p, live, trial, dice, removed, options.keys)
        for k in range(count):
            take(trial, removed[k])
        if not np.isfinite(unfold(p, live, trial.order, trial.counts[0], trial.who)):
            continue
        count = _with_bank(trial, dice, removed, count)
        arrange(p, dice, removed, count)
        noise = 0.0 if share(dice) < 0.5 else 0.3
        for k in range(count):
            insert(p, live, trial, lists, options, removed[k], dice, noise, most)
        drop_orphans(p, trial)
        new, new_guide = whole_cost(p, live, trial)
        if new_guide <= guide - temperature * math.log(1.0 - share(dice)):
            copy(trial, current)
            guide = new_guide
            if new < best_cost - 1e-9:
                copy(trial, best)
                best_cost = new
                found += 1
    return found


@compiled
def _choose(p: Packed, live: Live, draft: Draft, dice: State, removed: Ints, keys: Floats) -> int:
    """What to take out: at random, what is near in place and time, a robot's work, or the work of two."""
    placed = draft.counts[0]
    if placed == 0:
        return 0
    size = 1 + below(dice, min(placed, max(4, min(20, placed // 3))))
    way = share(dice)
    seed = draft.order[below(dice, placed)]
    if way < 0.15:
        return _random(draft, dice, removed, size)
    if way < 0.6:
        return _related(p, live, draft, dice, removed, size, seed, keys)
    if way < 0.8:
        return _of_robots(p, draft, dice, removed, size, _latest(live), draft.who[seed, 0])
    other = draft.order[below(dice, placed)]
    return _of_robots(p, draft, dice, removed, size, draft.who[seed, 0], draft.who[other, 0])


@compiled
def _latest(live: Live) -> int:
    """The robot that is busy longest."""
    latest = 0
    for r in range(len(live.time)):
        if live.time[r] > live.time[latest]:
            latest = r
    return latest


@compiled
def _random(draft: Draft, dice: State, removed: Ints, size: int) -> int:
    placed = draft.counts[0]
    for k in range(placed):
        removed[k] = draft.order[k]
    for k in range(size):
        j = k + below(dice, placed - k)
        removed[k], removed[j] = removed[j], removed[k]
    return size


@compiled
def _related(
    p: Packed, live: Live, draft: Draft, dice: State, removed: Ints, size: int, seed: int, keys: Floats
) -> int:
    """The seed and those most like it (Shaw 1998): near, at the same time, by the same robot or with its needs."""
    placed = draft.counts[0]
    span = max(live.sums[0], 1e-9)
    for k in range(placed):
        x = draft.order[k]
        near = 0.0
        if p.tasks[seed].first >= 0 and p.tasks[x].first >= 0:
            near = min(
                p.distances[p.tasks[seed].last, p.tasks[x].first], p.distances[p.tasks[x].last, p.tasks[seed].first]
            )
        apart = near / p.robots[draft.who[x, 0]].speed + 0.5 * abs(live.start[x] - live.start[seed])
        if draft.who[x, 0] == draft.who[seed, 0]:
            apart -= 0.05 * span
        if _bound(p, x, seed):
            apart -= 0.2 * span
        keys[k] = apart + 0.15 * span * share(dice)
        if x == seed:
            keys[k] = -np.inf
    for k in range(size):
        least = 0
        for j in range(1, placed):
            if keys[j] < keys[least]:
                least = j
        removed[k] = draft.order[least]
        keys[least] = np.inf
    return size


@compiled
def _bound(p: Packed, a: int, b: int) -> bool:
    """Whether one must wait for the other, or both need something that only one can have."""
    for k in range(p.after_at[a], p.after_at[a + 1]):
        if p.after_of[k] == b:
            return True
    for k in range(p.after_at[b], p.after_at[b + 1]):
        if p.after_of[k] == a:
            return True
    for k in range(p.needs_at[a], p.needs_at[a + 1]):
        for j in range(p.needs_at[b], p.needs_at[b + 1]):
            if p.needs_of[k] == p.needs_of[j]:
                return True
    return False


@compiled
def _of_robots(p: Packed, draft: Draft, dice: State, removed: Ints, size: int, one: int, other: int) -> int:
    """Of what these two do, as many in a row as there is room for."""
    found = 0
    for k in range(draft.counts[0]):
        t = draft.order[k]
        for m in range(p.tasks[t].team):
            if draft.who[t, m] == one or draft.who[t, m] == other:
                removed[found] = t
                found += 1
                break
    if found > size:
        skip = below(dice, found - size + 1)
        for k in range(size):
            removed[k] = removed[k + skip]
        found = size
    return found


@compiled
def _with_bank(draft: Draft, dice: State, removed: Ints, count: int) -> int:
    """Up to eight of those that were left undone are tried again."""
    shuffle(dice, draft.bank, draft.counts[1])
    for k in range(min(8, draft.counts[1])):
        if count < len(removed):
            removed[count] = draft.bank[k]
            count += 1
    return count
