"""A shift for planners that are asked again at every event: tasks come as they come, robots fail and return, people
stand in the way. Every planner lives through the same shift.

What a planner sees is an instance: the tasks that wait, the robots that are up, when and where each will be free. A
robot that has begun to walk to a task keeps it, unless it fails: then the task waits again, and its work is lost.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from fleet.allocation.generating import generated
from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights, Solution

WEIGHTS = PlanWeights(makespan=0.0, tardiness=1.0, waiting=0.05, travel=0.1, wear=0.0)


@dataclass(frozen=True, slots=True)
class Shift:
    """What happens. `late_by` is what people and doors add to a task, s; `down` when each robot fails and returns."""

    instance: Instance  # the floor and the robots; its tasks are what comes
    comes_s: list[float]
    late_by_s: list[float]
    down: list[tuple[float, float, int]]
    ends_s: float


def a_shift(seed: int, robots: int, hours: float, load: float = 0.75, equal: bool = False) -> Shift:
    """A Poisson stream with a rush in the middle (three times as much for a twelfth of the shift), so many tasks that
    the robots are busy for `load` of the time, were ways as long as the mean one. `equal`: all robots can do everything
    and are as fast."""
    dice = np.random.default_rng([seed, robots, 77])
    seconds = hours * 3600.0
    count = int(load * robots * seconds / 190.0)
    instance = generated(robots, count, seed=seed)
    base = np.sort(dice.uniform(0.0, seconds, count))
    rush = base.copy()
    middle = (base > seconds * 5 / 12) & (base < seconds * 8 / 12)
    rush[middle] = seconds * (5 / 12 + (base[middle] / seconds - 5 / 12) / 3)
    comes = [float(c) for c in np.sort(rush)]
    tasks = tuple(
        replace(
            task,
            earliest_s=0.0,
            due_s=round(come + float(dice.uniform(200.0, 900.0)), 1),
            waiting_weight=1.0,
            able=None if equal else task.able,
        )
        for task, come in zip(instance.tasks, comes, strict=True)
    )
    crew = tuple(replace(r, free_at_s=0.0, speed_mps=0.9 if equal else r.speed_mps) for r in instance.robots)
    blocked = dice.random(count) < 0.15
    late = np.where(blocked, dice.exponential(40.0, count), 0.0) + dice.uniform(0.0, 10.0, count)
    down = []
    for robot in range(robots):
        at = float(dice.exponential(3600.0))
        while at < seconds:
            until = at + float(dice.uniform(120.0, 600.0))
            down.append((at, until, robot))
            at = until + float(dice.exponential(3600.0))
    whole = replace(instance, robots=crew, tasks=tasks, weights=WEIGHTS)
    return Shift(whole, comes, [float(x) for x in late], down, seconds)


@dataclass(slots=True)
class Lived:
    """What came of a shift."""

    late: float = 0.0  # weighted s
    waited_s: float = 0.0  # from coming to its end, all tasks
    met: int = 0  # deadlines
    done: int = 0
    empty_s: float = 0.0  # walking to tasks
    busy_s: list[float] = field(default_factory=list)
    plan_ms: list[float] = field(default_factory=list)  # CPU, by event
    churn: list[int] = field(default_factory=list)  # tasks that changed robots, by event

    @property
    def cost(self) -> float:
        """By the weights of the instances that the planners see."""
        return WEIGHTS.tardiness * self.late + WEIGHTS.waiting * self.waited_s + WEIGHTS.travel * self.empty_s

    @property
    def fairness(self) -> float:
        """Jain's index of busy time: 1 when all robots work as much (Jain, Chiu and Hawe 1984)."""
        busy = np.array(self.busy_s)
        return float(busy.sum() ** 2 / (len(busy) * (busy**2).sum()))


@dataclass(slots=True)
class _Robot:
    record: PlanRobot
    place: int
    up: bool = True
    task: int | None = None
    begun_s: float = 0.0
    empty_s: float = 0.0
    promised_s: float = 0.0  # when it should be done, as far as anybody knows
    turn: int = 0  # counts its jobs: an end that belongs to an older one is stale


Planner = Callable[[Instance, Solution | None], Solution]
Lists = dict[str, list[str]]


class Day:
    """One planner's shift."""

    def __init__(self, shift: Shift, planner: Planner) -> None:
        self.shift, self.planner = shift, planner
        self.robots = [_Robot(r, r.at) for r in shift.instance.robots]
        self.number = {t.task_id: i for i, t in enumerate(shift.instance.tasks)}
        self.waiting: list[int] = []
        self.plan: Solution | None = None
        self.lists: Lists = {}
        self.lived = Lived(busy_s=[0.0] * len(self.robots))
        self.events: list[tuple[float, int, str, int, int]] = []
        self.count = 0

    def live(self) -> Lived:
        """All of it, until everything is done."""
        for number, at in enumerate(self.shift.comes_s):
            self.later(at, "comes", number)
        for begin, end, robot in self.shift.down:
            self.later(begin, "fails", robot)
            self.later(end, "returns", robot)
        while self.events:
            now, _, what, number, turn = heapq.heappop(self.events)
            if what == "ends" and (self.robots[number].turn != turn or self.robots[number].task is None):
                continue
            getattr(self, what)(now, number)
            self.replan(now)
            self.give_out(now)
        return self.lived

    def later(self, at: float, what: str, number: int, turn: int = 0) -> None:
        self.count += 1
        heapq.heappush(self.events, (at, self.count, what, number, turn))

    # -- what happens --------------------------------------------------------------------------------------------------

    def comes(self, now: float, task: int) -> None:
        self.waiting.append(task)

    def ends(self, now: float, number: int) -> None:
        robot = self.robots[number]
        assert robot.task is not None
        task = self.shift.instance.tasks[robot.task]
        assert task.due_s is not None
        self.lived.done += 1
        self.lived.met += now <= task.due_s
        self.lived.late += task.due_weight * max(0.0, now - task.due_s)
        self.lived.waited_s += now - self.shift.comes_s[robot.task]
        self.lived.empty_s += robot.empty_s
        self.lived.busy_s[number] += now - robot.begun_s
        robot.task, robot.place = None, task.stops[-1]

    def fails(self, now: float, number: int) -> None:
        robot = self.robots[number]
        robot.up = False
        if robot.task is not None:
            self.waiting.append(robot.task)
            self.lived.busy_s[number] += now - robot.begun_s
            self.lived.empty_s += min(robot.empty_s, now - robot.begun_s)
            robot.place, robot.task = self.shift.instance.tasks[robot.task].stops[0], None
            robot.turn += 1

    def returns(self, now: float, number: int) -> None:
        self.robots[number].up = True

    # -- what is decided -----------------------------------------------------------------------------------------------

    def seen(self, now: float) -> Instance:
        """What the planner is asked."""
        up = []
        for number, robot in enumerate(self.robots):
            if robot.up:
                busy = robot.task is not None
                at = self.shift.instance.tasks[robot.task].stops[-1] if robot.task is not None else robot.place
                free = max(now, robot.promised_s) if busy else now
                up.append(replace(robot.record, at=at, free_at_s=free, worn_s=self.lived.busy_s[number]))
        ids = {r.robot_id for r in up}
        tasks = []
        for number in self.waiting:
            task = self.shift.instance.tasks[number]
            tasks.append(task if task.able is None else replace(task, able=tuple(r for r in task.able if r in ids)))
        return replace(
            self.shift.instance, robots=tuple(up), tasks=tuple(tasks), now_s=now, weights=self.shift.instance.weights
        )

    def replan(self, now: float) -> None:
        if not self.waiting or not any(r.up for r in self.robots):
            return
        instance = self.seen(now)
        began = time.process_time()
        plan = self.planner(instance, self.plan)
        self.lived.plan_ms.append(1e3 * (time.process_time() - began))
        lists = {r: [v.task_id for v in visits if v.task_id] for r, visits in plan.routes.items()}
        before = {t: r for r, tasks in self.lists.items() for t in tasks}
        after = {t: r for r, tasks in lists.items() for t in tasks}
        self.lived.churn.append(sum(before[t] != r for t, r in after.items() if t in before))
        self.plan, self.lists = plan, lists

    def give_out(self, now: float) -> None:
        """Every idle robot begins with the first task of its list."""
        for number, robot in enumerate(self.robots):
            mine = self.lists.get(robot.record.robot_id, [])
            if robot.up and robot.task is None and mine:
                task_id = mine.pop(0)
                self.begin(now, number, self.number[task_id])

    def begin(self, now: float, number: int, task_number: int) -> None:
        robot, task = self.robots[number], self.shift.instance.tasks[task_number]
        self.waiting.remove(task_number)
        ways = self.shift.instance.distances_m
        robot.empty_s = float(ways[robot.place, task.stops[0]]) / robot.record.speed_mps
        loaded = float(ways[task.stops[0], task.stops[-1]]) / robot.record.speed_mps
        robot.task, robot.begun_s, robot.turn = task_number, now, robot.turn + 1
        robot.promised_s = now + robot.empty_s + loaded + task.work_s
        self.later(robot.promised_s + self.shift.late_by_s[task_number], "ends", number, robot.turn)


def of_lists(lists: Lists) -> Solution:
    """A plan that is nothing but lists, for planners that do not reckon times."""
    from fleet.allocation.instance import Visit

    routes = {
        r: tuple(Visit(robot_id=r, task_id=t, leaves_s=0.0, arrives_s=0.0, starts_s=0.0, ends_s=0.0) for t in tasks)
        for r, tasks in lists.items()
    }
    return Solution(routes=routes, unplaced={}, cost=0.0, terms={})


def first_come_nearest(instance: Instance, _before: Solution | None) -> Solution:
    """The task that came first to the nearest robot that is free now; nobody has a list."""
    idle = {r.robot_id: r for r in instance.robots if r.free_at_s <= instance.now_s}
    lists: Lists = {r.robot_id: [] for r in instance.robots}
    for task in instance.tasks:
        able = [r for r in idle.values() if task.able is None or r.robot_id in task.able]
        if able:
            best = min(able, key=lambda r: (instance.distances_m[r.at, task.stops[0]], r.robot_id))
            lists[best.robot_id].append(task.task_id)
            del idle[best.robot_id]
    return of_lists(lists)


def auctioned(instance: Instance, before: Solution | None) -> Solution:
    """New tasks are auctioned one by one into the lists, in which nothing else moves between robots."""
    from fleet.allocation.auction import auction

    owner = {}
    if before is not None:
        owner = {v.task_id: r for r, visits in before.routes.items() for v in visits}
    up = {r.robot_id for r in instance.robots}

    def bound(task: PlanTask) -> PlanTask:
        mine = owner.get(task.task_id)
        return replace(task, able=(mine,)) if mine in up else task

    return auction(replace(instance, tasks=tuple(bound(t) for t in instance.tasks)))
