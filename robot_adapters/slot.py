"""One robot inside a host: its adapter, why it is held, who may command it, and what was promised to it."""

from __future__ import annotations

import logging
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.errors import FleetError, LinkDown
from fleet.model.evidence import Observation
from fleet.model.robot import RobotState
from robot_adapters.base import HumanoidAdapter, Rejected

_log = logging.getLogger(__name__)

AUTOMATIC = "automatic: "
"""How holds begin that no person asked for; they end by themselves when their cause has gone."""
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may command a robot, `until_s` steady time."""

    holder: str
    person: bool
    epoch: int
    until_s: float


@dataclass(slots=True)
class Slot:
    """A robot of a host. Not thread-safe; the host calls it from one thread.

    `holds` maps a cause (`all`, `robot`, `supervisor`, `inactive`) to the reason: the robot holds while there is one.
    """

    adapter: HumanoidAdapter
    robot_id: str
    connected: bool = False
    active: bool = False
    link_ok: bool = False
    problem: str = ""
    holds: dict[str, str] = field(default_factory=dict)
    lease: Lease | None = None
    floor: int = 0  # lowest epoch that is obeyed
    last: RobotState | None = None
    undelivered: ExecuteSkill | None = None
    cancels: dict[str, str] = field(default_factory=dict)
    statuses: OrderedDict[str, CommandUpdate] = field(default_factory=OrderedDict)
    outbox: list[CommandUpdate] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    _told_to_hold: str | None = None  # the reason the adapter was last given; "" when resumed
    _problems: list[str] = field(default_factory=list)
    _logged: str = ""

    # ---- life ---------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect, and keep a hold that a person had asked for before this host was started. Raises `FleetError`."""
        self.adapter.connect()
        self.connected, self.problem = True, ""
        state = self.adapter.state()
        if state.holding and state.hold_because and not state.hold_because.startswith(AUTOMATIC):
            self.holds.setdefault("robot", state.hold_because)
        self.last, self.link_ok = state, True

    def disconnect(self) -> None:
        """Let the robot go; it holds by itself."""
        self.adapter.disconnect()
        self.connected = self.active = self.link_ok = False
        self._told_to_hold = None

    def end_lease(self) -> None:
        """Nobody in particular may command the robot from now on."""
        self.lease = None
        if self.connected:
            self._try(lambda: self.adapter.grant("", self.floor))

    def tick(self) -> None:
        """One round of everything that is due. Whatever the adapter raises stays inside."""
        if not self.connected:
            return
        self.link_ok, self._problems = True, []
        self._try(self._sync_hold)
        for deliver in (self.adapter.heartbeat, self._deliver, self._poll, self._look):
            if self.link_ok:
                self._try(deliver)
        self._try(self._read)
        self.problem = "; ".join(dict.fromkeys(self._problems))

    # ---- commands -----------------------------------------------------------------------------------------

    def execute(self, command: ExecuteSkill) -> CommandUpdate | None:
        """Hand a command to the adapter. None: the robot cannot be reached, it is tried again each tick."""
        known = self.statuses.get(command.command_id)
        if known is not None and known.status is CommandStatus.REJECTED:
            return known  # its sender was told so and may have given the work to another robot
        if self.undelivered is not None and self.undelivered.command_id != command.command_id:
            return self.refuse(command, f"busy with command {self.undelivered.command_id}", retriable=True)
        try:
            update = self.adapter.execute(command).update
        except LinkDown:
            self.undelivered = command
            return None
        except Rejected as no:
            return self.refuse(command, no.reason, retriable=no.retriable)
        except FleetError as error:
            return self.refuse(command, str(error), retriable=error.retriable)
        except Exception as error:
            # Whether the robot has begun is not known: neither success nor failure may be made up.
            self._report_bug(error)
            self.undelivered = command
            return None
        self.undelivered = None
        self.floor = max(self.floor, command.epoch)
        self.note(update)
        return update

    def refuse(self, command: ExecuteSkill, reason: str, *, retriable: bool) -> CommandUpdate:
        """The command is not started, and never will be under this id."""
        if self.undelivered is not None and self.undelivered.command_id == command.command_id:
            self.undelivered = None
        update = CommandUpdate(
            command_id=command.command_id,
            robot_id=command.robot_id,
            task_id=command.task_id,
            epoch=command.epoch,
            status=CommandStatus.REJECTED,
            reason=reason,
            retriable=retriable,
        )
        self.note(update)
        return update

    def cancel(self, command_id: str, because: str) -> CommandUpdate | None:
        """Give a command up, now or when the robot can be reached. Returns its status, None if not yet known."""
        if self.undelivered is not None and self.undelivered.command_id == command_id:
            self.undelivered = None  # it may have got through all the same, so the robot is told, too
        self.cancels[command_id] = because
        self._try(self._deliver)
        self._try(self._poll)
        return self.statuses.get(command_id)

    def note(self, update: CommandUpdate) -> None:
        """Remember a command's status."""
        self.statuses[update.command_id] = update
        while len(self.statuses) > _REMEMBERED:
            self.statuses.popitem(last=False)

    # ---- holds --------------------------------------------------------------------------------------------

    def set_hold(self, cause: str, because: str | None) -> None:
        """Hold for this cause, or (None) no longer for this cause; the robot is told at once."""
        if because is None:
            self.holds.pop(cause, None)
        else:
            self.holds[cause] = because
        if self.connected:
            self._try(self._sync_hold)

    def _sync_hold(self) -> None:
        """Make the robot do what `holds` says."""
        because = "; ".join(dict.fromkeys(self.holds.values()))
        if because == self._told_to_hold:
            return
        if because:
            self.adapter.hold(because)
        else:
            self.adapter.resume()
        self._told_to_hold = because

    # ---- inside -------------------------------------------------------------------------------------------

    def _deliver(self) -> None:
        if self.undelivered is not None:
            update = self.execute(self.undelivered)
            if update is not None:
                self.outbox.append(update)
        for command_id, because in list(self.cancels.items()):
            self.adapter.cancel(command_id, because)
            del self.cancels[command_id]

    def _poll(self) -> None:
        for update in self.adapter.poll():
            self.note(update)
            self.outbox.append(update)

    def _look(self) -> None:
        self.seen.extend(self.adapter.observations())

    def _read(self) -> None:
        self.last = self.adapter.state()

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except LinkDown as error:
            self.link_ok = False
            self._problems.append(str(error))
        except Rejected as no:
            self._problems.append(no.reason)
        except Exception as error:
            self._report_bug(error)

    def _report_bug(self, error: Exception) -> None:
        text = f"{type(error).__name__} in the adapter: {error}"
        if text != self._logged:  # once, not in every tick
            _log.error("%s: %s\n%s", self.robot_id, text, traceback.format_exc())
        self._logged = text
        self._problems.append(text)
