"""What only one task may use at a time: a bench, a machine, anything with a name."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft

_UNDER_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING, TaskState.BLOCKED, TaskState.ESCALATED)
_WAITS = "waits for "


def resources_in_use(draft: Draft) -> dict[str, Task]:
    """By resource, the task under way that has it. One that has begun keeps what it uses until it has ended or is given
    out anew, also while a person is asked about it: nobody knows in what state it left the bench."""
    return {name: t for t in draft.state.tasks_in(*_UNDER_WAY) if t.attempt for name in t.spec.resources}


def stuck_on(draft: Draft, task: Task) -> str:
    """Why nobody can foresee when the task has what it needs to itself: a person is asked about who has it. Empty
    where it can be foreseen."""
    users = resources_in_use(draft) if task.spec.resources else {}
    user = next((users[n] for n in task.spec.resources if n in users and users[n].state is TaskState.ESCALATED), None)
    return f"what it needs is with {user.task_id}, about which a person is asked" if user is not None else ""


def with_free_resources(draft: Draft, waiting: Sequence[Task], *, choose: bool = True) -> list[Task]:
    """Those of the waiting tasks that have what they need to themselves. The others say who has it.

    Args:
        choose: of several waiting tasks that want the same, only the most urgent; else all, for the plan to choose.
    """
    if not any(t.spec.resources for t in waiting):
        return list(waiting)
    users = resources_in_use(draft)
    free: set[str] = set()
    for task in sorted(waiting, key=lambda t: (-t.spec.priority, t.requested_at_s)):
        taken = next((name for name in task.spec.resources if name in users), None)
        if taken is None:
            users |= dict.fromkeys(task.spec.resources if choose else (), task)
            free.add(task.task_id)
            because = "what it needs is free" if task.because.startswith(_WAITS) else task.because
        else:
            because = f"{_WAITS}{taken}, which {_whose(users[taken])}"
        if because != task.because:
            draft.change(task, TaskState.QUEUED, because)
    return [draft.state.tasks[t.task_id] for t in waiting if t.task_id in free]


def _whose(user: Task) -> str:
    if user.state is TaskState.QUEUED:
        return f"{user.task_id} gets first"
    robots = f" ({', '.join(user.robot_ids)})" if user.robot_ids else ""
    return f"{user.task_id}{robots} has"
