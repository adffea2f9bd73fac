"""Which tasks may be worked on: earlier tasks done, time come, descriptions turned into things."""

from __future__ import annotations

from fleet.escalation.meaning import which_object
from fleet.escalation.predecessors import predecessor_lost
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft


def watch_waiting(draft: Draft) -> None:
    """Let tasks go on that waited for others or for their time; give up those that wait for what will not come."""
    for waiting in draft.state.tasks_in(TaskState.REQUESTED):
        task = draft.state.tasks[waiting.task_id]
        if task.state is not TaskState.REQUESTED:
            continue
        lost = _lost_dependency(draft, task)
        if lost is not None:
            if lost.mission_id != task.mission_id:
                predecessor_lost(draft, task, lost)  # another's work: whoever asked for this may want it all the same
            else:
                draft.change(task, TaskState.CANCELLED, f"it needs {lost.task_id}, which is {lost.state.value}")
        elif draft.now_s >= task.spec.earliest_start_s and _ready(draft, task):
            which_object(draft, task)


def _ready(draft: Draft, task: Task) -> bool:
    return all(draft.state.tasks[d].state is TaskState.DONE for d in task.spec.depends_on)


def _lost_dependency(draft: Draft, task: Task) -> Task | None:
    needed = (draft.state.tasks[d] for d in task.spec.depends_on)
    return next((t for t in needed if t.state in (TaskState.CANCELLED, TaskState.FAILED)), None)
