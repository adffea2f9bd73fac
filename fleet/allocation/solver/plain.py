"""A search over plans in which no robot waits for another: see `routes` and `ruining`."""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.beside import nearest
from fleet.allocation.solver.dice import State
from fleet.allocation.solver.draft import Draft, empty_draft
from fleet.allocation.solver.packing import Packed
from fleet.allocation.solver.routes import Routes, copy_all, link, no_routes, retime, totals, unlink
from fleet.allocation.solver.ruining import fill, search_routes
from fleet.allocation.solver.sequence import first_sequence

_NEAR = 40


class PlainSearch:
    """Robots' routes, each timed by itself."""

    def __init__(self, packed: Packed, dice: State, start: Draft | None = None) -> None:
        self.packed, self.dice = packed, dice
        self.near = nearest(packed, min(_NEAR, len(packed.tasks) - 1))
        self.current, self.best, self.trial = (no_routes(packed) for _ in range(3))
        if start is not None:
            _take_over(packed, start, self.current)
        fill(packed, self.current, self.near, dice, first_sequence(packed), scale_of(packed))
        copy_all(self.current, self.best)
        copy_all(self.current, self.trial)

    @property
    def cost(self) -> float:
        """Of the best plan so far."""
        return float(totals(self.packed, self.best, 1.0, 0.0)[0])

    @property
    def unplaced(self) -> int:
        """How many tasks nobody does."""
        return int(self.best.banked[0])

    def rounds(self, count: int, done: float, todo: float, expected: float) -> None:
        """So many rounds, between these shares of the whole; `expected` rounds in all."""
        hot = min(1.5, max(0.01, 0.02 * np.sqrt(expected / len(self.packed.tasks))))
        search_routes(self.packed, self.current, self.best, self.trial, self.near, self.dice, count, done, todo, hot)

    def draft(self) -> Draft:
        """The best plan so far, in the order of its starts."""
        return as_draft(self.packed, self.best)


def scale_of(packed: Packed) -> float:
    """About how long the plan will take, s: half as much again as all work shared out evenly."""
    way = np.ma.masked_invalid(packed.distances[packed.robots["at"]]).mean() / 2.0  # to a task, as a guess
    ways = (packed.tasks["way"].sum() + len(packed.tasks) * float(way or 0.0)) / np.mean(packed.robots["speed"])
    return max(1.0, 1.5 * float(packed.tasks["work"].sum() + ways) / len(packed.robots))


def batteries_bind(packed: Packed) -> bool:
    """Whether somebody might have to charge before the plan, judged by how long it takes, is over."""
    robots = packed.robots
    power = np.maximum(np.maximum(robots["walking"], robots["working"]), robots["standing"])
    return bool((robots["battery"] - robots["reserve"] < power * 1.5 * scale_of(packed) / 3600.0).any())


def as_draft(packed: Packed, routes: Routes) -> Draft:
    """The same plan as one order for all."""
    draft = empty_draft(packed)
    nodes = routes.nodes
    starts = nodes["end"] - packed.tasks["work"] - packed.tasks["way"] / packed.robots["speed"][nodes["robot"]]
    position = np.zeros(len(nodes), dtype=np.int64)
    for first in routes.routes["first"].tolist():
        t, k = first, 0
        while t >= 0:
            position[t] = k
            t, k = int(nodes[t]["next"]), k + 1
    placed = nodes["robot"] >= 0
    order = [t for t in np.lexsort((position, starts)).tolist() if placed[t]]
    draft.order[: len(order)] = order
    draft.rank[order] = np.arange(len(order))
    draft.who[:, 0] = nodes["robot"]
    left = np.flatnonzero(~placed)
    draft.bank[: len(left)] = left
    draft.counts[:] = len(order), len(left)
    return draft


def _take_over(packed: Packed, start: Draft, routes: Routes) -> None:
    """What can be kept of an earlier plan, in its order."""
    for t in start.order[: start.counts[0]].tolist():
        r = int(start.who[t, 0])
        link(routes, t, r, int(routes.routes[r]["last"]))
        if not retime(packed, routes, r):
            unlink(routes, t)
            retime(packed, routes, r)
