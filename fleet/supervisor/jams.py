"""Robots that cannot go on, because of something that only people can see to: asked about once while it lasts."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.escalation.way_blocked import is_about, way_blocked
from fleet.model.jams import Jam
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft

AGAIN_AFTER_S = 900.0  # what lasts longer than that after an answer is asked about once more
_UNDER_WAY = (TaskState.EXECUTING, TaskState.BLOCKED, TaskState.ASSIGNED)


def watch_jams(draft: Draft) -> None:
    """Ask about what keeps robots with tasks from going on."""
    for jam in list(draft.state.jams.values()):
        tasks = tuple(_held_up(draft, jam))
        if tasks and not _asked(draft, jam):
            way_blocked(draft, jam, tasks)


def _held_up(draft: Draft, jam: Jam) -> Iterator[Task]:
    for robot_id in jam.robots:
        task = draft.state.task_of(robot_id)
        if task is not None and task.state in _UNDER_WAY and task.intervened_by is None:
            yield task


def _asked(draft: Draft, jam: Jam) -> bool:
    """Whether somebody was asked about this lately: then the answer stands for whoever else comes that way, too."""
    return any(
        is_about(e, jam)
        and (e.open or (e.decision is not None and draft.now_s - e.decision.decided_at_s < AGAIN_AFTER_S))
        for e in draft.state.escalations.values()
    )
