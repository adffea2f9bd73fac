"""Independent routes with room for more tasks, changed in place: what makes an event cheap in a large fleet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fleet.allocation.instance import Instance, PlanRobot, PlanTask
from fleet.allocation.instance_checks import candidates
from fleet.allocation.solver.beside import nearest
from fleet.allocation.solver.dice import seeded
from fleet.allocation.solver.draft import Draft
from fleet.allocation.solver.packing import Ints, Packed, robot_row, task_row
from fleet.allocation.solver.plain import batteries_bind
from fleet.allocation.solver.relieving import relieve
from fleet.allocation.solver.routes import Routes, copy_all, link, no_routes, retime, totals, unlink
from fleet.allocation.solver.ruining import insert_best, search_routes

_NEAR = 40
_SPARE = 256
_RELIEVED = 256  # tasks that a robot is offered which has come back


class StandingRoutes:
    """The routes of one plan. Rows of tasks are used again; `ids` says whose they are ("": nobody's)."""

    def __init__(self, instance: Instance, packed: Packed, draft: Draft, seed: int) -> None:
        self.robots = {r.robot_id: i for i, r in enumerate(instance.robots)}
        self._order = instance.robots
        self.ids = [t.task_id for t in instance.tasks]
        self.rows = {name: i for i, name in enumerate(self.ids)}
        self.free: list[int] = []
        self.p = packed
        self._may = self.p.able.copy()
        self.dice = seeded(seed)
        tasks = self.p.tasks
        self._near: Ints = np.zeros((len(tasks), _NEAR), dtype=np.int32)
        if len(tasks) > 1:
            known = nearest(self.p, min(_NEAR, len(tasks) - 1))
            self._near = np.pad(known, ((0, 0), (0, _NEAR - known.shape[1])), mode="edge")
        self.plans = [no_routes(self.p) for _ in range(3)]
        for t in draft.order[: draft.counts[0]].tolist():
            r = int(draft.who[t, 0])
            link(self.now, t, r, int(self.now.routes[r]["last"]))
        for r in range(len(self.robots)):
            retime(self.p, self.now, r)
        self.now.bank[: draft.counts[1]] = draft.bank[: draft.counts[1]]
        self.now.banked[0] = draft.counts[1]
        self._spare()

    @property
    def now(self) -> Routes:
        """The plan."""
        return self.plans[0]

    def routes(self) -> dict[str, list[str]]:
        """Each robot's tasks."""
        found: dict[str, list[str]] = {}
        following = self.now.nodes["next"].tolist()
        for name, r in self.robots.items():
            t, names = int(self.now.routes[r]["first"]), []
            while t >= 0:
                names.append(self.ids[t])
                t = following[t]
            found[name] = names
        return found

    def cost(self) -> float:
        """What the plan costs."""
        return float(totals(self.p, self.now, 1.0, 0.0)[0])

    def unplaced(self) -> list[str]:
        """Tasks nobody does."""
        return sorted(self.ids[t] for t in self.now.bank[: self.now.banked[0]].tolist())

    def robots_by_row(self) -> Ints:
        """Which robot has the task of each row, -1: none."""
        return np.array(self.now.nodes["robot"])

    def moved(self, before: Ints, born: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """The tasks that others do than before, except those that have gone; `born` is new."""
        after = self.now.nodes["robot"][: len(before)]
        rows = {*np.flatnonzero(after != before).tolist(), *([self.rows[born]] if born else ())}
        nodes, found = self.now.nodes["robot"], {}
        for t in sorted(rows):
            if self.ids[t]:
                was = int(before[t]) if t < len(before) and self.ids[t] != born else -1
                found[self.ids[t]] = (self._names(was), self._names(int(nodes[t])))
        return found

    def _names(self, r: int) -> tuple[str, ...]:
        return (self._order[r].robot_id,) if r >= 0 else ()

    def who(self, rows: Ints) -> dict[str, tuple[str, ...]]:
        """Who does what, by name, with these robots by row."""
        return {self.ids[t]: self._names(r) for t, r in enumerate(rows.tolist()) if r >= 0 and self.ids[t]}

    def beside(self, robot: str) -> int:
        """The row of the placed task nearest to where the robot is, or -1."""
        r, p = self.robots[robot], self.p
        ways = p.distances[p.robots[r]["at"], np.maximum(p.tasks["first"], 0)]
        ways = np.where((self.now.nodes["robot"] >= 0) & (p.able[:, r] > 0), ways, np.inf)
        t = int(np.argmin(ways)) if len(ways) else -1
        return t if t >= 0 and np.isfinite(ways[t]) else -1

    def somebody_must_charge(self) -> bool:
        """Whether tasks are left undone, perhaps for want of charge."""
        return bool(self.p.batteries and self.now.banked[0] and batteries_bind(self.p))

    # -- events, each followed by `settle` -----------------------------------------------------------------------------

    def add(self, task: PlanTask, lost: Iterable[str]) -> int:
        """A new task, not placed yet. Its row."""
        if not self.free:
            self._spare()
        t = self.free.pop()
        p = self.p
        p.tasks[t] = task_row(task, p.distances, p.now)
        self._may[t] = 0
        self._may[t, [self.robots[r] for r in candidates(task, self._order)]] = 1
        p.able[t] = self._may[t]
        p.able[t, [self.robots[r] for r in lost]] = 0
        if p.extra.shape != (1, 1):
            p.extra[t] = 0.0
            for robot, cost in task.costs_s.items():
                p.extra[t, self.robots[robot]] = cost
        self._near[t] = self._nearest_to(t)
        self.ids[t], self.rows[task.task_id] = task.task_id, t
        self.now.nodes[t] = (-1, -1, -1, 0, 0, 0.0, 0.0)
        return t

    def remove(self, task_id: str) -> int:
        """A task is gone. The row of one beside it, or -1."""
        t = self.rows.pop(task_id)
        beside = self._take(t)
        bank = self.now.bank[: self.now.banked[0]]
        kept = bank[bank != t]
        self.now.bank[: len(kept)] = kept
        self.now.banked[0] = len(kept)
        self.p.robots["toward"][self.p.robots["toward"] == t] = -1
        self.ids[t] = ""
        self.p.able[t] = 0
        self.p.tasks[t]["work"] = self.p.tasks[t]["way"] = 0.0
        self.free.append(t)
        return beside

    def close(self, robot: str) -> list[int]:
        """The robot does nothing any more; the rows of what it had."""
        r = self.robots[robot]
        self.p.able[:, r] = 0
        self.p.robots["toward"][r] = -1
        return self._empty(r)

    def open(self, robot: str) -> None:
        """The robot may work again."""
        r = self.robots[robot]
        self.p.able[:, r] = self._may[:, r]
        self.p.able[self.free, r] = 0

    def set_robot(self, robot: PlanRobot) -> list[int]:
        """The robot is elsewhere, later, or emptier; the rows of what it cannot do in time any more."""
        r = self.robots[robot.robot_id]
        self.p.robots[r] = robot_row(robot, int(self.p.robots[r]["toward"]), self.p.now)
        late: list[int] = []
        while not retime(self.p, self.now, r) and self.now.routes[r]["last"] >= 0:
            last = int(self.now.routes[r]["last"])
            unlink(self.now, last)
            late.append(last)
        return late

    def relieve_others(self, robot: str) -> int:
        """The robot takes over what it is cheaper for it to do, of what is most late; how many tasks."""
        p, s, r = self.p, self.now, self.robots[robot]
        late = (s.nodes["end"] - p.tasks["due"]) * p.tasks["due_weight"]
        late[(s.nodes["robot"] < 0) | (p.able[:, r] == 0) | ~np.isfinite(late)] = -np.inf
        some = min(_RELIEVED, len(late))
        wanted = np.argpartition(-late, some - 1)[:some]
        wanted = wanted[np.isfinite(late[wanted])]
        wanted = wanted[np.lexsort((wanted, -late[wanted]))].astype(np.int32)
        latest = float(totals(p, s, 1.0, 0.0)[2])
        return int(relieve(p, s, r, wanted, max(latest - p.now, 1.0), 0.5, latest))

    def advance(self, now_s: float) -> None:
        """It is later."""
        self.p = self.p._replace(now=float(now_s))
        self.p.robots["free"] = np.maximum(self.p.robots["free"], now_s)
        self.p.tasks["earliest"] = np.maximum(self.p.tasks["earliest"], now_s)
        late = []
        for r in range(len(self.robots)):
            while not retime(self.p, self.now, r) and self.now.routes[r]["last"] >= 0:
                late.append(int(self.now.routes[r]["last"]))
                unlink(self.now, late[-1])
        self.settle(late, -1, 0)

    def settle(self, tasks: list[int], focus: int, rounds: int) -> None:
        """Places these and what nobody does, and searches around `focus` for so many rounds."""
        p, s = self.p, self.now
        bank = s.bank[: min(int(s.banked[0]), 16)].tolist()
        kept = s.bank[len(bank) : s.banked[0]].copy()
        due = p.tasks["due"]
        waiting = sorted({*tasks, *bank}, key=lambda t: (due[t], -p.tasks["work"][t], t))
        latest = float(totals(p, s, 1.0, 0.0)[2])
        scale = max(latest - p.now, 1.0)
        left = []
        for t in waiting:
            whole = len(self.rows) <= 250
            r = insert_best(p, s, self._near, t, scale, 0.5, latest, self.dice, 0.0, whole)
            if r < 0 and not whole:
                r = insert_best(p, s, self._near, t, scale, 0.5, latest, self.dice, 0.0, True)
            if r < 0:
                left.append(t)
            else:
                latest = max(latest, float(s.routes[r]["end"]))
        s.bank[: len(left)] = left
        s.bank[len(left) : len(left) + len(kept)] = kept
        s.banked[0] = len(left) + len(kept)
        if focus >= 0 and rounds > 0:
            for other in self.plans[1:]:
                copy_all(s, other)
            for count, seed in ((rounds, focus), ((rounds + 1) // 2, -2)):
                search_routes(p, self.plans[1], s, self.plans[2], self._near, self.dice, count, 0.6, 0.6, 0.01, seed)

    # -- small things --------------------------------------------------------------------------------------------------

    def _take(self, t: int) -> int:
        node = self.now.nodes[t]
        r, beside = int(node["robot"]), int(node["next"])
        if r < 0:
            return -1
        beside = beside if beside >= 0 else int(node["prior"])
        unlink(self.now, t)
        retime(self.p, self.now, r)
        return beside

    def _empty(self, r: int) -> list[int]:
        taken = []
        while (t := int(self.now.routes[r]["first"])) >= 0:
            unlink(self.now, t)
            taken.append(t)
        retime(self.p, self.now, r)
        return taken

    def _nearest_to(self, t: int) -> Ints:
        p = self.p
        first, last = int(p.tasks[t]["first"]), int(p.tasks[t]["last"])
        if first < 0:
            return np.full(_NEAR, t, dtype=np.int32)
        to, from_it = (
            p.distances[np.maximum(p.tasks["last"], 0), first],
            p.distances[last, np.maximum(p.tasks["first"], 0)],
        )
        keys = np.minimum(to, from_it)
        keys[t] = np.inf
        keys[self.free] = np.inf
        some = min(_NEAR, len(keys) - 1)
        if some < 1:
            return np.full(_NEAR, t, dtype=np.int32)
        picked = np.argpartition(keys, some - 1)[:some]
        picked = picked[np.lexsort((picked, keys[picked]))]
        return np.pad(picked, (0, _NEAR - some), mode="edge").astype(np.int32)

    def _spare(self) -> None:
        """Room for more tasks."""
        old, more = len(self.p.tasks), max(_SPARE, len(self.p.tasks) // 4)
        grown: dict[str, Any] = {"tasks": _longer(self.p.tasks, more), "able": _longer(self.p.able, more)}
        if self.p.extra.shape != (1, 1) or len(self.robots) * old == 1:
            grown["extra"] = _longer(self.p.extra, more)
        self.p = self.p._replace(**grown)
        self._may, self._near = _longer(self._may, more), _longer(self._near, more)
        for k, plan in enumerate(self.plans):
            nodes = _longer(plan.nodes, more)
            nodes["robot"][old:] = -1
            self.plans[k] = plan._replace(nodes=nodes, bank=_longer(plan.bank, more))
        self.ids += [""] * more
        self.free += range(old + more - 1, old - 1, -1)


def _longer(table: Any, more: int) -> Any:
    return np.concatenate([table, np.zeros((more, *table.shape[1:]), dtype=table.dtype)])
