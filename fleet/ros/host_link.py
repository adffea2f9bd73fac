"""The bus's end of the link to one adapter host. Everything here runs on the session's thread.

All of it may be repeated: the host executes a command id once, whatever it is sent. So nothing is ever given up: what
has no answer is asked again, after a restart of the host too. What is not known stays unknown, it never becomes
"failed" by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from humanoid_fleet_msgs.action import ExecuteSkill as Action
from humanoid_fleet_msgs.srv import Cancel, Hold, Lease
from rclpy.action import ActionClient
from rclpy.client import Client
from rclpy.node import Node
from rclpy.task import Future

from fleet.model.commands import (
    CancelCommand,
    Command,
    CommandUpdate,
    ExecuteSkill,
    GrantLease,
    HoldRobot,
    ReleaseHold,
)
from fleet.model.errors import InvalidField
from fleet.ros import convert, names, skill_goals

_log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 3.0
"""A request that has no answer by then is sent again."""
FORGOTTEN_AFTER_S = 3.0
"""A command that the robot's own state has not mentioned for so long is sent again, to learn what became of it."""
LEASE_S = 3600.0
LEASE_RENEWAL_S = 600.0
SUPERVISOR = "supervisor"
_NEVER = float("-inf")


@dataclass(slots=True)
class _Sent:
    """A command on its way: `asked_s` when its goal was last sent, `taken` whether the host took that goal."""

    command: ExecuteSkill
    asked_s: float = _NEVER
    taken: bool = False
    mentioned_s: float = _NEVER
    waiting: list[Future[Any]] = field(default_factory=list)

    def forget_answers(self) -> None:
        """What is still awaited will not be looked at any more; rclpy would keep it for ever."""
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            future.cancel()


@dataclass(slots=True)
class _Asked:
    """A service call that is repeated until it is answered; `settled_s` when that was."""

    command: Command
    request: Any
    asked_s: float = _NEVER
    settled_s: float | None = None
    answer: Future[Any] | None = None


class HostLink:
    """Commands to one host, and what becomes of them.

    Args:
        node: the session's node.
        host: the host's name.
        steady_s: reads steady time.
        report: called with every update, in order.
    """

    def __init__(
        self, node: Node, host: str, steady_s: Callable[[], float], report: Callable[[CommandUpdate], None]
    ) -> None:
        self.host = host
        self.boot_id = ""
        self._steady_s, self._report = steady_s, report
        deep = names.service()
        self._goals: ActionClient = ActionClient(
            node,
            Action,
            names.below_host(host, "execute_skill"),
            goal_service_qos_profile=deep,
            result_service_qos_profile=deep,
            cancel_service_qos_profile=deep,
            feedback_sub_qos_profile=deep,
        )
        self._cancel: Client = node.create_client(Cancel, names.below_host(host, "cancel"), qos_profile=deep)
        self._hold: Client = node.create_client(Hold, names.below_host(host, "hold"), qos_profile=deep)
        self._lease: Client = node.create_client(Lease, names.below_host(host, "lease"), qos_profile=deep)
        self._sent: dict[str, _Sent] = {}
        self._cancels: dict[str, _Asked] = {}
        self._holds: dict[str, _Asked] = {}
        self._leases: dict[str, _Asked] = {}

    def send(self, command: Command) -> None:
        """Hand a command over; a later one about the same thing replaces it."""
        if isinstance(command, ExecuteSkill):
            before = self._sent.get(command.command_id)
            if before is not None:
                before.forget_answers()
            self._sent[command.command_id] = _Sent(command)
        elif isinstance(command, CancelCommand):
            sent = self._sent.get(command.command_id)
            if sent is not None and sent.asked_s == _NEVER:
                del self._sent[command.command_id]  # never sent from here; the host will refuse it if another did
            self._cancels[command.command_id] = _Asked(command, _cancel_request(command))
        elif isinstance(command, HoldRobot | ReleaseHold):
            self._holds[command.robot_id] = _Asked(command, _hold_request(command))
        elif isinstance(command, GrantLease):
            self._leases[command.robot_id] = _Asked(command, _lease_request(command))
        self.tick()

    def heard(self, boot_id: str, active: dict[str, str]) -> None:
        """A message of the host came. `active` maps robots whose state is fresh to the command they work on."""
        if boot_id != self.boot_id:
            if self.boot_id:
                _log.warning("host %s was restarted; sending it again what it has to know", self.host)
            self.boot_id = boot_id
            self._start_over()
        now_s = self._steady_s()
        for sent in self._sent.values():
            working_on = active.get(sent.command.robot_id)
            if working_on is None or sent.mentioned_s == _NEVER or working_on == sent.command.command_id:
                sent.mentioned_s = now_s

    def tick(self) -> None:
        """Send what has not been sent, and again what has had no answer. Call it some times a second."""
        _prune(self._goals)
        now_s = self._steady_s()
        if self._sent and self._goals.server_is_ready():
            for sent in list(self._sent.values()):
                self._send_goal(sent, now_s)
        for table, client in ((self._cancels, self._cancel), (self._holds, self._hold), (self._leases, self._lease)):
            for asked in list(table.values()):
                self._ask(table, client, asked, now_s)

    # ---- commands as goals --------------------------------------------------------------------------------

    def _send_goal(self, sent: _Sent, now_s: float) -> None:
        waited_s = now_s - sent.asked_s
        if sent.taken:
            # mentioned_s is refreshed by every fresh state that does not contradict, so silence alone sends nothing.
            if waited_s < FORGOTTEN_AFTER_S or now_s - sent.mentioned_s < FORGOTTEN_AFTER_S:
                return
            _log.warning("%s: %s does not mention it any more", sent.command.command_id, sent.command.robot_id)
        elif waited_s < ANSWER_WITHIN_S:
            return
        sent.asked_s, sent.taken, sent.mentioned_s = now_s, False, _NEVER
        sent.forget_answers()
        goal = skill_goals.goal_of(sent.command)
        future = self._goals.send_goal_async(goal, feedback_callback=lambda message: self._progress(sent, message))
        sent.waiting.append(future)
        future.add_done_callback(lambda done: self._goal_answered(sent, done))

    def _is_current(self, sent: _Sent) -> bool:
        return self._sent.get(sent.command.command_id) is sent

    def _progress(self, sent: _Sent, message: Any) -> None:
        update = convert.progress_from_msg(message.feedback.progress, sent.command.task_id)
        if update is not None and self._is_current(sent):
            self._report(update)

    def _goal_answered(self, sent: _Sent, future: Future[Any]) -> None:
        handle = future.result()
        if handle is None or not self._is_current(sent):
            return
        if not handle.accepted:
            return  # the host takes every goal, so this one is on its way out; it is asked again
        sent.taken = True
        result = handle.get_result_async()
        sent.waiting = [result]
        result.add_done_callback(lambda done: self._ended(sent, done))

    def _ended(self, sent: _Sent, future: Future[Any]) -> None:
        response = future.result()
        if response is None or not self._is_current(sent):
            return
        try:
            update = skill_goals.update_of(sent.command, response.result)
        except InvalidField as error:
            _log.error("host %s: result of %s: %s", self.host, sent.command.command_id, error)
            update = None
        if update is None:
            sent.taken, sent.asked_s = False, self._steady_s()  # it does not say; ask again later
            return
        del self._sent[sent.command.command_id]
        self._report(update)

    # ---- services -----------------------------------------------------------------------------------------

    def _ask(self, table: dict[str, _Asked], client: Client, asked: _Asked, now_s: float) -> None:
        due_s = asked.asked_s + ANSWER_WITHIN_S
        if asked.settled_s is not None:
            if not isinstance(asked.command, GrantLease):
                return
            due_s = asked.settled_s + LEASE_RENEWAL_S
        if now_s < due_s or not client.service_is_ready():
            return
        if asked.answer is not None:
            client.remove_pending_request(asked.answer)  # rclpy keeps unanswered ones for ever
        asked.asked_s = now_s
        asked.answer = client.call_async(asked.request)
        asked.answer.add_done_callback(lambda done: self._answered(table, asked, done))

    def _answered(self, table: dict[str, _Asked], asked: _Asked, future: Future[Any]) -> None:
        answer = future.result()
        key = asked.command.command_id if isinstance(asked.command, CancelCommand) else asked.command.robot_id
        if answer is None or table.get(key) is not asked:
            return
        asked.answer = None
        taken = answer.granted if isinstance(asked.command, GrantLease) else answer.accepted
        if not taken:
            _log.error("host %s: %s: %s", self.host, type(asked.command).__name__, answer.reason)
            del table[key]
        elif isinstance(asked.command, CancelCommand):
            self._cancel_answered(asked, asked.command, answer)
        elif isinstance(asked.command, ReleaseHold):
            del table[key]
        else:
            asked.settled_s = self._steady_s()  # kept, to be said again to a host that was restarted

    def _cancel_answered(self, asked: _Asked, command: CancelCommand, answer: Any) -> None:
        ended = skill_goals.ended_as(answer.outcome)
        if ended is None and command.command_id not in self._sent:
            return  # taken, but the robot cannot be reached yet: asked again after ANSWER_WITHIN_S
        del self._cancels[command.command_id]
        if ended is None or command.command_id in self._sent:
            return  # the goal's result will say it
        self._report(
            CommandUpdate(
                command_id=command.command_id,
                robot_id=command.robot_id,
                task_id=answer.task_id,
                epoch=command.epoch,
                status=ended,
                reason=answer.outcome_reason,
                retriable=False,
            )
        )

    def _start_over(self) -> None:
        """The host remembers nothing: everything that still counts is said again."""
        for sent in self._sent.values():
            sent.asked_s, sent.taken, sent.mentioned_s = _NEVER, False, _NEVER
        for table in (self._cancels, self._holds, self._leases):
            for asked in table.values():
                asked.asked_s, asked.settled_s = _NEVER, None
        self.tick()


def _cancel_request(command: CancelCommand) -> Cancel.Request:
    return Cancel.Request(
        robot_id=command.robot_id, command_id=command.command_id, epoch=command.epoch, because=command.because
    )


def _hold_request(command: HoldRobot | ReleaseHold) -> Hold.Request:
    if isinstance(command, HoldRobot):
        return Hold.Request(robot_id=command.robot_id, because=command.because, by=command.by, engage=True)
    return Hold.Request(robot_id=command.robot_id, by=command.by, epoch=command.epoch, engage=False)


def _lease_request(command: GrantLease) -> Lease.Request:
    kind = Lease.Request.HOLDER_SUPERVISOR if command.holder == SUPERVISOR else Lease.Request.HOLDER_PERSON
    return Lease.Request(
        robot_id=command.robot_id, holder=command.holder, holder_kind=kind, epoch=command.epoch, duration_s=LEASE_S
    )


def _prune(client: Any) -> None:
    """rclpy before 9.1.3 keeps one future a goal for ever, and looks at all of them in every wait (rclpy#1532)."""
    if not _LEAKS or not hasattr(client, "_futures"):
        return
    waiting = (client._pending_goal_requests, client._pending_cancel_requests, client._pending_result_requests)
    alive = {id(future) for table in waiting for future in table.values()}
    client._futures[:] = [future for future in client._futures if id(future) in alive]


def _rclpy_version() -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version("rclpy").split(".")[:3])
    except (PackageNotFoundError, ValueError):
        return (0, 0, 0)


_LEAKS = _rclpy_version() < (9, 1, 3)
