"""Promotion and demotion, and worlds that come and go, leave no memory behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_CYCLES = """
import os
from benchmarks._harness import resident_mb
from benchmarks.peers.ours import a_world

world = a_world([[0.0, 0.0], [5.0, 0.0]], [[20.0, 0.0], [25.0, 0.0]], 0.5, dynamic=1)
def cycle(times):
    for _ in range(times):
        world.demote("r0000")
        world.advance(0.1)
        world.promote("r0000")
        world.advance(0.1)
cycle(40)
before = resident_mb(os.getpid())
cycle(200)
print("GREW", resident_mb(os.getpid()) - before)
"""
_WORLDS = """
from benchmarks._harness import in_use_mb
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import bundled_site, load_site
from sim_worlds.world import World

site = load_site(bundled_site())
def come_and_go(times):
    for _ in range(times):
        world = World(site, [RobotSpec(robot_id="a", model="unitree_g1", dock="dock_1")])
        world.advance(0.2)
        world.close()
come_and_go(10)
before = in_use_mb()
come_and_go(30)
print("GREW", in_use_mb() - before)
"""


def grown_mb(script: str) -> float:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout.rsplit("GREW", 1)[1])


@pytest.mark.slow
def test_two_hundred_promotions_and_demotions_do_not_grow_the_process() -> None:
    assert grown_mb(_CYCLES) < 8.0  # a meshed G1 that leaked took 16 MB each time


@pytest.mark.slow
def test_thirty_worlds_do_not_grow_the_process() -> None:
    assert grown_mb(_WORLDS) < 8.0  # one world is about 30 MB
