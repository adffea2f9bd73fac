"""A first plan by regret insertion (Potvin and Rousseau 1993): next comes the task that would lose most if the robot
that suits it best did something else, and of those that would lose the same the cheapest.

Only for plans of any kind, where what is put in early may leave no room for the rest. With independent routes it made
plans up to six times as dear as the sequence by due time (decision 0501).
"""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.compiling import compiled, compiled_with_arrays
from fleet.allocation.solver.dice import State
from fleet.allocation.solver.draft import Draft, Lists, Options, list_visits
from fleet.allocation.solver.inserting import insert, offer_all
from fleet.allocation.solver.packing import Packed
from fleet.allocation.solver.searching import drop_orphans, may_come
from fleet.allocation.solver.timing import Live, unfold

_ALONE = 1e9  # what it is to lose the only robot that can


@compiled_with_arrays
def regret_draft(p: Packed, live: Live, draft: Draft, lists: Lists, options: Options, dice: State, most: int) -> None:
    """Puts in what is not in the draft, judging quickly which comes next; what waits for others comes after them, what
    fits nowhere is left in the bank. `most` as in `insert`."""
    tried = np.zeros(len(p.tasks), dtype=np.uint8)
    while True:
        unfold(p, live, draft.order, draft.counts[0], draft.who)
        list_visits(p, draft, lists)
        wanted, loss, least = -1, -1.0, np.inf
        for t in range(len(p.tasks)):
            if draft.rank[t] >= 0 or tried[t] or not may_come(p, draft, t):
                continue
            offer_all(p, live, draft, lists, options, t, dice)
            best, second = _two_best(options)
            if best < np.inf and (second - best > loss or (second - best == loss and best < least)):
                wanted, loss, least = t, second - best, best
        if wanted < 0:
            break
        tried[wanted] = 1
        if not np.isfinite(insert(p, live, draft, lists, options, wanted, dice, 0.0, most)):
            insert(p, live, draft, lists, options, wanted, dice, 0.0, 0)
    drop_orphans(p, draft)


@compiled
def _two_best(options: Options) -> tuple[float, float]:
    """The least of what the offers seem to cost, and the least with another first robot; `_ALONE` more where there is
    none."""
    k, second = -1, np.inf
    for j in range(options.filled[0]):
        if k < 0 or options.score[j] < options.score[k]:
            k = j
    if k < 0:
        return np.inf, np.inf
    for j in range(options.filled[0]):
        if options.who[j, 0] != options.who[k, 0]:
            second = min(second, options.score[j])
    return options.score[k], min(second, options.score[k] + _ALONE)
