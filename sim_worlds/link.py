"""The one way into a simulated world for adapters: the same methods in the same process and over a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sim_worlds.records import AnyPrimitive, BodyState, Effect, Observation, PrimitiveStatus, Way, WorldInfo

if TYPE_CHECKING:
    from sim_worlds.rollouts.desk import Desk
    from sim_worlds.rollouts.options import Request
    from sim_worlds.rollouts.results import EvaluationStatus
    from sim_worlds.world import World


@runtime_checkable
class WorldLink(Protocol):
    """A vendor-SDK-like client for all robots of one world.

    Every call for a robot whose radio is down raises `LinkDown`; every call while the world's process is away
    raises `WorldUnreachable`; an unknown robot is `Refused` with code `unknown_robot`. The methods that read
    (`body_state`, `body_states`, `status`, `time_s`) do not raise `LinkDown`: they return the last report with
    its own `time_s`, because silence shows as age.
    """

    def describe(self) -> WorldInfo:
        """Robots, models and limits; constant for the life of a world."""
        ...

    def time_s(self) -> float:
        """Simulated seconds at the latest report."""
        ...

    def start(self, robot_id: str, primitive: AnyPrimitive) -> PrimitiveStatus:
        """Begin a primitive; returns at once with its first status.

        Raises `Refused`: `busy` (one primitive at a time), `already_done` (this command_id has ended before, or is
        in the ledger; see `outcome`), `unsupported`, `fallen`, `e_stop`, `holding`, `unknown_target`, `bad_argument`.
        Starting the primitive that is running now (same command_id) is no error and returns its status.
        """
        ...

    def follow(self, robot_id: str, way: Way) -> None:
        """The way of the walk under way: through its points, no further than is released.

        Raises `Refused`: `not_walking`, `another_walk` (the way ends elsewhere), `stale_route` (a lower number than
        that of the present one), `bad_argument`. The same number again changes nothing.
        """
        ...

    def cancel(self, robot_id: str, because: str) -> PrimitiveStatus:
        """Stop the running primitive and stand; what is held stays held. The status becomes `cancelled`."""
        ...

    def status(self, robot_id: str) -> PrimitiveStatus:
        """The latest primitive's status; `idle` before the first."""
        ...

    def outcome(self, command_id: str) -> PrimitiveStatus | None:
        """How a command ended or stands, even after a restart; None if no robot of this world ever took it."""
        ...

    def body_state(self, robot_id: str) -> BodyState:
        """The robot's last report about itself."""
        ...

    def body_states(self) -> tuple[BodyState, ...]:
        """The last reports of all robots, in the order of `describe().robots`."""
        ...

    def heartbeat(self, robot_id: str) -> None:
        """Say that somebody commands this robot. Without one for 1 s of simulated time it holds by itself."""
        ...

    def hold(self, robot_id: str, because: str) -> None:
        """Stop moving and stay stable; the primitive waits."""
        ...

    def resume(self, robot_id: str) -> None:
        """Let go of a hold (whoever caused it, the watchdog too); the primitive goes on. Counts as a heartbeat.

        Raises `Refused` with code `e_stop` while the e-stop is engaged.
        """
        ...

    def e_stop(self, robot_id: str, because: str) -> None:
        """Engage the e-stop: hold, cancel the primitive, refuse commands. A humanoid keeps its balance."""
        ...

    def release_e_stop(self, robot_id: str) -> None:
        """Release the e-stop; the robot still holds until `resume`."""
        ...

    def drain_observations(self) -> tuple[Observation, ...]:
        """Observations of site cameras and robots' looks since the last call, oldest first (10,000 are kept)."""
        ...

    def effects(self) -> tuple[Effect, ...]:
        """The ledger of what physically happened, oldest first. For audits and tests; robots do not see it."""
        ...

    def evaluate(self, request: Request) -> str:
        """Ask what would happen if; returns a ticket at once, and the world goes on meanwhile.

        Raises `OptionError` for a question that cannot be asked of this world, `Refused` with code `busy` while two
        are under way.
        """
        ...

    def evaluation(self, ticket: str) -> EvaluationStatus:
        """How a question stands, with the answer when there is one. The newest 16 answers are kept; another ticket is
        `Refused` with code `unknown_ticket`."""
        ...

    def give_up(self, ticket: str) -> None:
        """Say that nobody waits for that question any more; the world then works at it no longer."""
        ...

    def close(self) -> None:
        """Let go of the connection. The robots then hold by themselves."""
        ...


class LocalWorld:
    """`WorldLink` to a `World` in this process. The caller advances time with `world.advance(seconds)`."""

    _desk: Desk | None = None

    def __init__(self, world: World) -> None:
        self.world = world

    def describe(self) -> WorldInfo:
        return self.world.describe()

    def time_s(self) -> float:
        return self.world.time_s

    def start(self, robot_id: str, primitive: AnyPrimitive) -> PrimitiveStatus:
        return self.world.start(robot_id, primitive)

    def follow(self, robot_id: str, way: Way) -> None:
        self.world.follow(robot_id, way)

    def cancel(self, robot_id: str, because: str) -> PrimitiveStatus:
        return self.world.cancel(robot_id, because)

    def status(self, robot_id: str) -> PrimitiveStatus:
        return self.world.status(robot_id)

    def outcome(self, command_id: str) -> PrimitiveStatus | None:
        return self.world.outcome(command_id)

    def body_state(self, robot_id: str) -> BodyState:
        return self.world.body_state(robot_id)

    def body_states(self) -> tuple[BodyState, ...]:
        return self.world.body_states()

    def heartbeat(self, robot_id: str) -> None:
        self.world.heartbeat(robot_id)

    def hold(self, robot_id: str, because: str) -> None:
        self.world.hold(robot_id, because)

    def resume(self, robot_id: str) -> None:
        self.world.resume(robot_id)

    def e_stop(self, robot_id: str, because: str) -> None:
        self.world.e_stop(robot_id, because)

    def release_e_stop(self, robot_id: str) -> None:
        self.world.release_e_stop(robot_id)

    def drain_observations(self) -> tuple[Observation, ...]:
        return self.world.drain_observations()

    def effects(self) -> tuple[Effect, ...]:
        return self.world.effects()

    def evaluate(self, request: Request) -> str:
        return self._open_desk().ask(request)

    def evaluation(self, ticket: str) -> EvaluationStatus:
        return self._open_desk().look(ticket).decoded()

    def give_up(self, ticket: str) -> None:
        self._open_desk().give_up(ticket)

    def _open_desk(self) -> Desk:
        from sim_worlds.rollouts.desk import Desk  # most links never ask

        if self._desk is None or self._desk.world is not self.world:
            self._desk = Desk(self.world)
        return self._desk

    def close(self) -> None:
        """Give up questions under way; the world belongs to the caller."""
        if self._desk is not None:
            self._desk.close()


def __getattr__(name: str) -> object:
    # `RemoteWorld` needs a thread; a process that must stay forkable imports this module without it.
    if name == "RemoteWorld":
        from sim_worlds.remote import RemoteWorld

        return RemoteWorld
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
