"""The question of robots that cannot go on: somebody or something is in the only way."""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question, cancel_option
from fleet.model.escalation import Cause, Escalation, Evidence, Option, Prediction, Severity
from fleet.model.jams import Jam
from fleet.model.tasks import Task
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft

CLASS = "way_blocked"


def way_blocked(draft: Draft, jam: Jam, tasks: tuple[Task, ...]) -> None:
    """What shall robots do that cannot go on? They wait until somebody says so, standing."""
    names = ", ".join(jam.robots)
    options = [_wait(names), *(_another(jam.robots[0]) for _ in jam.robots if len(jam.robots) == 1)]
    zone = draft.context.site.zone_at(jam.x, jam.y) if jam.x is not None and jam.y is not None else ""
    ask_always(
        draft,
        Question(
            cause=Cause.WAY_BLOCKED,
            decision_class=CLASS,
            severity=Severity.LOW,
            text=f"{names} cannot go on: {jam.because}. What now?",
            unknowns=("how long it lasts",),
            options=(*options, cancel_option("Cancel the work that waits for it")),
            evidence=(_noted(jam, zone), *(of.of_task(t) for t in tasks)),
            subject=jam.key,
            tasks=tasks,
            robot_ids=jam.robots,
            keeps_running=True,
        ),
        {"task": tasks[0].task_id, "robot": jam.robots[0]},
        conflicts=(jam.because,),
    )


def is_about(escalation: Escalation, jam: Jam) -> bool:
    """Whether the question was put about this jam."""
    return escalation.cause is Cause.WAY_BLOCKED and f"|{jam.key}|" in escalation.dedup_key


def _wait(names: str) -> Option:
    return Option(
        option_id="wait",
        label="Wait until the way is free",
        action={"do": "keep_waiting"},
        predicted=Prediction(basis=f"{names} stands and goes on as soon as there is room"),
        if_wrong="the work is late",
    )


def _another(robot_id: str) -> Option:
    return Option(
        option_id="redo_other",
        label=f"Give the work to another robot than {robot_id}",
        action={"do": "requeue", "exclude": robot_id},
        predicted=Prediction(basis="a robot on the other side may have a way"),
        if_wrong="the other robot meets the same obstacle",
    )


def _noted(jam: Jam, zone: str) -> Evidence:
    where = f" at ({jam.x:.1f}, {jam.y:.1f})" if jam.x is not None and jam.y is not None else ""
    summary = f"{jam.because}{where}{f' ({zone})' if zone else ''}"
    return Evidence(
        kind="traffic", ref=jam.key, summary=summary, source="traffic", at_s=jam.since_s, digest=digest(jam)
    )
