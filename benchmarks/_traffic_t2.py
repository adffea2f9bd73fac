"""Traffic with robots that really walk: G1s of tier T2 (physics, a learned gait) go back and forth through a door and
along the corridor that they cross, under the whole stack. Run by `benchmarks.traffic`, or alone as `python -m
benchmarks._traffic_t2 [--quick]`.

How far they sway is measured against the lines that were sent to them, from where the world says that they are:
traffic keeps `margin_m` between footprints for it, half of that for each of two.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks._harness import Metric, finish, percentile
from fleet.bus.base import Bus, Facts
from fleet.cli.scenario.build import build
from fleet.cli.stack import Stack
from fleet.model.commands import Command, FollowRoute
from fleet.model.requests import Role, SubmitMission
from fleet.scenario.load import as_mission, scenario_from_text
from fleet.traffic.floor import Point
from fleet.traffic.kernels.lines import progress
from fleet.traffic.settings import TrafficSettings

_SCENARIO = """
format: humanoid-fleet-scenario/2
name: walking_robots
protects: Robots that really walk keep to their routes.
site: ward
within_s: 600
ends: at_time
traffic: {enabled: true}
fleet:
  - {id: one, model: unitree_g1, tier: T2, start: pharmacy_middle}
  - {id: two, model: unitree_g1, tier: T2, start: corridor_middle}
  - {id: three, model: unitree_g1, tier: T2, start: ward_west}
expect:
  - {bound: falls == 0}
"""
_ERRANDS = {
    "one": ("corridor_middle", "pharmacy_middle"),
    "two": ("pharmacy_middle", "ward_west"),
    "three": ("corridor_east", "corridor_west"),
}
"""Where each goes in turn: in and out of one door, across, and along the corridor through both."""


@dataclass(slots=True)
class _Led:
    """What one robot was sent: `ways` [n, 4] are the lines that it may walk, from where it stood when they came."""

    points: tuple[Point, ...] = ()
    first: Point = (0.0, 0.0)
    ways: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))
    next: int = 0

    def take(self, route: FollowRoute, at: Point) -> None:
        if route.points != self.points:
            self.points, self.first, self.next = route.points, at, 0
        corners = np.array([self.first, *route.points[: route.released]])
        self.ways = np.hstack([corners[:-1], corners[1:]])

    def off(self, at: Point) -> float | None:
        """How far from its lines it is (m)."""
        if not len(self.ways):
            return None
        self.next, away = progress(self.ways, self.next, len(self.ways), at[0], at[1], 0.2)
        return float(away)


class _Tap:
    """A bus that also says what was sent along which way."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self.routes = bus, list[FollowRoute]()

    def collect(self) -> Facts:
        return self._bus.collect()

    def send(self, commands: Sequence[Command]) -> None:
        self.routes += [c for c in commands if isinstance(c, FollowRoute)]
        self._bus.send(commands)

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        self._bus.beat(supervisor_id, epoch, head)

    def close(self) -> None:
        self._bus.close()


@dataclass(slots=True, kw_only=True)
class Walked:
    """What came of it. `off_m` are distances from the way, of robots that walk; `short_m` from where a walk ended to
    where it was to end."""

    robot_steps: int = 0
    contacts: int = 0
    falls: int = 0
    walks: int = 0
    questions: int = 0
    nearest_m: float = math.inf
    off_m: list[float] = field(default_factory=list)
    short_m: list[float] = field(default_factory=list)


def walk(seconds: float, seed: int) -> Walked:
    """Let them walk for so long (simulated s)."""
    built = build(scenario_from_text(_SCENARIO, "walking robots", Path()), seed)
    with tempfile.TemporaryDirectory() as folder:
        taps: list[_Tap] = []

        def tapped(bus: Bus, _: object) -> Bus:
            taps.append(_Tap(bus))
            return taps[0]

        stack = Stack(built.world(), built.adapters(), built.context(), Path(folder) / "journal.sqlite", tapped)
        try:
            return _walk(stack, taps[0], seconds)
        finally:
            stack.close()


def _walk(stack: Stack, tap: _Tap, seconds: float) -> Walked:
    found, led = Walked(), {name: _Led() for name in _ERRANDS}
    goals: dict[str, Point | None] = dict.fromkeys(_ERRANDS)
    radius = {name: stack.adapters[name].describe().footprint_radius_m for name in _ERRANDS}
    touching: set[tuple[str, str]] = set()
    for name, places in _ERRANDS.items():
        _send(stack, name, places, round(seconds / 12))
    while stack.clock.now_s() < seconds:
        stack.step()
        bodies = {b.robot_id: b for b in stack.link.body_states()}
        at = {name: (b.x_m, b.y_m) for name, b in bodies.items()}
        for route in tap.routes:
            led[route.robot_id].take(route, at[route.robot_id])
        tap.routes.clear()
        for name, b in bodies.items():
            if b.walking_to is None and (goal := goals[name]) is not None:
                found.walks += 1
                found.short_m.append(math.dist(goal, at[name]))
                led[name] = _Led()
            goals[name] = b.walking_to
            if b.walking_to is not None and (off := led[name].off(at[name])) is not None:
                found.off_m.append(off)
        touching = _gaps(found, at, radius, touching)
        found.robot_steps += len(at)
    found.falls = sum(b.posture.value == "fallen" for b in stack.link.body_states())
    found.questions = len(stack.state.escalations)
    return found


def _gaps(
    found: Walked, at: dict[str, Point], radius: dict[str, float], touching: set[tuple[str, str]]
) -> set[tuple[str, str]]:
    now = set()
    names = sorted(at)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            gap = math.dist(at[one], at[other]) - radius[one] - radius[other]
            found.nearest_m = min(found.nearest_m, gap)
            if gap < 0:
                now.add((one, other))
    found.contacts += len(now - touching)
    return now


def _send(stack: Stack, robot: str, places: tuple[str, str], times: int) -> None:
    """A chain of walks, there and back."""
    tasks = [
        {"task_id": f"{robot}-{k}", "skill": "walk_to", "robot_id": robot, "parameters": {"place": places[k % 2]},
         "depends_on": [f"{robot}-{k - 1}"] if k else []}
        for k in range(max(times, 2))
    ]  # fmt: skip
    mission = as_mission({"mission_id": robot, "title": robot, "why": "a benchmark", "tasks": tasks}, 0.0)
    stack.ask("bench", Role.OPERATOR, robot, SubmitMission(mission=mission))


def measure(quick: bool) -> dict[str, Metric]:
    """Run it, print it, and return what counts."""
    begun, seconds = time.process_time(), 20.0 if quick else 120.0
    found = walk(seconds, 1)
    half = TrafficSettings().margin_m / 2
    off = found.off_m or [math.inf]
    cpu_s = time.process_time() - begun
    p50, p95, most = (100 * v for v in (percentile(off, 0.5), percentile(off, 0.95), max(off)))
    within = sum(o <= half for o in off) / len(off)
    print(f"three walking G1s (T2), {seconds:.0f} s, {cpu_s:.0f} s of CPU: {found.walks} walks, {found.falls} falls,")
    print(
        f"  {found.contacts} contacts, nearest {found.nearest_m:.2f} m between footprints, {found.questions} questions"
    )
    print(
        f"  off their ways: {p50:.1f} cm (median), {p95:.1f} cm (p95), {most:.1f} cm (most), {within:.0%} within half"
    )
    print(f"  the margin; walks end {100 * max(found.short_m or [0.0]):.1f} cm from where they should at most")
    return {
        "t2_robot_steps": Metric(value=found.robot_steps, unit="steps", better="higher"),
        "t2_contacts": Metric(value=found.contacts, unit="contacts", aim=0),
        "t2_falls": Metric(value=found.falls, unit="falls", aim=0),
        "t2_walks": Metric(value=found.walks, unit="walks", better="higher"),
        "t2_nearest": Metric(value=found.nearest_m, unit="m", aim=0.0, better="higher"),
        "t2_off_route_p95": Metric(value=percentile(off, 0.95), unit="m", aim=half),
        "t2_off_route_max": Metric(value=max(off), unit="m", aim=TrafficSettings().margin_m),
    }


if __name__ == "__main__":
    finish("traffic_t2", measure("--quick" in sys.argv))
