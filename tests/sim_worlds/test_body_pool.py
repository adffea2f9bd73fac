"""Bodies come and go without memory growing, and one that was used before moves like a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim_worlds.calibrate import open_floor
from sim_worlds.humanoids.g1 import CONTROL_S, WalkingG1
from sim_worlds.humanoids.pool import park, take
from sim_worlds.physics import DYNAMIC_TICK_S, Physics

_COME_AND_GO = """
from sim_worlds.calibrate import open_floor
from sim_worlds.humanoids.tiers import make_body
from sim_worlds.physics import Physics
from sim_worlds.profiles import RobotSpec, load_model, model_ids

def pss_mb():
    line = next(l for l in open("/proc/self/smaps_rollup") if l.startswith("Pss:"))
    return int(line.split()[1]) / 1024

physics = Physics(open_floor(), apart=True)
kinds = [(m, t) for m in model_ids() for t in load_model(m).tiers if t != "T0"]
def come_and_go(times):
    for i in range(times):
        model, tier = kinds[i % len(kinds)]
        spec = RobotSpec(robot_id="r", model=model, tier=tier, start=(0.0, 0.0, 0.0))
        make_body(physics, spec, tier, 0.0, 0.0, 0.0).remove()
        if i % 20 == 0:
            physics.step()
come_and_go(100)
before = pss_mb()
come_and_go(1000)
print("GREW", pss_mb() - before)
"""


@pytest.mark.slow
def test_a_thousand_bodies_of_all_models_leave_no_memory_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COME_AND_GO],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert float(done.stdout.rsplit("GREW", 1)[1]) < 4.0  # loaded and removed each time it is 60


def walked(physics: Physics) -> WalkingG1:
    robot = WalkingG1(physics, "g1", 1.0, 2.0, 0.3)
    for step in range(400):
        if step % 4 == 0:
            robot.move(0.5, 0.0, 0.0)
            robot.control(CONTROL_S)
        robot.tick()
        physics.step()
    return robot


def test_a_body_that_was_used_before_walks_like_a_new_one() -> None:
    physics = Physics(open_floor(), DYNAMIC_TICK_S)
    try:
        first = walked(physics)
        number, end = first.bullet, first.motion()
        first.remove()
        again = walked(physics)
        assert again.bullet == number
        assert (again.motion().x, again.motion().y) == pytest.approx((end.x, end.y), abs=1e-3)
    finally:
        physics.close()


def test_what_is_put_away_is_far_from_everything_and_given_out_once() -> None:
    physics = Physics(open_floor(), DYNAMIC_TICK_S)
    try:
        assert take(physics, "box") is None
        body = physics.box((0.1, 0.1, 0.1), (0, 0, 0.1), mass=1.0)
        park(physics, "box", body)
        physics.step()
        assert physics.first_hits([((0, 0, 2), (0, 0, 0.05))]) == [-1]
        assert take(physics, "box") == body
        assert take(physics, "box") is None
    finally:
        physics.close()
