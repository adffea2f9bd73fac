"""A bus on which messages come late, twice, in another order or not at all, and robots are cut off: for tests.

It wraps any bus, in virtual time as in ROS time, and is deterministic: every draw comes from a generator of
(seed, fault id), so that one more fault does not move the others.
"""

from __future__ import annotations

import heapq
import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from fleet.bus.base import Bus, Facts
from fleet.clock import Clock
from fleet.model.commands import Command, CommandUpdate
from fleet.model.errors import InvalidField
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState

RESEND_S = 1.0
"""How long a transport waits before it sends again what must arrive."""
_MOST_RESENDS = 60
MessageKind = Literal["late", "duplicated", "reordered", "lost", "partition"]
Direction = Literal["both", "to_robots", "from_robots"]
_Message = Command | RobotDescription | RobotState | CommandUpdate | Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFault:
    """What happens to messages between `at_s` and `until_s` of fleet time.

    kind: `late`: by a time of `lag_s`, in order; `duplicated`: a second copy after a time of `lag_s`; `reordered`: held
        back by a time of `lag_s` and overtaken; `lost`; `partition`: cut off.
    robots: whose messages; empty: everybody's, and the cameras'.
    probability: of each message to be hit; a partition hits all.

    States and observations are a stream: what is lost or cut off is gone. Commands, updates and descriptions must
    arrive: lost ones are sent again every `RESEND_S` until they get through, cut-off ones wait for the partition's end.
    """

    fault_id: str
    kind: MessageKind
    robots: frozenset[str] = frozenset()
    direction: Direction = "both"
    probability: float = 1.0
    lag_s: tuple[float, float] = (0.0, 1.0)
    at_s: float = 0.0
    until_s: float = math.inf

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise InvalidField("probability", self.probability, "a number from 0 to 1")
        if not 0 <= self.lag_s[0] <= self.lag_s[1] < math.inf:
            raise InvalidField("lag_s", self.lag_s, "(least, most) in s")
        if not self.at_s < self.until_s:
            raise InvalidField("until_s", self.until_s, f"a time after at_s = {self.at_s:g}")

    def hits(self, robot_id: str, direction: str) -> bool:
        """Whether messages of that robot in that direction are meant."""
        return self.direction in ("both", direction) and (not self.robots or robot_id in self.robots)


@runtime_checkable
class Muting(Protocol):
    """A bus that can keep its own heartbeats from single robots."""

    def mute(self, robot_ids: frozenset[str] | None) -> None:
        """These robots (None: all) hear no heartbeat until the next call."""


@dataclass(order=True, slots=True)
class _Due:
    at_s: float
    number: int
    message: Any = field(compare=False)
    robot_id: str = field(compare=False)


class FaultyBus:
    """`Bus` around another one.

    Args:
        faults: a list whose times count, or a function that gives those that act now.
        clock: fleet time decides what acts, steady time how late a message is.
        seed: of every draw.
    """

    def __init__(
        self,
        bus: Bus,
        faults: Sequence[MessageFault] | Callable[[], Sequence[MessageFault]],
        clock: Clock,
        seed: int,
    ) -> None:
        self._bus, self._faults, self._clock, self._seed = bus, faults, clock, seed
        self._generators: dict[str, np.random.Generator] = {}
        self._queues: dict[str, list[_Due]] = {"to_robots": [], "from_robots": []}
        self._last_due: dict[tuple[str, str], float] = {}
        self._number = 0
        self._observed_at_s: dict[str, float] = {}
        self._delivered_at_s: dict[str, float] = {}
        self._active: tuple[MessageFault, ...] = ()
        self.counts = {"late": 0, "duplicated": 0, "reordered": 0, "lost": 0, "resent": 0, "cut_off": 0}
        """How many messages were hit so far."""

    # The contract

    def collect(self) -> Facts:
        """What gets through now, in the order in which it does."""
        self._look()
        self._deliver()
        facts = self._bus.collect()
        heard: list[_Message] = [*facts.descriptions, *facts.states, *facts.updates, *facts.observations]
        for message in heard:
            self._take(message, _robot_of(message), "from_robots")
        arrived = [d.message for d in self._due("from_robots")]
        states = tuple(self._fresh(m for m in arrived if isinstance(m, RobotState)))
        return Facts(
            descriptions=tuple(m for m in arrived if isinstance(m, RobotDescription)),
            states=states,
            updates=tuple(m for m in arrived if isinstance(m, CommandUpdate)),
            observations=tuple(m for m in arrived if isinstance(m, Observation)),
            silent_s=self._silence(facts.silent_s, states),
        )

    def send(self, commands: Sequence[Command]) -> None:
        """Hand over what gets through now; the rest follows when it is due."""
        self._look()
        for command in commands:
            self._take(command, command.robot_id, "to_robots")
        self._deliver()

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        """Not while everybody is cut off."""
        self._look()
        if self._cut("to_robots") is not None:
            self._bus.beat(supervisor_id, epoch, head)

    def close(self) -> None:
        """Messages under way are gone."""
        self._bus.close()

    # What acts

    def _look(self) -> None:
        """Learn what acts now, and mute the bus's own heartbeats accordingly."""
        now = self._clock.now_s()
        if callable(self._faults):
            self._active = tuple(self._faults())
        else:
            self._active = tuple(f for f in self._faults if f.at_s <= now < f.until_s)
        cut = self._cut("to_robots")
        if isinstance(self._bus, Muting):
            self._bus.mute(cut)
        elif cut:
            names = ", ".join(sorted(cut))
            raise InvalidField("robots", names, "all robots: this bus sends one heartbeat to everybody")

    def _cut(self, direction: str) -> frozenset[str] | None:
        """The robots that are cut off in that direction; None: all."""
        faults = [f for f in self._active if f.kind == "partition" and f.direction in ("both", direction)]
        if any(not f.robots for f in faults):
            return None
        return frozenset(r for f in faults for r in f.robots)

    def _is_cut(self, robot_id: str, direction: str) -> bool:
        return any(f.kind == "partition" and f.hits(robot_id, direction) for f in self._active)

    # Messages under way

    def _take(self, message: _Message, robot_id: str, direction: str) -> None:
        """Decide when (and how often, and whether) a message arrives."""
        now, late_s, overtaken_s, copies = self._clock.steady_s(), 0.0, 0.0, []
        for fault in self._active:
            if fault.kind == "partition" or not fault.hits(robot_id, direction):
                continue
            rng = self._rng(fault)
            hit, lag_s = rng.random() < fault.probability, float(rng.uniform(*fault.lag_s))
            if fault.kind == "lost":
                resends = self._losses(fault, message, rng) if hit else 0
                if resends is None:
                    return
                late_s += resends * RESEND_S
            elif hit:
                self.counts[fault.kind] += 1
                late_s += lag_s if fault.kind == "late" else 0.0
                overtaken_s += lag_s if fault.kind == "reordered" else 0.0
                copies += [lag_s] if fault.kind == "duplicated" else []
        channel = (direction, robot_id)
        due = max(now + late_s, self._last_due.get(channel, -math.inf))
        self._last_due[channel] = due
        for extra in (overtaken_s, *(overtaken_s + c for c in copies)):
            self._number += 1
            heapq.heappush(self._queues[direction], _Due(due + extra, self._number, message, robot_id))

    def _losses(self, fault: MessageFault, message: _Message, rng: np.random.Generator) -> int | None:
        """How often a message that was lost once is sent again; None for one that is gone."""
        if isinstance(message, (RobotState, Observation)):
            self.counts["lost"] += 1
            return None
        resends = 1
        while resends < _MOST_RESENDS and rng.random() < fault.probability:
            resends += 1
        self.counts["resent"] += resends
        return resends

    def _due(self, direction: str) -> Iterable[_Due]:
        """Take what arrives now out of the queue. Who is cut off loses streams and waits for the rest."""
        queue, now = self._queues[direction], self._clock.steady_s()
        ready, waiting = [], []
        while queue and queue[0].at_s <= now + 1e-9:
            due = heapq.heappop(queue)
            if not self._is_cut(due.robot_id, direction):
                ready.append(due)
            elif isinstance(due.message, (RobotState, Observation)):
                self.counts["cut_off"] += 1
            else:
                waiting.append(due)
        for due in waiting:
            heapq.heappush(queue, due)
        return ready

    def _deliver(self) -> None:
        commands = [d.message for d in self._due("to_robots")]
        if commands:
            self._bus.send(commands)

    # Bookkeeping of the receiving end, as buses do it

    def _fresh(self, states: Iterable[RobotState]) -> Iterable[RobotState]:
        """Without copies of the state that was heard last."""
        for state in states:
            if state.observed_at_s != self._observed_at_s.get(state.robot_id):
                self._observed_at_s[state.robot_id] = state.observed_at_s
                yield state

    def _silence(self, silent_s: dict[str, float], states: Sequence[RobotState]) -> dict[str, float]:
        now = self._clock.steady_s()
        for state in states:
            self._delivered_at_s[state.robot_id] = now
        return {
            robot_id: max(silent_s.get(robot_id, 0.0), now - heard) for robot_id, heard in self._delivered_at_s.items()
        }

    def _rng(self, fault: MessageFault) -> np.random.Generator:
        if fault.fault_id not in self._generators:
            name = zlib.crc32(fault.fault_id.encode())
            self._generators[fault.fault_id] = np.random.default_rng([self._seed, name, zlib.crc32(b"messages")])
        return self._generators[fault.fault_id]


def _robot_of(message: _Message) -> str:
    """Whose message it is; a camera's for an observation of the site."""
    return message.source if isinstance(message, Observation) else message.robot_id
