"""The recovery ladder: retry, replan, reassign, ask a human, safe abort. A policy per task says how far it goes."""

from __future__ import annotations

from fleet.escalation import questions
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft


def recover(
    draft: Draft, task: Task, because: str, *, retriable: bool, replan: bool = False, command_over: bool = False
) -> None:
    """Take the next step of the ladder for a task whose robot could not do it.

    Args:
        command_over: the robot itself said that the command has ended; otherwise it is told to give it up.
        retriable: the robot says that the same may work when tried again.
        replan: the way was blocked: the next try is a replan (a new command, a new way), not a retry.
    """
    policy = task.spec.recovery
    robot_id = task.robot_id
    settings = draft.context.settings
    if not command_over:
        draft.withdraw(task, because)
    if retriable and replan and task.replans < policy.replans:
        _requeue(draft, task, f"{because}; trying another way", "replans", None)
    elif retriable and not replan and task.retries < policy.retries:
        later = draft.now_s + settings.retry_delay_s
        _requeue(draft, task, f"{because}; trying again", "retries", None, not_before_s=later)
    elif task.reassignments < policy.reassignments and not _only_robot_for_it(draft, task):
        _requeue(draft, task, f"{because}; giving it to another robot", "reassignments", robot_id)
    elif policy.ask_human:
        questions.recovery_exhausted(draft, task, because)
    else:
        draft.change(task, TaskState.FAILED, f"{because}; its recovery policy ends here", forget_robot=True)


def _requeue(
    draft: Draft, task: Task, because: str, count: str, exclude: str | None, not_before_s: float | None = None
) -> None:
    draft.change(
        task,
        TaskState.QUEUED,
        because,
        count=count,
        exclude_robot=exclude,
        not_before_s=not_before_s,
        forget_robot=True,
    )


def _only_robot_for_it(draft: Draft, task: Task) -> bool:
    """Whether giving it to another robot is pointless: it is pinned, or the object is in this robot's hands."""
    if task.spec.robot_id is not None:
        return True
    robot = draft.state.robots.get(task.robot_id or "")
    held = robot.state.held if robot is not None and robot.state is not None else ()
    return task.grounded.get("object") in held
