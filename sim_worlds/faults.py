"""Seeded faults with onset, duration and recovery.

When a fault starts is drawn once, from a generator of (seed, fault id): adding a fault does not move the others.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim_worlds.errors import SpecError
from sim_worlds.humanoids.policy import g1_policy
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site
from sim_worlds.yaml_fields import Field, known, load_fields, unique

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

KINDS = ("torque_loss", "false_claim", "silent", "battery_drop")
_SLIP_MPS = 1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A condition on the robot; all that is given must hold."""

    carrying: bool | None = None
    in_zone: str | None = None
    doing: str | None = None
    """The kind of the running primitive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """One fault. It starts at `at_s`, or when `when` first holds, plus a delay drawn from `delay_s` (s, s).

    torque_loss: `joint` of a dynamic robot gives no torque any more (for good).
    false_claim: the box slips from the robot's hands and the robot does not notice: it will report a `place` or
    `give` as done that did not happen. Waits until the robot carries something.
    silent: no radio in either direction for `duration_s`.
    battery_drop: the battery falls to `fraction` of its capacity at once.
    """

    fault_id: str
    kind: str
    robot: str
    at_s: float | None = None
    when: When | None = None
    delay_s: tuple[float, float] = (0.0, 0.0)
    duration_s: float | None = None
    joint: str | None = None
    fraction: float | None = None


@dataclass(slots=True)
class FaultState:
    """armed -> due (the condition was met) -> active -> over. Times in simulated s."""

    phase: str = "armed"
    due_s: float = math.inf
    started_s: float | None = None
    over_s: float = math.inf


class Faults:
    """The faults of one world."""

    def __init__(self, specs: Sequence[FaultSpec], seed: int) -> None:
        self.specs = tuple(specs)
        self.states = {f.fault_id: FaultState() for f in specs}
        self.delays = {
            f.fault_id: float(np.random.default_rng([seed, zlib.crc32(f.fault_id.encode())]).uniform(*f.delay_s))
            for f in specs
        }

    def update(self, world: World) -> None:
        """Once a thought: start and end what is due."""
        now = world.time_s
        for spec in self.specs:
            state = self.states[spec.fault_id]
            robot = world.computer(spec.robot)
            if state.phase == "armed" and _met(spec, robot, world):
                state.phase, state.due_s = "due", now + self.delays[spec.fault_id]
            if state.phase == "due" and now >= state.due_s and _start(spec, robot):
                state.phase, state.started_s = "active", now
                state.over_s = now + (spec.duration_s if spec.duration_s is not None else math.inf)
            if state.phase == "active" and now >= state.over_s:
                state.phase = "over"
                robot.link_up = True

    def snapshot(self) -> dict[str, Any]:
        return {k: [s.phase, _finite(s.due_s), s.started_s, _finite(s.over_s)] for k, s in self.states.items()}

    def restore(self, data: dict[str, Any]) -> None:
        for name, (phase, due, started, over) in data.items():
            self.states[name] = FaultState(
                phase, math.inf if due is None else due, started, math.inf if over is None else over
            )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _met(spec: FaultSpec, robot: Computer, world: World) -> bool:
    if spec.at_s is not None:
        return world.time_s >= spec.at_s
    when = spec.when or When()
    m = robot.body.motion()
    if when.carrying is not None and when.carrying != _carries(robot):
        return False
    if when.in_zone is not None and world.site.zone_at(m.x, m.y) != when.in_zone:
        return False
    return when.doing is None or (robot.status.kind == when.doing and not robot.status.ended)


def _carries(robot: Computer) -> bool:
    return robot.believes_to_hold is not None and robot.believes_to_hold.holder == robot.id


def _start(spec: FaultSpec, robot: Computer) -> bool:
    """Let the fault act; False if it must wait for an occasion."""
    if spec.kind == "torque_loss":
        assert spec.joint is not None
        robot.body.damage(spec.joint)
        robot.broken_joints.append(spec.joint)
    elif spec.kind == "false_claim":
        if not _carries(robot) or (robot.status.kind == "place" and not robot.status.ended):
            return False
        yaw = robot.body.motion().yaw
        # To its right, out of its own way.
        robot.body.release((_SLIP_MPS * math.sin(yaw), -_SLIP_MPS * math.cos(yaw), 0.0))
    elif spec.kind == "silent":
        robot.state()
        robot.link_up = False
    elif spec.kind == "battery_drop":
        assert spec.fraction is not None
        robot.battery_wh = min(robot.battery_wh, spec.fraction * robot.info.description.battery_wh)
    return True


def check_faults(specs: Sequence[FaultSpec], robots: Sequence[RobotSpec], site: Site) -> None:
    """Raise `SpecError` for the first fault that cannot happen here."""
    by_id = {r.robot_id: r for r in robots}
    seen: set[str] = set()
    for i, f in enumerate(specs):
        where = f"faults[{i}] ({f.fault_id})"
        if f.fault_id in seen or not f.fault_id:
            raise SpecError(f"{where}: id: got {f.fault_id!r}, expected an id used once")
        seen.add(f.fault_id)
        if f.kind not in KINDS:
            raise SpecError(f"{where}: kind: got {f.kind!r}, expected one of: {', '.join(KINDS)}")
        if f.robot not in by_id:
            raise SpecError(f"{where}: robot: got {f.robot!r}, expected one of: {', '.join(by_id)}")
        if (f.at_s is None) == (f.when is None):
            raise SpecError(f"{where}: got {'neither' if f.at_s is None else 'both'}, expected either 'at_s' or 'when'")
        if f.at_s is not None and not 0 <= f.at_s < math.inf:
            raise SpecError(f"{where}: at_s: got {f.at_s}, expected a time of 0 s or later")
        if not 0 <= f.delay_s[0] <= f.delay_s[1] < math.inf:
            raise SpecError(f"{where}: delay_s: got {list(f.delay_s)}, expected [least, most] in s")
        if f.when is not None and f.when.in_zone is not None and f.when.in_zone not in site.zones:
            raise SpecError(f"{where}: when.in_zone: got {f.when.in_zone!r}, expected one of: {', '.join(site.zones)}")
        _check_kind(f, by_id[f.robot], where)


def _check_kind(f: FaultSpec, robot: RobotSpec, where: str) -> None:
    if f.kind == "torque_loss":
        if robot.body != "dynamic":
            raise SpecError(
                f"{where}: robot: got {f.robot!r}, which is kinematic; expected a dynamic robot, whose "
                "joints have torques"
            )
        joints = g1_policy().joint_names
        if f.joint not in joints:
            raise SpecError(f"{where}: joint: got {f.joint!r}, expected one of: {', '.join(joints)}")
    if f.kind == "silent" and not (f.duration_s is not None and 0 < f.duration_s < math.inf):
        raise SpecError(f"{where}: duration_s: got {f.duration_s}, expected a time above 0 s")
    if f.kind == "battery_drop" and not (f.fraction is not None and 0 <= f.fraction <= 1):
        raise SpecError(f"{where}: fraction: got {f.fraction}, expected a number from 0 to 1")


def load_faults(path: Path | str, robots: Sequence[RobotSpec], site: Site) -> tuple[FaultSpec, ...]:
    """Read a faults file: `faults: [{id, kind, robot, at_s | when: {...}, delay_s, duration_s, joint, fraction}]`.

    Raises `SpecError` with file, line, field, value and what would be right.
    """
    top = load_fields(path, SpecError).mapping("faults")
    seen: dict[str, int] = {}
    specs = tuple(_fault(f, seen, {r.robot_id for r in robots}, site) for f in top.list("faults"))
    try:
        check_faults(specs, robots, site)
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
    return specs


def _fault(f: Field, seen: dict[str, int], robots: set[str], site: Site) -> FaultSpec:
    entry = f.mapping("id kind robot", "at_s when delay_s duration_s joint fraction")
    delay = entry["delay_s"].numbers(2, "s") if "delay_s" in entry else (0.0, 0.0)
    return FaultSpec(
        fault_id=unique(seen, entry["id"]),
        kind=entry["kind"].one_of(KINDS),
        robot=known(entry["robot"], robots, "robot"),
        at_s=entry["at_s"].number(0, 1e6, "s") if "at_s" in entry else None,
        when=_when(entry["when"], site) if "when" in entry else None,
        delay_s=(delay[0], delay[1]),
        duration_s=entry["duration_s"].number(0.1, 1e6, "s") if "duration_s" in entry else None,
        joint=entry["joint"].name() if "joint" in entry else None,
        fraction=entry["fraction"].number(0, 1) if "fraction" in entry else None,
    )


def _when(f: Field, site: Site) -> When:
    entry = f.mapping("", "carrying in_zone doing")
    return When(
        carrying=entry["carrying"].flag() if "carrying" in entry else None,
        in_zone=known(entry["in_zone"], site.zones, "zone") if "in_zone" in entry else None,
        doing=entry["doing"].name() if "doing" in entry else None,
    )


__all__ = ["KINDS", "FaultSpec", "FaultState", "Faults", "When", "check_faults", "load_faults"]
