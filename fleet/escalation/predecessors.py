"""The question of a task that waits for one of another mission which will never be done."""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question, cancel_option
from fleet.model import events as ev
from fleet.model.escalation import Cause, Option, Prediction, Severity
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft

GO_ON_WITHOUT = "go_on_without"
_AGAIN_AFTER_S = 300.0


def predecessor_lost(draft: Draft, task: Task, lost: Task) -> None:
    """Shall it be done all the same? Asked once; who says to leave it as it is, is asked again after a while."""
    asked = [
        e
        for e in draft.state.escalations.values()
        if e.cause is Cause.PREDECESSOR_LOST and task.task_id in e.task_ids and e.replaced_by is None
    ]
    if any(e.open or draft.now_s - (e.closed_at_s or 0.0) < _AGAIN_AFTER_S for e in asked):
        return
    because = f"it waits for {lost.task_id} (mission {lost.mission_id}), which is {lost.state.value}: {lost.because}"
    if task.because != because:
        draft.change(task, TaskState.REQUESTED, because)
        task = draft.state.tasks[task.task_id]
    ask_always(
        draft,
        Question(
            cause=Cause.PREDECESSOR_LOST,
            decision_class=GO_ON_WITHOUT,
            severity=Severity.MEDIUM,
            text=f"{task.task_id} waits for {lost.task_id} of another mission, which is {lost.state.value}. What now?",
            unknowns=(f"whether {task.task_id} makes sense without {lost.task_id}",),
            options=(
                Option(
                    option_id=GO_ON_WITHOUT,
                    label=f"Do {task.task_id} all the same, without waiting for {lost.task_id}",
                    action={"do": GO_ON_WITHOUT, "without": lost.task_id},
                    predicted=Prediction(basis="it goes on as soon as what else it waits for is done"),
                    if_wrong=f"it is done although {lost.task_id} was not",
                    reversible=False,
                ),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_task(task), of.of_task(lost)),
            subject=task.task_id,
            tasks=(task,),
            keeps_running=True,
        ),
        {"task": task.task_id, "mission": task.mission_id, "skill": task.spec.skill},
        conflicts=(f"it was asked for after {lost.task_id}, which will never be done",),
    )


def go_on_without(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    """It does not wait for that task any more."""
    task = draft.state.tasks[task_id]
    rest = tuple(name for name in task.spec.depends_on if name != action["without"])
    because = f"{operator} decided: without waiting for {action['without']}"
    draft.emit(ev.TaskOrdered(task_id=task_id, depends_on=rest, by=operator, because=because))
    draft.change(draft.state.tasks[task_id], TaskState.REQUESTED, because)
