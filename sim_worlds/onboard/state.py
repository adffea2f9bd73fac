"""The state of a robot's own computer, and what of it lives in the world's arrays."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleet.model.robot import Posture
from sim_worlds.crates import Crate
from sim_worlds.humanoids.base import Body, Motion
from sim_worlds.records import AnyPrimitive, BodyState, PrimitiveStatus, RobotInfo
from sim_worlds.rows import column

if TYPE_CHECKING:
    from sim_worlds.onboard.legs import Leg
    from sim_worlds.world import World

Run = Generator[None, None, str]
"""A primitive under way: yields once every `THINK_S`, returns what was achieved in words, raises `Failed`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the primitive wants of the legs now: a velocity in the map frame (m/s) and a heading (rad), None to keep."""

    vx: float = 0.0
    vy: float = 0.0
    heading: float | None = None


STILL = Wish()
GUIDES_FOR_S = 60.0
"""A fleet guides its robots if it has sent this one a way in the last so many seconds."""


class OnboardState:
    """The state of one robot's computer. Times are simulated seconds.

    What is asked of all robots at every thought lives in the world's `rows`; what is decided now and then is here.
    """

    def __init__(
        self, world: World, info: RobotInfo, body: Body, battery_wh: float, docked_at: str | None = None, row: int = 0
    ) -> None:
        self.world, self.info, self.body = world, info, body
        self.id = info.robot_id
        self.rows, self.row = world.rows, row
        self._table = world.rows.columns
        self._set_figures()
        self.battery_wh = battery_wh
        self.docked_at = docked_at
        self.status = PrimitiveStatus()
        self.primitive: AnyPrimitive | None = None
        self.run: Run | None = None
        self.leg: Leg | None = None
        self.wish = STILL
        self.holding_because: str | None = None
        self.e_stopped = False
        self._link_up = True
        self.heard_at_s = 0.0
        self.guided_at_s = -math.inf
        """When the fleet last sent it a way to walk by."""
        self.believes_to_hold: Crate | None = None
        """A robot whose box slipped goes on believing that it holds it."""
        self.clock_shift_s = 0.0
        """How far its clock is ahead."""
        self.lies = False
        """It reports work of its hands and eyes as done without doing it."""
        self.health_notes: dict[str, str] = {}
        """What its own diagnosis says is wrong, by cause."""
        self.seen_floor: tuple[str, frozenset[int]] = ("", frozenset())
        """Of the zone being inspected: the command it is for, and which of the zone's sample points were seen."""
        self.reported: BodyState | None = None
        self._reported_at: tuple[object, ...] = ()
        self.work_scale = 1.0
        """How long work with hands and eyes takes, as a multiple of the usual time."""

    def _set_figures(self) -> None:
        d, table = self.info.description, self._table
        table["radius"][self.row], table["max_speed"][self.row] = d.footprint_radius_m, d.max_speed_mps
        table["idle_w"][self.row] = d.idle_power_w
        spec = self.world.batteries.spec
        table["capacity_wh"][self.row] = d.battery_wh * self.world.batteries.health(self.id)
        table["charge_w"][self.row], table["taper_from"][self.row] = spec.charge_w, spec.taper_from
        table["load_w"][self.row] = spec.computing_w

    battery_wh = column("battery_wh")
    capacity_wh = column("capacity_wh")
    """What the battery holds when full, at its age."""
    heard_at_s = column("heard_s")
    pressing = column("pressing")
    returning = column("returning")
    load_w = column("load_w")
    """Electrical load in W besides computers and joints, e.g. of the arms or a ramp."""
    pace = column("pace")
    """Of its usual walking speed; what-if rollouts vary it, and `work_scale`."""

    @property
    def run(self) -> Run | None:
        return self._run

    @run.setter
    def run(self, value: Run | None) -> None:
        self._run = value
        self._table["busy"][self.row] = value is not None
        self.attend()

    @property
    def holding_because(self) -> str | None:
        return self._holding_because

    @holding_because.setter
    def holding_because(self, value: str | None) -> None:
        self._holding_because = value
        self._table["holding"][self.row] = value is not None
        self.attend()

    @property
    def docked_at(self) -> str | None:
        return self._docked_at

    @docked_at.setter
    def docked_at(self, value: str | None) -> None:
        self._docked_at = value
        self._table["docked"][self.row] = value is not None

    @property
    def link_up(self) -> bool:
        return self._link_up

    @link_up.setter
    def link_up(self, value: bool) -> None:
        if self._link_up and not value:
            self._last_report()
        self._link_up = value

    @property
    def wish(self) -> Wish:
        table, row = self._table, self.row
        heading = table["wish_yaw"].item(row)
        return Wish(table["wish_vx"].item(row), table["wish_vy"].item(row), None if heading != heading else heading)

    @wish.setter
    def wish(self, value: Wish) -> None:
        table, row = self._table, self.row
        table["wish_vx"][row], table["wish_vy"][row] = value.vx, value.vy
        table["wish_yaw"][row] = math.nan if value.heading is None else value.heading

    @property
    def guided(self) -> bool:
        """Whether the fleet tells it which way to walk."""
        return self.world.time_s - self.guided_at_s < GUIDES_FOR_S

    def attend(self) -> None:
        """Let the computer think at the next thought."""
        self._table["attend"][self.row] = True

    @property
    def battery_fraction(self) -> float:
        table, row = self._table, self.row
        return float(table["battery_wh"].item(row) / table["capacity_wh"].item(row))

    @property
    def fallen(self) -> bool:
        return self.body.posture() is Posture.FALLEN

    def estimate(self) -> Motion:
        """Where the robot believes it is, and how it moves: what it plans, walks and reports by."""
        localisation, m = self.world.localisation, self.body.motion()
        return localisation.believed(self.id, m) if localisation.active else m

    def _last_report(self) -> None:
        """The radio goes down: what left the robot last stays."""
        raise NotImplementedError
