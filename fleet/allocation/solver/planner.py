"""A plan that is kept while things happen: each event changes one neighbourhood of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, Solution, Visit
from fleet.allocation.instance_checks import check_robot, check_task
from fleet.allocation.solver.solving import solve
from fleet.model.errors import Conflict, InvalidField, NotFound

if TYPE_CHECKING:
    from fleet.allocation.solver.packing import Ints
    from fleet.allocation.solver.standing import StandingRoutes

_ROUNDS = ((300, 48), (1500, 16), (math.inf, 6))  # up to so many tasks, so many rounds: some milliseconds
_MORE_OF_ANY_KIND = 4  # times as many rounds where the whole plan is unfolded: they are not led to the event


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an event did to the plan: for each task that others do now, who did it before and who does it now (nobody:
    empty). `unplaced` are all tasks nobody does."""

    moved: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    unplaced: tuple[str, ...] = ()


class Planner:
    """Holds an instance and a plan for it, and takes events.

    While the instance is a plain one (no teams, order between tasks, resources or slowing tasks, and nobody might
    have to charge), an event costs one insertion for each task it concerns and a few rounds of search around them,
    whatever the size of the fleet. Otherwise the plan is worked out again from the last one, which takes longer. The
    same events in the same order give the same plans.

    Args:
        instance: what is known at first.
        start: a plan to begin from; what it lacks is inserted.
        iterations: rounds of search for the first plan.
        seed: of the search's dice.
        rounds: of search around each event; without, as many as take some milliseconds.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        start: Solution | None = None,
        iterations: int = 0,
        seed: int = 0,
        rounds: int | None = None,
    ) -> None:
        self._base = instance
        self._tasks = {t.task_id: t for t in instance.tasks}
        self._robots = {r.robot_id: r for r in instance.robots}
        self._docks = {d.dock_id: d for d in instance.docks}
        self._lost: dict[str, None] = {}
        self._now_s, self._seed = instance.now_s, seed
        self._rounds = next(n for most, n in _ROUNDS if len(instance.tasks) <= most) if rounds is None else rounds
        self._standing: StandingRoutes | None = None
        self._solution: Solution | None = None
        self._load(solve(instance, iterations=iterations, seed=seed, start=start))

    # -- what there is -------------------------------------------------------------------------------------------------

    @property
    def instance(self) -> Instance:
        """The instance as it is now; lost robots are banned from everything."""
        tasks, gone = tuple(self._tasks.values()), tuple(self._lost)
        if gone:
            tasks = tuple(replace(t, banned=(*t.banned, *gone)) for t in tasks)
        present = {
            r: tuple(t for t in route if t in self._tasks) for r, route in self._base.present.items() if r not in gone
        }
        first = {route[0] for route in present.values() if route}
        return replace(
            self._base,
            robots=tuple(self._robots.values()),
            tasks=tasks,
            docks=tuple(self._docks.values()),
            now_s=self._now_s,
            present=present,
            on_the_way=frozenset(t for t in self._base.on_the_way if t in first),
        )

    @property
    def cost(self) -> float:
        """What the plan costs now."""
        return self._standing.cost() if self._standing is not None else self.solution().cost

    def solution(self) -> Solution:
        """The plan now."""
        if self._solution is None:
            from fleet.allocation.solver.engine import draft_of_routes
            from fleet.allocation.solver.packing import pack
            from fleet.allocation.solver.reading import read_out

            assert self._standing is not None
            instance = self.instance
            packed = pack(instance)
            draft = draft_of_routes(instance, packed, self._standing.routes())
            self._solution = read_out(instance, packed, draft, 0, 0.0)
        return self._solution

    # -- events --------------------------------------------------------------------------------------------------------

    def add_task(self, task: PlanTask) -> Change:
        """There is a new task.

        Raises:
            Conflict: there is one of this id.
            InvalidField: it makes no sense in this instance.
        """
        if task.task_id in self._tasks:
            raise Conflict(f"there is a task {task.task_id!r} already")
        check_task(task, self._robots.keys(), self._tasks.keys(), len(self._base.distances_m))
        before = self._before()
        self._tasks[task.task_id] = task
        standing = self._fitting(plain=_is_plain(task))
        if standing is not None:
            row = standing.add(task, self._lost)
            standing.settle([row], row, self._rounds)
        return self._changed(before, task.task_id)

    def remove_task(self, task_id: str) -> Change:
        """A task has ended, or is not wanted any more. What waited for it waits no longer.

        Raises:
            NotFound: there is no such task.
        """
        if task_id not in self._tasks:
            raise NotFound("task", task_id)
        before = self._before()
        del self._tasks[task_id]
        for name, task in self._tasks.items():
            if task_id in task.after:
                self._tasks[name] = replace(task, after=tuple(a for a in task.after if a != task_id))
        standing = self._fitting()
        if standing is not None:
            standing.settle([], standing.remove(task_id), self._rounds)
        return self._changed(before)

    def lose_robot(self, robot_id: str) -> Change:
        """The robot does nothing until it is restored; others get its tasks.

        Raises:
            NotFound: there is no such robot.
        """
        self._known(robot_id)
        before = self._before()
        self._lost[robot_id] = None
        standing = self._fitting()
        if standing is not None:
            rows = standing.close(robot_id)
            standing.settle(rows, rows[0] if rows else -1, self._rounds)
        return self._changed(before)

    def restore_robot(self, robot: PlanRobot) -> Change:
        """A robot that was lost works again, from where it is now.

        Raises:
            NotFound: there is no such robot.
            InvalidField: it makes no sense.
        """
        self._known(robot.robot_id)
        self._lost.pop(robot.robot_id, None)
        if self._standing is not None:
            self._standing.open(robot.robot_id)
        return self.update_robot(robot)

    def update_robot(self, robot: PlanRobot) -> Change:
        """The robot is free elsewhere, at another time, or with another charge than was thought.

        Raises:
            NotFound: there is no such robot.
            InvalidField: it makes no sense.
        """
        self._known(robot.robot_id)
        check_robot(robot, len(self._base.distances_m))
        before = self._before()
        self._robots[robot.robot_id] = robot
        standing = self._fitting()
        if standing is not None:
            rows = standing.set_robot(robot)
            standing.relieve_others(robot.robot_id)
            standing.settle(rows, rows[0] if rows else standing.beside(robot.robot_id), self._rounds)
        return self._changed(before)

    def lose_dock(self, dock_id: str) -> Change:
        """Nobody charges there any more.

        Raises:
            NotFound: there is no such dock.
        """
        if dock_id not in self._docks:
            raise NotFound("dock", dock_id, ", ".join(self._docks))
        before = self._before()
        del self._docks[dock_id]
        self._work_again()
        return self._changed(before)

    def restore_dock(self, dock: PlanDock) -> Change:
        """A dock may be used (again)."""
        before = self._before()
        self._docks[dock.dock_id] = dock
        self._work_again()
        return self._changed(before)

    def advance(self, now_s: float) -> Change:
        """It is later; nothing begins before.

        Raises:
            InvalidField: it would be earlier.
        """
        if not now_s >= self._now_s:
            raise InvalidField("now_s", now_s, f"{self._now_s:g} or more: time does not go back")
        before = self._before()
        self._now_s = now_s
        standing = self._fitting()
        if standing is not None:
            standing.advance(now_s)
        return self._changed(before)

    def improve(self, iterations: int) -> Change:
        """So many rounds of search over the whole plan."""
        before = self._before()
        self._load(solve(self.instance, iterations=iterations, seed=self._seed, start=self.solution()))
        return self._changed(before)

    # -- how -----------------------------------------------------------------------------------------------------------

    def _known(self, robot_id: str) -> None:
        if robot_id not in self._robots:
            raise NotFound("robot", robot_id)

    def _load(self, solution: Solution) -> None:
        """The plan becomes this one; in a plain instance as routes that can be changed in place."""
        from fleet.allocation.solver.engine import draft_of_routes
        from fleet.allocation.solver.packing import pack
        from fleet.allocation.solver.plain import batteries_bind

        self._solution, self._standing = solution, None
        instance = self.instance
        packed = pack(instance)
        if not packed.plain or not len(packed.robots) or (packed.batteries and batteries_bind(packed)):
            return
        from fleet.allocation.solver.standing import StandingRoutes

        names = {r: [v.task_id for v in visits if v.task_id] for r, visits in solution.routes.items()}
        self._standing = StandingRoutes(instance, packed, draft_of_routes(instance, packed, names), self._seed)
        for robot in self._lost:
            self._standing.close(robot)

    def _fitting(self, *, plain: bool = True) -> StandingRoutes | None:
        """The routes to change in place; without such, or when they cannot say it, the plan is worked out again."""
        if self._standing is not None and plain:
            self._solution = None
            return self._standing
        self._work_again()
        return None

    def _work_again(self) -> None:
        start = self._solution if self._standing is None else _as_start(self._standing.routes())
        rounds = min(32, self._rounds * _MORE_OF_ANY_KIND)
        self._load(solve(self.instance, iterations=rounds, seed=self._seed, start=start))

    def _who(self) -> dict[str, tuple[str, ...]]:
        """Who does what."""
        if self._standing is not None:
            return self._standing.who(self._standing.robots_by_row())
        found: dict[str, list[str]] = {}
        for robot, visits in self.solution().routes.items():
            for visit in visits:
                if visit.task_id:
                    found.setdefault(visit.task_id, []).append(robot)
        return {task: tuple(sorted(robots)) for task, robots in found.items()}

    def _before(self) -> _Before:
        if self._standing is not None:
            return _Before(standing=self._standing, rows=self._standing.robots_by_row())
        return _Before(who=self._who())

    def _changed(self, before: _Before, born: str = "") -> Change:
        if self._standing is not None and self._standing.somebody_must_charge():
            self._work_again()
        if self._standing is not None and self._standing is before.standing and before.rows is not None:
            moved = self._standing.moved(before.rows, born)
            return Change(moved=moved, unplaced=tuple(self._standing.unplaced()))
        was, now = dict(before.who), self._who()
        if before.standing is not None and before.rows is not None:
            was = before.standing.who(before.rows)
        moved = {
            name: (was.get(name, ()), now.get(name, ()))
            for name in self._tasks
            if was.get(name, ()) != now.get(name, ())
        }
        return Change(moved=moved, unplaced=tuple(sorted(name for name in self._tasks if name not in now)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """Who did what before an event: as rows, which are much quicker to compare, or by name."""

    standing: StandingRoutes | None = None
    rows: Ints | None = None
    who: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _is_plain(task: PlanTask) -> bool:
    from fleet.allocation.solver.packing import is_plain

    return is_plain(task)


def _as_start(routes: Mapping[str, list[str]]) -> Solution:
    """Only the order within each route: all that a search begins with."""
    visits = {
        robot: tuple(
            Visit(robot_id=robot, task_id=name, leaves_s=k, arrives_s=k, starts_s=k, ends_s=k)
            for k, name in enumerate(names)
        )
        for robot, names in routes.items()
    }
    return Solution(routes=visits, unplaced={}, cost=0.0, terms={})
