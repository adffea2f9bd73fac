"""The faults of a deployment that runs as processes over ROS 2: who makes which of them act.

The world does its own. Faults of messages and of the supervisor's clock act in the supervisor's process, process kills
in the process manager; none of these can see into the world, so they begin at a time and not on a condition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fleet.bus.base import Bus
from fleet.bus.faulty import FaultyBus, MessageFault
from fleet.cli.stack_faults import MESSAGE_KINDS, message_fault
from fleet.cli.world import world_parts
from fleet.clock import Clock, ShiftedClock
from fleet.deployment.nodes import NodeKind
from fleet.deployment.records import Deployment
from fleet.model.errors import InvalidField
from sim_worlds.faults import FaultSpec, onsets_s

_PROCESSES = {"supervisor": NodeKind.SUPERVISOR, "host": NodeKind.HOST, "world": NodeKind.WORLD}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShift:
    """The supervisor's clock is `shift_s` ahead between two times (fleet time, s)."""

    from_s: float
    until_s: float
    shift_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFaults:
    """`kills` are (s after everything was ready, what is killed); how soon it is started again is the process manager's
    affair."""

    world: tuple[FaultSpec, ...] = ()
    messages: tuple[MessageFault, ...] = ()
    shifts: tuple[ClockShift, ...] = ()
    kills: tuple[tuple[float, NodeKind], ...] = ()

    def wrap(self, bus: Bus, clock: Clock, seed: int) -> Bus:
        """The bus with these faults in it; the bus itself where there are none."""
        return FaultyBus(bus, self.messages, clock, seed) if self.messages else bus

    def shift(self, clock: ShiftedClock) -> None:
        """Set the supervisor's clock as it should be now."""
        now = clock.now_s() - clock.shift_s
        clock.shift_s = sum(s.shift_s for s in self.shifts if s.from_s <= now < s.until_s)


def live_faults(faults: Sequence[FaultSpec], seed: int) -> LiveFaults:
    """Divide checked faults among those who make them act.

    Raises:
        InvalidField: one that cannot act in a deployment that runs as processes.
    """
    world: list[FaultSpec] = []
    messages: list[MessageFault] = []
    shifts: list[ClockShift] = []
    kills: list[tuple[float, NodeKind]] = []
    for spec in faults:
        if spec.kind in MESSAGE_KINDS:
            _check_reach(spec)
            for i, (from_s, until_s) in enumerate(_spans(spec, seed)):
                one = replace(message_fault(spec), fault_id=f"{spec.fault_id}.{i}", at_s=from_s, until_s=until_s)
                messages.append(one)
        elif spec.kind == "process_killed":
            kills += [(from_s, _PROCESSES[str(spec.process)]) for from_s, _ in _spans(spec, seed)]
        elif spec.kind == "clock_jump" and spec.process is not None:
            shifts += [
                ClockShift(from_s=from_s, until_s=until_s, shift_s=spec.shift_s or 0.0)
                for from_s, until_s in _spans(spec, seed)
            ]
        elif spec.kind == "operator_absent":
            raise _refused(spec, "kind", spec.kind, "a scenario: operators of a deployment are people")
        else:
            _check_no_task(spec)
            world.append(spec)
    return LiveFaults(world=tuple(world), messages=tuple(messages), shifts=tuple(shifts), kills=tuple(sorted(kills)))


def kills_of(deployment: Deployment) -> tuple[tuple[float, NodeKind], ...]:
    """The kills of a deployment, in s after everything was ready. Raises `InvalidField` for faults that cannot act."""
    if deployment.world is None:
        return ()
    parts = world_parts(deployment)
    return tuple((at_s / deployment.world.rate, kind) for at_s, kind in live_faults(parts.faults, parts.seed).kills)


def _spans(spec: FaultSpec, seed: int) -> list[tuple[float, float]]:
    """(begin, end) of each time it comes."""
    if spec.at_s is None or spec.until is not None:
        raise _refused(spec, "when" if spec.at_s is None else "until", "a condition", "at_s and duration_s")
    if spec.every_s is not None and spec.times is None:
        raise _refused(spec, "times", None, "a number, together with every_s")
    lasts = math.inf if spec.duration_s is None else spec.duration_s
    return [(begins, begins + lasts) for begins in onsets_s(spec, seed)]


def _check_reach(spec: FaultSpec) -> None:
    if spec.kind == "partition" and spec.robots and spec.direction != "from_robots":
        told = "no robots (all are cut off), or direction: from_robots; one heartbeat goes to all hosts"
        raise _refused(spec, "robots", ", ".join(spec.robots), told)


def _check_no_task(spec: FaultSpec) -> None:
    for name, when in (("when", spec.when), ("until", spec.until)):
        if when is not None and when.task is not None:
            raise _refused(spec, f"{name}.task", when.task, "a condition on a robot: the world does not know tasks")


def _refused(spec: FaultSpec, field: str, value: object, expected: str) -> InvalidField:
    return InvalidField(f"world.faults ({spec.fault_id}): {field}", value, expected)
