"""Refuses what cannot happen, before the run: unknown robots, doors, joints, zones; impossible times; cycles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

from sim_worlds.errors import SpecError
from sim_worlds.faults.conditions import ABOUT_ROBOT
from sim_worlds.faults.kinds import Kind, Scene, Wrong
from sim_worlds.faults.registry import KINDS, fields_of
from sim_worlds.faults.spec import FaultSpec, When, given
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site


class FaultProblem(SpecError):
    """One fault cannot be: which one (`index`), which field, what it holds, and what would be right."""

    def __init__(self, index: int, fault_id: str, field: str, got: object, expected: str) -> None:
        name = "id" if field == "fault_id" else field
        super().__init__(f"faults[{index}] ({fault_id}): {name}: got {got!r}, expected {expected}")
        self.index, self.field, self.got, self.expected = index, name, got, expected


def check_faults(specs: Sequence[FaultSpec], robots: Sequence[RobotSpec], site: Site) -> None:
    """Raise `FaultProblem` (a `SpecError`) for the first fault that cannot happen here."""
    doors = tuple(d.door_id for d in site.doors.values() if d.kind != "open")
    scene = Scene(site, {r.robot_id: r for r in robots}, tuple(site.cameras), doors)
    seen: set[str] = set()
    for i, spec in enumerate(specs):
        try:
            if spec.fault_id in seen or not spec.fault_id:
                raise Wrong("fault_id", spec.fault_id, "an id used once")
            seen.add(spec.fault_id)
            _check(spec, scene, specs)
        except Wrong as wrong:
            raise FaultProblem(i, spec.fault_id, wrong.field, wrong.got, wrong.expected) from None


def _check(spec: FaultSpec, scene: Scene, specs: Sequence[FaultSpec]) -> None:
    if spec.kind not in KINDS:
        raise Wrong("kind", spec.kind, f"one of: {', '.join(KINDS)}")
    kind = KINDS[spec.kind]
    _check_fields(spec, kind)
    for name in spec.watched:
        if name not in scene.robots:
            field = "robot" if spec.robot is not None else "robots"
            raise Wrong(field, name, f"one of: {', '.join(scene.robots)}")
    _check_times(spec, kind)
    ids = [s.fault_id for s in specs]
    for name, when in (("when", spec.when), ("until", spec.until)):
        if when is not None:
            _check_when(name, when, spec, scene, ids)
    _check_chain(spec, {s.fault_id: s for s in specs})
    kind.check(spec, scene)


def _check_fields(spec: FaultSpec, kind: Kind) -> None:
    for name in kind.needs:
        if getattr(spec, name) in (None, ()):
            raise Wrong(name, None, f"a value: {kind.name} needs {', '.join(kind.needs)}")
    known = fields_of(kind)
    for name in given(spec):
        if name not in known:
            raise Wrong(name, getattr(spec, name), f"only fields of {kind.name}: {', '.join(_shown(known))}")


def _shown(names: Sequence[str]) -> list[str]:
    return ["id" if n == "fault_id" else n for n in names]


def _check_times(spec: FaultSpec, kind: Kind) -> None:
    if (spec.at_s is None) == (spec.when is None):
        raise Wrong("at_s", "neither" if spec.at_s is None else "both", "either 'at_s' or 'when'")
    if spec.at_s is not None and not 0 <= spec.at_s < math.inf:
        raise Wrong("at_s", spec.at_s, "a time of 0 s or later")
    if not 0 <= spec.delay_s[0] <= spec.delay_s[1] < math.inf:
        raise Wrong("delay_s", list(spec.delay_s), "[least, most] in s")
    if spec.duration_s is not None and not 0 < spec.duration_s < math.inf:
        raise Wrong("duration_s", spec.duration_s, "a time above 0 s")
    if kind.lasts == "must" and spec.duration_s is None and spec.until is None:
        raise Wrong("duration_s", None, f"a time above 0 s, or until: {kind.name} does not end by itself")
    if spec.every_s is not None:
        least = (spec.duration_s or 0.0) + spec.delay_s[1]
        if not least < spec.every_s < math.inf:
            raise Wrong(
                "every_s", spec.every_s, f"a time above {least:g} s, which is duration_s and the longest delay_s"
            )
        if kind.lasts == "may" and spec.duration_s is None and spec.until is None:
            raise Wrong("duration_s", None, "a time above 0 s, or until: what comes again must end first")
    if spec.times is not None and (spec.every_s is None or spec.times < 1):
        raise Wrong("times", spec.times, "a number of 1 or more, together with every_s")


def _check_when(name: str, when: When, spec: FaultSpec, scene: Scene, ids: Sequence[str]) -> None:
    def wrong(field: str, expected: str) -> Wrong:
        return Wrong(f"{name}.{field}" if field else name, getattr(when, field) if field else None, expected)

    if not given(when) or given(when) == ("robot",):
        raise wrong("", f"at least one of: {', '.join(f.name for f in fields(when))}")
    if when.robot is not None and when.robot not in scene.robots:
        raise wrong("robot", f"one of: {', '.join(scene.robots)}")
    if any(getattr(when, a) is not None for a in ABOUT_ROBOT) and when.robot is None and not spec.watched:
        raise wrong("robot", "the robot that is watched; this fault has none of its own")
    if when.in_zone is not None and when.in_zone not in scene.site.zones:
        raise wrong("in_zone", f"one of: {', '.join(scene.site.zones)}")
    if when.battery_below is not None and not 0 < when.battery_below <= 1:
        raise wrong("battery_below", "a number above 0 and at most 1")
    if (when.task is None) != (when.task_state is None):
        raise wrong("task_state" if when.task_state is None else "task", "task and task_state together")
    for field in ("after", "after_over"):
        other = getattr(when, field)
        if other is not None and (other not in ids or other == spec.fault_id):
            others = [i for i in ids if i != spec.fault_id]
            raise wrong(field, "the id of another fault: " + (", ".join(others) or "there is no other"))


def _check_chain(spec: FaultSpec, by_id: dict[str, FaultSpec]) -> None:
    """A fault that waits for itself, over others, never begins."""
    seen, at = [spec.fault_id], spec
    while at.when is not None and (before := at.when.after or at.when.after_over) is not None and before in by_id:
        if before in seen:
            raise Wrong("when", " -> ".join([*seen, before]), "faults that do not wait for each other in a circle")
        seen.append(before)
        at = by_id[before]
