"""Tasks of several cells each, given out as robots become free: the League's lifelong problem, played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.grid.graph import Grid, Ints
from fleet.traffic.grid.turning import Turners


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Played:
    """States (4 x node + heading) at every step, [steps + 1, robots], and how many tasks were finished by each step."""

    states: Ints
    finished: NDArray[np.int64]


class Errands:
    """Who does which task. A robot that has visited a task's first cell keeps it; before that it may be exchanged."""

    def __init__(self, tasks: tuple[tuple[int, ...], ...], robots: int, revealed: int) -> None:
        self._tasks, self._revealed = tasks, revealed
        self._next = 0  # of the tasks that are not known yet
        self._open: list[int] = []  # known, and their first cell not visited
        self._of: list[int | None] = [None] * robots
        self._at = [0] * robots  # which cell of its task each robot walks to
        self._lengths: dict[int, int] = {}
        self.finished = 0

    def assign(self, turners: Turners) -> None:
        """Give the open tasks to the robots that have not begun one, so that the sum of actions is least."""
        from scipy.optimize import linear_sum_assignment  # slow to import

        begun = sum(task is not None and at > 0 for task, at in zip(self._of, self._at, strict=True))
        while begun + len(self._open) < self._revealed and self._next < len(self._tasks):
            self._open.append(self._next)
            self._next += 1
        free = [i for i, at in enumerate(self._at) if at == 0]
        if not free or not self._open:
            return
        heads: Ints = np.array([self._tasks[t][0] for t in self._open], np.int32)
        rows = turners.rows_to(heads)
        far = turners.distances.table[rows[None, :], turners.states[free][:, None]] - 1
        whole = np.array([self._length(t, turners) for t in self._open])
        robots, tasks = linear_sum_assignment(far + whole[None, :])
        for i in free:
            self._of[i] = None
        for robot, task in zip(robots.tolist(), tasks.tolist(), strict=True):
            self._of[free[robot]] = self._open[task]

    def goals(self, turners: Turners) -> tuple[Ints, Ints]:
        """Where each robot goes, and after that (-1: nothing); one without a task stays."""
        now: Ints = (turners.states >> 2).copy()
        after: Ints = np.full(len(now), -1, np.int32)
        for i, task in enumerate(self._of):
            if task is not None:
                cells, at = self._tasks[task], self._at[i]
                now[i] = cells[at]
                after[i] = cells[at + 1] if at + 1 < len(cells) else -1
        return now, after

    def arrived(self, turners: Turners) -> None:
        """Robots that are where they were to go have that behind them."""
        for i, node in enumerate((turners.states >> 2).tolist()):
            task = self._of[i]
            if task is None or self._tasks[task][self._at[i]] != node:
                continue
            if self._at[i] == 0:
                self._open.remove(task)
            self._at[i] += 1
            if self._at[i] == len(self._tasks[task]):
                self._of[i], self._at[i] = None, 0
                self.finished += 1

    def _length(self, task: int, turners: Turners) -> int:
        known = self._lengths.get(task)
        if known is None:
            cells: Ints = np.array(self._tasks[task], np.int32)
            known = int(turners.leg(cells[:-1], cells[1:]).sum()) if len(cells) > 1 else 0
            self._lengths[task] = known
        return known


def play(
    grid: Grid,
    starts: Ints,
    tasks: tuple[tuple[int, ...], ...],
    revealed: int,
    steps: int,
    *,
    ahead: int = 4,
    tries: int | None = None,
    seed: int = 0,
    stop: Callable[[], bool] | None = None,
) -> Played:
    """`steps` steps of robots that begin at `starts` looking east. `ahead`, `tries` and `seed` are for `Turners`;
    `stop` is asked before every step."""
    turners = Turners(grid, 4 * starts, ahead=ahead, tries=tries, seed=seed)
    errands = Errands(tasks, len(starts), revealed)
    states, finished = [turners.states], [0]
    for _ in range(steps):
        if stop is not None and stop():
            break
        errands.assign(turners)
        turners.step(*errands.goals(turners))
        errands.arrived(turners)
        states.append(turners.states)
        finished.append(errands.finished)
    return Played(states=np.array(states), finished=np.array(finished))
