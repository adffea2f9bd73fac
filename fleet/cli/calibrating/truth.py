"""What was really so: only the simulation knows, and only calibration and judging may ask it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.escalation.learned import usable
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.evidence import Claim
from fleet.model.ruling import Ruled
from fleet.model.tasks import TaskState
from fleet.supervisor.state import FleetState
from sim_worlds.world import World

_AT_M = 1.0  # a robot this near a place is at it
_SEES_M = 4.0
_ENDED_BADLY = (TaskState.QUEUED, TaskState.FAILED, TaskState.ESCALATED)
YES, NO = (0,), (1,)


def holds(claim: Claim, world: World) -> bool | None:
    """Whether the claim is true in the world as it is now; None for one that says nothing about it."""
    said = claim.statement
    if isinstance(said.get("object"), str):
        return _object_is(str(said["object"]), said, world)
    for name, near_m in (("robot_at", _AT_M), ("seen", _SEES_M)):
        if isinstance(said.get(name), str):
            return _robot_is(claim, str(said[name]), world, near_m)
    return None


def _object_is(object_id: str, said: dict[str, object], world: World) -> bool | None:
    crate = world.crates.get(object_id)
    if crate is None:
        return False
    if isinstance(said.get("with"), str):
        return bool(crate.holder == said["with"])
    return bool(crate.holder is None and world.site.place_near(crate.pose()[0]) == said.get("at"))


def _robot_is(claim: Claim, where: str, world: World, near_m: float) -> bool | None:
    robot = world.computers.get(claim.robot_id)
    if robot is None:
        return False
    if near_m == _SEES_M and any(e.kind == "look" and e.command_id.startswith(claim.command_id) for e in world.ledger):
        return True
    m = robot.body.motion()
    zone, place = world.site.zones.get(where), world.site.places.get(where)
    if zone is not None:
        return bool(world.site.zone_at(m.x, m.y) == where)
    if place is None:
        return None
    return math.hypot(m.x - place.approach.x, m.y - place.approach.y) <= near_m


@dataclass(slots=True)
class _Pending:
    ruled: Ruled
    armed: bool  # a robot has been given the task since


@dataclass
class TruthWatch:
    """Follows a journal as it is written, with the world beside it. `known` are rulings and the right options."""

    known: list[tuple[Ruled, tuple[int, ...]]] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)
    _claims: dict[str, Claim] = field(default_factory=dict)
    _robots: dict[str, _Pending] = field(default_factory=dict)  # by task: will the robot do it?
    _steps: dict[str, _Pending] = field(default_factory=dict)  # by task: will the step mend it?
    _true: set[str] = field(default_factory=set)

    def look(self, records: Iterable[Record], state: FleetState, world: World) -> None:
        """Take in what was just written; `state` and `world` are as they are now."""
        for record in records:
            event = record.event
            if isinstance(event, ev.RulingMade):
                self._ruled(event.ruled, state, world)
            elif isinstance(event, ev.TaskAssigned) and event.task_id in self._steps:
                self._steps[event.task_id].armed = True
            elif isinstance(event, ev.TaskChanged):
                self._task_changed(event, state, world)

    def _ruled(self, ruled: Ruled, state: FleetState, world: World) -> None:
        name, task_id = ruled.choice.decision_class, ruled.subject.get("task", "")
        if not usable(ruled):
            self.left["without scores, or reserved for people"] += 1
        elif name == "is_the_claim_true":
            claim = state.claims.get(ruled.subject.get("claim", ""))
            true = holds(claim, world) if claim is not None else None
            if true is None:
                self.left["a claim that says nothing about the world"] += 1
            else:
                self.known.append((ruled, YES if true else NO))
        elif name == "which_recovery":
            self._end(self._steps, task_id, False)
            self._try(self._steps, ruled, task_id, armed=False)
        elif name == "which_robot":
            self._end(self._robots, task_id, False)
            self._try(self._robots, ruled, task_id, armed=True)
        else:
            self.left[f"{name}: what was meant is not known in a run"] += 1

    def _try(self, pending: dict[str, _Pending], ruled: Ruled, task_id: str, *, armed: bool) -> None:
        if ruled.ruling.act and ruled.ruling.chosen == 0:
            pending[task_id] = _Pending(ruled, armed)
        else:
            self.left["not tried"] += 1

    def _task_changed(self, event: ev.TaskChanged, state: FleetState, world: World) -> None:
        task_id = event.task_id
        if event.state is TaskState.VERIFYING:
            claim = state.claims.get(str(state.tasks[task_id].claim_id))
            true = claim is not None and holds(claim, world) is not False
            self._end(self._robots, task_id, true)
            self._end(self._steps, task_id, true)
        elif event.state in _ENDED_BADLY:
            self._end(self._robots, task_id, False)
            self._end(self._steps, task_id, False)
        elif event.state is TaskState.CANCELLED:
            for pending in (self._robots, self._steps):
                if pending.pop(task_id, None) is not None:
                    self.left["cancelled before it showed"] += 1

    def _end(self, pending: dict[str, _Pending], task_id: str, right: bool) -> None:
        tried = pending.get(task_id)
        if tried is not None and tried.armed:
            self.known.append((pending.pop(task_id).ruled, YES if right else NO))

    def close(self) -> None:
        """The run is over: what has not shown by now stays unknown."""
        left = len(self._robots) + len(self._steps)
        if left:
            self.left["not over at the end of the run"] += left
        self._robots.clear()
        self._steps.clear()
