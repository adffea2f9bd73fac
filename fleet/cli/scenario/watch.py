"""Looks at the world itself while a scenario runs: what happens, where everything is, and what can be measured.

Only for judging a run: nothing of this reaches the supervisor.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from fleet.cli.stack import Stack
from fleet.model.robot import Posture
from fleet.scenario.measures import Measures
from fleet.scenario.pattern import Happening
from fleet.scenario.record import SAMPLE_PERIOD_S, FaultRow, Track
from sim_worlds.onboard.computer import Computer
from sim_worlds.people.spec import RADIUS_M
from sim_worlds.world import World

_OVERLAP_M = 0.05
_FAR_M = 10.0
_ON_PURPOSE = ("place", "give")


@dataclass(slots=True)
class _Seen:
    """What was last seen of a robot."""

    x: float
    y: float
    zone: str
    posture: Posture
    held: bool = False
    e_stop: bool = False
    docked: str = ""


@dataclass
class Watch:
    """`look` once a tick. Facts go to `happenings`, in the order in which they happened."""

    stack: Stack
    happenings: list[Happening] = field(default_factory=list)
    frames_s: list[float] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The world that runs now: after it was killed, another one."""
        return self.stack.world

    def __post_init__(self) -> None:
        self._robots = {r.id: self._first(r) for r in self.world.computers.values()}
        self._holders = {c.id: c.holder for c in self.world.crates.values()}
        self._effects = len(self.world.ledger)
        self._episodes: dict[tuple[str, float], bool] = {}
        self._touching: set[tuple[str, str]] = set()
        self._poses: dict[str, list[tuple[float, float, float] | None]] = {}
        self._hash = hashlib.sha256()
        self._next_frame_s = 0.0
        self._radii = np.array([r.info.description.footprint_radius_m for r in self.world.computers.values()])
        self._names = list(self.world.computers)
        self._rows: list[list[float]] = []
        self._battery_wh = self.world.rows.columns["battery_wh"].copy()
        self._empty = np.zeros(len(self._names), dtype=np.bool_)
        self._totals = {"falls": 0.0, "collisions": 0.0, "drops": 0.0, "distance_m": 0.0, "energy_wh": 0.0}
        self._least_gap, self._least_battery = math.inf, 1.0
        self._open = {k: leaf.is_open for k, leaf in self.world.building.doors.leaves.items()}
        self._breaches = 0

    def _first(self, robot: Computer) -> _Seen:
        m = robot.body.motion()
        zone = self.world.site.zone_at(m.x, m.y)
        seen = _Seen(m.x, m.y, zone, robot.body.posture())
        seen.docked = robot.docked_at or ""
        return seen

    # Once a tick

    def look(self) -> None:
        """See what has changed since the last look."""
        self._faults()  # first: the rest may be its consequence
        rows, before = self.world.rows.motion.tolist(), self._rows
        for row, robot in enumerate(self.world.onboard):
            seen = self._robots[robot.id]
            # What is moved in arrays moves nowhere else.
            if robot.body.stepped or not before or rows[row] != before[row]:
                self._moved(robot, seen)
            self._state(robot, seen)
        self._rows = rows
        self._batteries()
        self._boxes()
        self._ledger()
        self._building()
        self._overlaps()
        if self.world.time_s >= self._next_frame_s - 1e-9:
            self._frame()

    def tell(self, kind: str, /, **fields: Any) -> None:
        """Note a fact."""
        self.happenings.append(Happening(at_s=round(self.world.time_s, 3), kind=kind, fields=fields))

    def _moved(self, robot: Computer, seen: _Seen) -> None:
        m, posture = robot.body.motion(), robot.body.posture()
        step = math.hypot(m.x - seen.x, m.y - seen.y)
        if step > 0:
            zone = self.world.site.zone_at(m.x, m.y)
            if zone != seen.zone:
                self.tell("zone_entered", robot_id=robot.id, zone=zone, from_zone=seen.zone)
            seen.x, seen.y, seen.zone = m.x, m.y, zone
            self._totals["distance_m"] += step
        if posture is not seen.posture:
            seen.posture = posture
            self.tell("posture_changed", robot_id=robot.id, posture=posture.value, zone=seen.zone)
            if posture is Posture.FALLEN:
                self._totals["falls"] += 1
                self.tell("robot_fell", robot_id=robot.id, zone=seen.zone, carries=self._carries(robot.id))

    def _carries(self, robot_id: str) -> str:
        return next((c for c, holder in self._holders.items() if holder == robot_id), "")

    def _state(self, robot: Computer, seen: _Seen) -> None:
        held = robot.holding_because is not None
        if held != seen.held:
            seen.held = held
            if held:
                self.tell("robot_held", robot_id=robot.id, because=robot.holding_because or "")
            else:
                self.tell("robot_released", robot_id=robot.id)
        if robot.e_stopped != seen.e_stop:
            seen.e_stop = robot.e_stopped
            self.tell("e_stop_changed", robot_id=robot.id, engaged=robot.e_stopped)
        docked = robot.docked_at or ""
        if docked != seen.docked:
            seen.docked = docked
            if docked:
                self.tell("docked", robot_id=robot.id, dock=docked)

    def _batteries(self) -> None:
        table = self.world.rows.columns
        now = table["battery_wh"].copy()
        used = self._battery_wh - now
        self._totals["energy_wh"] += float(used[used > 0].sum())
        self._battery_wh = now
        self._least_battery = min(self._least_battery, float((now / table["capacity_wh"]).min()))
        empty = now <= 0
        for row in np.flatnonzero(empty & ~self._empty).tolist():
            self.tell("battery_empty", robot_id=self._names[row])
        self._empty = empty

    def _boxes(self) -> None:
        for crate in self.world.crates.values():
            before = self._holders[crate.id]
            if crate.holder == before:
                continue
            self._holders[crate.id] = crate.holder
            at = crate.pose()[0]
            zone = self.world.site.zone_at(at[0], at[1])
            if before is not None:
                place = self.world.site.place_near(at) if crate.holder is None else None
                self.tell("put_down", object_id=crate.id, holder=before, zone=zone, place=place or "")
                robot = self.world.computers.get(before)
                if robot is not None and robot.status.kind not in _ON_PURPOSE:
                    self._totals["drops"] += 1
            if crate.holder is not None:
                self.tell("taken", object_id=crate.id, holder=crate.holder, zone=zone)

    def _ledger(self) -> None:
        for e in self.world.ledger[self._effects :]:
            self.tell(
                "effect",
                effect=e.kind,
                robot_id=e.robot_id,
                task_id=e.task_id,
                object_id=e.object_id or "",
                target_id=e.target_id or "",
            )
        self._effects = len(self.world.ledger)

    def _faults(self) -> None:
        if not self.world.faults.specs:
            return
        for e in self.world.faults.history():
            if e.started_s is None:
                continue
            key, over = (e.fault_id, e.started_s), e.over_s is not None
            if key not in self._episodes:
                self.tell("fault_started", fault_id=e.fault_id, kind=e.kind, target=e.target)
            if over and not self._episodes.get(key, False):
                self.tell("fault_ended", fault_id=e.fault_id, kind=e.kind, target=e.target)
            self._episodes[key] = over

    def _building(self) -> None:
        for door_id, leaf in self.world.building.doors.leaves.items():
            if leaf.is_open != self._open[door_id]:
                self._open[door_id] = leaf.is_open
                self.tell("door_opened" if leaf.is_open else "door_closed", door_id=door_id)
        breaches = self.world.building.zones.breaches
        for breach in breaches[self._breaches :]:
            self.tell("keep_out_breached", robot_id=breach.robot_id, area=breach.area_id)
        self._breaches = len(breaches)

    def _overlaps(self) -> None:
        """Footprints of robots; people are watched by the world itself (see `Comfort`)."""
        if len(self._names) < 2:
            return
        at = np.array([(s.x, s.y) for s in self._robots.values()])
        near = cKDTree(at).query_pairs(float(2 * self._radii.max()) + 0.5, output_type="ndarray")
        if not len(near):
            self._touching.clear()
            return
        gaps = np.hypot(*(at[near[:, 0]] - at[near[:, 1]]).T) - self._radii[near[:, 0]] - self._radii[near[:, 1]]
        self._least_gap = min(self._least_gap, float(gaps.min()))
        touching = {
            (self._names[i], self._names[j]) for (i, j), gap in zip(near, gaps, strict=True) if gap < -_OVERLAP_M
        }
        for one, other in sorted(touching - self._touching):
            self._totals["collisions"] += 1
            self.tell("collision", robot_id=one, **{"with": other})
        self._touching = touching

    # Twice a second

    def _frame(self) -> None:
        self._next_frame_s += SAMPLE_PERIOD_S
        self._hash.update(self.world.digest().encode())
        poses: dict[str, tuple[float, float, float]] = {}
        for robot, (x, y, yaw, *_) in zip(self.world.onboard, self._rows, strict=True):
            m = robot.body.motion() if robot.body.stepped else None
            poses[robot.id] = _pose(x, y, yaw) if m is None else _pose(m.x, m.y, m.yaw)
        for name in self.world.people:
            p = self.world.people.state(name)
            poses[name] = _pose(p.x, p.y, p.yaw)
        for crate in self.world.crates.values():
            at = crate.pose()[0]
            poses[crate.id] = poses.get(crate.holder or "", _pose(at[0], at[1], 0.0))
        for name, pose in poses.items():
            self._poses.setdefault(name, [None] * len(self.frames_s)).append(pose)
        self.frames_s.append(round(self.world.time_s, 3))

    # At the end

    @property
    def poses_digest(self) -> str:
        """SHA-256 over the world's digests at all frames."""
        return self._hash.hexdigest()

    def measures(self) -> Measures:
        """What only the world can tell."""
        found: Measures = {k: round(v, 3) for k, v in self._totals.items()}
        found["breaches"] = float(self._breaches)
        found["battery_least"] = round(self._least_battery, 4)
        found["robot_distance_m"] = round(self._least_gap, 3) if math.isfinite(self._least_gap) else None
        comfort = self.world.people.comfort(self._names)
        if comfort:
            found["person_distance_m"] = round(min(_FAR_M, *(c.least_gap_m for c in comfort)), 3)
            found["near_misses"] = float(sum(c.near_misses for c in comfort))
            found["person_touches"] = float(sum(c.touches for c in comfort))
            found["fastest_near_person_mps"] = round(max(c.fastest_near_mps for c in comfort), 3)
            found["intimate_s"] = round(sum(c.intimate_s for c in comfort), 3)
        return found

    def at_end(self) -> dict[str, dict[str, dict[str, Any]]]:
        """How boxes and robots' bodies are now."""
        truth = self.world.truth()
        boxes = {k: {"place": b.place_id, "zone": b.zone_id, "holder": b.holder} for k, b in truth.boxes.items()}
        bodies = {k: {"posture": r.posture, "zone": r.zone_id, "carries": r.carries} for k, r in truth.robots.items()}
        return {"box": boxes, "body": bodies}

    def fault_rows(self) -> tuple[FaultRow, ...]:
        """Every time a fault acted, and those that did not."""
        return tuple(
            FaultRow(
                fault_id=e.fault_id,
                kind=e.kind,
                target=e.target,
                phase=e.phase,
                started_s=e.started_s,
                over_s=e.over_s,
                detail=e.detail,
            )
            for e in self.world.faults.history()
        )

    def tracks(self) -> tuple[Track, ...]:
        """Where everything was. What never moved has one pose for the whole run: all frames the same."""
        kinds = {r.robot_id: r for r in self.world.specs}
        found = []
        for name, poses in self._poses.items():
            if name in kinds:
                spec = kinds[name]
                label, radius = (
                    f"{spec.model} {_tier(spec)}",
                    self.world.computers[name].info.description.footprint_radius_m,
                )
                found.append(Track(kind="robot", subject=name, label=label, radius_m=radius, poses=tuple(poses)))
            elif name in self.world.people:
                found.append(Track(kind="person", subject=name, label="person", radius_m=RADIUS_M, poses=tuple(poses)))
            else:
                box = self.world.site.boxes[name].record
                found.append(Track(kind="box", subject=name, label=box.kind, radius_m=box.radius_m, poses=tuple(poses)))
        return tuple(found)


def _tier(spec: Any) -> str:
    return str(getattr(spec, "tier", "") or ("T2" if spec.body == "dynamic" else "T0"))


def _pose(x: float, y: float, yaw: float) -> tuple[float, float, float]:
    return round(x, 3), round(y, 3), round(yaw, 3)


def merged(*streams: list[Happening]) -> list[Happening]:
    """All happenings in the order of time; at one time those of the first stream come first."""
    return sorted(itertools.chain(*streams), key=lambda h: h.at_s)
