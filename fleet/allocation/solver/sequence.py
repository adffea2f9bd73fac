"""In which sequence tasks are put in."""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.dice import State, below, shuffle
from fleet.allocation.solver.packing import Ints, Packed


def first_sequence(packed: Packed) -> Ints:
    """Predecessors first, then what is due soonest, then the longest."""
    tasks = packed.tasks
    depth = np.diff(packed.before_at)
    due = np.minimum(np.minimum(tasks["due"], tasks["latest"]), 1e15) - tasks["work"]
    return np.lexsort((-tasks["work"], due, depth)).astype(np.int32)


@compiled
def arrange(p: Packed, dice: State, removed: Ints, count: int) -> None:
    """Those that were taken out: at random, the longest first, or the most urgent first."""
    way = below(dice, 4)
    if way < 2:
        shuffle(dice, removed, count)
        return
    for k in range(1, count):
        t = removed[k]
        key, j = _urgency(p, t, way), k
        while j > 0 and _urgency(p, removed[j - 1], way) > key:
            removed[j] = removed[j - 1]
            j -= 1
        removed[j] = t


@compiled
def _urgency(p: Packed, t: int, way: int) -> float:
    task = p.tasks[t]
    if way == 2:
        return float(-(task.way + task.work) * task.team)
    soon = min(task.due, task.latest)
    return float(soon - task.work if soon < np.inf else 1e15 + task.earliest)
