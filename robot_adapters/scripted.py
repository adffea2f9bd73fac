"""A humanoid that does what a script says, in virtual time: for tests of everything above the robots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.errors import LinkDown, Unsupported
from fleet.model.evidence import Observation
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Health, OperatingMode, Posture, RobotDescription, RobotState
from fleet.model.skills import SKILLS
from robot_adapters.base import Accepted, HumanoidAdapter, Rejected
from robot_adapters.claims import statement
from robot_adapters.commands import CommandBook, check_command

WATCHDOG_S = 1.0
"""Without a heartbeat for this long the robot holds by itself."""
WATCHDOG_HOLD = "automatic: no heartbeat"


def scripted_description(robot_id: str, host: str = "", skills: tuple[str, ...] = tuple(SKILLS)) -> RobotDescription:
    """A robot with the given skills that carries 5 kg."""
    able = tuple(Capability(skill=s, max_payload_kg=5.0, reach_m=0.7, speed_mps=0.5) for s in skills)
    return RobotDescription(
        robot_id=robot_id, model="scripted", vendor="none", host=host, capabilities=able, mass_kg=30.0, payload_kg=5.0
    )


@dataclass(slots=True)
class Script:
    """How the robot behaves; may be changed at any time. `seconds` is how long a skill takes, by skill's name.

    The `*_next` fields are used up by the next command that comes to its end: it fails with that reason, or claims
    what it has not done.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    default_seconds: float = 1.0
    fail_next: str = ""
    fail_retriable: bool = True
    lie_next: bool = False
    blocked_by: str = ""  # while it is set the robot does not get on
    observations: list[Observation] = field(default_factory=list)


class ScriptedHumanoid(HumanoidAdapter):
    """One scripted robot.

    Args:
        description: who it is.
        now_s: the time, in s; fleet time and the robot's own are the same.
        script: how it behaves.
        ledger: command id -> parameters of what really happened. Hand in one that outlives the adapter (a file) to
            have what a real world has: effects that stay when the adapter's process dies.
        pose: where it stands at first.
    """

    def __init__(
        self,
        description: RobotDescription,
        now_s: Callable[[], float],
        script: Script | None = None,
        *,
        ledger: MutableMapping[str, dict[str, Any]] | None = None,
        pose: Pose | None = None,
    ) -> None:
        self.script = script or Script()
        self.ledger: MutableMapping[str, dict[str, Any]] = {} if ledger is None else ledger
        self.silent = False
        self.e_stopped = False
        self.fallen = False
        self.held: tuple[str, ...] = ()
        self.pose = pose or Pose(x=0.0, y=0.0)
        self.battery_fraction = 1.0
        self._description = description
        self._now_s = now_s
        self._book = CommandBook(description.robot_id)
        self._connected = False
        self._then_s = self._heartbeat_s = now_s()
        self._hold_because = ""
        self._elapsed_s = 0.0
        self._start_pose = self.pose
        self._reported: RobotState | None = None

    # ---- what a test does to it ---------------------------------------------------------------------------

    def fall(self) -> None:
        """It falls, now, and stays down."""
        self._pass_time()
        self.fallen = True
        if self._book.active is not None:
            self._book.failed(f"fallen at ({self.pose.x:.2f}, {self.pose.y:.2f})", retriable=False)

    def stand_up(self) -> None:
        """A person sets it on its feet."""
        self.fallen = False

    # ---- the contract -------------------------------------------------------------------------------------

    def describe(self) -> RobotDescription:
        return self._description

    def connect(self) -> None:
        if self.silent:
            raise LinkDown(f"{self._description.robot_id} does not answer")
        self._connected = True
        self._heartbeat_s = self._now_s()
        self._reported = self._state()

    def disconnect(self) -> None:
        self._connected = False

    def state(self) -> RobotState:
        self._pass_time()
        if self._connected and not self.silent:
            self._reported = self._state()
        if self._reported is None:
            raise LinkDown(f"{self._description.robot_id} has never been heard; connect first")
        return self._reported

    def execute(self, command: ExecuteSkill) -> Accepted:
        self._reach()
        check_command(command, self._description)
        again = self._book.repeated(command)
        if again is not None:
            return again
        if self.fallen or self.e_stopped:
            raise Rejected("fallen" if self.fallen else "the e-stop is engaged", retriable=self.e_stopped)
        answer = self._book.start(command, command.parameters)
        self._elapsed_s, self._start_pose = 0.0, self.pose
        return answer

    def poll(self) -> list[CommandUpdate]:
        self._pass_time()
        if self.silent or not self._connected:
            return []
        return self._book.take_news()

    def cancel(self, command_id: str, because: str) -> None:
        self._reach()
        self._book.cancelled(command_id, because)

    def hold(self, because: str) -> None:
        self._pass_time()
        self._hold_because = because
        if self.silent:
            raise LinkDown(f"{self._description.robot_id} does not answer")

    def resume(self) -> None:
        self._reach()
        if self.e_stopped:
            raise Rejected("the e-stop is engaged; release it first", retriable=True)
        self._hold_because = ""

    def recover(self) -> None:
        self._reach()
        if self.fallen:
            raise Unsupported(f"{self._description.robot_id} cannot get up by itself; a person has to help it")
        if not self.e_stopped:
            raise Rejected("it stands and no e-stop is engaged: there is nothing to recover from")
        self.e_stopped = False

    def grant(self, holder: str, epoch: int) -> None:
        self._book.grant(holder, epoch)

    def heartbeat(self) -> None:
        self._reach()
        self._heartbeat_s = self._now_s()

    def observations(self) -> list[Observation]:
        self._reach()
        seen, self.script.observations = self.script.observations, []
        return seen

    # ---- inside -------------------------------------------------------------------------------------------

    def _reach(self) -> None:
        self._pass_time()
        if self.silent or not self._connected:
            raise LinkDown(f"{self._description.robot_id} does not answer" if self.silent else "connect first")

    def _holding(self, at_s: float) -> str:
        if self._hold_because:
            return self._hold_because
        return WATCHDOG_HOLD if at_s - self._heartbeat_s > WATCHDOG_S else ""

    def _pass_time(self) -> None:
        """Let what is under way get on, up to now or up to the moment its own watchdog made it hold."""
        now_s, then_s = self._now_s(), self._then_s
        self._then_s = now_s
        command = self._book.active
        if command is None or self.fallen or self.e_stopped or self._hold_because:
            return
        watched_until_s = self._heartbeat_s + WATCHDOG_S
        moved_s = max(0.0, min(now_s, watched_until_s) - then_s)
        if self.script.blocked_by:
            self._book.report(CommandStatus.BLOCKED, reason=self.script.blocked_by, fraction=self._fraction(command))
            return
        self._elapsed_s += moved_s
        if moved_s <= 0.0:
            return
        fraction = self._fraction(command)
        self.pose = _between(self._start_pose, _goal(command), fraction)
        if command.command_id in self.ledger:
            self._book.done(self._claimed(command), now_s)
        elif fraction >= 1.0:
            self._end(command, now_s)
        else:
            self._book.report(CommandStatus.RUNNING, phase=command.skill, fraction=round(fraction, 1))

    def _fraction(self, command: ExecuteSkill) -> float:
        needed_s = self.script.seconds.get(command.skill, self.script.default_seconds)
        if command.skill == "wait" and command.skill not in self.script.seconds:
            needed_s = float(command.parameters["seconds"])
        return 1.0 if needed_s <= 0.0 else min(self._elapsed_s / needed_s, 1.0)

    def _end(self, command: ExecuteSkill, now_s: float) -> None:
        script = self.script
        if script.fail_next:
            reason, script.fail_next = script.fail_next, ""
            self._book.failed(reason, retriable=script.fail_retriable, phase=command.skill)
            return
        if not script.lie_next:
            self.ledger[command.command_id] = dict(command.parameters)
            if command.skill == "pick":
                self.held = (*self.held, command.parameters["object"])
            elif "object" in command.parameters:
                self.held = tuple(h for h in self.held if h != command.parameters["object"])
        script.lie_next = False
        self._book.done(self._claimed(command), now_s)

    def _claimed(self, command: ExecuteSkill) -> dict[str, Any]:
        given = {"dock": "", **command.parameters}
        return statement(self._description.robot_id, command.skill, given)

    def _state(self) -> RobotState:
        now_s, active = self._now_s(), self._book.active
        because = self._holding(now_s)
        moving = active is not None and not (because or self.fallen or self.e_stopped or self.script.blocked_by)
        person = self._book.holder not in ("", "supervisor")
        return RobotState(
            robot_id=self._description.robot_id,
            observed_at_s=now_s,
            pose=self.pose,
            posture=Posture.FALLEN if self.fallen else Posture.WALKING if moving else Posture.STANDING,
            battery_fraction=self.battery_fraction,
            held=self.held,
            stability=0.0 if self.fallen else 1.0,
            e_stop=self.e_stopped,
            health=Health.FAULT if self.fallen else Health.OK,
            health_detail="fallen" if self.fallen else "",
            mode=OperatingMode.INTERVENED if person else OperatingMode.AUTOMATIC,
            holding=bool(because),
            hold_because=because,
            command_id=active.command_id if active else None,
            epoch=active.epoch if active else 0,
            lease_holder=self._book.holder,
        )


def _goal(command: ExecuteSkill) -> Pose | None:
    """The last place of the command that has an approach: there it ends."""
    for name in ("to", "person", "place", "target", "dock", "object"):
        at = command.parameters.get(f"{name}_approach")
        if isinstance(at, Mapping):
            return Pose(x=float(at["x"]), y=float(at["y"]), yaw=float(at.get("yaw", 0.0)))
    return None


def _between(start: Pose, goal: Pose | None, fraction: float) -> Pose:
    if goal is None:
        return start
    x, y = start.x + (goal.x - start.x) * fraction, start.y + (goal.y - start.y) * fraction
    return Pose(x=x, y=y, yaw=goal.yaw)
