"""The host's one action server: commands come as goals, updates go as feedback, ends as results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from humanoid_fleet_msgs.action import ExecuteSkill as Action
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.node import Node

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.errors import FleetError, InvalidField
from fleet.ros import convert, names, skill_goals
from robot_adapters.host_core import HostCore


class Goals:
    """Every goal is taken; what is wrong with it is in its result, where there is room for a reason.

    A goal's `execute` is called only when its command has ended, with the result in hand: rclpy's executor polls a
    coroutine that waits, so none ever waits here. Several goals may name one command (a supervisor that was restarted
    sends it again); all of them get its result.
    """

    def __init__(self, node: Node, host: str, core: HostCore, now_s: Callable[[], float]) -> None:
        self._core, self._now_s = core, now_s
        self._open: dict[str, list[Any]] = {}
        self._log = node.get_logger()
        self._server: ActionServer = ActionServer(
            node,
            Action,
            names.below_host(host, "execute_skill"),
            execute_callback=_never,
            goal_callback=lambda _goal: GoalResponse.ACCEPT,
            handle_accepted_callback=self._taken,
            cancel_callback=self._cancel,
            goal_service_qos_profile=names.service(),
            result_service_qos_profile=names.service(),
            cancel_service_qos_profile=names.service(),
            feedback_pub_qos_profile=names.service(),
            result_timeout=60,  # s; the default of 10 is too short for a client that is being restarted
        )

    def tell(self, updates: Iterable[CommandUpdate]) -> None:
        """Pass updates on to whoever has a goal for them."""
        for update in updates:
            for handle in self._open.get(update.command_id, ()):
                self._tell_one(handle, update)
            if update.status.final:
                self._open.pop(update.command_id, None)

    def _taken(self, handle: Any) -> None:
        try:
            command = skill_goals.command_of(handle.request)
            if not command.command_id:
                raise InvalidField("command_id", "", "an id that is unique for ever")
        except InvalidField as error:
            self._tell_one(handle, _refused(handle.request, str(error)))
            return
        update = self._core.execute(command)
        if update is None or not update.status.final:
            self._open.setdefault(command.command_id, []).append(handle)
        if update is not None:
            self._tell_one(handle, update)

    def _cancel(self, handle: Any) -> CancelResponse:
        goal = handle.request
        try:
            self._core.cancel(goal.robot_id, goal.command_id, goal.epoch, "its goal was cancelled")
        except FleetError as error:
            self._log.warning(f"cancel of {goal.command_id} refused: {error}")
            return CancelResponse.REJECT
        return CancelResponse.ACCEPT

    def _tell_one(self, handle: Any, update: CommandUpdate) -> None:
        if not handle.is_active:
            return
        if not update.status.final:
            progress = convert.progress_to_msg(update, self._now_s())
            handle.publish_feedback(Action.Feedback(progress=progress))
            return
        result = skill_goals.result_of(update)

        def end(goal: Any) -> Action.Result:
            if update.status is CommandStatus.DONE:
                goal.succeed()
            elif update.status is CommandStatus.CANCELLED and goal.is_cancel_requested:
                goal.canceled()
            else:
                goal.abort()
            return result

        handle.execute(end)


def _never(_handle: Any) -> Action.Result:
    raise RuntimeError("a goal is only ever executed with its own callback")


def _refused(goal: Action.Goal, reason: str) -> CommandUpdate:
    command = ExecuteSkill(
        command_id=goal.command_id, robot_id=goal.robot_id, task_id=goal.task_id, epoch=goal.epoch, skill=goal.skill
    )
    return CommandUpdate(
        command_id=command.command_id,
        robot_id=command.robot_id,
        task_id=command.task_id,
        epoch=command.epoch,
        status=CommandStatus.REJECTED,
        reason=reason,
        retriable=False,
    )
