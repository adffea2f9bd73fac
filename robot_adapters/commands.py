"""The rules about command ids and epochs, kept once for all adapters."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill, FollowRoute
from fleet.model.errors import InvalidField, StaleEpoch, Unsupported
from fleet.model.evidence import Claim
from fleet.model.robot import RobotDescription
from fleet.model.skills import check_parameters
from robot_adapters.base import Accepted, Rejected

_TEAM = "team"
KEPT_FINAL = 1000
"""How many ended commands are remembered; older ones cannot come again, their tasks ended long ago."""


@dataclass(slots=True)
class _Entry:
    command: ExecuteSkill | None  # None: cancelled before it came
    parameters: dict[str, Any]
    update: CommandUpdate


class CommandBook:
    """One robot's commands: what was taken, what became of it, what may be taken.

    Guarantees: a command id is started at most once; a lower epoch than the highest known is refused; one command
    is active at a time; a final status never changes and is reported once.
    """

    def __init__(self, robot_id: str) -> None:
        self.robot_id = robot_id
        self.epoch = 0
        self.holder = ""
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._active: str | None = None
        self._news: list[CommandUpdate] = []

    @property
    def active(self) -> ExecuteSkill | None:
        """The command under way."""
        return self._entries[self._active].command if self._active is not None else None

    @property
    def active_parameters(self) -> dict[str, Any]:
        """What is executed of the command under way, after clamping."""
        return self._entries[self._active].parameters if self._active is not None else {}

    def status(self, command_id: str) -> CommandUpdate | None:
        """The last status of a command, None if it never came."""
        entry = self._entries.get(command_id)
        return entry.update if entry else None

    def grant(self, holder: str, epoch: int) -> None:
        """Note who may command. Raises `StaleEpoch` for a lower epoch than the highest known."""
        self.check_epoch(epoch, f"lease of {holder}")
        self.holder = holder

    def repeated(self, command: ExecuteSkill) -> Accepted | None:
        """The answer to a command that came before, None to a new one.

        Raises:
            StaleEpoch: a lower epoch than the highest known, for a command that is not known.
            InvalidField: the id was used for something else.
        """
        entry = self._entries.get(command.command_id)
        if entry is None:
            self.check_epoch(command.epoch, f"command {command.command_id}")
            return None
        before = entry.command
        if before is not None and (before.skill, before.task_id) != (command.skill, command.task_id):
            told = f"the id of a new command; it is {before.skill} for task {before.task_id}"
            raise InvalidField("command_id", command.command_id, told)
        self.epoch = max(self.epoch, command.epoch)
        if before is not None and command.epoch > before.epoch:  # a new leader has taken the command over
            entry.command = replace(before, epoch=command.epoch)
            entry.update = replace(entry.update, epoch=command.epoch)
        return Accepted(parameters=dict(entry.parameters), update=entry.update, repeated=True)

    def start(self, command: ExecuteSkill, parameters: Mapping[str, Any]) -> Accepted:
        """Take a new command. Raises `Rejected` while another one is active."""
        if self._active is not None:
            raise Rejected(f"busy with command {self._active}; cancel it first", retriable=True)
        update = self._update(command, CommandStatus.ACCEPTED)
        self._entries[command.command_id] = _Entry(command, dict(parameters), update)
        self._active = command.command_id
        self._forget_old()
        return Accepted(parameters=dict(parameters), update=update)

    def report(self, status: CommandStatus, **fields: Any) -> None:
        """The active command has come this far; reported again only if something changed."""
        command = self._require_active()
        entry = self._entries[command.command_id]
        update = self._update(command, status, **fields)
        if update == entry.update:
            return
        entry.update = update
        self._news.append(update)
        if status.final:
            self._active = None

    def done(self, statement: Mapping[str, Any], at_s: float) -> None:
        """The active command is claimed to be done, with what the world should now look like."""
        command = self._require_active()
        claim = Claim(
            claim_id=f"{command.command_id}/claim",
            robot_id=self.robot_id,
            task_id=command.task_id,
            command_id=command.command_id,
            epoch=command.epoch,
            skill=command.skill,
            statement=dict(statement),
            claimed_at_s=at_s,
        )
        self.report(CommandStatus.DONE, claim=claim, fraction=1.0)

    def failed(self, reason: str, *, retriable: bool, phase: str = "") -> None:
        """The active command has failed."""
        self.report(CommandStatus.FAILED, reason=reason, retriable=retriable, phase=phase)

    def cancelled(self, command_id: str, because: str) -> None:
        """Note that a command was given up: the active one ends, one that is not known is refused if it comes."""
        if command_id == self._active:
            self.report(CommandStatus.CANCELLED, reason=because, retriable=False)
        elif command_id not in self._entries:
            update = CommandUpdate(
                command_id=command_id,
                robot_id=self.robot_id,
                task_id="",
                epoch=self.epoch,
                status=CommandStatus.CANCELLED,
                reason=because,
                retriable=False,
            )
            self._entries[command_id] = _Entry(None, {}, update)
            self._news.append(update)
            self._forget_old()

    def take_news(self) -> list[CommandUpdate]:
        """What was reported since the last call, in order."""
        news, self._news = self._news, []
        return news

    def _update(self, command: ExecuteSkill, status: CommandStatus, **fields: Any) -> CommandUpdate:
        empty = CommandUpdate(
            command_id=command.command_id,
            robot_id=self.robot_id,
            task_id=command.task_id,
            epoch=command.epoch,
            status=status,
        )
        return replace(empty, **fields)

    def _require_active(self) -> ExecuteSkill:
        command = self.active
        if command is None:
            raise RuntimeError(f"{self.robot_id}: a report on a command, and none is active")
        return command

    def check_epoch(self, epoch: int, what: str) -> None:
        """Note the highest epoch. Raises `StaleEpoch` for a lower one; `what` came with it."""
        if epoch < self.epoch:
            raise StaleEpoch(f"stale epoch: {what} has epoch {epoch}, {self.robot_id} obeys {self.epoch} or higher")
        self.epoch = epoch

    def _forget_old(self) -> None:
        while len(self._entries) > KEPT_FINAL:
            oldest = next(iter(self._entries))
            if oldest == self._active:
                self._entries.move_to_end(oldest)
            else:
                del self._entries[oldest]


def check_command(command: ExecuteSkill, description: RobotDescription) -> None:
    """Whether a robot of this description may be given the command at all.

    What the supervisor adds to a skill's own parameters (`object_at`, `to_approach`, ...) is not checked here.

    Raises:
        InvalidField: the robot is another one, an id is empty, or a parameter does not fit the skill.
        Unsupported: the skill is not among the robot's capabilities.
    """
    if command.robot_id != description.robot_id:
        raise InvalidField("robot_id", command.robot_id, description.robot_id)
    if not command.command_id:
        raise InvalidField("command_id", command.command_id, "an id that is unique for ever")
    capability = description.capability(command.skill)
    if capability is None:
        known = ", ".join(c.skill for c in description.capabilities) or "nothing"
        raise Unsupported(f"{description.robot_id} ({description.model}) cannot {command.skill}; it can {known}")
    team = command.parameters.get(f"object_{_TEAM}")
    robots = team.get("robots", ()) if isinstance(team, Mapping) else ()
    if isinstance(robots, Sequence) and len(robots) > capability.team:
        most = f"with at most {capability.team - 1} others" if capability.team > 1 else "only alone"
        raise Unsupported(f"{description.robot_id} ({description.model}) can {command.skill} {most}, not in a team")
    own = {name: value for name, value in command.parameters.items() if not _is_grounding(name, command.parameters)}
    check_parameters(command.skill, own)


def check_route(route: FollowRoute, book: CommandBook) -> None:
    """Whether this is a route for what the robot does now.

    Raises:
        InvalidField: no points, a point that is none, more released than there are, limits that are none.
        StaleEpoch: a lower epoch than the highest known.
        Rejected: another command is under way, or none.
    """
    if route.robot_id != book.robot_id:
        raise InvalidField("robot_id", route.robot_id, book.robot_id)
    if route.route < 1:
        raise InvalidField("route", route.route, "a number from 1, higher than that of the route before")
    if not route.points or not all(math.isfinite(v) for point in route.points for v in point):
        raise InvalidField("points", route.points, "at least one (x, y) in m; the last is where the walk ends")
    if not 0 <= route.released <= len(route.points):
        raise InvalidField("released", route.released, f"0 to {len(route.points)}, the number of points")
    if route.max_mps and (len(route.max_mps) != len(route.points) or not min(route.max_mps) > 0.0):
        raise InvalidField("max_mps", route.max_mps, f"{len(route.points)} speeds above 0 in m/s, or none")
    book.check_epoch(route.epoch, f"route {route.route}")
    active = book.active
    if active is None or active.command_id != route.command_id:
        doing = f"it does {active.command_id}" if active is not None else "it does nothing"
        raise Rejected(f"{book.robot_id}: a route for {route.command_id}, and {doing}")


def _is_grounding(name: str, parameters: Mapping[str, Any]) -> bool:
    """`object_at`, `to_approach`, `object_team` and the like: what the supervisor knows about that parameter."""
    base, _, suffix = name.rpartition("_")
    return suffix in ("at", "approach", "views", _TEAM) and base in parameters
