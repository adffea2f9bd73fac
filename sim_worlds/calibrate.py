"""`python -m sim_worlds.calibrate`: measure the walking G1 and write what kinematic bodies take over from it."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from fleet.model.geometry import Pose
from fleet.model.site import ObjectRecord, Place, PlaceKind, Zone
from sim_worlds.calibration import CALIBRATION_FILE, Calibration, Table
from sim_worlds.crates import Crate
from sim_worlds.humanoids.base import Impairment
from sim_worlds.humanoids.g1 import CONTROL_S, WalkingG1
from sim_worlds.humanoids.g1_urdf import source_mass_kg
from sim_worlds.physics import DYNAMIC_TICK_S, Physics
from sim_worlds.profiles import load_model
from sim_worlds.site import Box, Site

_IDENTITY = tuple((v, v) for v in (0.0, 1.0))
_FORWARD = (0.0, 0.2, 0.4, 0.6, 0.8)
_SIDEWAYS = (0.0, 0.2, 0.4)
_TURN = (0.0, 0.3, 0.6, 1.0)
_SPEEDS = (0.0, 0.2, 0.4, 0.6)
_PAYLOADS = (0.0, 1.0, 2.0)
_STOP_AFTER_S = (4.0, 4.33, 4.67)
"""The gait has a period of 1 s: three moments of it."""
_GAIT_STEPS = round(1.0 / CONTROL_S)
_FALL_WITHIN_S = 10.0
_FALL_JOINTS = ("hip_pitch", "hip_roll", "hip_yaw", "knee", "ankle_pitch", "ankle_roll")
_EMPTY = Table(speeds_mps=(0.0,), payloads_kg=(0.0,), values=((0.0,),))


def open_floor() -> Site:
    """Nothing but floor."""
    zone = Zone(zone_id="floor", kind="hall", polygon=((-50, -50), (50, -50), (50, 50), (-50, 50)))
    dock = Place(place_id="dock", kind=PlaceKind.DOCK, zone_id="floor", approach=Pose(x=0, y=0))
    return Site(
        site_id="open",
        name="open floor",
        bounds=(-50, -50, 50, 50),
        zones={"floor": zone},
        walls=(),
        furniture={},
        places={"dock": dock},
        boxes={},
        people={},
        cameras={},
    )


class Track:
    """A G1 alone on open floor; commands go to the policy as they are."""

    def __init__(self, calibration: Calibration) -> None:
        self.physics = Physics(open_floor(), DYNAMIC_TICK_S)
        self.robot = WalkingG1(self.physics, "g1", 0, 0, 0, calibration)
        self.power: list[float] = []
        self.load: Crate | None = None

    def carry(self, mass_kg: float) -> None:
        """Give it a box of this mass into both hands."""
        record = ObjectRecord(object_id="load", kind="box", mass_kg=mass_kg)
        self.load = Crate(self.physics, Box(record=record, size_m=(0.2, 0.3, 0.18)), self.robot.hands()[0])
        self.robot.grasp(self.load)

    def run(
        self,
        seconds: float,
        forward: float,
        side: float = 0.0,
        turn: float = 0.0,
        each: Callable[[], None] = lambda: None,
    ) -> None:
        self.power = []
        for i in range(round(seconds / DYNAMIC_TICK_S)):
            if i % round(CONTROL_S / DYNAMIC_TICK_S) == 0:
                yaw = self.robot.motion().yaw
                c, s = math.cos(yaw), math.sin(yaw)
                self.robot.move(forward * c - side * s, forward * s + side * c, turn)
                self.robot.control(CONTROL_S)
                self.power.append(self.robot.joint_power_w())
                each()
            self.robot.tick()
            self.physics.step()

    def steady(self, forward: float, side: float = 0.0, turn: float = 0.0) -> tuple[float, float]:
        """(speed in m/s or rad/s, joint power in W) over 6 s, after 4 s to settle."""
        self.run(4, forward, side, turn)
        turned, previous = 0.0, self.robot.motion().yaw

        def follow() -> None:
            nonlocal turned, previous
            yaw = self.robot.motion().yaw
            turned += math.remainder(yaw - previous, math.tau)
            previous = yaw

        way = 0.0
        for _ in range(12):  # in short pieces, because it drifts along a curve
            before = self.robot.motion()
            self.run(0.5, forward, side, turn, follow)
            after = self.robot.motion()
            way += math.dist((before.x, before.y), (after.x, after.y))
        return (abs(turned) if turn else way) / 6, float(np.mean(self.power))


def raw() -> Calibration:
    """A table that passes commands on unchanged, to measure the policy itself."""
    return Calibration(
        mass_kg=round(source_mass_kg(), 3),
        speed_mps=1,
        acceleration_mps2=1,
        stop_distance_m=0.1,
        turn_rate_radps=1,
        idle_joint_power_w=0,
        walk_joint_power_w=0,
        forward_mps=_IDENTITY,
        sideways_mps=_IDENTITY,
        turn_radps=_IDENTITY,
        stop_m=_EMPTY,
        power_w=_EMPTY,
        sway_m=_EMPTY,
        time_to_fall_s={},
    )


def measure() -> Calibration:
    """Run the G1; about two minutes of CPU."""

    def table(commands: tuple[float, ...], axis: str) -> tuple[tuple[float, float], ...]:
        rows = [(0.0, 0.0)]
        for command in commands[1:]:
            speed, _ = Track(raw()).steady(*(command if a == axis else 0.0 for a in ("forward", "side", "turn")))
            rows.append((command, round(max(speed, rows[-1][1] + 1e-3), 3)))
        return tuple(rows)

    tables = msgspec.structs.replace(
        raw(),
        forward_mps=table(_FORWARD, "forward"),
        sideways_mps=table(_SIDEWAYS, "side"),
        turn_radps=table(_TURN, "turn"),
    )
    return with_loads(walk_with(tables))


def walk_with(tables: Calibration) -> Calibration:
    """Speed, acceleration, stopping and power of a G1 that is driven through `tables`."""
    wanted = load_model("unitree_g1")["max_speed_mps"]
    idle = Track(tables)
    idle.run(4, 0)
    idle_power = float(np.mean(idle.power))
    track = Track(tables)
    track.run(2, 0)
    times: list[float] = []
    speeds: list[float] = []

    def follow() -> None:
        times.append(len(times) * CONTROL_S)
        speeds.append(track.robot.motion().speed)

    track.run(6, wanted, each=follow)
    speed, power = track.steady(wanted)
    reached = next(t for t, v in zip(times, speeds, strict=True) if v >= 0.9 * speed)
    # The reported speed is smoothed over half a second, which is no part of the robot's own acceleration.
    acceleration = 0.9 * speed / max(reached - 0.5, 0.2)
    before = track.robot.motion()
    track.run(3, 0)
    after = track.robot.motion()
    turning, _ = Track(tables).steady(0, 0, 0.9)
    return msgspec.structs.replace(
        tables,
        speed_mps=round(speed, 3),
        acceleration_mps2=round(acceleration, 3),
        stop_distance_m=round(math.dist((before.x, before.y), (after.x, after.y)), 3),
        turn_rate_radps=round(turning, 3),
        idle_joint_power_w=round(idle_power, 1),
        walk_joint_power_w=round(power, 1),
    )


def with_loads(
    tables: Calibration, speeds: Sequence[float] = _SPEEDS, loads: Sequence[float] = _PAYLOADS
) -> Calibration:
    """Stopping, power and sway over speed and payload, and how long a robot stands whose joints lose their torque."""
    cells = [[stride(tables, speed, load) for load in loads] for speed in speeds]

    def table(column: int) -> Table:
        values = tuple(tuple(cell[column] for cell in row) for row in cells)
        return Table(speeds_mps=tuple(speeds), payloads_kg=tuple(loads), values=values)

    falls = {f"left_{joint}_joint": time_to_fall_s(tables, f"left_{joint}_joint") for joint in _FALL_JOINTS}
    falls["waist_pitch_joint"] = time_to_fall_s(tables, "waist_pitch_joint")
    return msgspec.structs.replace(tables, stop_m=table(0), power_w=table(1), sway_m=table(2), time_to_fall_s=falls)


def stride(tables: Calibration, speed_mps: float, load_kg: float) -> tuple[float, float, float]:
    """(longest stopping distance of three in m, joint power in W, sway to one side in m) with a load in both hands."""
    track = Track(tables)
    track.run(1, 0)
    if load_kg:
        track.carry(load_kg)
    places: list[tuple[float, float, float]] = []

    def follow() -> None:
        m = track.robot.motion()
        places.append((m.x, m.y, m.yaw))

    track.run(4, speed_mps)
    track.run(4, speed_mps, each=follow)
    power, stops = float(np.mean(track.power)), []
    for seconds in _STOP_AFTER_S if speed_mps else ():
        track.run(seconds, speed_mps)
        before = track.robot.motion()
        track.run(2, 0)
        after = track.robot.motion()
        stops.append(math.dist((before.x, before.y), (after.x, after.y)))
    if track.robot.fallen:
        raise RuntimeError(f"the G1 fell at {speed_mps} m/s with {load_kg} kg, expected it to carry that")
    return round(max(stops, default=0.0), 3), round(power, 1), round(_sway(np.array(places)), 4)


def _sway(places: np.ndarray) -> float:
    """Greatest distance to one side of the mean over one gait period, across the heading. `places`: [steps, 3]."""
    window = np.ones(_GAIT_STEPS) / _GAIT_STEPS
    middle = [np.convolve(places[:, axis], window, mode="same") for axis in (0, 1)]
    across = (places[:, 1] - middle[1]) * np.cos(places[:, 2]) - (places[:, 0] - middle[0]) * np.sin(places[:, 2])
    return float(np.abs(across[_GAIT_STEPS:-_GAIT_STEPS]).max())


def time_to_fall_s(tables: Calibration, joint: str) -> float | None:
    """Seconds from the loss of a joint's torque at 0.5 m/s to a fall, None when it stands for 10 s."""
    track = Track(tables)
    track.run(4, 0.5)
    track.robot.impair(Impairment(factors=((joint, 0.0),)))
    for step in range(round(_FALL_WITHIN_S / 0.1)):
        track.run(0.1, 0.5)
        if track.robot.fallen:
            return round((step + 1) * 0.1, 1)
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=CALIBRATION_FILE, help="the file to write")
    out: Path = parser.parse_args().out
    result = measure()
    lines = (f" {json.dumps(k)}: {json.dumps(v)}" for k, v in msgspec.to_builtins(result).items())
    out.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(out.read_text())


if __name__ == "__main__":
    main()
