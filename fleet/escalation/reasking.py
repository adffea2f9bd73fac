"""Asking again: the same cause, with what is known now; or not at all, where nothing is left to ask."""

from __future__ import annotations

from fleet.escalation import conflicts, misplaced, questions
from fleet.escalation.meaning import which_object
from fleet.model.escalation import Cause, Escalation
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.checking import ask_anew
from fleet.supervisor.draft import Draft
from fleet.supervisor.instructing import ask_again as ask_about_instruction


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
    if old.instruction_id:
        ask_about_instruction(draft, old.instruction_id)
    return next((key for key in draft.state.escalations if key not in known), None)


def _again(draft: Draft, old: Escalation, task: Task) -> None:
    if old.cause is Cause.DIRECTIVES_CONFLICT:
        conflicts.ask_again(draft, task, old.escalation_id)
    elif old.cause is Cause.AMBIGUOUS_INSTRUCTION:
        which_object(draft, task)
    elif old.cause in (Cause.CLAIM_CONTRADICTED, Cause.CLAIM_UNVERIFIED):
        ask_anew(draft, task)
    elif old.cause is Cause.ROBOT_FALLEN and old.robot_ids and draft.state.robots[old.robot_ids[0]].fallen:
        load = old.object_ids[0] if old.object_ids else None
        questions.robot_fallen(draft, old.robot_ids[0], task, load)
    elif old.cause is Cause.ROBOT_MISPLACED and _elsewhere(draft, old):
        misplaced.robot_misplaced(draft, old.robot_ids[0], task)
    elif old.cause in (Cause.RECOVERY_EXHAUSTED, Cause.RECOVERY_DOUBTFUL):
        questions.recovery_exhausted(draft, task, old.because or task.because)
    elif old.cause is Cause.WAY_BLOCKED:
        return  # the task goes on; `watch_jams` asks anew if there is still something to ask
    elif task.state in (TaskState.ESCALATED, TaskState.BLOCKED):
        draft.change(task, TaskState.QUEUED, "the question fell away", forget_robot=True)


def _elsewhere(draft: Draft, old: Escalation) -> bool:
    return draft.state.robots[old.robot_ids[0]].elsewhere is not None
