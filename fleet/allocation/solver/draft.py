"""A plan while it is being worked on: one order of tasks for the whole fleet, and who does each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.solver.compiling import compiled
from fleet.allocation.solver.packing import Floats, Ints, Packed


class Draft(NamedTuple):
    """`order` [tasks] has `counts[0]` placed tasks in front; `rank` [tasks] is a task's place in it, -1 without one;
    `who` [tasks, largest team] its robots. `counts[1]` tasks of `bank` are unplaced."""

    order: Ints
    rank: Ints
    who: Ints
    bank: Ints
    counts: NDArray[np.int64]


class Lists(NamedTuple):
    """Each robot's visits as ranks: those of robot r are `of[at[r]:at[r + 1]]`, `part` is which member it is there."""

    at: Ints
    of: Ints
    part: Ints
    fill: Ints


class Options(NamedTuple):
    """Ways to put one task in: rank, robots, what it seems to cost. The last three arrays are scratch."""

    score: Floats
    rank: Ints
    who: Ints
    filled: NDArray[np.int64]
    free: Floats
    place: Ints
    keys: Floats


def empty_draft(packed: Packed) -> Draft:
    """Nothing placed."""
    tasks = len(packed.tasks)
    team = int(packed.tasks["team"].max()) if tasks else 1
    draft = Draft(
        order=np.full(tasks, -1, dtype=np.int32),
        rank=np.full(tasks, -1, dtype=np.int32),
        who=np.full((tasks, team), -1, dtype=np.int32),
        bank=np.arange(tasks, dtype=np.int32),
        counts=np.array([0, tasks], dtype=np.int64),
    )
    return draft


def room(packed: Packed) -> tuple[Lists, Options]:
    """Scratch arrays of the right sizes."""
    tasks, robots = len(packed.tasks), len(packed.robots)
    team = int(packed.tasks["team"].max()) if tasks else 1
    visits = int(packed.tasks["team"].sum()) if tasks else 0
    most = visits + 2 * robots + 2
    lists = Lists(*(np.zeros(n, dtype=np.int32) for n in (robots + 1, visits, visits, robots)))
    options = Options(
        score=np.zeros(most),
        rank=np.zeros(most, dtype=np.int32),
        who=np.full((most, team), -1, dtype=np.int32),
        filled=np.zeros(1, dtype=np.int64),
        free=np.zeros(robots),
        place=np.zeros(robots, dtype=np.int32),
        keys=np.zeros(tasks),
    )
    return lists, options


@compiled
def copy(source: Draft, target: Draft) -> None:
    """The target becomes the source."""
    for t in range(len(source.order)):
        target.order[t], target.rank[t], target.bank[t] = source.order[t], source.rank[t], source.bank[t]
        for m in range(source.who.shape[1]):
            target.who[t, m] = source.who[t, m]
    target.counts[0], target.counts[1] = source.counts[0], source.counts[1]


@compiled
def put(draft: Draft, t: int, rank: int, team: Ints) -> None:
    """The task at this place of the order, for these robots. It stays in the bank if it is there."""
    count = draft.counts[0]
    for k in range(count, rank, -1):
        moved = draft.order[k - 1]
        draft.order[k] = moved
        draft.rank[moved] = k
    draft.order[rank] = t
    draft.rank[t] = rank
    for m in range(len(team)):
        draft.who[t, m] = team[m]
    draft.counts[0] = count + 1


@compiled
def take(draft: Draft, t: int) -> None:
    """The task is out of the order. Its robots stay on record in `who`."""
    count = draft.counts[0]
    for k in range(draft.rank[t], count - 1):
        moved = draft.order[k + 1]
        draft.order[k] = moved
        draft.rank[moved] = k
    draft.rank[t] = -1
    draft.counts[0] = count - 1


@compiled
def list_visits(p: Packed, draft: Draft, lists: Lists) -> None:
    """Each robot's visits."""
    at, fill = lists.at, lists.fill
    for r in range(len(at)):
        at[r] = 0
    for k in range(draft.counts[0]):
        t = draft.order[k]
        for m in range(p.tasks[t].team):
            at[draft.who[t, m] + 1] += 1
    for r in range(len(fill)):
        at[r + 1] += at[r]
        fill[r] = at[r]
    for k in range(draft.counts[0]):
        t = draft.order[k]
        for m in range(p.tasks[t].team):
            r = draft.who[t, m]
            lists.of[fill[r]] = k
            lists.part[fill[r]] = m
            fill[r] += 1
