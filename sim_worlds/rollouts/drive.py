"""Whoever commands the robots of a rollout: keeps their links alive, lets plans go on, carries an option out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from sim_worlds.errors import LinkDown, Refused
from sim_worlds.records import AnyPrimitive
from sim_worlds.rollouts.options import ALL, OptionPlan, RobotPlan

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

_TRIES = 3
_RETRY_S = 2.0
_BEAT_S = 0.5


class PlanDriver:
    """One robot's plan under way. `state`: waiting, running, done, failed, dropped."""

    def __init__(self, plan: RobotPlan, begun_s: float, option_id: str) -> None:
        self.plan, self.due_s = plan, begun_s + plan.after_s
        self.prefix = f"whatif/{option_id}/{plan.robot_id}"
        self.state, self.because, self.ended_s = "waiting", "", 0.0
        self.at, self.tries, self.running_id = 0, 0, ""

    def think(self, world: World, before: PlanDriver | None = None) -> None:
        """Go on; a plan with `then` not before the plan `before` of the same robot has ended."""
        robot = world.computers[self.plan.robot_id]
        if self.state not in ("waiting", "running") or world.time_s < self.due_s:
            return
        if self.state == "waiting" and self.plan.then and _occupied(robot, before):
            return
        try:
            if self.state == "waiting":
                self._take_over(world, robot)
            self._go_on(world, robot)
        except LinkDown:
            return  # tried again at the next thought

    def drop(self, world: World) -> None:
        """Given up for an option's sake."""
        if self.state in ("waiting", "running"):
            self.state, self.ended_s = "dropped", world.time_s

    def _take_over(self, world: World, robot: Computer) -> None:
        robot.hear()
        if self.plan.goes_on:
            self._find_place(world, robot)
        elif robot.primitive is not None:
            world.cancel(robot.id, "a rollout's plan begins")
        self.state = "running"

    def _find_place(self, world: World, robot: Computer) -> None:
        """Behind what was done before; at what is running."""
        for i, primitive in enumerate(self.plan.primitives):
            mine = primitive.command_id
            status = robot.status
            under_way = robot.primitive is not None and (
                status.command_id == mine or status.command_id.startswith(mine + ".")
            )
            if mine and under_way:
                self.at, self.running_id = i, status.command_id
                return
            ended = world.outcomes.get(mine)
            if ended is not None and ended.state == "done":
                self.at = i + 1

    def _go_on(self, world: World, robot: Computer) -> None:
        if self.running_id:
            ended = world.outcomes.get(self.running_id)
            if ended is None:
                return
            self.running_id = ""
            if ended.state == "done":
                self.at, self.tries = self.at + 1, 0
            else:
                self._failed(world, f"{ended.code or ended.state}", ended.retriable and ended.state == "failed")
        if self.state != "running" or world.time_s < self.due_s:
            return
        if self.at >= len(self.plan.primitives):
            self.state, self.ended_s = "done", world.time_s
            return
        self._start(world, robot, self.plan.primitives[self.at])

    def _start(self, world: World, robot: Computer, primitive: AnyPrimitive) -> None:
        command_id = f"{self.prefix}/{self.at}.{self.tries}"
        try:
            world.start(robot.id, msgspec.structs.replace(primitive, command_id=command_id))
        except Refused as no:
            if no.code not in ("holding", "busy"):  # these pass
                self._failed(world, no.code, no.retriable)
            return
        self.running_id = command_id

    def _failed(self, world: World, because: str, retriable: bool) -> None:
        self.because, self.tries = because, self.tries + 1
        if retriable and self.tries < _TRIES:
            self.due_s = world.time_s + _RETRY_S
        else:
            self.state, self.ended_s = "failed", world.time_s


class Driver:
    """All plans of one run, and the links of all robots that somebody commands."""

    def __init__(self, world: World, option: OptionPlan, background: Iterable[RobotPlan]) -> None:
        self.option = option
        chosen = {p.robot_id for p in option.plans if not p.then}
        self.plans = [PlanDriver(p, world.time_s, option.option_id) for p in option.plans]
        self.others = [PlanDriver(p, world.time_s, option.option_id) for p in background]
        for other in self.others:
            if other.plan.robot_id in (chosen | _named(option.cancel, world)):
                other.drop(world)
        self.before = {o.plan.robot_id: o for o in self.others}
        self.kept = {r.id for r in world.computers.values() if r.holding_because is not None and r.link_up}
        self.attended = [r for r in world.computers.values() if _attended(r, world)]
        self.unsaid = self._orders(world)
        self.beat_every_s = min(world.watchdog_s / 3, _BEAT_S)
        self.beat_due_s = world.time_s

    def _orders(self, world: World) -> list[tuple[str, str]]:
        """(what, robot) that still has to reach a robot."""
        self.kept |= _named(self.option.hold, world)
        self.kept -= _named(self.option.resume, world)
        return [
            (what, robot_id)
            for what in ("cancel", "hold", "resume")
            for robot_id in sorted(_named(getattr(self.option, what), world))
        ]

    def think(self, world: World) -> None:
        """Before each thought of the robots."""
        if world.time_s >= self.beat_due_s - 1e-9:
            self._beat(world)
            self.beat_due_s = world.time_s + self.beat_every_s
        self.unsaid = [order for order in self.unsaid if not _say(world, *order)]
        for plan in self.plans:
            plan.think(world, self.before.get(plan.plan.robot_id))
        for plan in self.others:
            plan.think(world)

    def _beat(self, world: World) -> None:
        now = world.time_s
        for robot in self.attended:
            if not robot.link_up:
                continue
            robot.heard_at_s = now
            # As adapters do: a robot that held because nobody was heard goes on when somebody is.
            if robot.holding_because is not None and robot.id not in self.kept and not robot.e_stopped:
                robot.holding_because = None


def _attended(robot: Computer, world: World) -> bool:
    """Whether somebody commands it: heard lately, or out of reach (then somebody keeps trying)."""
    return not robot.link_up or world.time_s - robot.heard_at_s <= world.watchdog_s


def _occupied(robot: Computer, before: PlanDriver | None) -> bool:
    if before is None:
        return robot.primitive is not None
    return before.state in ("waiting", "running")


def _named(robots: tuple[str, ...], world: World) -> set[str]:
    return set(world.computers) if ALL in robots else set(robots)


def _say(world: World, what: str, robot_id: str) -> bool:
    """Whether the order has arrived."""
    try:
        if what == "hold":
            world.hold(robot_id, "the option says so")
        elif what == "cancel":
            world.cancel(robot_id, "the option says so")
        else:
            world.resume(robot_id)
    except LinkDown:
        return False
    except Refused:
        return True  # the e-stop: only a person lets go of it
    return True
