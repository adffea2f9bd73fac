"""Cameras that remember what they saw see the same as cameras that test every ray anew."""

from __future__ import annotations

import pytest
from driving import robot
from small_sites import annex, world_of

from sim_worlds.faults import FaultSpec
from sim_worlds.gaze import Gazes
from sim_worlds.people.spec import PersonSpec
from sim_worlds.records import Walk
from sim_worlds.scene import Scene
from sim_worlds.solids import Floats, Solids
from sim_worlds.world import World


def busy_world(**more: object) -> World:
    people = [PersonSpec(person_id="walker", routine="wander", zones=("west", "east"))]
    robots = [robot("iron_1", 2, 3), robot("iron_2", 4, 2), robot("iron_3", 10, 1)]
    world = world_of(annex(), robots, people=people, seed=3, **more)
    for name, x, y in (("iron_1", 10.0, 3.0), ("iron_2", 2.0, 2.0)):
        world.start(name, Walk(command_id=f"walk-{name}", x_m=x, y_m=y, yaw_rad=0.0))
    return world


def compare(world: World, frames: int) -> int:
    """How many observations differed from the frame before, after making sure that all are as if made anew."""
    kept, before, changes = Gazes(world.sensors), [], 0
    for _ in range(frames):
        for name in world.computers:
            world.heartbeat(name)
        world.advance(0.5)
        seen = kept.frame()
        assert seen == Gazes(world.sensors).frame()
        assert world.sensors.scene.subjects() == Scene(world).subjects()
        changes += [o.detections for o in seen] != before
        before = [o.detections for o in seen]
    return changes


def test_while_robots_and_people_walk_through_a_door() -> None:
    assert compare(busy_world(), 30) > 20


def test_while_something_is_put_in_the_way_and_taken_away() -> None:
    crate = FaultSpec(
        fault_id="crate", kind="blocked_corridor", at_s=2.0, duration_s=3.0, at_m=(3.0, 3.0), radius_m=0.5
    )
    assert compare(busy_world(faults=[crate]), 16) > 8


def test_of_what_does_not_move_no_ray_is_tested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(annex(), [robot("iron_1", 2, 3), robot("iron_2", 4, 2)])
    tested: list[int] = []
    test = Solids.first_hits

    def counted(solids: Solids, starts: Floats, ends: Floats) -> list[int]:
        tested.append(len(ends))
        return test(solids, starts, ends)

    monkeypatch.setattr(Solids, "first_hits", counted)
    kept = Gazes(world.sensors)
    kept.frame()
    assert sum(tested) > 20
    tested.clear()
    kept.frame()
    assert sum(tested) == 0
