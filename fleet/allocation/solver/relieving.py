"""Work for a robot that has too little: one that is back, or was never given any."""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.packing import MAKESPAN, Ints, Packed
from fleet.allocation.solver.routes import Routes, cost_in_gap, link, pull_of, retime, unlink


@compiled
def relieve(p: Packed, s: Routes, r: int, wanted: Ints, scale: float, force: float, latest: float) -> int:
    """Moves each of the tasks `wanted` to the route of r if that makes the plan cheaper; how many it moved.

    What is saved is reckoned without the makespan, which rarely falls when one task goes."""
    moved, robots = 0, len(p.robots)
    for k in range(len(wanted)):
        t = wanted[k]
        other, a = s.nodes[t].robot, s.nodes[t].prior
        if other < 0 or other == r or not p.able[t, r]:
            continue
        cost, long = s.routes[other].cost, max(0.0, s.routes[other].end - p.now)
        unlink(s, t)
        saved = -np.inf
        if retime(p, s, other):
            short = max(0.0, s.routes[other].end - p.now) if s.routes[other].size else 0.0
            pull = force * p.weights[MAKESPAN] * (pull_of(long, scale) - pull_of(short, scale)) / robots
            saved = cost - s.routes[other].cost + pull
        gap = _best_gap(p, s, t, r, scale, force, latest, saved - 1e-9)
        if gap >= -1:
            link(s, t, r, gap)
            if retime(p, s, r):
                moved += 1
                latest = max(latest, s.routes[r].end)
                continue
            unlink(s, t)
            retime(p, s, r)
        link(s, t, other, a)
        retime(p, s, other)
    return moved


@compiled
def _best_gap(p: Packed, s: Routes, t: int, r: int, scale: float, force: float, latest: float, bound: float) -> int:
    """The task it is best done behind (-1: first), -2 where it costs no less than `bound` everywhere."""
    best, a = -2, -1
    while True:
        cost = cost_in_gap(p, s, t, r, a, scale, force, latest, bound)
        if cost < bound:
            best, bound = a, cost
        a = s.nodes[a].next if a >= 0 else s.routes[r].first
        if a < 0:
            return best
