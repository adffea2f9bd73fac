"""Lifts: in at one side, out at the other, one robot at a time, and never two open doors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import Hands, robot
from small_sites import annex, world_of

from sim_worlds.errors import SiteError, SpecError
from sim_worlds.records import Walk
from sim_worlds.world import World

WALLS = "  - {from: [8, 0], to: [8, 6]}\n  - {from: [6, 2], to: [8, 2]}\n  - {from: [6, 4], to: [8, 4]}\n"
LIFT = """\
doors:
  - {id: lower, x: 6, y: 3, width_m: 1.2, kind: sliding, opens_in_s: 1}
  - {id: upper, x: 8, y: 3, width_m: 1.2, kind: sliding, opens_in_s: 1}
lifts:
  - {id: lift_1, rect: [6, 2, 8, 4], doors: [lower, upper], travel_s: 8}
"""


@pytest.fixture
def hands() -> Iterator[Hands]:
    site = annex(LIFT, WALLS)
    world = world_of(site, [robot("iron_1", 3, 3), robot("gr2_1", 3, 1.5), robot("g1_1", 10, 1.5)])
    yield Hands(world)
    world.close()


def open_doors(world: World) -> int:
    return sum(leaf.open_share > 0 for leaf in world.building.doors.leaves.values())


def inside(world: World) -> int:
    return sum(6 < c.body.motion().x < 8 for c in world.computers.values())


def test_a_robot_rides_through_and_the_ride_takes_its_time(hands: Hands) -> None:
    status = hands.do("iron_1", Walk, x_m=10.0, y_m=4.0)
    assert status.state == "done"
    assert status.ended_s is not None
    assert status.ended_s > 8 + 4


def test_robots_from_both_sides_take_turns_and_no_two_doors_are_open(hands: Hands) -> None:
    world = hands.world
    hands.beat()
    for name, x, y in (("iron_1", 10.5, 4.5), ("gr2_1", 10.5, 3.0), ("g1_1", 2.0, 4.5)):
        world.start(name, Walk(command_id=name, x_m=x, y_m=y))
    most = crowd = 0
    while any(not c.status.ended for c in world.computers.values()) and world.time_s < 150:
        hands.advance(0.2)
        most, crowd = max(most, open_doors(world)), max(crowd, inside(world))
    assert {c.status.state for c in world.computers.values()} == {"done"}
    assert (most, crowd) == (1, 1)


def test_a_lift_out_of_order_lets_nobody_in_and_says_so(hands: Hands) -> None:
    hands.world.building.lifts.fail("lift_1")
    hands.beat()
    hands.world.start("iron_1", Walk(command_id="w", x_m=10, y_m=4))
    hands.advance(20)
    status = hands.world.status("iron_1")
    assert (status.state, status.code, status.detail) == ("blocked", "lift", "lift lift_1 is out of order")
    hands.world.building.lifts.repair("lift_1")
    hands.advance(40)
    assert hands.world.status("iron_1").state == "done"


def test_a_lift_that_is_not_there_is_refused(hands: Hands) -> None:
    with pytest.raises(SpecError, match="got 'lift_2', expected one of: lift_1"):
        hands.world.building.lifts.fail("lift_2")


def test_a_checkpoint_goes_on_with_the_ride(hands: Hands) -> None:
    hands.beat()
    hands.world.start("iron_1", Walk(command_id="w", x_m=10, y_m=4))
    while hands.world.building.lifts.cabins["lift_1"].arrives_s is None:
        hands.advance(0.1)
    again = Hands(World.restore(hands.world.checkpoint()))
    try:
        assert again.world.building.lifts.snapshot() == hands.world.building.lifts.snapshot()
        again.world.resume("iron_1")
        again.advance(30)
        assert again.world.status("iron_1").state == "done"
    finally:
        again.world.close()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[lower, upper]", "[lower]", "lifts[0].doors: got 'a list of 1', expected a list of at least 2"),
        (
            "[lower, upper]",
            "[lower, lower]",
            "lifts[0].doors: got ['lower', 'lower'], expected two doors on different sides",
        ),
        ("[6, 2, 8, 4]", "[6, 2, 7, 4]", "expected a cabin of at least 1.2 m by 1.2 m"),
        ("[6, 2, 8, 4]", "[6, 0, 8, 2]", "expected a door on the edge of the cabin"),
        ("travel_s: 8", "travel_s: soon", "lifts[0].travel_s: got 'soon', expected a number from 0.5 to 600 s"),
    ],
)
def test_a_lift_that_cannot_be_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(SiteError) as caught:
        annex(LIFT.replace(old, new), WALLS)
    assert "annex.yaml, line" in str(caught.value)
    assert says in str(caught.value)
