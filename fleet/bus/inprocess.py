"""The bus without ROS: adapters in the same process, in virtual time. Fast, and the same bit by bit every time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from fleet.bus.base import Facts
from fleet.clock import Clock
from fleet.model.commands import (
    CancelCommand,
    Command,
    CommandStatus,
    CommandUpdate,
    ExecuteSkill,
    FollowRoute,
    GrantLease,
    HoldRobot,
    ReleaseHold,
)
from fleet.model.errors import FleetError, InvalidField, LinkDown
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState


class Driven(Protocol):
    """What this bus needs of an adapter: a part of `robot_adapters.base.HumanoidAdapter`."""

    def describe(self) -> RobotDescription: ...
    def state(self) -> RobotState: ...
    def execute(self, command: ExecuteSkill) -> Any: ...
    def poll(self) -> list[CommandUpdate]: ...
    def follow(self, route: FollowRoute) -> None: ...
    def cancel(self, command_id: str, because: str) -> None: ...
    def hold(self, because: str) -> None: ...
    def resume(self) -> None: ...
    def grant(self, holder: str, epoch: int) -> None: ...
    def heartbeat(self) -> None: ...
    def observations(self) -> list[Observation]: ...


class InProcessBus:
    """`Bus` over adapters held in this process.

    What cannot be delivered because a link is down is kept and delivered when it is back, as the ROS bus does.
    """

    def __init__(
        self,
        adapters: Mapping[str, Driven],
        clock: Clock,
        sensors: Sequence[Callable[[], list[Observation]]] = (),
    ) -> None:
        self._adapters = dict(adapters)
        self._clock = clock
        self._sensors = tuple(sensors)
        self._described: set[str] = set()
        self._observed_at: dict[str, float] = {}
        self._heard_at: dict[str, float] = {}
        self._answers: list[CommandUpdate] = []
        self._undelivered: dict[str, list[Command]] = {}
        self._muted: frozenset[str] | None = frozenset()
        self._open: dict[str, ExecuteSkill] = {}
        self._away = False

    def host_dies(self) -> None:
        """The process that holds the adapters is gone: nothing is heard and nothing gets through."""
        self._away = True

    def host_is_back(self, adapters: Mapping[str, Driven]) -> None:
        """New adapters, which know nothing of what the old ones did. What has not ended is sent again, as the ROS bus
        does: executing a command id once is the robots' side's duty."""
        self._adapters, self._away = dict(adapters), False
        self._described.clear()
        for command in self._open.values():
            waiting = self._undelivered.setdefault(command.robot_id, [])
            if command not in waiting:
                waiting.insert(0, command)

    def mute(self, robot_ids: frozenset[str] | None) -> None:
        """These robots (None: all) hear no heartbeat until the next call: for tests of being cut off."""
        self._muted = robot_ids

    def collect(self) -> Facts:
        """What all adapters have to say now, in the order they were given."""
        descriptions, states, updates, observations = [], [], self._answers, []
        self._answers = []
        reachable = {} if self._away else self._adapters
        for robot_id, adapter in reachable.items():
            if robot_id not in self._described:
                descriptions.append(adapter.describe())
                self._described.add(robot_id)
            try:
                if self._undelivered.get(robot_id):
                    self._deliver(robot_id)
                if self._muted is not None and robot_id not in self._muted:
                    adapter.heartbeat()
                updates.extend(adapter.poll())
                observations.extend(adapter.observations())
            except LinkDown:
                pass  # silence: it shows as age below
            state = self._fresh_state(robot_id, adapter)
            if state is not None:
                states.append(state)
        for sensor in self._sensors if not self._away else ():
            with contextlib.suppress(LinkDown):
                observations.extend(sensor())
        for update in updates:
            if update.status.final:
                self._open.pop(update.robot_id, None)
        now = self._clock.steady_s()
        return Facts(
            descriptions=tuple(descriptions),
            states=tuple(states),
            updates=tuple(updates),
            observations=tuple(observations),
            silent_s={robot_id: now - heard for robot_id, heard in self._heard_at.items()},
        )

    def _fresh_state(self, robot_id: str, adapter: Driven) -> RobotState | None:
        try:
            state = adapter.state()
        except LinkDown:
            return None
        # "Different", not "later", as on the ROS bus: a robot's clock may be set back.
        if state.observed_at_s == self._observed_at.get(robot_id):
            return None
        self._observed_at[robot_id] = state.observed_at_s
        self._heard_at[robot_id] = self._clock.steady_s()
        return state

    def send(self, commands: Sequence[Command]) -> None:
        """Deliver now, or when the robot's link is back."""
        for command in commands:
            if command.robot_id not in self._adapters:
                raise InvalidField("robot_id", command.robot_id, f"one of {', '.join(self._adapters)}")
            waiting = self._undelivered.setdefault(command.robot_id, [])
            if isinstance(command, FollowRoute):  # only the newest counts
                waiting[:] = [c for c in waiting if not isinstance(c, FollowRoute)]
            waiting.append(command)
            if isinstance(command, ExecuteSkill):
                self._open[command.robot_id] = command
        for robot_id in {c.robot_id: None for c in commands}:
            try:
                self._deliver(robot_id)
            except LinkDown:
                continue

    def _deliver(self, robot_id: str) -> None:
        waiting = self._undelivered.get(robot_id, [])
        while waiting and not self._away:
            self._tell(self._adapters[robot_id], waiting[0])
            waiting.pop(0)

    def _tell(self, adapter: Driven, command: Command) -> None:
        try:
            if isinstance(command, ExecuteSkill):
                self._answers.append(adapter.execute(command).update)
            elif isinstance(command, FollowRoute):
                adapter.follow(command)  # one that comes too late is refused, and another follows
            elif isinstance(command, CancelCommand):
                adapter.cancel(command.command_id, command.because)
            elif isinstance(command, HoldRobot):
                adapter.hold(command.because)
            elif isinstance(command, ReleaseHold):
                adapter.resume()
            elif isinstance(command, GrantLease):
                adapter.grant(command.holder, command.epoch)
        except LinkDown:
            raise
        except FleetError as error:
            if isinstance(command, ExecuteSkill):
                self._answers.append(_refused(command, error))

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        """Nothing to tell: `collect` beats for every adapter it can reach."""

    def close(self) -> None:
        """The adapters belong to the caller."""


def _refused(command: ExecuteSkill, error: FleetError) -> CommandUpdate:
    return CommandUpdate(
        command_id=command.command_id,
        robot_id=command.robot_id,
        task_id=command.task_id,
        epoch=command.epoch,
        status=CommandStatus.REJECTED,
        reason=str(error),
        retriable=error.retriable,
    )
