"""Asking again: the same cause, with what is known now; or not at all, where nothing is left to ask."""

from __future__ import annotations

from fleet.escalation import misplaced, questions
from fleet.model import events as ev
from fleet.model.escalation import Cause, Escalation
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.grounding import candidates, say, ungrounded


def ask_again(draft: Draft, old: Escalation) -> str | None:
    """Put the question anew. Returns the new escalation's id, or None where it fell away.

    A task whose question fell away is queued again, so that it cannot be forgotten.
    """
    known = set(draft.state.escalations)
    for task_id in old.task_ids:
        task = draft.state.tasks[task_id]
        if not task.state.terminal:
            _again(draft, old, task)
    if not old.task_ids and old.cause is Cause.ROBOT_FALLEN:
        for robot_id in old.robot_ids:
            if draft.state.robots[robot_id].fallen:
                questions.robot_fallen(draft, robot_id, None, None)
    if not old.task_ids and old.cause is Cause.ROBOT_MISPLACED and _elsewhere(draft, old):
        misplaced.robot_misplaced(draft, old.robot_ids[0], None)
    return next((key for key in draft.state.escalations if key not in known), None)


def _again(draft: Draft, old: Escalation, task: Task) -> None:
    if old.cause is Cause.AMBIGUOUS_INSTRUCTION:
        which_object(draft, task)
    elif old.cause in (Cause.CLAIM_CONTRADICTED, Cause.CLAIM_UNVERIFIED):
        questions.claim_not_confirmed(draft, task, draft.state.verifications[str(task.claim_id)])
    elif old.cause is Cause.ROBOT_FALLEN and old.robot_ids and draft.state.robots[old.robot_ids[0]].fallen:
        load = old.object_ids[0] if old.object_ids else None
        questions.robot_fallen(draft, old.robot_ids[0], task, load)
    elif old.cause is Cause.ROBOT_MISPLACED and _elsewhere(draft, old):
        misplaced.robot_misplaced(draft, old.robot_ids[0], task)
    elif old.cause is Cause.RECOVERY_EXHAUSTED:
        questions.recovery_exhausted(draft, task, task.because)
    elif task.state in (TaskState.ESCALATED, TaskState.BLOCKED):
        draft.change(task, TaskState.QUEUED, "the question fell away", forget_robot=True)


def _elsewhere(draft: Draft, old: Escalation) -> bool:
    return draft.state.robots[old.robot_ids[0]].elsewhere is not None


def which_object(draft: Draft, task: Task) -> None:
    """Turn the task's description into an object, or ask which one is meant."""
    description = ungrounded(task.spec.parameters)
    parameters = task.spec.parameters
    if description is None:
        draft.emit(ev.TaskGrounded(task_id=task.task_id, grounded=parameters, because="named outright"))
    else:
        fitting = candidates(draft.context.site, description)
        if len(fitting) != 1:
            questions.ambiguous_instruction(draft, task, fitting, say(description))
            return
        grounded = {**parameters, "object": fitting[0].object_id}
        because = f"only {fitting[0].object_id} fits {say(description)}"
        draft.emit(ev.TaskGrounded(task_id=task.task_id, grounded=grounded, because=because))
    task = draft.state.tasks[task.task_id]
    if task.state is not TaskState.QUEUED:
        draft.change(task, TaskState.QUEUED, "ready")
