"""One search over one instance: from a first plan to the best one found."""

from __future__ import annotations

import time

import numpy as np

from fleet.allocation.instance import Instance, Solution
from fleet.allocation.solver.dice import seeded
from fleet.allocation.solver.draft import copy, empty_draft, put, room
from fleet.allocation.solver.packing import Ints, pack
from fleet.allocation.solver.reading import read_out
from fleet.allocation.solver.searching import build, drop_orphans, search, whole_cost
from fleet.allocation.solver.timing import alive, unfold

_CHUNK = 64


class Engine:
    """Holds the arrays; `best` is the plan so far."""

    def __init__(self, instance: Instance, seed: int = 0) -> None:
        self.instance = instance
        self.packed = pack(instance)
        self.live = alive(self.packed)
        self.dice = seeded(seed)
        self.current, self.best, self.trial = (empty_draft(self.packed) for _ in range(3))
        self.lists, self.options = room(self.packed)
        self.iterations = 0

    def begin(self, start: Solution | None = None) -> None:
        """A first plan: what can be kept of `start`, the rest by insertion."""
        if start is not None:
            self._take_over(start)
        most = 6 if len(self.packed.tasks) > 16 else 24
        sequence = self._sequence()
        build(self.packed, self.live, self.current, self.lists, self.options, self.dice, sequence, most)
        copy(self.current, self.best)

    def run(self, iterations: int | None, until: float | None, began: float) -> None:
        """Rounds until the budget is used up, whichever ends first; `until` and `began` in thread time."""
        if len(self.packed.tasks) == 0 or len(self.packed.robots) == 0:
            return
        chunk = _CHUNK
        while iterations is None or self.iterations < iterations:
            now = time.thread_time()
            if until is not None and now >= until:
                break
            rounds = chunk if iterations is None else min(chunk, iterations - self.iterations)
            share = 0.0 if iterations is None else self.iterations / iterations
            after = 1.0 if iterations is None else (self.iterations + rounds) / iterations
            if until is not None and iterations is None:
                share = after = (now - began) / max(until - began, 1e-9)
            search(
                *(self.packed, self.live, self.current, self.best, self.trial, self.lists, self.options, self.dice),
                *(rounds, share, after),
            )
            self.iterations += rounds
            if iterations is None:  # a chunk takes about a hundredth of a second
                took = time.thread_time() - now
                chunk = max(1, min(4096, int(rounds * 0.01 / max(took, 1e-6))))

    def solution(self, seconds: float = 0.0) -> Solution:
        """The best plan so far."""
        whole_cost(self.packed, self.live, self.best)
        return read_out(self.instance, self.packed, self.best, self.iterations, seconds)

    def _sequence(self) -> Ints:
        """Predecessors first, then what is due soonest, then the longest."""
        tasks = self.packed.tasks
        depth = np.diff(self.packed.before_at)
        due = np.minimum(np.minimum(tasks["due"], tasks["latest"]), 1e15) - tasks["work"]
        return np.lexsort((-tasks["work"], due, depth)).astype(np.int32)

    def _take_over(self, start: Solution) -> None:
        number = {t.task_id: i for i, t in enumerate(self.instance.tasks)}
        robot = {r.robot_id: i for i, r in enumerate(self.instance.robots)}
        begins: dict[int, float] = {}
        teams: dict[int, list[int]] = {}
        for name, visits in start.routes.items():
            for visit in visits:
                t, r = number.get(visit.task_id, -1), robot.get(name, -1)
                if t >= 0 and r >= 0 and self.packed.able[t, r]:
                    begins[t] = visit.starts_s
                    teams.setdefault(t, []).append(r)
        draft, p = self.current, self.packed
        for t in sorted(begins, key=lambda t: (begins[t], t)):
            team = np.full(draft.who.shape[1], -1, dtype=np.int32)
            size = int(p.tasks[t]["team"])
            if len(teams[t]) != size or len(set(teams[t])) != size or not self._fits(t, teams[t]):
                continue
            team[:size] = teams[t]
            put(draft, t, int(draft.counts[0]), team)
            if not np.isfinite(unfold(p, self.live, draft.order, draft.counts[0], draft.who)):
                draft.counts[0] -= 1
                draft.rank[t] = -1
        drop_orphans(p, draft)

    def _fits(self, t: int, team: list[int]) -> bool:
        p = self.packed
        before = p.before_of[p.before_at[t] : p.before_at[t + 1]]
        must = set(p.must_of[p.must_at[t] : p.must_at[t + 1]].tolist())
        if len(must) < len(team) and not must <= set(team):
            return False
        behind = p.behind_of[p.behind_at[t] : p.behind_at[t + 1]]
        return all(self.current.rank[b] >= 0 for b in before) and all(self.current.rank[b] < 0 for b in behind)
