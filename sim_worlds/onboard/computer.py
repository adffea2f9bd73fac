"""A robot's own computer: one primitive at a time, holds, the watchdog of its radio link, and its battery."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from fleet.model.robot import Posture
from sim_worlds.crates import Crate
from sim_worlds.errors import LinkDown, Refused
from sim_worlds.humanoids.base import Body, Motion, wrap
from sim_worlds.onboard.traffic import THINK_S, Mover
from sim_worlds.records import AnyPrimitive, BodyState, PrimitiveStatus, RobotInfo

if TYPE_CHECKING:
    from sim_worlds.world import World

_TURN_GAIN = 2.5
_MAX_TURN_RADPS = 0.9
_POST_M, _RETURN_MPS = 0.3, 0.3
_STEP_ASIDE_MPS = 0.08
_LIES_ABOUT = ("pick", "place", "give", "look")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the primitive wants of the legs now: a velocity in the map frame (m/s) and a heading (rad), None to keep."""

    vx: float = 0.0
    vy: float = 0.0
    heading: float | None = None


class Failed(Exception):
    """Raised inside a primitive to end it."""

    def __init__(self, code: str, detail: str, retriable: bool = False) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retriable = code, detail, retriable


STILL = Wish()
Run = Generator[None, None, str]
"""A primitive under way: yields once every `THINK_S`, returns what was achieved in words, raises `Failed`."""


@dataclass
class Computer:
    """Onboard state of one robot. Times are simulated seconds."""

    world: World
    info: RobotInfo
    body: Body
    battery_wh: float
    docked_at: str | None = None
    status: PrimitiveStatus = field(default_factory=PrimitiveStatus)
    primitive: AnyPrimitive | None = None
    run: Run | None = None
    wish: Wish = STILL
    holding_because: str | None = None
    e_stopped: bool = False
    link_up: bool = True
    heard_at_s: float = 0.0
    believes_to_hold: Crate | None = None
    """A robot whose box slipped goes on believing that it holds it."""
    post: tuple[float, float, float] | None = None
    returning: bool = False
    pressing: bool = False
    clock_shift_s: float = 0.0
    """How far its clock is ahead."""
    lies: bool = False
    """It reports work of its hands and eyes as done without doing it."""
    health_notes: dict[str, str] = field(default_factory=dict)
    """What its own diagnosis says is wrong, by cause."""
    seen_floor: tuple[str, frozenset[int]] = ("", frozenset())
    """Of the zone that is being inspected: the command it is for, and which of the zone's sample points were seen."""
    reported: BodyState | None = None
    pace: float = 1.0
    """Of its usual walking speed; what-if rollouts vary it, and `work_scale`."""
    work_scale: float = 1.0
    """How long work with hands and eyes takes, as a multiple of the usual time."""

    @property
    def id(self) -> str:
        return self.info.robot_id

    @property
    def battery_fraction(self) -> float:
        return self.battery_wh / self.capacity_wh

    @property
    def capacity_wh(self) -> float:
        """What the battery holds when full, at its age."""
        return self.info.description.battery_wh * self.world.batteries.health(self.id)

    @property
    def fallen(self) -> bool:
        return self.body.posture() is Posture.FALLEN

    def estimate(self) -> Motion:
        """Where the robot believes it is, and how it moves: what it plans, walks and reports by."""
        return self.world.localisation.believed(self.id, self.body.motion())

    # Commands, as they come in over the radio

    def hear(self) -> None:
        """Anything that arrives counts as a heartbeat. Raises `LinkDown` while the radio is down."""
        if not self.link_up:
            raise LinkDown(f"{self.id} does not answer since {self.reported.time_s if self.reported else 0:.1f} s")
        self.heard_at_s = self.world.time_s

    def start(self, primitive: AnyPrimitive) -> PrimitiveStatus:
        self.hear()
        if self.primitive is not None and primitive.command_id == self.status.command_id:
            return self.status
        self._check(primitive)
        kind = type(primitive).__struct_config__.tag
        self.status = PrimitiveStatus(
            command_id=primitive.command_id, kind=str(kind), state="running", started_s=self.world.time_s
        )
        self._begin(primitive)
        return self.status

    def _check(self, primitive: AnyPrimitive) -> None:
        ended = self.world.outcome(primitive.command_id)
        kind = str(type(primitive).__struct_config__.tag)
        if not primitive.command_id:
            raise Refused("bad_argument", f"{self.id}: command_id: got '', expected an id used once")
        if ended is not None:
            raise Refused(
                "already_done",
                f"{self.id}: the command {primitive.command_id} was executed before "
                f"({ended.state}); a new command needs a new id",
            )
        if kind not in self.info.primitives:
            raise Refused(
                "unsupported",
                f"{self.id}: {kind} is not supported by {self.info.description.model}; "
                f"it supports {', '.join(self.info.primitives)}",
            )
        if self.fallen:
            raise Refused("fallen", f"{self.id} lies on the floor and cannot get up; a person must help it")
        if self.e_stopped:
            raise Refused("e_stop", f"{self.id}: the e-stop is engaged; release it first", retriable=True)
        if self.holding_because is not None:
            raise Refused("holding", f"{self.id} holds because {self.holding_because}; resume it first", retriable=True)
        if self.primitive is not None:
            raise Refused(
                "busy",
                f"{self.id} is doing {self.status.kind} ({self.status.command_id}); wait or cancel it first",
                retriable=True,
            )
        self.world.check_targets(primitive)

    def _begin(self, primitive: AnyPrimitive) -> None:
        from sim_worlds.onboard.primitives import begin

        self.primitive, self.run, self.post = primitive, begin(self, primitive), None

    def resume_with(self, primitive: AnyPrimitive) -> None:
        """After a restart: begin again with the primitive that was running. Its effect, if there was one, stays one."""
        self._begin(primitive)

    def abandon(self) -> None:
        """The world ends: let go of the primitive while there still is a body to let go with."""
        run, self.run = self.run, None
        if run is not None:
            run.close()

    def cancel(self, because: str) -> PrimitiveStatus:
        self.hear()
        if self.primitive is not None:
            self._end("cancelled", "cancelled", because, retriable=True)
        return self.status

    def hold(self, because: str) -> None:
        self.hear()
        if self.holding_because is None:
            self.holding_because = because

    def resume(self) -> None:
        self.hear()
        if self.e_stopped:
            raise Refused("e_stop", f"{self.id}: the e-stop is engaged; release it first", retriable=True)
        self.holding_because = None

    def engage_e_stop(self, because: str) -> None:
        self.hear()
        self.press_e_stop(because)

    def press_e_stop(self, because: str) -> None:
        """By hand, on the robot itself: that needs no radio."""
        self.e_stopped, self.holding_because = True, f"e-stop: {because}"
        if self.primitive is not None:
            self._end("cancelled", "e_stop", because, retriable=True)

    def release_e_stop(self) -> None:
        self.hear()
        self.e_stopped = False

    # Every THINK_S

    def think(self) -> None:
        """Watchdog, then one step of the primitive."""
        now = self.world.time_s
        if now - self.heard_at_s > self.world.watchdog_s and self.holding_because is None:
            self.holding_because = f"no heartbeat for {self.world.watchdog_s:g} s"
        if self.fallen:
            self._on_the_floor()
        elif self.battery_wh <= 0:
            self.wish = STILL
            if self.primitive is not None:
                self._end("failed", "battery_empty", "the battery is empty", retriable=False)
        elif self.holding_because is not None:
            self.wish = STILL
            if self.primitive is not None:
                self.show("blocked", "holding", f"holds because {self.holding_because}")
        elif self.run is not None:
            self._advance()
        else:
            self.wish = self._keep_post()
        self.reported = self.report() if self.link_up else self.reported

    @property
    def idle(self) -> bool:
        """Free to step aside for others: nothing to do, upright, not at a dock, not held."""
        return (
            self.run is None
            and self.docked_at is None
            and self.holding_because is None
            and self.battery_wh > 0
            and self.body.posture() in (Posture.STANDING, Posture.WALKING)
        )

    def _keep_post(self) -> Wish:
        """Where an idle robot stands when its last primitive ended is its post; it comes back after giving way."""
        m = self.estimate()
        if self.post is None:
            self.post = (m.x, m.y, m.yaw)
        dx, dy = self.post[0] - m.x, self.post[1] - m.y
        away = math.hypot(dx, dy)
        if not self.idle or away < (_POST_M if not self.returning else _POST_M / 3):
            self.returning = False
            return STILL
        self.returning = True
        return Wish(dx / away * _RETURN_MPS, dy / away * _RETURN_MPS, self.post[2])

    def _advance(self) -> None:
        assert self.run is not None
        if self.lies and self.status.kind in _LIES_ABOUT:
            self._end("done", "", f"says that it did: {self.status.kind}")
            return
        try:
            next(self.run)
        except StopIteration as stop:
            self._end("done", "", str(stop.value))
        except Failed as failure:
            self._end("failed", failure.code, failure.detail, failure.retriable)
        else:
            if self.status.code == "holding":
                self.show("running")

    def _on_the_floor(self) -> None:
        self.wish = STILL
        if self.primitive is not None:
            self._end("failed", "fallen", f"{self.id} has fallen and cannot get up; a person must help it")
        self.believes_to_hold = None

    def _end(self, state: Any, code: str, detail: str, retriable: bool = False) -> None:
        self.status = msgspec.structs.replace(
            self.status, state=state, code=code, detail=detail, retriable=retriable, ended_s=self.world.time_s
        )
        self.world.outcomes[self.status.command_id] = self.status
        run, self.run, self.primitive = self.run, None, None
        self.wish, self.pressing = STILL, False
        if run is not None:
            run.close()  # lets an unfinished movement of the hands end well

    def show(self, state: Any, code: str = "", detail: str = "", **more: Any) -> None:
        """Change the running primitive's status."""
        self.status = msgspec.structs.replace(
            self.status, state=state, code=code, detail=detail, retriable=True, **more
        )

    # Legs

    def mover(self) -> Mover:
        """This robot as others must avoid it."""
        m = self.body.motion()
        d = self.info.description
        free = self.idle or (
            self.holding_because is None and not self.fallen and (self.wish.vx, self.wish.vy) != (0.0, 0.0)
        )
        # Around its middle only: what it carried lies beside it, and others must be able to come near that.
        radius = 0.25 if self.fallen else d.footprint_radius_m
        return Mover(
            self.id,
            m.x,
            m.y,
            radius,
            m.vx,
            m.vy,
            self.world.localisation.to_world(self.id, self.wish.vx * self.pace, self.wish.vy * self.pace),
            mobile=free,
            dynamic=self.info.dynamic and not self.fallen,
            max_speed=d.max_speed_mps,
            pressing=self.pressing and free,
        )

    def walk(self, allowed: tuple[float, float]) -> None:
        """Hand the allowed velocity to the body; face where we go, or as the primitive wishes."""
        yaw = self.body.motion().yaw
        vx, vy = allowed
        if self.idle and self.wish == STILL and math.hypot(vx, vy) < _STEP_ASIDE_MPS:
            vx = vy = 0.0
        heading = self.wish.heading
        if heading is not None:
            heading -= self.world.localisation.error(self.id)[2]
        if heading is None and math.hypot(vx, vy) > 0.1 and not self.idle:
            heading = math.atan2(vy, vx)
        turn = 0.0
        if heading is not None:
            error = wrap(heading - yaw)
            turn = min(max(_TURN_GAIN * error, -_MAX_TURN_RADPS), _MAX_TURN_RADPS) if abs(error) > 0.03 else 0.0
            # Humanoids walk forwards: the more the body looks elsewhere, the slower.
            pace = max(math.cos(wrap(math.atan2(vy, vx) - yaw)), 0.35) if (vx, vy) != (0.0, 0.0) else 1.0
            vx, vy = vx * pace, vy * pace
        self.body.move(vx, vy, turn)

    # Battery

    def drain(self, dt: float) -> None:
        """Take what was used in `dt` seconds from the battery; add what the dock gives."""
        batteries, held = self.world.batteries, self.believes_to_hold
        held_kg = held.mass_kg if held is not None and held.holder == self.id else 0.0
        used = self.info.description.idle_power_w + self.body.joint_power_w() + batteries.load_w(held_kg)
        if self.docked_at is not None:
            used -= batteries.charge_w(self.battery_fraction)
        self.battery_wh = min(max(self.battery_wh - used * dt / 3600, 0.0), self.capacity_wh)

    # Reports

    def report(self) -> BodyState:
        """The state as it is now, whether the radio works or not."""
        m = self.estimate()
        held = (self.believes_to_hold.id,) if self.believes_to_hold is not None else ()
        return BodyState(
            robot_id=self.id,
            time_s=self.world.time_s + self.clock_shift_s,
            x_m=m.x,
            y_m=m.y,
            z_m=m.z,
            yaw_rad=m.yaw,
            vx_mps=m.vx,
            vy_mps=m.vy,
            yaw_rate_radps=m.yaw_rate,
            posture=self.body.posture(),
            stability=self.body.stability(),
            battery_fraction=self.battery_fraction,
            charging=self.docked_at is not None,
            held=held,
            e_stop=self.e_stopped,
            docked_at=self.docked_at,
            holding_because=self.holding_because,
            health=tuple(self.health_notes.values()),
            joint_positions_rad=self.body.joint_positions(),
            status=self.status,
        )

    def state(self) -> BodyState:
        """The last report that left the robot."""
        if self.link_up or self.reported is None:
            self.reported = self.report()
        return self.reported


__all__ = ["STILL", "THINK_S", "Computer", "Failed", "Run", "Wish"]
