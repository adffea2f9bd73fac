"""Two robots with one box: lifted, walked and put down together, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.errors import Refused
from sim_worlds.records import Look, Pick, Place, Walk
from sim_worlds.world import World

Make = Callable[..., Hands]
TEAM = ("iron_1", "iron_2")
BOX = "fluids_2"
"""14 kg on shelf_b4, at (8.05, 0.55); an iron carries 10 kg."""


@pytest.fixture
def two(hands: Make) -> Hands:
    """On either side of the box."""
    return hands(robot("iron_1", 7.6, 1.1, -0.9), robot("iron_2", 8.47, 1.09, -2.2))


def together(
    two: Hands, number: int, ways: dict[str, tuple[float, float]] | None = None, place: str | None = None
) -> None:
    """Start one primitive of the team for both."""
    two.beat()
    for name in TEAM:
        ids = {"command_id": f"{number}.{name}", "task_id": "t1", "team": TEAM}
        if ways is not None:
            x, y = ways[name]
            two.world.start(name, Walk(**ids, x_m=x, y_m=y))
        elif place is not None:
            two.world.start(name, Place(**ids, place_id=place))
        else:
            two.world.start(name, Pick(**ids, object_id=BOX))


def until_ended(two: Hands, limit_s: float = 60.0) -> list[str]:
    end = two.world.time_s + limit_s
    while two.world.time_s < end and not all(two.world.status(n).ended for n in TEAM):
        two.advance(0.2)
    return [two.world.status(n).state for n in TEAM]


def lifted(two: Hands) -> None:
    together(two, 1)
    assert until_ended(two) == ["done", "done"]


def apart_m(two: Hands) -> float:
    robots = two.world.truth().robots
    return math.dist((robots["iron_1"].x, robots["iron_1"].y), (robots["iron_2"].x, robots["iron_2"].y))


def test_two_lift_what_is_too_heavy_for_one_and_both_hold_it(two: Hands) -> None:
    alone = two.do("iron_1", Pick, object_id=BOX)
    assert (alone.state, alone.code) == ("failed", "too_heavy")
    lifted(two)
    truth = two.world.truth()
    assert truth.boxes[BOX].holder == "iron_1"
    assert [truth.robots[n].carries for n in TEAM] == [BOX, BOX]
    assert [two.world.body_state(n).held for n in TEAM] == [(BOX,), (BOX,)]
    assert [(e.kind, e.robot_id) for e in two.world.effects()] == [("pick", "iron_1"), ("pick", "iron_2")]


def test_they_walk_with_the_box_between_them_and_put_it_down_together(two: Hands) -> None:
    lifted(two)
    together(two, 2, {"iron_1": (2.33, 1.09), "iron_2": (3.2, 1.1)})
    widest = 0.0
    while not all(two.world.status(n).ended for n in TEAM):
        two.advance(0.2)
        widest = max(widest, apart_m(two))
    assert [two.world.status(n).state for n in TEAM] == ["done", "done"]
    assert widest < 1.5
    together(two, 3, place="shelf_a3")
    assert until_ended(two) == ["done", "done"]
    two.advance(1)
    box = two.world.truth().boxes[BOX]
    assert (box.place_id, box.holder) == ("shelf_a3", None)
    assert [two.world.body_state(n).held for n in TEAM] == [(), ()]


def test_nobody_lifts_alone_and_who_waits_in_vain_says_for_whom(two: Hands) -> None:
    status = two.do("iron_1", Pick, object_id=BOX, team=TEAM)
    assert (status.state, status.code) == ("failed", "alone")
    assert "iron_2" in status.detail
    assert two.world.truth().boxes[BOX].place_id == "shelf_b4"


def test_a_lift_that_one_gives_up_is_set_down_again(two: Hands) -> None:
    together(two, 1)
    two.advance(1.5)
    two.world.cancel("iron_2", "somebody asked for it")
    assert until_ended(two) == ["failed", "cancelled"]
    two.advance(2)
    box = two.world.truth().boxes[BOX]
    assert (box.place_id, box.holder) == ("shelf_b4", None)


def test_who_holds_a_load_with_others_does_not_walk_off_with_it(two: Hands) -> None:
    lifted(two)
    with pytest.raises(Refused) as refused:
        two.world.start("iron_2", Walk(command_id="w", x_m=4.0, y_m=4.0))
    assert refused.value.code == "jointly_held"
    assert "iron_1" in str(refused.value)
    assert two.do("iron_2", Look, target_id="shelf_b4").state in ("done", "failed")  # eyes are free


def test_when_one_holds_still_the_other_stops_too_and_the_box_stays_in_their_hands(two: Hands) -> None:
    lifted(two)
    together(two, 2, {"iron_1": (2.33, 1.09), "iron_2": (3.2, 1.1)})
    two.advance(3)
    two.world.hold("iron_2", "a person walks by")
    two.advance(2)
    stood = two.world.truth().robots["iron_1"].x
    two.advance(4)
    assert two.world.truth().robots["iron_1"].x == pytest.approx(stood, abs=0.05)
    assert two.world.truth().boxes[BOX].holder == "iron_1"
    two.world.resume("iron_2")
    assert until_ended(two) == ["done", "done"]


def test_a_team_that_is_none_is_refused(two: Hands) -> None:
    for team in (("iron_1",), ("iron_2", "iron_3"), ("iron_2", "iron_1", "iron_1"), ("iron_2", "ghost")):
        with pytest.raises(Refused) as refused:
            two.world.start("iron_1", Pick(command_id=f"p{team}", object_id=BOX, team=team))
        assert refused.value.code == "bad_argument"


def test_after_a_restart_the_load_is_in_the_same_hands(two: Hands) -> None:
    lifted(two)
    world = World.restore(two.world.checkpoint())
    try:
        again = Hands(world, first_number=100)
        for name in TEAM:
            world.resume(name)
        again.advance(0.5)
        assert [world.truth().robots[n].carries for n in TEAM] == [BOX, BOX]
        assert world.body_state("iron_2").held == (BOX,)
        together(again, 2, {"iron_1": (6.5, 2.5), "iron_2": (7.6, 2.2)})
        assert until_ended(again) == ["done", "done"]
    finally:
        world.close()
