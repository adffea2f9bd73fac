"""Promotion and demotion: a robot of tier T0 walks by its joints (T2) while it matters, and is moved again after."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.model.robot import Posture
from sim_worlds.errors import Refused, SpecError
from sim_worlds.humanoids.base import SOUND, Body, Motion
from sim_worlds.profiles import Tier, load_model
from sim_worlds.rows import KNELT, TURN, VX, VY

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.onboard.traffic import Mover
    from sim_worlds.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRule:
    """Who is promoted without being asked for: who comes near an incident (somebody who lies on the floor).

    near_incident_m: how near, in m. quiet_s: how long after the last reason a robot is demoted, in s; also for those
    that a fault promoted. at_most: robots promoted by this rule at the same time.
    """

    near_incident_m: float = 3.0
    quiet_s: float = 10.0
    at_most: int = 4

    def check(self) -> None:
        """Raise `SpecError` for numbers that cannot be."""
        for name, value, low in (("near_incident_m", self.near_incident_m, 0.0), ("quiet_s", self.quiet_s, 0.5)):
            if not low <= value < math.inf:
                raise SpecError(f"promotion: {name}: got {value}, expected a number of {low:g} or more, finite")
        if self.at_most < 0:
            raise SpecError(f"promotion: at_most: got {self.at_most}, expected 0 or more robots")


class Promotion:
    """Which tier each robot of one world is in now. A part of the world."""

    name = "promotion"

    def __init__(self, world: World, rule: PromotionRule | None) -> None:
        self.world, self.rule = world, rule
        self.changes = 0
        self._quiet_since: dict[str, float] = {}
        """Of robots that are demoted when all is quiet."""
        self._quiet_s = (rule or PromotionRule()).quiet_s

    # On demand

    def promote(self, robot_id: str, until_quiet: bool = False) -> bool:
        """Let the robot walk by its joints. Pose, velocity, box, battery and primitive stay; False if it does already.

        Args:
            until_quiet: demote it again when it is sound and nothing has happened near it for a while.

        Raises:
            SpecError: its model has no walking policy.
            Refused: `unknown_robot`; `kneels`, because no policy stands up.
        """
        robot = self.world.computer(robot_id)
        if robot.body.tier == "T2":
            return False
        self._check_model(robot)
        if self.world.rows.motion[robot.row, KNELT] > 0:
            raise Refused("kneels", f"{robot_id} kneels; it must stand before it can be promoted", retriable=True)
        m = robot.body.motion()
        body = self._change(robot, "T2", m)
        body.launch(m.vx, m.vy, m.yaw_rate)  # type: ignore[attr-defined]
        if until_quiet:
            self._quiet_since[robot_id] = self.world.time_s
        return True

    def demote(self, robot_id: str) -> bool:
        """Let the robot be moved again, as its specification says (T0 if that is T2); False if it is already.

        Raises:
            Refused: `unknown_robot`; `fallen`, because a moved body cannot lie; `impaired`, because it cannot limp.
        """
        robot = self.world.computer(robot_id)
        if robot.body.tier != "T2":
            return False
        if robot.body.posture() is Posture.FALLEN:
            raise Refused("fallen", f"{robot_id} lies on the floor; only a robot that stands can be demoted")
        if robot.body.impairment != SOUND:
            raise Refused("impaired", f"{robot_id} has a fault of its joints; only a sound robot can be demoted")
        own = self.world.specs[robot.row].tier
        m = robot.body.motion()
        self._change(robot, own if own is not None and own != "T2" else "T0", m)
        self.world.rows.motion[robot.row, [VX, VY, TURN]] = m.vx, m.vy, m.yaw_rate
        self._quiet_since.pop(robot_id, None)
        return True

    def _check_model(self, robot: Computer) -> None:
        spec = self.world.specs[robot.row]
        model = load_model(spec.model)
        if "T2" not in model.tiers:
            raise SpecError(
                f"{robot.id}: tier: got 'T2', expected one of: {', '.join(model.tiers)}; "
                f"there is no walking policy for the model {spec.model}"
            )

    def _change(self, robot: Computer, tier: Tier, m: Motion) -> Body:
        world, old = self.world, robot.body
        crate = old.held
        old.release()
        old.remove()
        from sim_worlds.humanoids.tiers import make_body  # slow to import: brings Numba

        robot.body = make_body(world.physics, world.specs[robot.row], tier, m.x, m.y, m.yaw, world.rows, robot.row)
        if crate is not None:
            robot.body.receive(crate)
        world.mechanics.bodies_changed()
        if robot.leg is not None:
            robot.leg.body_changed()
        self.changes += 1
        return robot.body

    # By rule, every thought

    def think(self, world: World) -> None:
        if self.rule is None and not self._quiet_since:
            return
        incidents = list(self._incidents())
        if self.rule is not None and incidents:
            for robot in self._near(incidents, self.rule.near_incident_m):
                if robot.id in self._quiet_since:
                    self._quiet_since[robot.id] = world.time_s
                elif len(self._quiet_since) < self.rule.at_most and robot.body.tier != "T2":
                    self.promote(robot.id, until_quiet=True)
        for name, since in list(self._quiet_since.items()):
            body = world.computers[name].body
            if body.posture() is Posture.FALLEN or body.impairment != SOUND:
                self._quiet_since[name] = world.time_s
            elif world.time_s - since >= self._quiet_s:
                self.demote(name)

    def _incidents(self) -> Iterable[tuple[float, float]]:
        """Where somebody lies on the floor."""
        for robot in self.world.mechanics.stepped:
            if robot.body.posture() is Posture.FALLEN:
                m = robot.body.motion()
                yield m.x, m.y
        for name in self.world.people:
            person = self.world.people.state(name)
            if person.posture == "lying":
                yield person.x, person.y

    def _near(self, incidents: list[tuple[float, float]], reach_m: float) -> list[Computer]:
        """Robots near an incident that stand and could be in T2, nearest first."""
        found = []
        for robot in self.world.onboard:
            m = robot.body.motion()
            apart = min(math.hypot(m.x - x, m.y - y) for x, y in incidents)
            able = "T2" in load_model(self.world.specs[robot.row].model).tiers
            kneels = self.world.rows.motion[robot.row, KNELT] > 0
            if apart <= reach_m and able and not kneels and robot.body.posture() is not Posture.FALLEN:
                found.append((apart, robot.row))
        return [self.world.onboard[row] for _, row in sorted(found)]

    # A part of the world

    def movers(self) -> Iterable[Mover]:
        return ()

    def tiers(self) -> dict[str, Tier]:
        """The tier of each robot now."""
        return {r.id: r.body.tier for r in self.world.onboard}

    def digest(self) -> bytes:
        return repr((self.changes, self.tiers(), self._quiet_since)).encode() if self.changes else b""

    def snapshot(self) -> dict[str, Any]:
        return {"tiers": self.tiers(), "quiet_since": dict(self._quiet_since), "changes": self.changes}

    def restore(self, data: dict[str, Any]) -> None:
        for name, tier in data["tiers"].items():
            if tier == "T2":
                self.promote(name)
            else:
                self.demote(name)
        self._quiet_since, self.changes = dict(data["quiet_since"]), data["changes"]


__all__ = ["Promotion", "PromotionRule"]
