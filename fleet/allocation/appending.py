"""The simplest plan that keeps every rule: tasks in the order in which they come, each put at the end of the route of
whoever is done with it first. What people do by hand, and what better methods are measured against.

It goes on charging when it has to: a robot that could not finish and reach a dock charges full at the dock that lets it
be done soonest.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, Solution, Visit
from fleet.allocation.pricing import priced


@dataclass(slots=True)
class _At:
    """A robot at the end of its route so far."""

    robot: PlanRobot
    place: int
    time_s: float
    battery_wh: float
    pace: float = 1.0
    visits: int = 0


@dataclass(frozen=True, slots=True)
class _Offer:
    """How a robot would come to a task: perhaps by a dock; then when it is there, with what in its battery."""

    robot_id: str
    arrives_s: float
    alone_s: float  # what it needs for the task
    leaves_s: float
    battery_wh: float  # on arrival
    pace: float
    charge: Visit | None


def append(instance: Instance) -> Solution:
    """A plan by appending, the same for the same instance."""
    return _Appending(instance).plan()


def order_of(instance: Instance) -> list[PlanTask]:
    """The tasks, each behind those it comes after; of several the one that may start first, then as in the instance.
    A task in a circle of `after`, or behind one, is not in it."""
    place = {task.task_id: number for number, task in enumerate(instance.tasks)}
    waits = {task.task_id: len(set(task.after)) for task in instance.tasks}
    follow: dict[str, list[str]] = defaultdict(list)
    for task in instance.tasks:
        for before in set(task.after):
            follow[before].append(task.task_id)
    ready = [(t.earliest_s, place[t.task_id]) for t in instance.tasks if not t.after]
    heapq.heapify(ready)
    found = []
    while ready:
        _, number = heapq.heappop(ready)
        found.append(instance.tasks[number])
        for name in follow[instance.tasks[number].task_id]:
            waits[name] -= 1
            if not waits[name]:
                heapq.heappush(ready, (instance.tasks[place[name]].earliest_s, place[name]))
    return found


class _Appending:
    def __init__(self, instance: Instance) -> None:
        self.instance, self.docks = instance, instance.docks
        self.at = [_At(r, r.at, max(r.free_at_s, instance.now_s), r.battery_wh) for r in instance.robots]
        self.number = {r.robot_id: i for i, r in enumerate(instance.robots)}
        # The same again in arrays [robots], for the first look at all robots at once.
        self.places = np.array([a.place for a in self.at], dtype=np.int64)
        self.times = np.array([a.time_s for a in self.at])
        self.speeds = np.array([a.robot.speed_mps for a in self.at])
        self.dock_free = {d.dock_id: d.free_at_s for d in self.docks}
        self.resource_free: dict[str, float] = defaultdict(lambda: -math.inf)
        self.ends: dict[str, float] = {}
        self.routes: dict[str, list[Visit]] = {r.robot_id: [] for r in instance.robots}
        self.unplaced: dict[str, str] = {}

    def plan(self) -> Solution:
        tasks = order_of(self.instance)
        for task in tasks:
            reason = self.place(task)
            if reason:
                self.unplaced[task.task_id] = reason
        for task in self.instance.tasks:
            if task.task_id not in self.ends and task.task_id not in self.unplaced:
                self.unplaced[task.task_id] = "it comes after itself: the tasks it waits for wait for it"
        return priced(self.instance, {r: tuple(v) for r, v in self.routes.items()}, self.unplaced)

    def place(self, task: PlanTask) -> str:
        """Put it into the routes; says why not where that cannot be, else empty."""
        missing = [name for name in task.after if name not in self.ends]
        if missing:
            return f"it comes after {', '.join(missing)}, which nobody does"
        allowed = self.allowed(task)
        if len(allowed) < task.team:
            return f"{len(allowed)} robots may do it, it needs {task.team}"
        ready_s = max(
            [task.earliest_s, self.instance.now_s]
            + [self.ends[name] for name in task.after]
            + [self.resource_free[name] for name in task.resources]
        )
        offers = self.team(task, ready_s, allowed)
        if len(offers) < task.team:
            return f"{len(offers)} of the {len(allowed)} robots that may do it can get there and to a dock after"
        if task.leaves_when_ready:
            offers = self.together(offers, ready_s)
        start_s, end_s = self.span(offers, ready_s)
        if task.latest_s is not None and end_s > task.latest_s:
            return f"it would end at {end_s:.1f} s, {end_s - task.latest_s:.1f} s after its hard deadline"
        if not all(self.gets_back(offer, task, start_s, end_s) for offer in offers):
            return "a robot of its team would wait for the others for longer than its battery lasts"
        for offer in offers:
            self.take(offer, task, start_s, end_s)
        self.ends[task.task_id] = end_s
        for name in task.resources:
            self.resource_free[name] = end_s
        return ""

    def allowed(self, task: PlanTask) -> list[int]:
        """Robots that may do it, the pinned ones only where they are enough."""
        able = range(len(self.at)) if task.able is None else [self.number[r] for r in task.able if r in self.number]
        banned, pinned = set(task.banned), set(task.pinned_to)
        names = [self.at[i].robot.robot_id for i in able]
        allowed = [i for i, name in zip(able, names, strict=True) if name not in banned]
        if pinned:
            first = [i for i in allowed if self.at[i].robot.robot_id in pinned]
            if len(first) < min(task.team, len(pinned)):
                return []
            allowed = first if len(pinned) >= task.team else first + [i for i in allowed if i not in first]
        return allowed

    def team(self, task: PlanTask, ready_s: float, allowed: list[int]) -> list[_Offer]:
        """The best offers, one after the other: the second must not count on the dock that the first one takes."""
        kept, left, team = dict(self.dock_free), list(allowed), list[_Offer]()
        while len(team) < task.team:
            offer = self.best(task, ready_s, left)
            if offer is None:
                break
            team.append(offer)
            left.remove(self.number[offer.robot_id])
            if offer.charge is not None:
                self.dock_free[offer.charge.dock_id] = offer.charge.ends_s
        self.dock_free = kept
        return team

    def best(self, task: PlanTask, ready_s: float, allowed: list[int]) -> _Offer | None:
        """Of those allowed who is done first; of the pinned ones, while some are left."""
        pinned = [i for i in allowed if self.at[i].robot.robot_id in task.pinned_to]
        numbers = np.array(pinned or allowed, dtype=np.int64)
        speeds = self.speeds[numbers]
        bound = self.times[numbers]
        if task.stops:
            bound = bound + self.instance.distances_m[self.places[numbers], task.stops[0]] / speeds
        between_m = sum(self.way_s(a, b, 1.0) for a, b in zip(task.stops, task.stops[1:], strict=False))
        bound = np.maximum(bound, ready_s) + task.work_s + between_m / speeds
        if task.costs_s:
            bound += np.array([task.costs_s.get(self.at[i].robot.robot_id, 0.0) for i in numbers])
        best, best_s = None, math.inf
        for k in np.argsort(bound, kind="stable"):
            if not bound[k] < best_s:
                break  # nobody further on can be done sooner
            offer = self.offer(self.at[numbers[k]], task, ready_s)
            if offer is not None:
                cost_s = max(offer.arrives_s, ready_s) + offer.alone_s + task.costs_s.get(offer.robot_id, 0.0)
                if cost_s < best_s:
                    best, best_s = offer, cost_s
        return best

    def offer(self, at: _At, task: PlanTask, ready_s: float) -> _Offer | None:
        """Straight there; by a dock if it would not get back; None where neither can be."""
        straight = self.way(at.robot, at.place, at.time_s, at.time_s, at.battery_wh, at.pace, task, ready_s, None)
        if straight is not None or not math.isfinite(at.battery_wh) or at.robot.charging_w <= 0:
            return straight
        by_dock = [self.by_dock(at, dock, task, ready_s) for dock in self.docks]
        return min((o for o in by_dock if o is not None), key=lambda o: o.arrives_s, default=None)

    def by_dock(self, at: _At, dock: PlanDock, task: PlanTask, ready_s: float) -> _Offer | None:
        robot = at.robot
        way_s = self.way_s(at.place, dock.at, robot.speed_mps * at.pace)
        arrives_s = at.time_s + way_s
        starts_s = max(arrives_s, self.dock_free[dock.dock_id])
        if not math.isfinite(starts_s):
            return None
        held = at.battery_wh - (robot.walking_w * way_s + robot.standing_w * (starts_s - arrives_s)) / 3600
        if held < (0.0 if not at.visits else robot.reserve_wh):
            return None
        full = max(held, robot.capacity_wh)
        ends_s = starts_s + (full - held) * 3600 / robot.charging_w
        charge = Visit(
            robot_id=robot.robot_id,
            dock_id=dock.dock_id,
            leaves_s=at.time_s,
            arrives_s=arrives_s,
            starts_s=starts_s,
            ends_s=ends_s,
            battery_wh=full,
        )
        return self.way(robot, dock.at, ends_s, ends_s, full, 1.0, task, ready_s, charge)

    def way(
        self,
        robot: PlanRobot,
        place: int,
        free_s: float,
        leaves_s: float,
        battery_wh: float,
        pace: float,
        task: PlanTask,
        ready_s: float,
        charge: Visit | None,
    ) -> _Offer | None:
        """From a place to the task; None where there is no way, or it would not get to a dock afterwards."""
        speed = robot.speed_mps * pace
        way_s = self.way_s(place, task.stops[0], speed) if task.stops else 0.0
        between_s = sum(self.way_s(a, b, speed) for a, b in zip(task.stops, task.stops[1:], strict=False))
        if not math.isfinite(way_s + between_s):
            return None
        arrives_s = free_s + way_s
        battery_wh -= robot.walking_w * way_s / 3600
        offer = _Offer(robot.robot_id, arrives_s, between_s + task.work_s / pace, leaves_s, battery_wh, pace, charge)
        start_s = max(arrives_s, ready_s)
        return offer if self.gets_back(offer, task, start_s, start_s + offer.alone_s) else None

    def gets_back(self, offer: _Offer, task: PlanTask, start_s: float, end_s: float) -> bool:
        """Whether it can do the task then and be at a dock with its reserve."""
        robot = self.instance.robots[self.number[offer.robot_id]]
        left = self.after_work(offer, task, start_s, end_s)
        if not math.isfinite(left) or not self.docks:
            return left >= robot.reserve_wh
        place = task.stops[-1] if task.stops else self.at[self.number[offer.robot_id]].place
        speed = robot.speed_mps * offer.pace * (1 - task.slows)
        way_s = min(self.way_s(place, dock.at, speed) for dock in self.docks)
        return left - robot.walking_w * way_s / 3600 >= robot.reserve_wh

    def after_work(self, offer: _Offer, task: PlanTask, start_s: float, end_s: float) -> float:
        """Wh after the task."""
        robot = self.instance.robots[self.number[offer.robot_id]]
        standing_s = (start_s - offer.arrives_s) + (end_s - start_s - offer.alone_s)
        working_s = task.work_s / offer.pace
        walking_s = offer.alone_s - working_s
        drawn = robot.walking_w * walking_s + robot.working_w * working_s + robot.standing_w * standing_s
        return offer.battery_wh - drawn / 3600

    def together(self, offers: list[_Offer], ready_s: float) -> list[_Offer]:
        """The same robots, leaving at once when nothing else is waited for. Until then they stand where they are."""
        out_s = max([ready_s] + [o.leaves_s for o in offers])
        return [
            replace(
                o,
                leaves_s=out_s,
                arrives_s=o.arrives_s + out_s - o.leaves_s,
                battery_wh=o.battery_wh
                - self.instance.robots[self.number[o.robot_id]].standing_w * (out_s - o.leaves_s) / 3600,
            )
            for o in offers
        ]

    @staticmethod
    def span(offers: list[_Offer], ready_s: float) -> tuple[float, float]:
        """From when to when a team would work."""
        start_s = max([ready_s] + [o.arrives_s for o in offers])
        return start_s, start_s + max(o.alone_s for o in offers)

    def take(self, offer: _Offer, task: PlanTask, start_s: float, end_s: float) -> None:
        """Write it down."""
        number = self.number[offer.robot_id]
        at, route = self.at[number], self.routes[offer.robot_id]
        if offer.charge is not None:
            route.append(offer.charge)
            self.dock_free[offer.charge.dock_id] = offer.charge.ends_s
        battery_wh = self.after_work(offer, task, start_s, end_s)
        route.append(
            Visit(
                robot_id=offer.robot_id,
                task_id=task.task_id,
                leaves_s=offer.leaves_s,
                arrives_s=offer.arrives_s,
                starts_s=start_s,
                ends_s=end_s,
                battery_wh=battery_wh,
            )
        )
        dock = next((d for d in self.docks if offer.charge is not None and d.dock_id == offer.charge.dock_id), None)
        at.place = task.stops[-1] if task.stops else dock.at if dock else at.place
        at.time_s, at.battery_wh, at.pace, at.visits = end_s, battery_wh, offer.pace * (1 - task.slows), len(route)
        self.places[number], self.times[number] = at.place, end_s

    def way_s(self, start: int, end: int, speed_mps: float) -> float:
        return 0.0 if start == end else float(self.instance.distances_m[start, end]) / speed_mps
