"""The adapter contract: everything the fleet may ask of one humanoid robot, whoever made it.

Synchronous and polled: `execute` returns at once, what becomes of the command is read with `poll`. So an adapter
runs the same in virtual time (bit by bit reproducible) and in a ROS host; an SDK's threads may feed it from behind.
`robot_adapters.commands.CommandBook` holds the rules about ids and epochs; adapters use it and do not write their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from fleet.model.commands import CommandUpdate, ExecuteSkill, FollowRoute
from fleet.model.errors import FleetError, Unsupported
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState


class Rejected(FleetError):
    """The robot does not start the command, and says why. `retriable`: the same robot may take it later."""

    def __init__(self, reason: str, *, retriable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retriable = retriable


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer to `execute`.

    `parameters` are those that are really executed, after clamping to the robot's limits. `update` is the command's
    status now: `ACCEPTED` for a new command, whatever it has come to for one that was sent before.
    """

    parameters: dict[str, Any]
    update: CommandUpdate
    repeated: bool = False


class HumanoidAdapter(ABC):
    """One robot. All methods return within some milliseconds; none is called from two threads at once.

    Nothing answers success by default: what a robot cannot do raises `fleet.model.errors.Unsupported`. What needs the
    robot (`connect`, `execute`, `follow`, `cancel`, `hold`, `resume`, `recover`, `heartbeat`, `observations`) raises
    `fleet.model.errors.LinkDown` while it cannot be reached; the robot then holds by itself. `connect` and
    `disconnect` may be called again.
    """

    @abstractmethod
    def describe(self) -> RobotDescription:
        """What the robot is and can do. Answers before `connect`, always the same."""

    @abstractmethod
    def connect(self) -> None:
        """Open the link to the robot. Moves nothing. Raises `LinkDown` when the robot does not answer."""

    @abstractmethod
    def disconnect(self) -> None:
        """Let the robot go; it holds by itself. Never raises."""

    @abstractmethod
    def state(self) -> RobotState:
        """The robot's last report about itself.

        `observed_at_s` is when the robot made it: with the link down it stands still, it is never made up.

        Raises:
            LinkDown: the robot has never been heard.
        """

    @abstractmethod
    def execute(self, command: ExecuteSkill) -> Accepted:
        """Start a command, one at a time. The same `command_id` again starts nothing and returns its status.

        Raises:
            Rejected: not started: busy, fallen, e-stopped, holds something else.
            StaleEpoch: the command's epoch is lower than the highest this robot was told.
            Unsupported: the robot has not got the skill.
            InvalidField: a parameter is missing or wrong.
        """

    @abstractmethod
    def poll(self) -> list[CommandUpdate]:
        """What has become of commands since the last `poll`, in order. A final status is reported once."""

    @abstractmethod
    def cancel(self, command_id: str, because: str) -> None:
        """Give one command up; the robot ends stable and keeps what it holds. `CANCELLED` comes with `poll`.

        A command that has ended stays as it ended. One that was never seen is noted, and refused if it comes.
        """

    def follow(self, route: FollowRoute) -> None:
        """Walk the present walk of the command along these points, and no further than is released; see `FollowRoute`.

        For robots whose description says `follows_routes`; they report `walking_to` while they walk, `route` and
        `route_passed` while they follow one, and `awaits_way` when they have waited for it for some seconds. A route
        may come too late, for a walk that has ended: it is refused and changes nothing.

        Raises:
            Rejected: the command is not the one under way, the robot does not walk, its walk ends elsewhere, or it has
                a newer route.
            StaleEpoch: the route's epoch is lower than the highest this robot was told.
            InvalidField: it is no route: no points, a number that is none, more released than there are.
            Unsupported: this robot finds its way by itself.
        """
        raise Unsupported(f"{self.describe().robot_id} finds its way by itself and follows no routes")

    @abstractmethod
    def hold(self, because: str) -> None:
        """Stop moving and stay stable, at once, whatever is under way; it waits. Never powers off.

        Tries to reach the robot even when the link is believed to be down. A hold that raised `LinkDown` is delivered
        with the first heartbeat that gets through.
        """

    @abstractmethod
    def resume(self) -> None:
        """End the hold; what was under way goes on. Raises `Rejected` where that is not possible (e-stop)."""

    @abstractmethod
    def recover(self) -> None:
        """Try to come back to quiet standing from a fault, a fall or an e-stop.

        Raises:
            Unsupported: this robot cannot by itself; a person has to see to it.
        """

    @abstractmethod
    def grant(self, holder: str, epoch: int) -> None:
        """`holder` may command from now on; lower epochs are refused. Kept here, so the link may be down.

        Raises:
            StaleEpoch: a higher epoch was granted or obeyed before.
        """

    @abstractmethod
    def heartbeat(self) -> None:
        """Somebody is in charge. Called several times a second; without it the robot holds by itself."""

    @abstractmethod
    def observations(self) -> list[Observation]:
        """What the robot's own eyes saw since the last call; an empty list for a robot without eyes."""

    def joint_positions_rad(self) -> tuple[float, ...]:
        """Joint angles at the last report, in the order of the description's `joint_names`.

        Raises:
            Unsupported: the robot does not tell them.
        """
        raise Unsupported(f"{self.describe().robot_id} does not tell its joint angles")
