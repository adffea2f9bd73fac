"""One robot's route, lived through again: where it is, when, with what in its battery. Part of the verifier.

Shares no code with the solver, on purpose: a mistake there must not be repeated here. One visit at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is wrong with a plan. `kind` is one word for programs, `where` the robot, task or dock, `text` a
    sentence with what the plan says and what would be right."""

    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(slots=True)
class Lived:
    """What came of living through a route. `alone_s` is, by task, how long the robot alone needs for it; `walked_s` all
    ways to visits, `worked_s` ways and time at tasks, `spent_wh` what it drew, charging not counted."""

    found: list[Violation] = field(default_factory=list)
    alone_s: dict[str, float] = field(default_factory=dict)
    walked_s: float = 0.0
    worked_s: float = 0.0
    spent_wh: float = 0.0


def close(a: float, b: float, tolerance: float) -> bool:
    """Whether two numbers are the same but for rounding; False for NaN, and for one that is infinite."""
    return a == b or (math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance + 1e-9 * max(abs(a), abs(b)))


def not_before(a: float, b: float, tolerance: float) -> bool:
    """Whether `a` is at `b` or later but for rounding; False for NaN."""
    return a >= b or close(a, b, tolerance)


class Route:
    """Lives through one robot's visits, in their order."""

    def __init__(self, instance: Instance, robot: PlanRobot, tolerance: float) -> None:
        self.instance, self.robot, self.tolerance = instance, robot, tolerance
        self.tasks = {t.task_id: t for t in instance.tasks}
        self.docks = {d.dock_id: d for d in instance.docks}
        self.place = robot.at
        self.time_s = max(robot.free_at_s, instance.now_s)
        self.battery_wh = robot.battery_wh
        self.pace = 1.0  # 1: rested; divides speed and work; each task that slows multiplies it
        self.is_first = True  # until the first visit is over
        self.lived = Lived()

    def live(self, visits: tuple[Visit, ...]) -> Lived:
        """All visits."""
        for visit in visits:
            numbers = (visit.leaves_s, visit.arrives_s, visit.starts_s, visit.ends_s)
            if not all(math.isfinite(n) for n in numbers):
                self.wrong("times", f"{self.at(visit)} has times {numbers}, expected finite ones")
                return self.lived
            self.walk(visit)
            if visit.task_id:
                self.work(visit, self.tasks[visit.task_id])
            else:
                self.charge(visit, self.docks[visit.dock_id])
            self.agrees(visit.battery_wh, self.battery_wh, "battery", f"battery after {self.at(visit)}", "Wh")
            self.time_s, self.is_first = visit.ends_s, False
        if visits and visits[-1].task_id:
            self.dock_remains()
        return self.lived

    def walk(self, visit: Visit) -> None:
        """From where it is to the visit."""
        target = self.place if visit.task_id and not self.stops(visit) else self.first_place(visit)
        way_s = self.way_s(self.place, target)
        if not not_before(visit.leaves_s, self.time_s, self.tolerance):
            self.wrong("times", f"{self.at(visit)} is left for at {visit.leaves_s}, but it is free at {self.time_s}")
        if not math.isfinite(way_s):
            self.wrong("unreachable", f"{self.at(visit)}: no way from location {self.place} to {target}")
            way_s = 0.0
        self.agrees(visit.arrives_s, visit.leaves_s + way_s, "times", f"arrival at {self.at(visit)}", "s")
        if not not_before(visit.starts_s, visit.arrives_s, self.tolerance):
            self.wrong("times", f"{self.at(visit)} starts at {visit.starts_s}, before the arrival at {visit.arrives_s}")
        self.draw(self.robot.standing_w, visit.leaves_s - self.time_s)
        self.draw(self.robot.walking_w, way_s)
        self.reserve_kept(f"on arrival at {self.at(visit)}", visit)
        self.draw(self.robot.standing_w, visit.starts_s - visit.arrives_s)
        self.reserve_kept(f"at the start of {self.at(visit)}", visit)
        self.lived.walked_s += way_s
        self.lived.worked_s += way_s
        self.place = target

    def work(self, visit: Visit, task: PlanTask) -> None:
        """From the first stop to the last; whoever is faster than the team waits for it at the end."""
        between_s = sum(self.way_s(a, b) for a, b in zip(task.stops, task.stops[1:], strict=False))
        if not math.isfinite(between_s):
            self.wrong("unreachable", f"{self.at(visit)}: no way between its stops {task.stops}")
            between_s = 0.0
        at_work_s = task.work_s / self.pace
        alone_s = between_s + at_work_s
        self.lived.alone_s[task.task_id] = alone_s
        if not not_before(visit.ends_s, visit.starts_s + alone_s, self.tolerance):
            self.wrong("times", f"{self.at(visit)} takes {visit.ends_s - visit.starts_s} s, expected {alone_s} or more")
        self.draw(self.robot.walking_w, between_s)
        self.draw(self.robot.working_w, at_work_s)
        self.draw(self.robot.standing_w, visit.ends_s - visit.starts_s - alone_s)
        self.lived.worked_s += visit.ends_s - visit.starts_s
        self.pace *= 1.0 - task.slows
        self.place = task.stops[-1] if task.stops else self.place
        self.reserve_kept(f"at the end of {self.at(visit)}", visit)

    def charge(self, visit: Visit, dock: PlanDock) -> None:
        """At a dock, to no more than the capacity."""
        if not not_before(visit.ends_s, visit.starts_s, self.tolerance):
            self.wrong("times", f"{self.at(visit)} ends at {visit.ends_s}, before its start at {visit.starts_s}")
        if not not_before(visit.starts_s, dock.free_at_s, self.tolerance):
            self.wrong("dock", f"{self.at(visit)} starts at {visit.starts_s}; the dock is free at {dock.free_at_s}")
        gained_wh = self.robot.charging_w * max(0.0, visit.ends_s - visit.starts_s) / 3600.0
        self.battery_wh = min(max(self.robot.capacity_wh, self.battery_wh), self.battery_wh + gained_wh)
        self.pace = 1.0

    def dock_remains(self) -> None:
        """After the last task: a dock that it still reaches above the reserve, where there are docks and a battery."""
        if not self.docks or not math.isfinite(self.battery_wh):
            return
        way_s = min(self.way_s(self.place, dock.at) for dock in self.docks.values())
        left_wh = self.battery_wh - self.robot.walking_w * way_s / 3600.0 if math.isfinite(way_s) else -math.inf
        if not not_before(left_wh, self.robot.reserve_wh, self.tolerance):
            text = f"after its last task it would reach the nearest dock with {left_wh} Wh"
            self.wrong("reserve", f"{text}, {self.expected()}")

    # -- small things --------------------------------------------------------------------------------------------------

    def stops(self, visit: Visit) -> tuple[int, ...]:
        return self.tasks[visit.task_id].stops

    def first_place(self, visit: Visit) -> int:
        return self.stops(visit)[0] if visit.task_id else self.docks[visit.dock_id].at

    def way_s(self, start: int, end: int) -> float:
        """Seconds to walk there at the present pace; infinite without a way."""
        if start == end:
            return 0.0
        return float(self.instance.distances_m[start, end]) / (self.robot.speed_mps * self.pace)

    def draw(self, power_w: float, duration_s: float) -> None:
        spent = power_w * max(0.0, duration_s) / 3600.0
        self.lived.spent_wh += spent
        self.battery_wh -= spent

    def reserve_kept(self, when: str, visit: Visit) -> None:
        # A robot that is low from the start may still go and charge, as its first visit.
        least_wh = 0.0 if visit.dock_id and self.is_first else self.robot.reserve_wh
        if not not_before(self.battery_wh, least_wh, self.tolerance):
            self.wrong("reserve", f"{when} it holds {self.battery_wh} Wh, expected {least_wh} or more")

    def expected(self) -> str:
        return f"expected {self.robot.reserve_wh} or more"

    def agrees(self, said: float, right: float, kind: str, what: str, unit: str) -> None:
        if not close(said, right, self.tolerance):
            self.wrong(kind, f"{what} is said to be {said} {unit}, expected {right}")

    def wrong(self, kind: str, text: str) -> None:
        self.lived.found.append(
            Violation(kind=kind, where=self.robot.robot_id, text=f"robot {self.robot.robot_id}: {text}")
        )

    def at(self, visit: Visit) -> str:
        return f"task {visit.task_id}" if visit.task_id else f"dock {visit.dock_id}"


def overlaps(spans: list[tuple[float, float, str]], tolerance: float) -> Iterator[tuple[str, str]]:
    """Pairs of neighbours in time that have something at once; `spans` are (start, end, name)."""
    spans = sorted(spans)
    busiest = spans[0] if spans else (0.0, 0.0, "")
    for span in spans[1:]:
        if not not_before(span[0], busiest[1], tolerance):
            yield busiest[2], span[2]
        busiest = max(busiest, span, key=lambda s: s[1])
