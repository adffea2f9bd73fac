"""Traffic beside the step: what is on the floor, from what was heard last, and the routes that follow.

Traffic is control in real time over positions that no journal holds, so it lives in an object that the runner calls; a
new one learns from where the robots are. What people should know of it comes back to the step as inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from fleet.bus.base import Facts
from fleet.model.closures import SaidShut
from fleet.model.commands import CommandStatus, CommandUpdate, FollowRoute
from fleet.model.robot import OperatingMode, RobotState
from fleet.model.tasks import Stage, TaskState
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.closures import closed_now, closed_until, doubted_now
from fleet.supervisor.shut_words import DOUBTED_S, shut_in
from fleet.supervisor.state import FleetState, Robot
from fleet.traffic.floor import Directions, Floor, OnFloor, PersonOnFloor

PERIOD_S = 0.2
_RESEND_S = 0.6
_OVERTAKEN_S = 5.0
"""A report that is older than the last one by less was overtaken on the way; by more, and the robot's clock was set."""
_SEEN_LATELY_S, _FORGOTTEN_S = 2.0, 8.0
"""After so long nothing is known of how a person walks, and of where they are."""
_SIGMA_M, _WANDER_MPS, _MOST_SIGMA_M = 0.15, 0.1, 0.5
_MOST_MPS = 2.5
_LOW_M, _DROPPED_M = 0.5, 0.25
_SAME_END_M = 0.5
_COLUMN_M = 2.5  # farther apart, they do not hold one load
_THROUGH_M = 0.25  # nearer to a door, a robot stands in it: it is open


class Directs(Protocol):
    """What directs traffic: `fleet.traffic.manager.Traffic`."""

    def direct(self, floor: Floor) -> Directions: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    x: float
    y: float
    vx: float
    vy: float
    at_s: float
    heard_s: float  # steady time


class TrafficDesk:
    """What one supervisor knows of the floor now.

    Args:
        traffic: plans and releases routes.
        sizes: radius of a thing on the floor by its id (m), None for a thing that the site does not list.
        doors: the line of each door by its id, ax, ay, bx, by in m: a robot that is on it has found it open.
    """

    def __init__(
        self,
        traffic: Directs,
        sizes: Callable[[str], float | None] = lambda _: None,
        doors: Mapping[str, tuple[float, float, float, float]] | None = None,
    ) -> None:
        self._traffic, self._sizes, self._doors = traffic, sizes, dict(doors or {})
        self._opened: dict[str, float] = {}
        self._read: dict[str, SaidShut] = {}  # of the journal's words, those that were taken up
        self._states: dict[str, RobotState] = {}
        self._people: dict[str, _Seen] = {}
        self._said: dict[str, tuple[str, float]] = {}
        self._sent: dict[str, tuple[FollowRoute, float]] = {}
        self._looked_s = -math.inf
        self._walks: dict[str, object] = {}
        self.directions = Directions()
        self.looks = 0
        """How often traffic was directed."""

    def hear(self, facts: Facts, steady_s: float) -> None:
        """Take in what the bus heard by now (steady time)."""
        for state in facts.states:
            known = self._states.get(state.robot_id)
            if known is None or not 0.0 < known.observed_at_s - state.observed_at_s < _OVERTAKEN_S:
                self._states[state.robot_id] = state
        for update in facts.updates:
            for what, because in shut_by(update):
                self._said[what] = because, steady_s
        for seen in facts.observations:
            for d in seen.detections:
                if d.subject_kind == "person":
                    self._see(d.subject_id, d.x, d.y, seen.observed_at_s, steady_s)

    def _see(self, person: str, x: float, y: float, at_s: float, steady_s: float) -> None:
        before = self._people.get(person)
        if before is not None and before.at_s - _SEEN_LATELY_S < at_s <= before.at_s:
            return  # another camera's picture of about the same moment; clocks may be set back by more
        vx = vy = 0.0
        if before is not None and 0.0 < at_s - before.at_s < _SEEN_LATELY_S:
            passed = max(at_s - before.at_s, 0.1)
            vx, vy = (x - before.x) / passed, (y - before.y) / passed
            if math.hypot(vx, vy) > _MOST_MPS:
                vx = vy = 0.0
        self._people[person] = _Seen(x, y, vx, vy, at_s, steady_s)

    def direct(self, state: FleetState, now_s: float, steady_s: float) -> tuple[FollowRoute, ...]:
        """Routes to send now. Looks a few times a second, and at once when a walk begins or ends."""
        walks = {r: s.walking_to for r, s in self._states.items()}
        if steady_s - self._looked_s < PERIOD_S - 1e-6 and walks == self._walks:
            return ()
        self._looked_s, self._walks = steady_s, dict(walks)
        self.directions = self._traffic.direct(self.floor(state, now_s, steady_s))
        self.looks += 1
        orders = {o.robot_id: o for o in self.directions.orders}
        for robot_id, order in self._lost(steady_s):
            orders.setdefault(robot_id, order)
        for robot_id, order in orders.items():
            self._sent[robot_id] = order, steady_s
        return tuple(orders.values())

    def _lost(self, steady_s: float) -> list[tuple[str, FollowRoute]]:
        """Routes that should have arrived by now and did not."""
        found = []
        for robot_id, (order, at_s) in list(self._sent.items()):
            report = self._states.get(robot_id)
            to = report.walking_to if report is not None else None
            if report is None or to is None or report.command_id != order.command_id:
                del self._sent[robot_id]
            elif math.dist(to, order.points[-1]) > _SAME_END_M or report.route >= order.route:
                continue
            elif steady_s - at_s >= _RESEND_S:
                found.append((robot_id, order))
        return found

    def floor(self, state: FleetState, now_s: float, steady_s: float) -> Floor:
        """The floor as it is known now."""
        self._people = {k: v for k, v in self._people.items() if steady_s - v.heard_s < _FORGOTTEN_S}
        said = self._shut(state, now_s, steady_s)
        closed = closed_now(state, now_s)
        served = {t.grounded.get("person") for t in state.open_tasks()}  # they are walked up to, not around
        columns = _columns(state, self._states)
        behind = {robot_id for tail in columns.values() for robot_id in tail}
        robots = tuple(
            _on_floor(state, robot, self._states[robot_id], tuple(self._states[b] for b in columns.get(robot_id, ())))
            for robot_id, robot in state.robots.items()
            if robot_id in self._states and robot_id not in behind
        )
        return Floor(
            now_s=now_s,
            robots=robots,
            people=tuple(
                _where(name, seen, steady_s - seen.heard_s)
                for name, seen in sorted(self._people.items())
                if name not in served
            ),
            closed=frozenset(closed),
            because=closed,
            opens_s=closed_until(state, now_s),
            doubted=doubted_now(state) | said,
            dropped=self._dropped(state),
        )

    def _shut(self, state: FleetState, now_s: float, steady_s: float) -> dict[str, str]:
        """What robots said lately does not let them through, by id: what was heard here and what the journal has of
        before. Where a robot has been in the doorway since, it is open."""
        for what, word in state.said_shut.items():
            if self._read.get(what) != word:
                self._read[what] = word
                self._said.setdefault(what, (word.because, steady_s - max(now_s - word.at_s, 0.0)))
        self._said = {w: s for w, s in self._said.items() if steady_s - s[1] < DOUBTED_S}
        for what in self._said:
            if what in self._doors and any(self._is_in(what, r) for r in state.robots):
                self._opened[what] = steady_s
        return {w: because for w, (because, at_s) in self._said.items() if self._opened.get(w, -math.inf) <= at_s}

    def _is_in(self, door: str, robot_id: str) -> bool:
        """Whether a robot stands in a doorway now."""
        report = self._states.get(robot_id)
        if report is None:
            return False
        ax, ay, bx, by = self._doors[door]
        dx, dy, px, py = bx - ax, by - ay, report.pose.x - ax, report.pose.y - ay
        t = min(max((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-9), 0.0), 1.0)
        return math.hypot(px - t * dx, py - t * dy) < _THROUGH_M

    def _dropped(self, state: FleetState) -> tuple[tuple[float, float, float], ...]:
        """Things that lie on the floor."""
        return tuple(
            (b.x, b.y, self._sizes(b.object_id) or _DROPPED_M)
            for b in state.objects.values()
            if not b.place and not b.holder and b.z < _LOW_M
        )


def shut_by(update: CommandUpdate) -> Iterator[tuple[str, str]]:
    """Doors and lifts that a robot cannot get through, by its own words: id and why."""
    if update.status in (CommandStatus.BLOCKED, CommandStatus.FAILED):
        yield from shut_in(update.reason, update.robot_id)


def _where(name: str, seen: _Seen, age_s: float) -> PersonOnFloor:
    moving = age_s < _SEEN_LATELY_S
    return PersonOnFloor(
        person_id=name,
        x=seen.x,
        y=seen.y,
        vx=seen.vx if moving else 0.0,
        vy=seen.vy if moving else 0.0,
        sigma_m=min(_SIGMA_M + _WANDER_MPS * max(age_s, 0.0), _MOST_SIGMA_M),
    )


def _columns(state: FleetState, heard: dict[str, RobotState]) -> dict[str, tuple[str, ...]]:
    """Teams that walk with their load in one column: by who walks ahead, who follows. Only while who follows walks
    nowhere of its own and all can be told and heard."""
    found = {}
    for task in state.open_tasks():
        if task.stage is not Stage.CARRY or len(task.members) < 2 or task.state is not TaskState.EXECUTING:
            continue
        lead, *rest = task.robot_ids
        known = [state.robots[r] for r in task.robot_ids]
        if any(
            r not in heard or not k.in_contact or k.lease_person for r, k in zip(task.robot_ids, known, strict=True)
        ):
            continue
        near = all(heard[r].pose.distance_to(heard[lead].pose) < _COLUMN_M for r in rest)
        leads = heard[lead].walking_to is not None and not any(heard[r].walking_to for r in rest)
        if leads and near and all(heard[r].held for r in task.robot_ids):
            found[lead] = tuple(rest)
    return found


def _on_floor(state: FleetState, robot: Robot, report: RobotState, tail: tuple[RobotState, ...] = ()) -> OnFloor:
    robot_id, known = report.robot_id, robot.description
    task = state.task_of(robot_id)
    held = report.holding or bool(robot.held_because or state.hold_all or robot.aside_because)
    person = bool(robot.lease_person) or report.mode is not OperatingMode.AUTOMATIC
    # A team keeps its own distances, nearer than traffic would have it; others give it room. In a column who walks
    # ahead is led, and who follows goes where it went.
    together = task is not None and bool(task.members) and not tail
    return OnFloor(
        robot_id=robot_id,
        x=report.pose.x,
        y=report.pose.y,
        radius_m=known.footprint_radius_m,
        speed_mps=known.max_speed_mps * (1.0 - report.tired),
        walking_to=report.walking_to,
        command_id=report.command_id or "",
        epoch=robot.epoch,
        route=report.route,
        passed=report.route_passed,
        obeys=known.follows_routes and not person and not together and robot.in_contact,
        moves=person or not (held or robot.fallen or report.e_stop or not robot.in_contact),
        fallen=robot.fallen and not person,
        silent=not robot.in_contact,
        urgency=float(task.spec.priority) if task is not None else 0.0,
        docked=report.docked_at is not None,
        idle=report.docked_at is None and not unavailable_because(state, robot_id),
        tail=tuple((r.pose.x, r.pose.y) for r in tail),
    )


class FreeWays:
    """In place of traffic where it is turned off: robots that still follow a route of an earlier supervisor find
    their own way from then on."""

    def __init__(self) -> None:
        self._freed: dict[str, tuple[str, object]] = {}

    def direct(self, floor: Floor) -> Directions:
        orders = []
        for r in floor.robots:
            if r.route and r.walking_to is not None and self._freed.get(r.robot_id) != (r.command_id, r.walking_to):
                self._freed[r.robot_id] = r.command_id, r.walking_to
                orders.append(_find_your_own(r))
        return Directions(orders=tuple(orders))


def _find_your_own(r: OnFloor) -> FollowRoute:
    assert r.walking_to is not None
    return FollowRoute(
        robot_id=r.robot_id,
        command_id=r.command_id,
        epoch=r.epoch,
        route=r.route + 1,
        points=(r.walking_to,),
        released=1,
    )


def with_traffic(facts: Facts, directions: Directions) -> Facts:
    """The facts with what traffic has to say."""
    return replace(facts, jams=directions.notes, room=directions.moves)
