"""Commands as goals of the ExecuteSkill action, and how they end as its results."""

from __future__ import annotations

from dataclasses import replace

from builtin_interfaces.msg import Time
from humanoid_fleet_msgs.action import ExecuteSkill as Action

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.errors import InvalidField
from fleet.ros import convert

_R = Action.Result
OUTCOMES: dict[CommandStatus, int] = {
    CommandStatus.DONE: _R.OUTCOME_DONE,
    CommandStatus.FAILED: _R.OUTCOME_FAILED,
    CommandStatus.REJECTED: _R.OUTCOME_REJECTED,
    CommandStatus.CANCELLED: _R.OUTCOME_CANCELLED,
}
_STATUS_OF = {
    **{number: status for status, number in OUTCOMES.items()},
    _R.OUTCOME_BLOCKED: CommandStatus.FAILED,  # a host that gives up because something is in the way
}


def goal_of(command: ExecuteSkill) -> Action.Goal:
    """The goal for a command."""
    deadline = Time() if command.deadline_s is None else convert.time_to_msg(command.deadline_s, "deadline_s")
    return Action.Goal(
        robot_id=command.robot_id,
        command_id=command.command_id,
        task_id=command.task_id,
        epoch=command.epoch,
        skill=command.skill,
        parameters_json=convert.to_json(command.parameters),
        deadline=deadline,
    )


def command_of(goal: Action.Goal) -> ExecuteSkill:
    """The command in a goal. Raises `InvalidField` for parameters that are no JSON object."""
    deadline_s = convert.time_from_msg(goal.deadline)
    return ExecuteSkill(
        command_id=goal.command_id,
        robot_id=goal.robot_id,
        task_id=goal.task_id,
        epoch=goal.epoch,
        skill=goal.skill,
        parameters=convert.from_json(goal.parameters_json, "parameters_json"),
        deadline_s=deadline_s or None,
    )


def result_of(update: CommandUpdate) -> Action.Result:
    """The result for a final status. Raises `InvalidField` for one that is not."""
    if not update.status.final:
        raise InvalidField("status", update.status.value, "a final one: done, failed, rejected, cancelled")
    result = Action.Result(outcome=OUTCOMES[update.status], reason=update.reason, retriable=update.retriable)
    if update.claim is not None:
        result.claim = convert.claim_to_msg(update.claim)
    return result


def update_of(command: ExecuteSkill, result: Action.Result) -> CommandUpdate | None:
    """How the command ended. None when the host does not say: that is lost contact, not failure.

    Raises:
        InvalidField: a claim that cannot be read.
    """
    status = _STATUS_OF.get(result.outcome)
    if status is None:
        return None
    update = CommandUpdate(
        command_id=command.command_id,
        robot_id=command.robot_id,
        task_id=command.task_id,
        epoch=command.epoch,
        status=status,
        reason=result.reason,
        retriable=result.retriable,
        fraction=1.0 if status is CommandStatus.DONE else 0.0,
    )
    if status is CommandStatus.DONE:
        update = replace(update, claim=convert.claim_from_msg(result.claim))
    return update


def ended_as(outcome: int) -> CommandStatus | None:
    """The final status that an outcome number stands for, None for one that is not final."""
    return _STATUS_OF.get(outcome)
