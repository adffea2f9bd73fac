"""A robot's own computer: one primitive at a time, holds, the watchdog of its radio link, and its battery."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from fleet.model.robot import Posture
from sim_worlds.errors import LinkDown, Refused
from sim_worlds.kernels.moving import drain_one
from sim_worlds.onboard.state import STILL, OnboardState, Run, Wish
from sim_worlds.onboard.traffic import THINK_S
from sim_worlds.records import AnyPrimitive, BodyState, Look, PrimitiveStatus, Wait, Way

if TYPE_CHECKING:
    pass

_LIES_ABOUT = ("pick", "place", "give", "look")


class Failed(Exception):
    """Raised inside a primitive to end it."""

    def __init__(self, code: str, detail: str, retriable: bool = False) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retriable = code, detail, retriable


class Computer(OnboardState):
    """What a robot decides. `think` is called only when there is something to decide (`kernels.walking.notice`)."""

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
        self._check_alone(primitive)

    def _check_alone(self, primitive: AnyPrimitive) -> None:
        """Nobody walks off with a load that others hold, too. Raises `Refused`: `jointly_held`, `bad_argument`."""
        team, load = getattr(primitive, "team", ()), self.world.teamwork.load_of(self.id)
        known = set(team) <= set(self.world.computers) and self.id in team
        if team and not (known and 2 <= len(set(team)) == len(team)):
            told = f"two or more robots of this world, each once, {self.id} among them"
            raise Refused("bad_argument", f"team: got {', '.join(team)}, expected {told}")
        if load is not None and not team and not isinstance(primitive, (Look, Wait)):
            others = ", ".join(r for r in load.robots if r != self.id) or "nobody: its other end lies on the floor"
            raise Refused(
                "jointly_held", f"{self.id} holds {load.crate.id} together with {others}; only a team moves it", True
            )

    def _begin(self, primitive: AnyPrimitive) -> None:
        from sim_worlds.onboard.primitives import begin

        self.primitive, self.run = primitive, begin(self, primitive)
        self._table["posted"][self.row] = False

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

    def follow(self, way: Way) -> None:
        """Walk the way that is given. Raises `Refused`: `not_walking`, or what `Guide.take` refuses."""
        self.hear()
        self.guided_at_s = self.world.time_s
        if self.leg is None:
            raise Refused("not_walking", f"{self.id} does not walk now; a way is for a walk under way", retriable=True)
        self.leg.take(way)

    def forget_way(self) -> None:
        """Find the way itself from now on."""
        self.guided_at_s = -math.inf
        if self.leg is not None:
            self.leg.find_own_way()

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
        """Watchdog, then one step of the primitive. Called when `rows` say that there is something to decide."""
        self._table["attend"][self.row] = False
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
        self.end_leg()
        self.wish = STILL
        if run is not None:
            run.close()  # lets an unfinished movement of the hands end well

    def end_leg(self) -> None:
        """The walk under way, if there is one, is over."""
        if self.leg is not None:
            self.leg.end()

    def show(self, state: Any, code: str = "", detail: str = "", **more: Any) -> None:
        """Change the running primitive's status."""
        self.status = msgspec.structs.replace(
            self.status, state=state, code=code, detail=detail, retriable=True, **more
        )

    # Battery

    def feel_load(self) -> None:
        """What computing, the box in its hands and a ramp take besides idle and joint power."""
        held, m = self.believes_to_hold, self.body.motion()
        held_kg = held.mass_kg if held is not None and held.holder == self.id and not held.partners else 0.0
        held_kg = held_kg or self.world.teamwork.share_kg(self.id)
        mass_kg = self.info.description.mass_kg + held_kg
        climbing = self.world.building.zones.climb_w(m.x, m.y, m.vx, m.vy, mass_kg)
        self.load_w = self.world.batteries.load_w(held_kg) + climbing

    def drain(self, dt: float) -> None:
        """Take what was used in `dt` seconds from the battery; add what the dock gives. For bodies that are stepped."""
        drain_one(self.rows.table, self.row, self.body.joint_power_w(), dt)

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
            status=self.leg.shown(self.status) if self.leg is not None else self.status,
            tired=self.world.wear.of(self.row),
            walking_to=self.leg.way.goal if self.leg is not None else None,
            route=self.leg.guide.route if self.leg is not None else 0,
            route_passed=self.leg.guide.passed if self.leg is not None else 0,
            awaits_way=self.leg is not None and self.leg.awaits_way,
        )

    def _last_report(self) -> None:
        self.reported = self.report()

    def state(self) -> BodyState:
        """The last report that left the robot."""
        if self.link_up or self.reported is None:
            now = self._moment()
            if self.reported is None or now != self._reported_at:
                self.reported, self._reported_at = self.report(), now
        return self.reported

    def _moment(self) -> tuple[object, ...]:
        """What a report depends on within one tick: it is asked for several times, and made once."""
        world = self.world
        return (
            world.tick,
            self.status,
            self._holding_because,
            self.e_stopped,
            self._docked_at,
            self.believes_to_hold,
            self._table["battery_wh"].item(self.row),
            self.clock_shift_s,
            len(self.health_notes),
            self.body,
            world.localisation.error(self.id) if world.localisation.active else None,
        )


__all__ = ["STILL", "THINK_S", "Computer", "Failed", "Run", "Wish"]
