"""The numbers that a run is measured by, and that `bound` expectations limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fleet.model.escalation import DecidedHow
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.state import FleetState

Measures: TypeAlias = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number means, its unit, and whether only the world itself can tell it."""

    help: str
    unit: str = ""
    truth: bool = False
    people: bool = False
    """Needs people to measure anything."""


MEASURES: dict[str, Measure] = {
    "tasks": Measure("tasks accepted"),
    "tasks_done": Measure("tasks done"),
    "tasks_failed": Measure("tasks failed"),
    "tasks_cancelled": Measure("tasks cancelled"),
    "tasks_open": Measure("tasks that had not ended when the run ended"),
    "late_tasks": Measure("tasks that ended after their deadline, or are open past it"),
    "makespan_s": Measure("from the first request to the end of the last task that ended", "s"),
    "mean_wait_s": Measure("mean time from a task's request to its start", "s"),
    "most_wait_s": Measure("longest time from a task's request to its start", "s"),
    "attempts": Measure("commands sent for tasks"),
    "reassignments": Measure("times a task went to another robot than before"),
    "questions": Measure("questions to people"),
    "answered": Measure("questions answered by a person"),
    "safe_defaults": Measure("questions whose deadline passed: the safe default was taken"),
    "mean_answer_s": Measure("mean time from a question to its answer by a person", "s"),
    "contact_losses": Measure("times a robot fell silent"),
    "robots_used": Measure("robots that had a task"),
    "falls": Measure("times a robot fell", truth=True),
    "collisions": Measure("times footprints overlapped by more than 5 cm: robots with robots or people", truth=True),
    "breaches": Measure("times a robot set foot where it must not", truth=True),
    "drops": Measure("boxes that left a robot's hands without its meaning to", truth=True),
    "distance_m": Measure("way walked by all robots", "m", truth=True),
    "energy_wh": Measure("energy taken out of all batteries", "Wh", truth=True),
    "battery_least": Measure("lowest battery of any robot, as a fraction", truth=True),
    "robot_distance_m": Measure("least distance between the edges of two robots' footprints", "m", truth=True),
    "person_distance_m": Measure(
        "least gap between a moving robot's body and a person's; 10 where none came nearer",
        "m",
        truth=True,
        people=True,
    ),
    "near_misses": Measure("times a person and a robot came nearer than they should", truth=True, people=True),
    "person_touches": Measure("times bodies of a robot and a person met", truth=True, people=True),
    "fastest_near_person_mps": Measure(
        "fastest a robot was within a person's personal distance (1.2 m)", "m/s", truth=True, people=True
    ),
    "intimate_s": Measure("time robots were within people's intimate distance (0.45 m)", "s", truth=True, people=True),
}


def from_state(state: FleetState, end_s: float) -> Measures:
    """The measures that the journal tells; those of the world are added by who can see it."""
    tasks = list(state.tasks.values())
    decided = [e.decision for e in state.escalations.values() if e.decision is not None]
    answers = [
        e.decision.decided_at_s - e.raised_at_s
        for e in state.escalations.values()
        if e.decision is not None and e.decision.how is DecidedHow.ANSWERED
    ]
    waits = [t.started_at_s - t.requested_at_s for t in tasks if t.started_at_s is not None]
    found: Measures = dict.fromkeys((name for name, m in MEASURES.items() if m.truth))
    found |= {
        "tasks": float(len(tasks)),
        "tasks_done": _count(tasks, TaskState.DONE),
        "tasks_failed": _count(tasks, TaskState.FAILED),
        "tasks_cancelled": _count(tasks, TaskState.CANCELLED),
        "tasks_open": float(sum(not t.state.terminal for t in tasks)),
        "late_tasks": float(sum(_late(t, end_s) for t in tasks)),
        "makespan_s": _makespan(tasks),
        "mean_wait_s": _mean(waits),
        "most_wait_s": round(max(waits), 3) if waits else None,
        "attempts": float(sum(t.attempt for t in tasks)),
        "questions": float(len(state.escalations)),
        "answered": float(len(answers)),
        "safe_defaults": float(sum(d.how is DecidedHow.SAFE_DEFAULT for d in decided)),
        "mean_answer_s": _mean(answers),
        "contact_losses": float(sum(r.contact_losses for r in state.robots.values())),
    }
    return found


def from_assignments(assignments: Iterable[tuple[str, str]]) -> Measures:
    """Of (task, robot) in the order they were made."""
    last: dict[str, str] = {}
    changed = 0
    used: set[str] = set()
    for task_id, robot_id in assignments:
        changed += last.get(task_id, robot_id) != robot_id
        last[task_id] = robot_id
        used.add(robot_id)
    return {"reassignments": float(changed), "robots_used": float(len(used))}


def _count(tasks: Sequence[Task], state: TaskState) -> float:
    return float(sum(t.state is state for t in tasks))


def _late(task: Task, end_s: float) -> bool:
    deadline = task.spec.deadline_s
    return task.late or (not task.state.terminal and deadline is not None and deadline < end_s)


def _makespan(tasks: Sequence[Task]) -> float | None:
    ends = [t.finished_at_s for t in tasks if t.finished_at_s is not None]
    return round(max(ends) - min(t.requested_at_s for t in tasks), 3) if ends else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None
