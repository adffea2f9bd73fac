"""One search over one instance: from a first plan to the best one found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fleet.allocation.appending import append
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.solver.dice import seeded
from fleet.allocation.solver.draft import Draft, empty_draft
from fleet.allocation.solver.general import CHUNK, GeneralSearch
from fleet.allocation.solver.packing import Packed, pack
from fleet.allocation.solver.plain import PlainSearch, batteries_bind
from fleet.allocation.solver.reading import read_out

_SLICE_S = 0.01
_APPENDED = 300  # up to so many tasks a plan of independent routes is held against appending too
_READING_S = 1e-5  # for each task, to say the plan in words, which is part of the budget


class Engine:
    """Chooses the search that fits the instance, and gives it rounds until the budget is used up."""

    def __init__(self, instance: Instance, seed: int = 0, start: Solution | None = None) -> None:
        self.instance = instance
        self.packed = pack(instance)
        self.iterations = 0
        self._dice = seeded(seed)
        self._search: PlainSearch | GeneralSearch | None = None
        self._appended: Solution | None = None
        if len(self.packed.tasks) and len(self.packed.robots):
            self._search = self._begin(None if start is None else draft_of(instance, self.packed, start))
            if start is None and (len(self.packed.tasks) <= _APPENDED or isinstance(self._search, GeneralSearch)):
                self._from_appended(self._search)

    def run(self, iterations: int | None, until: float | None, began: float) -> None:
        """Rounds until the budget is used up, whichever ends first; `until` and `began` in thread time."""
        if self._search is None:
            return
        if until is not None:
            until = max(began, until - _READING_S * (100 + len(self.packed.tasks)))
        chunk, speed = CHUNK, 0.0
        while iterations is None or self.iterations < iterations:
            now = time.thread_time()
            if until is not None and now >= until:
                break
            if iterations is not None:
                rounds = min(CHUNK, iterations - self.iterations)
                done, todo = self.iterations / iterations, (self.iterations + rounds) / iterations
                expected = float(iterations)
            else:
                rounds = chunk if not speed else max(1, min(chunk, int(speed * ((until or 0.0) - now))))
                done = todo = (now - began) / max((until or 0.0) - began, 1e-9)
                expected = self.iterations + speed * ((until or 0.0) - now)
            self._search.rounds(rounds, done, todo, expected)
            self.iterations += rounds
            speed = rounds / max(time.thread_time() - now, 1e-6)
            chunk = max(1, min(4096, int(speed * _SLICE_S)))

    def solution(self, seconds: float = 0.0) -> Solution:
        """The best plan so far."""
        draft = empty_draft(self.packed) if self._search is None else self._search.draft()
        found = read_out(self.instance, self.packed, draft, self.iterations, seconds)
        if self._appended is not None and self._appended.cost < found.cost:
            return replace(self._appended, iterations=self.iterations, seconds=seconds)
        return found

    def _from_appended(self, inserted: PlainSearch | GeneralSearch) -> None:
        """Begins with the plan by appending where that is cheaper. It is kept as well: it may charge at other docks
        than the same order of tasks would here."""
        appended = append(self.instance)
        if appended.cost < inserted.cost:
            self._appended = appended
            begun = self._begin(draft_of(self.instance, self.packed, appended))
            if begun.cost < inserted.cost:
                self._search = begun

    def _begin(self, start: Draft | None) -> PlainSearch | GeneralSearch:
        p = self.packed
        if not p.plain:
            return GeneralSearch(p, self._dice, start)
        if not p.batteries:
            return PlainSearch(p, self._dice, start)
        if batteries_bind(p):
            return GeneralSearch(p, self._dice, start)
        plain = PlainSearch(p, self._dice, start)
        return GeneralSearch(p, self._dice, plain.draft()) if plain.unplaced else plain


def draft_of_routes(instance: Instance, packed: Packed, routes: Mapping[str, Sequence[str]]) -> Draft:
    """A plan in which no robot waits for another, from each robot's tasks in their order."""
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    draft, k = empty_draft(packed), 0
    for r, robot in enumerate(instance.robots):
        for name in routes.get(robot.robot_id, ()):
            t = number[name]
            draft.order[k], draft.rank[t], draft.who[t, 0] = t, k, r
            k += 1
    left = np.flatnonzero(draft.rank < 0)
    draft.bank[: len(left)] = left
    draft.counts[:] = k, len(left)
    return draft


def draft_of(instance: Instance, packed: Packed, start: Solution) -> Draft:
    """The part of an earlier plan that names what there is now, in the order of its starts."""
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    robot = {r.robot_id: i for i, r in enumerate(instance.robots)}
    begins: dict[int, float] = {}
    teams: dict[int, list[int]] = {}
    for name, visits in start.routes.items():
        for visit in visits:
            t, r = number.get(visit.task_id, -1), robot.get(name, -1)
            if t >= 0 and r >= 0 and packed.able[t, r]:
                begins[t] = visit.starts_s
                teams.setdefault(t, []).append(r)
    draft = empty_draft(packed)
    depth = np.diff(packed.before_at)
    for t in sorted(begins, key=lambda t: (begins[t], depth[t], t)):
        size = int(packed.tasks[t]["team"])
        must = set(packed.must_of[packed.must_at[t] : packed.must_at[t + 1]].tolist())
        team = teams[t]
        if len(team) != size or len(set(team)) != size or (len(must) < size and not must <= set(team)):
            continue
        k = int(draft.counts[0])
        draft.order[k], draft.rank[t], draft.counts[0] = t, k, k + 1
        draft.who[t, :size] = team
    return draft
