"""Goals right beside what cannot move: who has to go there comes near, slowly and without touching; others keep off."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._floor_walkers import Walker, WalkingFloor
from fleet.model.site import SiteMap, Wall
from fleet.traffic.beside import as_for, least_m
from fleet.traffic.blocks import Block
from fleet.traffic.floor import NoteKind, Point
from fleet.traffic.manager import Traffic

_SIZE = (12.0, 5.0)
_CORNERS = [(0.0, 0.0), (_SIZE[0], 0.0), _SIZE, (0.0, _SIZE[1]), (0.0, 0.0)]
ROOM = SiteMap(
    site_id="room", name="Room", bounds=(0, 0, *_SIZE), zones={}, places={},
    walls=tuple(
        Wall(ax=a[0], ay=a[1], bx=b[0], by=b[1]) for a, b in pairwise(_CORNERS)
    ),
)  # fmt: skip
FALLEN: Point = (6.0, 2.5)
RADIUS_M = 0.32


def floor_with_a_fallen_one(robots: dict[str, Point], seed: int = 1) -> WalkingFloor:
    walkers = [Walker(name, at) for name, at in robots.items()] + [Walker("fallen", FALLEN, fallen=True)]
    return WalkingFloor(walkers, Traffic(ROOM).direct, seed)


def run(floor: WalkingFloor, name: str, seconds: float) -> float:
    """Until the robot is where it was sent. The least distance it had from the fallen one, m."""
    walker = next(w for w in floor.walkers if w.robot_id == name)
    nearest, until = math.inf, floor.now_s + seconds
    while floor.now_s < until and walker.goal is not None:
        floor.step()
        nearest = min(nearest, math.dist((walker.x, walker.y), FALLEN))
    return nearest


@pytest.mark.parametrize("angle", range(0, 360, 45))
def test_a_robot_walks_up_to_what_lies_beside_a_fallen_one_and_away_again_and_nobody_is_asked(angle: int) -> None:
    away = 2 * RADIUS_M + 0.06  # nearer than anybody comes who has nothing to do there: 0.76 m
    goal = FALLEN[0] + away * math.cos(math.radians(angle)), FALLEN[1] + away * math.sin(math.radians(angle))
    floor = floor_with_a_fallen_one({"fetches": (1.0, 1.0)})
    fetches = floor.walkers[0]
    for to in (goal, (11.0, 4.0)):
        fetches.send(to, floor.now_s)
        run(floor, "fetches", 60)
        assert fetches.goal is None and math.dist(fetches.at, to) < 0.1
    assert floor.collisions == 0 and not floor.seen_notes


def test_it_is_slow_there() -> None:
    floor = floor_with_a_fallen_one({"fetches": (1.0, 2.5)})
    floor.walkers[0].send((FALLEN[0] - 0.7, FALLEN[1]), 0.0)
    floor.run(1.0)
    (route,) = [w.route for w in floor.walkers if w.route is not None]
    assert route.max_mps[-1] <= 0.3 < route.max_mps[0]


def test_while_one_is_there_another_that_only_passes_keeps_its_distance() -> None:
    floor = floor_with_a_fallen_one({"fetches": (5.0, 2.5), "passes": (1.0, 2.5)})
    fetches, passes = floor.walkers[:2]
    fetches.send((FALLEN[0] - 0.7, FALLEN[1]), 0.0)
    passes.send((11.0, 2.5), 0.0)
    nearest = run(floor, "passes", 90)
    assert passes.goal is None and fetches.goal is None and floor.collisions == 0
    assert nearest > 2 * RADIUS_M + 0.08, "half of the margin is for swaying"


def test_a_goal_on_which_bodies_would_overlap_is_not_walked_to_along_a_given_way() -> None:
    floor = floor_with_a_fallen_one({"fetches": (1.0, 2.5)})
    floor.walkers[0].send((FALLEN[0] - 0.45, FALLEN[1]), 0.0)
    while not floor.said.notes and floor.now_s < 30:
        floor.step()
    assert floor.collisions == 0 and math.dist(floor.walkers[0].at, FALLEN) > 2 * RADIUS_M
    assert {k.split("/")[0] for k in floor.seen_notes} == {NoteKind.FINDS_ITS_WAY.value}


def test_a_box_that_somebody_comes_to_pick_up_is_gone_around_by_all_others() -> None:
    walkers = [Walker("fetches", (1.0, 4.0)), Walker("passes", (1.0, 2.5))]
    floor = WalkingFloor(walkers, Traffic(ROOM).direct, 1)
    floor.dropped = ((FALLEN[0], FALLEN[1], 0.2),)
    walkers[0].send((FALLEN[0], FALLEN[1] + 0.2 + RADIUS_M + 0.05), 0.0)
    walkers[1].send((11.0, 2.5), 0.0)
    nearest = run(floor, "passes", 90)
    assert walkers[0].goal is None and walkers[1].goal is None
    assert nearest > 0.2 + RADIUS_M - 0.05 and floor.collisions == 0 and not floor.seen_notes


coordinates = st.floats(-2, 2)


@settings(max_examples=60, deadline=None)
@given(start=st.tuples(coordinates, coordinates), goal=st.tuples(coordinates, coordinates), fixed=st.booleans(),
       radius=st.floats(0.2, 0.5), body=st.floats(0.05, 0.5))  # fmt: skip
def test_nobody_is_ever_let_nearer_than_bodies_allow_or_nearer_than_it_is(
    start: Point, goal: Point, fixed: bool, radius: float, body: float
) -> None:
    block = Block(0.0, 0.0, 0.5 + body + 0.12, "it", body_m=body, fixed=fixed)
    (own,) = as_for((block,), start, goal, radius)
    assert own.reach <= block.reach
    if not fixed:
        assert own is block
    elif math.hypot(*start) >= block.reach:
        assert own.reach >= least_m(block, radius) >= min(radius + body, block.reach)
    else:
        assert own.reach >= min(math.hypot(*start) - 0.021, least_m(block, radius))
