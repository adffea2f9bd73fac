"""The faults of one world: a state machine each, once a thought."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fleet.model.evidence import Observation
from sim_worlds.errors import SpecError
from sim_worlds.faults.conditions import holds
from sim_worlds.faults.kinds import MESSAGES, STACK, WORLD, Act, FaultState
from sim_worlds.faults.registry import FAMILIES, KINDS
from sim_worlds.faults.site import Obstacles, as_seen
from sim_worlds.faults.spec import FaultSpec
from sim_worlds.parts import Part

if TYPE_CHECKING:
    from sim_worlds.world import World

_BY_WHOM = {
    MESSAGES: "whoever carries messages between supervisor and robots (fleet.bus.faulty)",
    STACK: "a run of the whole fleet in one process",
    "tasks": "a run of the whole fleet, which knows the tasks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One time that a fault began, or (phase armed or due) is still to begin. `over_s` is None while it lasts."""

    fault_id: str
    kind: str
    target: str
    phase: str
    started_s: float | None = None
    over_s: float | None = None
    detail: str = ""


class Faults:
    """The faults of one world, in the order in which they were given.

    When a fault begins is drawn from (seed, fault id, how often it came before): adding one does not move the others.
    """

    def __init__(self, specs: Sequence[FaultSpec], seed: int) -> None:
        self.specs, self.seed = tuple(specs), seed
        self.states = {f.fault_id: FaultState() for f in specs}
        self.delays = {f.fault_id: self._delay(f, 0) for f in specs}
        """Of the first time each begins, in s."""
        self.tasks: dict[str, str] = {}
        self._served = {WORLD}
        self._past: list[Episode] = []
        self._settled = False
        self._sight = tuple(f for f in specs if f.kind == "wrong_perception")

    # For whoever runs the world

    def serve(self, *what: str) -> None:
        """Say that the caller makes these act: `messages`, `stack`, and that it tells `tasks` (see `hear`).

        A fault that nobody serves is refused at the world's first step: it would silently not happen.
        """
        for name in what:
            if name not in _BY_WHOM:
                raise ValueError(f"got {name!r}, expected one of: {', '.join(_BY_WHOM)}")
        self._served |= set(what)

    def hear(self, tasks: Mapping[str, str]) -> None:
        """The supervisor's states of tasks, for conditions on them."""
        self.tasks = dict(tasks)

    @property
    def wants_tasks(self) -> bool:
        """Whether a condition asks for the state of a task."""
        return any(w is not None and w.task is not None for f in self.specs for w in (f.when, f.until))

    def active(self, *kinds: str) -> tuple[FaultSpec, ...]:
        """The faults of these kinds (of all kinds, without) that act now."""
        return tuple(
            f for f in self.specs if self.states[f.fault_id].phase == "active" and (not kinds or f.kind in kinds)
        )

    def history(self) -> tuple[Episode, ...]:
        """Every time that a fault began, in order, then how each stands that is armed, due or active."""
        return (*self._past, *(self._episode(f) for f in self.specs if self.states[f.fault_id].phase != "over"))

    def as_seen(self, world: World, seen: Observation) -> Observation:
        """What a source reports instead of what it saw."""
        wrong = [f for f in self._sight if self.states[f.fault_id].phase == "active"]
        return as_seen(world, seen, wrong) if wrong else seen

    def parts(self, world: World) -> list[Part]:
        """What the faults bring into the world."""
        return [Obstacles(world)] if any(f.kind == "blocked_corridor" for f in self.specs) else []

    # Every THINK_S

    def update(self, world: World) -> None:
        """Begin and end what is due."""
        if not self.specs:
            return
        if not self._settled:
            self._check_served()
            self.settle(world)
        changed: set[str] = set()
        for spec in self.specs:
            if self._move(spec, world):
                changed.add(KINDS[spec.kind].family)
        self._settle(world, changed)

    def _move(self, spec: FaultSpec, world: World) -> bool:
        """Move one fault on; whether what acts has changed."""
        kind, state, now = KINDS[spec.kind], self.states[spec.fault_id], world.time_s
        act = self._act(spec, world)
        if state.phase == "armed" and self._met(spec, world):
            state.phase, state.due_s = "due", now + self._delay(spec, state.count)
        if state.phase == "due" and now >= state.due_s:
            state.data = {}
            if not kind.start(act):
                return False
            state.phase, state.started_s, state.count = "active", now, state.count + 1
            state.over_s = now + (spec.duration_s if spec.duration_s is not None else math.inf)
            if kind.lasts == "once":
                self._end(spec, now)
            return True
        if state.phase != "active":
            return False
        by_itself = kind.ended(act)
        if (
            not by_itself
            and now < state.over_s
            and not (spec.until is not None and holds(spec.until, spec, self, world))
        ):
            return False
        if not by_itself:
            kind.stop(act)
        self._end(spec, now)
        return True

    def _end(self, spec: FaultSpec, now: float) -> None:
        state = self.states[spec.fault_id]
        state.phase, state.over_s = "over", now
        self._past.append(self._episode(spec))
        if spec.every_s is not None and (spec.times is None or state.count < spec.times):
            state.phase, state.due_s = "armed", math.inf

    def _met(self, spec: FaultSpec, world: World) -> bool:
        state, now = self.states[spec.fault_id], world.time_s
        if spec.at_s is not None:
            return now >= spec.at_s + state.count * (spec.every_s or 0.0)
        if state.started_s is not None and now < state.started_s + (spec.every_s or 0.0):
            return False
        assert spec.when is not None
        return holds(spec.when, spec, self, world)

    def settle(self, world: World) -> None:
        """Make the world be as the faults' states say; after a restart."""
        self._settle(world, set(FAMILIES))
        self._settled = True

    def _settle(self, world: World, families: Iterable[str]) -> None:
        for family in sorted(f for f in families if f in FAMILIES):
            settle = FAMILIES[family].settle
            assert settle is not None
            settle(world, self._acts(family, world))

    def _acts(self, family: str, world: World) -> list[Act]:
        return [self._act(f, world) for f in self.active() if KINDS[f.kind].family == family]

    def _act(self, spec: FaultSpec, world: World) -> Act:
        state = self.states[spec.fault_id]
        return Act(spec, state, world, lambda: self._rng(spec, state.count, 1))

    def _check_served(self) -> None:
        for spec in self.specs:
            wanted = [KINDS[spec.kind].where] if spec.process != "supervisor" else [STACK]
            if any(w is not None and w.task is not None for w in (spec.when, spec.until)):
                wanted.append("tasks")
            for what in wanted:
                if what not in self._served:
                    raise SpecError(
                        f"fault {spec.fault_id}: kind: got {spec.kind!r} in a world that runs alone, "
                        f"expected {_BY_WHOM[what]}, or another kind"
                    )

    # Randomness

    def _rng(self, spec: FaultSpec, count: int, use: int = 0) -> np.random.Generator:
        return _generator(spec, self.seed, count, use)

    def _delay(self, spec: FaultSpec, count: int) -> float:
        return _delay(spec, self.seed, count)

    # Records

    def _episode(self, spec: FaultSpec) -> Episode:
        state = self.states[spec.fault_id]
        started = state.started_s if state.phase in ("active", "over") else None
        detail = ", ".join(f"{k} {v:.3f}" for k, v in state.data.items() if isinstance(v, float))
        return Episode(
            fault_id=spec.fault_id,
            kind=spec.kind,
            target=spec.target,
            phase=state.phase,
            started_s=started,
            over_s=state.over_s if state.phase == "over" else None,
            detail=detail if started is not None else "",
        )

    def go_on_from(self, before: Faults) -> None:
        """Take over the states of the same faults in a world that was killed: the list and its course belong to whoever
        runs the world, and outlive it."""
        self.restore(before.snapshot())
        self._served, self.tasks, self._settled = set(before._served), dict(before.tasks), False

    def digest(self) -> bytes:
        """Of every fault's state; goes into `World.digest`."""
        return hashlib.sha256(json.dumps(self.snapshot(), sort_keys=True).encode()).digest() if self.specs else b""

    def snapshot(self) -> dict[str, Any]:
        return {
            "states": {
                k: [s.phase, _finite(s.due_s), s.started_s, _finite(s.over_s), s.count, s.data]
                for k, s in self.states.items()
            },
            "past": [[e.fault_id, e.started_s, e.over_s, e.detail] for e in self._past],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """The states as they were; call `settle` once the rest of the world is back."""
        for name, (phase, due, started, over, count, drawn) in data["states"].items():
            self.states[name] = FaultState(phase, _or_never(due), started, _or_never(over), count, dict(drawn))
        specs = {f.fault_id: f for f in self.specs}
        self._past = [
            Episode(
                fault_id=name,
                kind=specs[name].kind,
                target=specs[name].target,
                phase="over",
                started_s=started,
                over_s=over,
                detail=detail,
            )
            for name, started, over, detail in data["past"]
        ]


def onsets_s(spec: FaultSpec, seed: int) -> tuple[float, ...]:
    """When a fault with `at_s` begins, each time: for those who make faults act without a world."""
    assert spec.at_s is not None
    times = 1 if spec.every_s is None else spec.times or 1
    return tuple(spec.at_s + i * (spec.every_s or 0.0) + _delay(spec, seed, i) for i in range(times))


def _generator(spec: FaultSpec, seed: int, count: int, use: int) -> np.random.Generator:
    again = [count, use] if count or use else []
    return np.random.default_rng([seed, zlib.crc32(spec.fault_id.encode()), *again])


def _delay(spec: FaultSpec, seed: int, count: int) -> float:
    return float(_generator(spec, seed, count, 0).uniform(*spec.delay_s))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_never(value: float | None) -> float:
    return math.inf if value is None else value
