"""Rays among boxes and capsules meet what they meet in physics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from driving import robot
from small_sites import DOOR, annex, world_of

from sim_worlds.kernels.rays import first_met
from sim_worlds.people.spec import PersonSpec
from sim_worlds.site import bundled_site, load_site
from sim_worlds.solids import NAMELESS, Solids
from sim_worlds.world import World

BARE = np.zeros((0, 16)), np.zeros((0, 8))


def ward() -> World:
    robots = [robot("iron_1", 13, 8, 0.4), robot("gr2_1", 10.5, 8, 2.0), robot("optimus_1", 4, 12, -1.0)]
    people = [PersonSpec(person_id="nurse_amy", falls_ill_at_s=0.0)]
    world = world_of(load_site(bundled_site("ward")), robots, people=people)
    world.advance(0.5)
    return world


def agree(world: World, rays: int) -> float:
    """The share of random rays across the site that meet the same body in both."""
    dice = np.random.default_rng(7)
    x0, y0, x1, y1 = world.site.bounds
    starts, ends = (dice.uniform((x0, y0, 0.3), (x1, y1, 2.9), (rays, 3)) for _ in range(2))
    # As cameras look: from above at what is on the floor, and at the middle of bodies.
    starts[:, 2] = 3.0
    at = [(m.x, m.y, 0.6) for m in (r.body.motion() for r in world.onboard)]
    at += [(*p, 0.22) for p in world.people.at.tolist()]
    ends[: len(ends) // 2] = [at[k % len(at)] for k in range(len(ends) // 2)]
    met = Solids(world).first_hits(starts, ends)
    physics = world.physics.first_hits(list(zip(starts.tolist(), ends.tolist(), strict=True)))
    named = [body if body == -1 or body in world.physics.names else NAMELESS for body in physics]
    leaves = {leaf.body for leaf in world.building.doors.leaves.values()}
    return sum(a == b or (a in leaves and b == NAMELESS) for a, b in zip(met, named, strict=True)) / rays


def test_in_a_ward_with_boxes_robots_and_somebody_on_the_floor() -> None:
    # Physics takes long slanting rays that pass within a centimetre for a hit.
    assert agree(ward(), 2000) > 0.99


def test_shut_doors_stop_rays_and_open_ones_do_not() -> None:
    world = world_of(annex(), [robot("iron_1", 2, 3)])
    ray = np.array([[1.0, 3.0, 1.5]]), np.array([[11.0, 3.0, 1.5]])
    leaf = world.building.doors.leaves["door_1"]
    assert Solids(world).first_hits(*ray) == [leaf.body]
    leaf.open_share = 1.0
    assert Solids(world).first_hits(*ray) == [-1]


def test_nothing_is_met_where_there_is_nothing_and_no_rays_are_no_trouble() -> None:
    solids = Solids(world_of(annex(DOOR), [robot("iron_1", 2, 3)]))
    assert solids.first_hits(np.zeros((0, 3)), np.zeros((0, 3))) == []
    assert solids.first_hits(np.array([[1.0, 5.0, 2.0]]), np.array([[3.0, 5.0, 2.0]])) == [-1]


@pytest.mark.parametrize(("height", "hit"), [(0.0, True), (1.4, True), (1.6, False)])
def test_a_capsule_ends_in_balls(height: float, hit: bool) -> None:
    capsule = np.array([[0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.5, 0.0]])
    ray = np.array([[-3.0, 0.0, height]]), np.array([[3.0, 0.0, height]])
    spans = np.array([[0, 0, 0, 1]])
    assert (first_met(*ray, spans, BARE[0], capsule)[0] == 0) == hit


def test_a_turned_box_is_met_at_its_own_side() -> None:
    c = math.cos(math.pi / 4)
    turned = np.array([[0, 0, 0, 1, 1, 1, c, c, 0, -c, c, 0, 0, 0, 1, 0]], dtype=float)
    spans = np.array([[0, 1, 0, 0]])
    for away, met in ((1.40, 0), (1.43, -1)):  # its corner points to the ray: sqrt 2 from the middle
        ray = np.array([[away, -3.0, 0.0]]), np.array([[away, 3.0, 0.0]])
        assert first_met(*ray, spans, turned, BARE[1])[0] == met
