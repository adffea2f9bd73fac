"""Which tasks are near which: where an insertion looks first, and what is taken out together."""

from __future__ import annotations

import numpy as np

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.packing import Floats, Ints, Packed


def nearest(p: Packed, most: int) -> Ints:
    """For each task those that one gets to from it, or from which one gets to it, with the least way; of equal ones
    those in front. A task without a place is beside every other. [tasks, most], `most` less than there are tasks.

    Tasks share places, and there are fewer places than pairs of tasks: places are looked through, not tasks.
    """
    first, last = (np.ascontiguousarray(p.tasks[name]) for name in ("first", "last"))
    found: Ints = np.empty((len(first), most), dtype=np.int32)
    _merge(*_near_places(p, last, first, most + 1, False), *_near_places(p, first, last, most + 1, True), found)
    return found


def _near_places(p: Packed, here: Ints, there: Ints, most: int, backwards: bool) -> tuple[Ints, Floats, Ints]:
    """For each place of `here` [tasks] the `most` tasks whose place in `there` [tasks] is nearest, by the way to it, or
    `backwards` by the way from it. Which row is a task's [tasks]; lengths and tasks [rows, most]."""
    sources, row = np.unique(here, return_inverse=True)
    order = np.argsort(there, kind="stable").astype(np.int32)
    places, begins = np.unique(there[order], return_index=True)
    at = np.append(begins, len(there)).astype(np.int32)
    lengths = np.empty((len(sources), most))
    tasks: Ints = np.empty((len(sources), most), dtype=np.int32)
    near: Ints = np.empty(most, dtype=np.int32)
    _list(p.distances, sources, places, at, order, backwards, near, lengths, tasks)
    return row.astype(np.int32).reshape(-1), lengths, tasks


@compiled
def _way(distances: Floats, a: int, b: int, backwards: bool) -> float:
    if a < 0 or b < 0:
        return 0.0
    return float(distances[b, a] if backwards else distances[a, b])


@compiled
def _list(
    distances: Floats,
    sources: Ints,
    places: Ints,
    at: Ints,
    order: Ints,
    backwards: bool,
    near: Ints,
    lengths: Floats,
    tasks: Ints,
) -> None:
    """Fills `lengths` and `tasks` [sources, most]: the tasks of place k are `order[at[k]:at[k + 1]]`. `near` is scratch
    for the places that are nearest so far."""
    most = lengths.shape[1]
    for i in range(len(sources)):
        kept = lengths[i]  # for now by place
        count = 0
        for k in range(len(places)):
            way = _way(distances, sources[i], places[k], backwards)
            if count == most and not way < kept[count - 1]:
                continue
            j = count if count < most else most - 1
            while j > 0 and kept[j - 1] > way:
                kept[j], near[j] = kept[j - 1], near[j - 1]
                j -= 1
            kept[j], near[j] = way, k
            count = min(count + 1, most)
        filled = 0
        for k in range(count):
            for m in range(at[near[k]], at[near[k] + 1]):
                if filled < most:
                    tasks[i, filled] = order[m]
                    filled += 1
        for j in range(most):
            lengths[i, j] = 0.0
        filled = 0
        for k in range(count):
            way = _way(distances, sources[i], places[near[k]], backwards)
            for _ in range(at[near[k]], at[near[k] + 1]):
                if filled < most:
                    lengths[i, filled] = way
                    filled += 1


@compiled
def _merge(row: Ints, lengths: Floats, tasks: Ints, row2: Ints, lengths2: Floats, tasks2: Ints, found: Ints) -> None:
    """For each task the nearest of both lists, each once, without itself."""
    most = lengths.shape[1]
    for t in range(len(found)):
        i, j, count = 0, 0, 0
        while count < found.shape[1]:
            a = lengths[row[t], i] if i < most else np.inf
            b = lengths2[row2[t], j] if j < most else np.inf
            if i < most and (a < b or j >= most or (a == b and tasks[row[t], i] <= tasks2[row2[t], j])):
                other = tasks[row[t], i]
                i += 1
            else:
                other = tasks2[row2[t], j]
                j += 1
            known = other == t
            for k in range(count):
                known = known or found[t, k] == other
            if not known:
                found[t, count] = other
                count += 1
