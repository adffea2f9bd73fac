"""Robots among robots: nobody is run over, nobody waits for ever, and a way that is barred is said to be barred."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk

Make = Callable[..., Hands]
ROOMS = (
    "shelf_a1",
    "shelf_a3",
    "shelf_b1",
    "shelf_b3",
    "shelf_c2",
    "pharmacy_1",
    "pharmacy_3",
    "table_1",
    "table_3",
    "station_1",
    "lab_1",
    "lab_3",
)
KINDS = ("optimus", "iron", "gr2", "g1")


def smallest_gap(h: Hands) -> float:
    """Between two footprints, in m."""
    circles = [(c.body.motion(), c.info.description.footprint_radius_m) for c in h.world.computers.values()]
    return min(math.hypot(a.x - b.x, a.y - b.y) - ra - rb for (a, ra), (b, rb) in itertools.combinations(circles, 2))


def walk_all(h: Hands, goals: list[tuple[float, float]], tag: str, limit_s: float = 300) -> float:
    """All at once; the smallest gap that there was. Fails unless all arrive."""
    for name, (x, y) in zip(h.world.computers, goals, strict=True):
        h.world.start(name, Walk(command_id=f"{tag}-{name}", x_m=x, y_m=y))
    gap, until = math.inf, h.world.time_s + limit_s
    while any(not c.status.ended for c in h.world.computers.values()) and h.world.time_s < until:
        h.advance(0.1)
        gap = min(gap, smallest_gap(h))
    assert {c.id: c.status.state for c in h.world.computers.values()} == dict.fromkeys(h.world.computers, "done")
    return gap


@pytest.mark.slow
def test_twelve_robots_cross_the_whole_site_and_come_back(hands: Make) -> None:
    docks = [f"dock_{i}" for i in range(1, 13)]
    h = hands(
        *(
            RobotSpec(robot_id=f"{KINDS[i % 4]}_{i}", model=robot(f"{KINDS[i % 4]}_{i}", 0, 0).model, dock=d)
            for i, d in enumerate(docks)
        )
    )
    places = h.world.site.places
    there = [(places[p].approach.x, places[p].approach.y) for p in ROOMS]
    back = [(places[d].approach.x, places[d].approach.y) for d in reversed(docks)]
    assert walk_all(h, there, "there") > 0
    assert walk_all(h, back, "back") > 0


def corridor(walking: int) -> tuple[list[RobotSpec], list[tuple[float, float]]]:
    """Six at each end of the corridor, each bound for the other end."""
    west = [(1.2 + 1.3 * (i // 2), 7.2 if i % 2 == 0 else 8.8) for i in range(6)]
    east = [(24.8 - 1.3 * (i // 2), 7.2 if i % 2 == 0 else 8.8) for i in range(6)]
    specs = []
    for i, (x, y) in enumerate(west + east):
        name = f"g1_{i}_walking" if i % 4 == 0 and i // 4 < walking else f"{KINDS[i % 4]}_{i}"
        specs.append(robot(name, x, y, 0.0 if i < 6 else math.pi))
    return specs, east + west


@pytest.mark.slow
def test_six_against_six_pass_in_the_corridor(hands: Make) -> None:
    specs, goals = corridor(walking=0)
    assert walk_all(hands(*specs), goals, "a") > 0


@pytest.mark.slow
def test_they_pass_with_three_walking_g1_among_them(hands: Make) -> None:
    specs, goals = corridor(walking=3)
    h = hands(*specs)
    assert walk_all(h, goals, "a") > 0
    assert all(c.body.posture().value != "fallen" for c in h.world.computers.values())


def test_a_goal_on_which_somebody_stands_is_reported_as_blocked_and_reached_when_it_is_free(hands: Make) -> None:
    h = hands(robot("iron_1", 8, 8), robot("gr2_1", 4, 8))
    h.world.hold("iron_1", "test")
    status = h.do("gr2_1", Walk, x_m=8, y_m=8, limit_s=40)
    assert (status.state, status.code) == ("blocked", "path_blocked")
    assert "iron_1" in status.detail
    h.world.resume("iron_1")
    h.world.start("iron_1", Walk(command_id="away", x_m=12, y_m=8))
    h.advance(30)
    assert h.world.status("gr2_1").state == "done"


def test_an_idle_robot_steps_aside_and_comes_back(hands: Make) -> None:
    h = hands(robot("iron_1", 8, 8), robot("gr2_1", 4, 8))
    h.do("gr2_1", Walk, x_m=13, y_m=8, limit_s=60)
    h.advance(5)
    state = h.world.body_state("iron_1")
    assert h.world.status("gr2_1").state == "done"
    assert math.dist((state.x_m, state.y_m), (8, 8)) < 0.4


def test_there_is_no_way_into_a_forbidden_area(hands: Make) -> None:
    h = hands(robot("iron_1", 22, 8))
    status = h.do("iron_1", Walk, x_m=25.2, y_m=10.4, limit_s=60)
    state = h.world.body_state("iron_1")
    assert not (state.x_m > 24.3 and state.y_m > 9.7)
    assert status.state != "done"


def test_robots_keep_off_people(hands: Make) -> None:
    h = hands(robot("iron_1", 0.9, 12.9))
    amy, nearest = h.world.site.people["nurse_amy"], math.inf
    h.world.start("iron_1", Walk(command_id="w", x_m=3.5, y_m=12.9))
    for _ in range(150):
        h.advance(0.1)
        state = h.world.body_state("iron_1")
        nearest = min(nearest, math.dist((state.x_m, state.y_m), (amy.x, amy.y)))
    assert h.world.status("iron_1").state == "done"
    assert nearest > 0.32 + 0.22
