"""One run of one option in a world that is a copy: driven to the horizon and measured on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sim_worlds.onboard.traffic import THINK_S
from sim_worlds.rollouts import options as o
from sim_worlds.rollouts.bodies import demote, power_w
from sim_worlds.rollouts.crowd import Nearness, Stops, people_at
from sim_worlds.rollouts.drive import Driver
from sim_worlds.rollouts.luck import vary
from sim_worlds.rollouts.options import NO_VARIATION, OptionPlan, Request
from sim_worlds.rollouts.results import Ended, RunResult, TaskEnd, Track

if TYPE_CHECKING:
    from sim_worlds.world import World

TRACK_HZ = 4.0


def simulate(world: World, request: Request, option: OptionPlan, run: int) -> RunResult:
    """Changes `world`: give it a copy. The same world, option, seed and run give the same result, bit for bit."""
    return _Run(world, request, option, run).result()


class _Run:
    def __init__(self, world: World, request: Request, option: OptionPlan, run: int) -> None:
        self.world, self.request, self.option, self.run = world, request, option, run
        self.begun_s = world.time_s
        world.watched = False
        world.forget_ways()
        if request.moved_only:
            demote(world)
        self.stops = Stops()
        if request.variation != NO_VARIATION:
            self.stops = vary(world, request.variation, request.seed, run, request.horizon_s)
        self.under_way = [(r.status.command_id, r.id) for r in world.computers.values() if r.primitive is not None]
        self.fallen = {r.id for r in world.computers.values() if r.fallen}
        self.driver = Driver(world, option, request.background)
        self.near = Nearness(world)
        self.energy_wh = 0.0
        self.success_s: float | None = None
        self.track = _Tracker(world) if request.replay else None

    def result(self) -> RunResult:
        thoughts = max(round(self.request.horizon_s / THINK_S), 1)
        for i in range(thoughts):
            self.driver.think(self.world)
            self.stops.think(self.world.time_s)
            if self.track is not None:
                self.track.look(i * THINK_S)
            self.world.advance(THINK_S)
            self.energy_wh += power_w(self.world) * THINK_S / 3600
            self._judge()
        if self.track is not None:
            self.track.look(thoughts * THINK_S)
        return RunResult(
            option_id=self.option.option_id,
            run=self.run,
            success=None if self.option.success is None else self.success_s is not None,
            success_s=self.success_s,
            closest_person_m=self.near.least_m(),
            near_misses=self.near.near_misses(),
            falls=sum(r.fallen and r.id not in self.fallen for r in self.world.computers.values()),
            energy_wh=self.energy_wh,
            ends=tuple(self._ends()),
            problems=tuple(self._problems()),
            digest=self.world.digest(),
            track=self.track.track() if self.track is not None else None,
        )

    def _problems(self) -> Iterable[str]:
        for plan in self.driver.plans:
            robot = self.world.computers[plan.plan.robot_id]
            if plan.state == "failed":
                yield f"{robot.id}: {plan.because}"
            elif plan.state != "done" and robot.holding_because is not None:
                yield f"{robot.id}: holds because {robot.holding_because}"

    def _judge(self) -> None:
        goal = self.option.success
        if goal is not None and self.success_s is None and self._holds(goal):
            self.success_s = round(self.world.time_s - self.begun_s, 6)

    def _holds(self, goal: o.Goal) -> bool:
        world = self.world
        if isinstance(goal, o.ObjectAt):
            crate = world.crates[goal.object_id]
            return crate.holder is None and world.site.place_near(crate.pose()[0]) == goal.place_id
        if isinstance(goal, o.ObjectHeldBy):
            return world.crates[goal.object_id].holder == goal.holder
        if isinstance(goal, o.RobotAt):
            return self._robot_at(goal)
        if isinstance(goal, o.CommandDone):
            ended = world.outcomes.get(goal.command_id)
            return ended is not None and ended.state == "done"
        if isinstance(goal, o.PlansDone):
            plans = [*self.driver.plans, *(self.driver.others if goal.names else ())]
            return all(p.state == "done" for p in plans if not goal.names or p.plan.name in goal.names)
        if isinstance(goal, o.NobodyFell):
            return not any(r.fallen and r.id not in self.fallen for r in world.computers.values())
        return (all if isinstance(goal, o.AllOf) else any)(self._holds(g) for g in goal.goals)

    def _robot_at(self, goal: o.RobotAt) -> bool:
        robot, site = self.world.computers[goal.robot_id], self.world.site
        if goal.place_id is not None:
            known = site.places.get(goal.place_id)
            pose = known.approach if known is not None else site.people[goal.place_id].record.approach
            x, y = pose.x, pose.y
        else:
            assert goal.x_m is not None and goal.y_m is not None
            x, y = goal.x_m, goal.y_m
        m = robot.body.motion()
        return not robot.fallen and math.hypot(m.x - x, m.y - y) <= goal.within_m

    def _ends(self) -> list[TaskEnd]:
        """Of the background's plans, and of primitives under way that belong to none of them."""
        ends = []
        for other in self.driver.others:
            state: Any = other.state if other.state in ("done", "failed", "dropped") else "open"
            ends.append(TaskEnd(other.plan.name, state, self._since(other.ended_s)))
        planned = {p.plan.robot_id for p in self.driver.others}
        for command_id, robot_id in self.under_way:
            if robot_id in planned:
                continue
            ended = self.world.outcomes.get(command_id)
            how: Ended = "open" if ended is None else ended.state  # type: ignore[assignment]
            at_s = ended.ended_s if ended is not None and ended.ended_s is not None else 0.0
            ends.append(TaskEnd(command_id, how, self._since(at_s)))
        return ends

    def _since(self, at_s: float) -> float:
        return round(max(at_s - self.begun_s, 0.0), 6)


class _Tracker:
    """Takes down where everything is, four times a second."""

    def __init__(self, world: World) -> None:
        self.world, self.taken = world, 0
        self.robots: list[list[tuple[float, float, float]]] = []
        self.people: list[list[tuple[float, float, float]]] = []
        self.boxes: list[list[tuple[float, float, float]]] = []

    def look(self, since_s: float) -> None:
        if since_s < self.taken / TRACK_HZ - 1e-9:
            return
        self.taken += 1
        motions = [r.body.motion() for r in self.world.computers.values()]
        self.robots.append([_rounded(m.x, m.y, m.yaw) for m in motions])
        self.people.append([_rounded(*p) for p in people_at(self.world.people).values()])
        self.boxes.append([_rounded(*c.pose()[0]) for c in self.world.crates.values()])

    def track(self) -> Track:
        return Track(
            rate_hz=TRACK_HZ,
            robot_ids=tuple(self.world.computers),
            person_ids=tuple(people_at(self.world.people)),
            box_ids=tuple(self.world.crates),
            robots=self.robots,
            people=self.people,
            boxes=self.boxes,
        )


def _rounded(x: float, y: float, third: float) -> tuple[float, float, float]:
    return round(x, 3), round(y, 3), round(third, 3)
