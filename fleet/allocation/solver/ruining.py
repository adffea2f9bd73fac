"""Large-neighbourhood search over independent routes: strings of neighbouring work are taken out of a few routes and
put back where they cost least.

The removal is that of Christiaens and Vanden Berghe (2020, "Slack induction by string removals for vehicle routing
problems", Transp. Sci. 54), begun at a random task, or one of the route that ends last, or one that is late; insertions
skip a place now and then ("blinks", ibid.). Acceptance is annealed.
"""

from __future__ import annotations

import math

import numpy as np

from fleet.allocation.solver.compiling import compiled, compiled_with_arrays
from fleet.allocation.solver.dice import State, below, share, shuffle
from fleet.allocation.solver.packing import Bytes, Ints, Packed
from fleet.allocation.solver.routes import Routes, copy_all, copy_route, cost_in_gap, link, retime, totals, unlink
from fleet.allocation.solver.sequence import arrange

_COOLS_TO = 0.01
_PULL, _LEAST_PULL = 0.5, 0.02
_BLINK = 0.01
_MEAN_REMOVED, _LONGEST = 10.0, 10.0
_WHOLE = 250  # up to so many tasks every gap is looked at
_TRY_BANK = 8
_ENDS = 120  # from so many robots on only every second, third ... route's end is looked at


@compiled
def insert_best(
    p: Packed,
    s: Routes,
    near: Ints,
    t: int,
    scale: float,
    force: float,
    latest: float,
    dice: State,
    blink: float,
    whole: bool,
) -> int:
    """Puts the task where it costs least, and times the route. Gives the robot, -1 where it fits nowhere.

    With `whole` every gap is looked at, else those beside the tasks `near` it and at the
    ends of a hundred routes or so.
    """
    best, best_robot, best_gap = np.inf, -1, -1
    if whole:
        for r in range(len(p.robots)):
            if p.able[t, r]:
                best, best_robot, best_gap = _best_in(
                    p, s, t, r, scale, force, latest, dice, blink, best, best_robot, best_gap
                )
    else:
        for k in range(near.shape[1]):
            j = near[t, k]
            r = s.nodes[j].robot
            if r < 0 or not p.able[t, r]:
                continue
            for a in (j, s.nodes[j].prior):
                if blink == 0.0 or share(dice) >= blink:
                    cost = cost_in_gap(p, s, t, r, a, scale, force, latest, best)
                    if cost < best:
                        best, best_robot, best_gap = cost, r, a
        step = 1 + len(p.robots) // _ENDS
        for r in range(below(dice, step), len(p.robots), step):
            if p.able[t, r] and (blink == 0.0 or share(dice) >= blink):
                cost = cost_in_gap(p, s, t, r, s.routes[r].last, scale, force, latest, best)
                if cost < best:
                    best, best_robot, best_gap = cost, r, s.routes[r].last
    if best_robot >= 0:
        link(s, t, best_robot, best_gap)
        if not retime(p, s, best_robot):  # rounding, or energy that was judged too lightly
            unlink(s, t)
            retime(p, s, best_robot)
            return -1
    return best_robot


@compiled
def _best_in(
    p: Packed,
    s: Routes,
    t: int,
    r: int,
    scale: float,
    force: float,
    latest: float,
    dice: State,
    blink: float,
    best: float,
    best_robot: int,
    best_gap: int,
) -> tuple[float, int, int]:
    """The best gap of one route, if it is better than the best so far."""
    a = -1
    while True:
        if blink == 0.0 or share(dice) >= blink:
            cost = cost_in_gap(p, s, t, r, a, scale, force, latest, best)
            if cost < best:
                best, best_robot, best_gap = cost, r, a
        a = s.nodes[a].next if a >= 0 else s.routes[r].first
        if a < 0:
            return best, best_robot, best_gap


@compiled_with_arrays
def search_routes(
    p: Packed,
    current: Routes,
    best: Routes,
    trial: Routes,
    near: Ints,
    dice: State,
    iterations: int,
    done: float,
    todo: float,
    hot: float,
    focus: int = -1,
) -> int:
    """So many rounds; `current` and `best` go on, `trial` must be equal to `current`. `done` and `todo` as in `search`;
    `hot` is the first temperature as a share of the cost of a task. With a `focus` all begins at
    that task, with -2 at the route that ends last. Gives how often a better plan was found."""
    scale = max(totals(p, best, 1.0, 0.0)[2] - p.now, 1e-6)
    force = max(_LEAST_PULL, _PULL * (1.0 - done))
    _, guide, latest = totals(p, current, scale, force)
    best_cost, found = totals(p, best, scale, force)[0], 0
    tasks, robots = len(p.tasks), len(p.robots)
    removed, touched = np.empty(tasks, dtype=np.int32), np.empty(robots, dtype=np.int32)
    marks = np.zeros(robots, dtype=np.uint8)
    heat = min(guide, scale * 4.0) / tasks
    for i in range(iterations):
        fraction = done + (todo - done) * i / iterations
        temperature = heat * hot * math.exp(fraction * math.log(_COOLS_TO))
        seed = focus if focus >= 0 else _seed(p, trial, dice, latest, focus == -2)
        count = _ruin(p, trial, near, dice, removed, touched, marks, seed)
        ruined = 0
        while ruined < len(touched) and touched[ruined] >= 0:
            ruined += 1
        kept = True
        for k in range(ruined):
            kept = retime(p, trial, touched[k]) and kept
        if kept:
            ruined = _recreate(
                p, trial, near, dice, removed, count, touched, ruined, marks, scale, force, latest, tasks
            )
        new, new_guide, new_latest = totals(p, trial, scale, force) if kept else (np.inf, np.inf, latest)
        if new < best_cost - 1e-9 or new_guide <= guide - temperature * math.log(1.0 - share(dice)):
            _sync(trial, current, touched, ruined, marks)
            guide, latest = new_guide, new_latest
            if new < best_cost - 1e-9:
                copy_all(trial, best)
                best_cost = new
                found += 1
        else:
            _sync(current, trial, touched, ruined, marks)
    return found


@compiled
def _sync(source: Routes, target: Routes, touched: Ints, count: int, marks: Bytes) -> None:
    """The touched routes and the bank of the target become the source's; the marks are taken back."""
    for k in range(target.banked[0]):
        target.nodes[target.bank[k]].robot = -1
    for k in range(source.banked[0]):
        source.nodes[source.bank[k]].robot = -1
        target.nodes[source.bank[k]].robot = -1
        target.bank[k] = source.bank[k]
    target.banked[0] = source.banked[0]
    for k in range(count):
        copy_route(source, target, touched[k])
        marks[touched[k]] = 0


@compiled
def _ruin(p: Packed, s: Routes, near: Ints, dice: State, removed: Ints, touched: Ints, marks: Bytes, seed: int) -> int:
    """Takes strings of tasks out of neighbouring routes. `touched` are those routes, ended by -1; they are marked."""
    touched[:] = -1
    if seed < 0:
        return 0
    size = len(p.tasks) / max(1, len(p.robots))
    longest = max(1.0, min(_LONGEST, size))
    routes = max(1.0, 4.0 * _MEAN_REMOVED / (1.0 + longest) - 1.0)
    want, have, count = int(1.0 + share(dice) * routes), 0, 0
    for k in range(-1, near.shape[1]):
        if have == want or have == len(touched):
            break
        c = near[seed, k] if k >= 0 else seed
        r = s.nodes[c].robot
        if r < 0 or marks[r]:
            continue
        marks[r] = 1
        touched[have] = r
        have += 1
        length = 1 + int(share(dice) * min(float(s.routes[r].size), longest))
        count = _cut(s, dice, removed, count, c, min(length, s.routes[r].size))
    return count


@compiled
def _seed(p: Packed, s: Routes, dice: State, latest: float, last: bool) -> int:
    """A task to begin at: at random, of the route that ends last, or one that is late. With `last` of that route."""
    way, tasks = 0.0 if last else share(dice), len(p.tasks)
    if way < 0.3:
        for r in range(len(p.robots)):
            if s.routes[r].size and s.routes[r].end >= latest - 1e-9:
                t = s.routes[r].first
                for _ in range(below(dice, s.routes[r].size)):
                    t = s.nodes[t].next
                return int(t)
    tries = 12 if way < 0.6 else 1
    for _ in range(tries):
        t = below(dice, tasks)
        if s.nodes[t].robot >= 0 and (tries == 1 or s.nodes[t].end > p.tasks[t].due):
            return int(t)
    for _ in range(20):
        t = below(dice, tasks)
        if s.nodes[t].robot >= 0:
            return int(t)
    return -1


@compiled
def _cut(s: Routes, dice: State, removed: Ints, count: int, c: int, length: int) -> int:
    """So many tasks in a row with c among them, or the same with some in the middle kept ("split string")."""
    before = 0
    t = c
    while s.nodes[t].prior >= 0 and before < length - 1:
        t = s.nodes[t].prior
        before += 1
    after, t = 0, c
    while s.nodes[t].next >= 0 and after < length - 1:
        t = s.nodes[t].next
        after += 1
    least, most = max(0, length - 1 - after), min(before, length - 1)
    back = least + below(dice, most - least + 1)
    t = c
    for _ in range(back):
        t = s.nodes[t].prior
    keep_from, keep_to = -1, -1
    if length >= 3 and share(dice) < 0.3:
        keep_from = 1 + below(dice, length - 2)
        keep_to = keep_from + 1 + below(dice, length - 1 - keep_from)
    for k in range(length):
        following = s.nodes[t].next
        if not keep_from <= k < keep_to:
            unlink(s, t)
            removed[count] = t
            count += 1
        t = following
    return count


@compiled
def _recreate(
    p: Packed,
    s: Routes,
    near: Ints,
    dice: State,
    removed: Ints,
    count: int,
    touched: Ints,
    ruined: int,
    marks: Bytes,
    scale: float,
    force: float,
    latest: float,
    tasks: int,
) -> int:
    """Puts them back, and some that nobody did; gives how many routes are touched now."""
    banked = s.banked[0]
    if banked:
        shuffle(dice, s.bank, banked)
    tried = min(banked, _TRY_BANK, len(removed) - count)
    for k in range(tried):
        removed[count] = s.bank[banked - 1 - k]
        count += 1
    s.banked[0] = banked - tried
    arrange(p, dice, removed, count)
    for k in range(count):
        t = removed[k]
        whole = tasks <= _WHOLE or share(dice) < 0.01
        r = insert_best(p, s, near, t, scale, force, latest, dice, _BLINK, whole)
        if r < 0 and not whole:
            r = insert_best(p, s, near, t, scale, force, latest, dice, 0.0, True)
        if r < 0:
            s.bank[s.banked[0]] = t
            s.banked[0] += 1
        elif not marks[r]:
            marks[r] = 1
            touched[ruined] = r
            ruined += 1
    return ruined


@compiled
def fill(p: Packed, s: Routes, near: Ints, dice: State, sequence: Ints, scale: float) -> None:
    """Inserts what is unplaced in this sequence; what fits nowhere is left in the bank."""
    for r in range(len(p.robots)):
        retime(p, s, r)
    s.banked[0] = 0
    latest, force = totals(p, s, scale, 0.0)[2], _PULL
    whole = len(p.tasks) <= _WHOLE
    for k in range(len(sequence)):
        t = sequence[k]
        if s.nodes[t].robot >= 0:
            continue
        r = insert_best(p, s, near, t, scale, force, latest, dice, 0.0, whole)
        if r < 0 and not whole:
            r = insert_best(p, s, near, t, scale, force, latest, dice, 0.0, True)
        if r < 0:
            s.bank[s.banked[0]] = t
            s.banked[0] += 1
        else:
            latest = max(latest, s.routes[r].end)
