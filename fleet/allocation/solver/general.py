"""A search over plans of any kind: see `timing`, `inserting`, `searching`."""

from __future__ import annotations

from fleet.allocation.solver.dice import State
from fleet.allocation.solver.draft import Draft, copy, empty_draft, put, room
from fleet.allocation.solver.packing import Packed
from fleet.allocation.solver.regret import regret_draft
from fleet.allocation.solver.searching import build, drop_orphans, search, sound, whole_cost
from fleet.allocation.solver.sequence import first_sequence
from fleet.allocation.solver.timing import alive

CHUNK = 64
_SMALL = 16
_REGRET = 100  # up to so many tasks: its effort grows with their cube


class GeneralSearch:
    """Teams, order between tasks, resources, batteries that need charging: everything is unfolded in one order."""

    def __init__(self, packed: Packed, dice: State, start: Draft | None = None) -> None:
        self.packed, self.dice = packed, dice
        self.live = alive(packed)
        self.current, self.best, self.trial = (empty_draft(packed) for _ in range(3))
        self.lists, self.options = room(packed)
        if start is not None:
            self._take_over(start)
        most = 6 if len(packed.tasks) > _SMALL else 24
        sequence = first_sequence(packed)
        build(packed, self.live, self.current, self.lists, self.options, dice, sequence, most)
        copy(self.current, self.best)
        if start is None and len(packed.tasks) <= _REGRET:
            regret_draft(packed, self.live, self.trial, self.lists, self.options, dice, most)
            if whole_cost(packed, self.live, self.trial)[0] < self.cost:
                copy(self.trial, self.current)
                copy(self.trial, self.best)

    @property
    def cost(self) -> float:
        """Of the best plan so far."""
        return float(whole_cost(self.packed, self.live, self.best)[0])

    def rounds(self, count: int, done: float, todo: float, expected: float) -> None:
        """So many rounds, between these shares of the whole; `expected` rounds in all."""
        search(
            *(self.packed, self.live, self.current, self.best, self.trial, self.lists, self.options, self.dice),
            *(count, done, todo),
        )

    def draft(self) -> Draft:
        """The best plan so far."""
        return self.best

    def _take_over(self, start: Draft) -> None:
        """What can be kept of an earlier plan, in its order."""
        draft, p = self.current, self.packed
        for k in range(int(start.counts[0])):
            t = int(start.order[k])
            before = p.before_of[p.before_at[t] : p.before_at[t + 1]]
            if not all(draft.rank[b] >= 0 for b in before):
                continue
            put(draft, t, int(draft.counts[0]), start.who[t])
            if not sound(p, self.live, draft):
                draft.counts[0] -= 1
                draft.rank[t] = -1
        drop_orphans(p, draft)
