"""What an adapter host does, without ROS: who may command its robots, when they hold, what becomes of commands.

`robot_adapters.ros.host` puts it on the wire. Time is steady time in s, handed in; nothing here waits or sleeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill, FollowRoute
from fleet.model.errors import FleetError, InvalidField, NotFound, StaleEpoch
from fleet.model.evidence import Observation
from robot_adapters.base import HumanoidAdapter, Rejected
from robot_adapters.slot import AUTOMATIC, Lease, Slot

NO_SUPERVISOR = AUTOMATIC + "no supervisor is heard"
NOT_ACTIVE = AUTOMATIC + "its adapter is not active"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened in one tick, in order."""

    updates: tuple[CommandUpdate, ...]
    observations: tuple[Observation, ...]


class HostCore:
    """All robots of one host.

    Args:
        adapters: one for each robot; ids must differ.
        steady_s: reads steady time.
        supervisor_timeout_s: without a supervisor's heartbeat for this long all robots hold by themselves.
        lease_max_s: the longest lease that is granted.
    """

    def __init__(
        self,
        adapters: Sequence[HumanoidAdapter],
        steady_s: Callable[[], float],
        *,
        supervisor_timeout_s: float = 2.0,
        lease_max_s: float = 86400.0,
    ) -> None:
        self.slots: dict[str, Slot] = {}
        for index, adapter in enumerate(adapters):
            robot_id = adapter.describe().robot_id
            if robot_id in self.slots:
                raise InvalidField(f"adapters[{index}].robot_id", robot_id, "an id that no other robot here has")
            self.slots[robot_id] = Slot(adapter, robot_id, holds={"inactive": NOT_ACTIVE, "supervisor": NO_SUPERVISOR})
        self._steady_s = steady_s
        self._timeout_s, self._lease_max_s = supervisor_timeout_s, lease_max_s
        self._leader_epoch = 0
        self._heartbeat_s: float | None = None
        self._hold_all_stamp_s = float("-inf")

    def slot(self, robot_id: str) -> Slot:
        """The robot's slot. Raises `NotFound`, naming the robots of this host."""
        if robot_id not in self.slots:
            raise NotFound("robot at this host", robot_id, ", ".join(self.slots))
        return self.slots[robot_id]

    @property
    def supervised(self) -> bool:
        """Whether a leading supervisor was heard lately."""
        return self._heartbeat_s is not None and self._steady_s() - self._heartbeat_s <= self._timeout_s

    def tick(self) -> News:
        """One round: watchdogs, heartbeats to the robots, what they have to tell. Call it 10 times a second or more."""
        now_s, unheard = self._steady_s(), None if self.supervised else NO_SUPERVISOR
        for slot in self.slots.values():
            if slot.lease is not None and now_s > slot.lease.until_s:
                slot.end_lease()
            if slot.holds.get("supervisor") != unheard:
                slot.set_hold("supervisor", unheard)
            slot.tick()
        updates, observations = [], []
        for slot in self.slots.values():
            updates.extend(slot.outbox)
            observations.extend(slot.seen)
            slot.outbox, slot.seen = [], []
        return News(updates=tuple(updates), observations=tuple(observations))

    # ---- life of one robot's adapter ----------------------------------------------------------------------

    def activate(self, robot_id: str) -> None:
        """From now on the robot takes commands. Raises `Rejected` before it is connected."""
        slot = self.slot(robot_id)
        if not slot.connected:
            raise Rejected(f"{robot_id} is not connected yet", retriable=True)
        slot.active = True
        slot.set_hold("inactive", None)

    def deactivate(self, robot_id: str) -> None:
        """The robot holds and takes no commands; what it was doing waits."""
        slot = self.slot(robot_id)
        slot.active = False
        slot.set_hold("inactive", NOT_ACTIVE)

    # ---- supervisor and leases ----------------------------------------------------------------------------

    def supervisor_heartbeat(self, epoch: int) -> bool:
        """A supervisor says that it leads. `epoch` is the lowest that its commands have. False: it was overtaken."""
        if epoch < self._leader_epoch:
            return False
        self._leader_epoch, self._heartbeat_s = epoch, self._steady_s()
        for slot in self.slots.values():
            if slot.lease is None or not slot.lease.person:
                slot.floor = max(slot.floor, epoch)
        return True

    def take_lease(self, robot_id: str, holder: str, *, person: bool, epoch: int, duration_s: float) -> Lease:
        """Grant the lease of one robot.

        Raises:
            NotFound, InvalidField: bad request.
            StaleEpoch: a higher epoch has been granted since.
            Rejected: a person has it, and the supervisor asks with the same epoch.
            LinkDown: the robot cannot be told now.
        """
        slot, now_s = self.slot(robot_id), self._steady_s()
        if not holder:
            raise InvalidField("holder", holder, "the name of a person or process")
        if not 0.0 < duration_s <= self._lease_max_s:
            raise InvalidField("duration_s", duration_s, f"above 0 and at most {self._lease_max_s:g} s")
        self._check_epoch(slot, epoch, f"lease of {holder}")
        lease = slot.lease
        if lease is not None and lease.person and not person and epoch <= lease.epoch:
            raise Rejected(f"{lease.holder} has {robot_id}; a person comes before the supervisor")
        slot.adapter.grant(holder, epoch)
        slot.floor = max(slot.floor, epoch)
        slot.lease = Lease(holder=holder, person=person, epoch=epoch, until_s=now_s + duration_s)
        return slot.lease

    def release_lease(self, robot_id: str, holder: str) -> None:
        """Give a lease back. Raises `Rejected` if `holder` has not got it."""
        slot = self.slot(robot_id)
        if slot.lease is None or slot.lease.holder != holder:
            has = slot.lease.holder if slot.lease else "nobody"
            raise Rejected(f"{holder} does not hold the lease of {robot_id}; {has} does")
        slot.end_lease()

    # ---- commands -----------------------------------------------------------------------------------------

    def execute(self, command: ExecuteSkill) -> CommandUpdate | None:
        """Take a command. Returns its status, None when the robot cannot be reached yet. Never raises."""
        try:
            slot = self.slot(command.robot_id)
        except NotFound as error:
            return CommandUpdate(
                command_id=command.command_id,
                robot_id=command.robot_id,
                task_id=command.task_id,
                epoch=command.epoch,
                status=CommandStatus.REJECTED,
                reason=str(error),
                retriable=False,
            )
        known = slot.statuses.get(command.command_id)
        if known is None:
            try:
                self._check_epoch(slot, command.epoch, f"command {command.command_id}")
            except StaleEpoch as error:
                return slot.refuse(command, str(error), retriable=False)
            if not slot.active:
                return slot.refuse(command, f"{command.robot_id}: its adapter is not active", retriable=True)
        return slot.execute(command)

    def follow(self, route: FollowRoute) -> None:
        """Walk along a route.

        Raises:
            NotFound, StaleEpoch: bad request.
            Rejected, InvalidField, Unsupported, LinkDown: what the adapter says against it.
        """
        slot = self.slot(route.robot_id)
        self._check_epoch(slot, route.epoch, f"route {route.route}")
        if not slot.active:
            raise Rejected(f"{route.robot_id}: its adapter is not active", retriable=True)
        slot.adapter.follow(route)

    def cancel(self, robot_id: str, command_id: str, epoch: int, because: str) -> CommandUpdate | None:
        """Give a command up. Returns its status after that, None when it is not known yet.

        Raises:
            NotFound, InvalidField, StaleEpoch.
        """
        slot = self.slot(robot_id)
        if not command_id:
            raise InvalidField("command_id", command_id, "the id of a command")
        self._check_epoch(slot, epoch, f"cancel of {command_id}")
        return slot.cancel(command_id, because)

    # ---- stopping -----------------------------------------------------------------------------------------

    def hold(self, robot_id: str, because: str, by: str) -> None:
        """Hold one robot. Anyone may, with any epoch."""
        self.slot(robot_id).set_hold("robot", f"{because or 'held'} (by {by or 'unknown'})")

    def release(self, robot_id: str, epoch: int, by: str) -> None:
        """End the hold of one robot; other causes stay. `epoch` 0: a person. Raises `StaleEpoch`."""
        slot = self.slot(robot_id)
        if epoch:
            self._check_epoch(slot, epoch, f"release by {by}")
        slot.set_hold("robot", None)

    def hold_all(self, active: bool, because: str, by: str, stamp_s: float) -> bool:
        """Hold all robots, or end that. Of several messages the newest counts; False: this one was older."""
        if stamp_s < self._hold_all_stamp_s:
            return False
        self._hold_all_stamp_s = stamp_s
        for slot in self.slots.values():
            slot.set_hold("all", f"{because or 'all robots held'} (by {by or 'unknown'})" if active else None)
        return True

    def recover(self, robot_id: str, epoch: int) -> None:
        """Let a robot try to come back to quiet standing.

        Raises:
            FleetError: what the adapter says against it, or `StaleEpoch`.
        """
        slot = self.slot(robot_id)
        if epoch:
            self._check_epoch(slot, epoch, "recover")
        slot.adapter.recover()

    def _check_epoch(self, slot: Slot, epoch: int, what: str) -> None:
        if epoch < slot.floor:
            raise StaleEpoch(f"stale epoch: {what} has epoch {epoch}, {slot.robot_id} obeys {slot.floor} or higher")


__all__ = ["NOT_ACTIVE", "NO_SUPERVISOR", "FleetError", "HostCore", "News"]
