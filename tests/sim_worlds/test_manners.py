"""Robots slow down near people, as far as the standard's protective distance asks for, and still come near to give."""

from __future__ import annotations

import math

import pytest
from driving import Hands, robot
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_worlds.conditions import Conditions, NearPeople
from sim_worlds.onboard.manners import safe_speed
from sim_worlds.people import PersonSpec
from sim_worlds.records import Walk
from sim_worlds.site import Site
from sim_worlds.world import World

GAPS = st.floats(0.0, 8.0)


@settings(deadline=None)
@given(GAPS, st.floats(0.0, 2.0), st.floats(0.05, 0.5), st.floats(0.3, 3.0), st.floats(0.0, 0.5))
def test_from_the_safe_speed_a_robot_stands_in_time(
    gap: float, towards: float, reaction: float, braking: float, clearance: float
) -> None:
    v = safe_speed(gap, towards, reaction, braking, clearance)
    needed = towards * (reaction + v / braking) + v * reaction + v * v / (2 * braking) + clearance
    assert v >= 0 and (v == 0 or needed == pytest.approx(gap, abs=1e-6))


@settings(deadline=None)
@given(GAPS, GAPS)
def test_nearer_is_never_faster(a: float, b: float) -> None:
    near, far = sorted((a, b))
    assert safe_speed(near, 0.5, 0.1, 1.0, 0.3) <= safe_speed(far, 0.5, 0.1, 1.0, 0.3)


def fastest_coming(ward: Site, manners: NearPeople | None) -> float:
    """How fast a robot is while it comes near somebody who stands in the corridor."""
    world = World(
        ward,
        (robot("optimus_1", 6.0, 7.9),),
        people=[PersonSpec(person_id="p", start=(10.0, 8.0))],
        conditions=Conditions(near_people=manners),
    )
    world.start("optimus_1", Walk(command_id="w", x_m=14.0, y_m=8.0))
    h, fastest = Hands(world), 0.0
    for _ in range(150):
        h.advance(0.2)
        m = world.computers["optimus_1"].body.motion()
        if math.hypot(m.x - 10.0, m.y - 8.0) < 1.15 and m.x < 9.8:
            fastest = max(fastest, m.speed)
    assert world.status("optimus_1").state == "done"
    world.close()
    return fastest


def test_a_robot_with_manners_comes_slowly(ward: Site) -> None:
    usual, slow = (fastest_coming(ward, m) for m in (None, NearPeople(clearance_m=0.5, creep_mps=0.25)))
    assert slow < 0.75 * usual


def test_with_manners_a_robot_still_comes_up_to_a_person(ward: Site) -> None:
    world = World(ward, (robot("optimus_1", 3.5, 11.0),), conditions=Conditions(near_people=NearPeople()))
    h = Hands(world)
    try:
        assert h.go("optimus_1", "nurse_amy").state == "done"
        m = world.truth().robots["optimus_1"]
        assert math.hypot(m.x - 1.9, m.y - 12.9) < 0.9
    finally:
        world.close()
