"""One event at a time: CPU time and churn of what a kept plan does about it, by kind of event and size."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from benchmarks._allocation_cost import cost_j, routes_of
from benchmarks._harness import Metric, percentile
from fleet.allocation.generating import generated
from fleet.allocation.solver import solve
from fleet.allocation.solver.planner import Change, Planner
from fleet.allocation.verify import verify

SIZES = ((50, 250), (1000, 5000))
AIMS_MS = {"task added": 10.0, "robot lost": 20.0}  # p99 at the largest size


class _Stream:
    """A kept plan, and events that leave it about as large as it was."""

    def __init__(self, robots: int, tasks: int, events: int, seed: int) -> None:
        whole = generated(robots, tasks + events, seed=seed)
        self.dice = random.Random(seed)
        self.coming = list(whole.tasks[tasks:])
        self.present = [t.task_id for t in whole.tasks[:tasks]]
        self.fleet = list(whole.robots)
        self.planner = Planner(replace(whole, tasks=whole.tasks[:tasks]), seed=seed)
        self.ms: dict[str, list[float]] = defaultdict(list)
        self.churn: dict[str, list[int]] = defaultdict(list)

    def happens(self, kind: str, event: Callable[[], Change], concerns: set[str]) -> None:
        """Times it. Churn are the tasks that others do now, without those that the event is about: `concerns` names
        tasks and robots."""
        began = time.process_time()
        change = event()
        self.ms[kind].append(1e3 * (time.process_time() - began))
        moved = (task for task, (before, _) in change.moved.items() if before and not concerns & {task, *before})
        self.churn[kind].append(sum(1 for _ in moved))

    def round(self) -> None:
        """A task comes, one ends, a robot is lost, is back, another is late."""
        new = self.coming.pop()
        self.happens("task added", lambda: self.planner.add_task(new), {new.task_id})
        self.present.append(new.task_id)
        gone = self.present.pop(self.dice.randrange(len(self.present)))
        self.happens("task ended", lambda: self.planner.remove_task(gone), {gone})
        robot, late = self.dice.sample(self.fleet, 2)
        self.happens("robot lost", lambda: self.planner.lose_robot(robot.robot_id), {robot.robot_id})
        self.happens("robot back", lambda: self.planner.restore_robot(robot), set())
        later = replace(late, free_at_s=late.free_at_s + self.dice.uniform(10.0, 120.0))
        self.fleet[self.fleet.index(late)] = later
        self.happens("robot delayed", lambda: self.planner.update_robot(later), set())


def measure(seed: int, sizes: tuple[tuple[int, int], ...] = SIZES, rounds: int = 100) -> dict[str, Metric]:
    """All kinds at all sizes. The plan is checked by the verifier in the end and held against a new one."""
    metrics: dict[str, Metric] = {}
    for robots, tasks in sizes:
        began = time.process_time()
        stream = _Stream(robots, tasks, rounds, seed)
        print(f"\nEvents at {robots}x{tasks}, {rounds} of each kind ({time.process_time() - began:.1f} s to begin)")
        stream.round()  # loads what is loaded once
        stream.ms.clear()
        stream.churn.clear()
        for _ in range(rounds - 1):
            stream.round()
        largest = (robots, tasks) == SIZES[-1]
        for kind, samples in stream.ms.items():
            p50, p99 = percentile(samples, 0.5), percentile(samples, 0.99)
            churn = stream.churn[kind]
            print(
                f"  {kind:<14} p50 {p50:8.2f} ms  p99 {p99:8.2f} ms  churn {sum(churn) / len(churn):.2f} tasks,"
                f" {max(churn)} at most"
            )
            name = f"{robots}x{tasks}_{kind.replace(' ', '_')}"
            metrics[f"{name}_p50"] = Metric(value=p50, unit="ms")
            metrics[f"{name}_p99"] = Metric(value=p99, unit="ms", aim=AIMS_MS.get(kind) if largest else None)
            metrics[f"{name}_churn"] = Metric(value=sum(churn) / len(churn), unit="tasks an event")
        metrics |= _at_the_end(stream, f"{robots}x{tasks}")
    return metrics


def _at_the_end(stream: _Stream, size: str) -> dict[str, Metric]:
    instance, plan = stream.planner.instance, stream.planner.solution()
    wrong = verify(instance, plan)
    if wrong:
        raise AssertionError(f"{size}: {len(wrong)} violations, the first: {wrong[0]}")
    fresh = solve(instance, iterations=0)
    ratio = cost_j(instance, routes_of(instance, plan)).cost / cost_j(instance, routes_of(instance, fresh)).cost
    print(f"  afterwards: {len(plan.unplaced)} tasks undone, J {ratio:.3f} x that of a plan inserted from nothing")
    return {
        f"{size}_after_events_to_fresh": Metric(value=ratio, unit="", aim=1.10),
        f"{size}_after_events_undone": Metric(value=len(plan.unplaced), unit="tasks", aim=0),
    }
