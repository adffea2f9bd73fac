"""What a robot does by itself: pick, place, give, look, dock; and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.errors import Refused
from sim_worlds.records import Dock, Give, Look, Pick, Place, Wait, Walk

Make = Callable[..., Hands]


@pytest.fixture
def optimus(hands: Make) -> Hands:
    """At the shelves of the store."""
    return hands(robot("optimus_1", 1.85, 1.3, -1.57))


def test_a_box_is_picked_carried_and_put_down(optimus: Hands) -> None:
    assert optimus.fetch("optimus_1", "blue_1", "shelf_a2").state == "done"
    assert optimus.world.truth().boxes["blue_1"].holder == "optimus_1"
    assert optimus.deliver("optimus_1", "station_1").state == "done"
    optimus.advance(1)
    box = optimus.world.truth().boxes["blue_1"]
    assert (box.place_id, box.holder) == ("station_1", None)
    assert [(e.kind, e.object_id, e.target_id, e.task_id) for e in optimus.world.effects()] == [
        ("pick", "blue_1", "shelf_a2", "t1"),
        ("place", "blue_1", "station_1", "t1"),
    ]


def test_a_box_given_to_a_person_is_theirs(optimus: Hands) -> None:
    optimus.fetch("optimus_1", "blue_1", "shelf_a2")
    optimus.go("optimus_1", "nurse_amy")
    assert optimus.do("optimus_1", Give, person_id="nurse_amy").state == "done"
    assert optimus.world.truth().boxes["blue_1"].holder == "nurse_amy"
    assert optimus.world.body_state("optimus_1").held == ()


def test_a_box_put_on_the_floor_stays_there(optimus: Hands) -> None:
    optimus.fetch("optimus_1", "blue_1", "shelf_a2")
    optimus.do("optimus_1", Walk, x_m=3.0, y_m=4.0, yaw_rad=0)
    assert optimus.do("optimus_1", Place, x_m=3.6, y_m=4.0).state == "done"
    optimus.advance(1)
    assert optimus.world.truth().boxes["blue_1"].position[:2] == pytest.approx((3.6, 4.0), abs=0.05)


def test_what_is_too_far_is_not_picked_and_what_is_here_is_named(optimus: Hands) -> None:
    optimus.go("optimus_1", "shelf_a2")
    status = optimus.do("optimus_1", Pick, object_id="blue_2")
    assert (status.state, status.code, status.retriable) == ("failed", "not_here", True)
    assert "blue_1" in status.detail


def test_a_g1_does_not_lift_what_is_too_heavy(hands: Make) -> None:
    h = hands(robot("g1_1", 1.3, 2.4, 3.14))
    status = h.fetch("g1_1", "linen_1", "shelf_c1")
    assert (status.state, status.code, status.retriable) == ("failed", "too_heavy", False)
    assert "at most 2 kg" in status.detail


def test_two_things_at_once_are_refused(optimus: Hands) -> None:
    optimus.world.start("optimus_1", Wait(command_id="w", seconds=5))
    with pytest.raises(Refused) as caught:
        optimus.world.start("optimus_1", Wait(command_id="x", seconds=5))
    assert caught.value.code == "busy"


def test_hands_must_be_free_to_pick_and_full_to_place(optimus: Hands) -> None:
    assert optimus.do("optimus_1", Place, place_id="shelf_a3").code == "hands_empty"
    optimus.fetch("optimus_1", "blue_1", "shelf_a2")
    assert optimus.do("optimus_1", Pick, object_id="white_1").code == "hands_full"


def test_a_taken_place_is_not_used(optimus: Hands) -> None:
    optimus.fetch("optimus_1", "blue_1", "shelf_a2")
    status = optimus.deliver("optimus_1", "shelf_a4")
    assert (status.code, status.retriable) == ("place_occupied", True)
    assert optimus.world.body_state("optimus_1").held == ("blue_1",)


def test_a_command_is_executed_once_for_ever(optimus: Hands) -> None:
    optimus.go("optimus_1", "shelf_a2")
    again = Pick(command_id="p1", object_id="blue_1")
    first = optimus.world.start("optimus_1", again)
    assert optimus.world.start("optimus_1", again) == first, "the running command sent again answers its status"
    optimus.advance(4)
    with pytest.raises(Refused) as caught:
        optimus.world.start("optimus_1", again)
    assert caught.value.code == "already_done"
    outcome = optimus.world.outcome("p1")
    assert outcome is not None
    assert outcome.state == "done"
    assert optimus.world.outcome("never") is None


def test_a_cancelled_lift_leaves_the_box_where_it_stood(optimus: Hands) -> None:
    optimus.go("optimus_1", "shelf_a2")
    optimus.world.start("optimus_1", Pick(command_id="p", object_id="blue_1"))
    optimus.advance(1)
    assert optimus.world.cancel("optimus_1", "changed my mind").state == "cancelled"
    optimus.advance(1)
    assert optimus.world.truth().boxes["blue_1"].place_id == "shelf_a2"
    assert optimus.world.body_state("optimus_1").held == ()


def test_a_cancelled_put_down_keeps_the_box_in_the_hands(optimus: Hands) -> None:
    optimus.fetch("optimus_1", "blue_1", "shelf_a2")
    optimus.world.start("optimus_1", Place(command_id="p", place_id="shelf_a2"))
    optimus.advance(1)
    optimus.world.cancel("optimus_1", "changed my mind")
    optimus.advance(1)
    assert optimus.world.truth().boxes["blue_1"].holder == "optimus_1"


def test_a_held_robot_stands_and_goes_on_when_resumed(optimus: Hands) -> None:
    optimus.world.start("optimus_1", Walk(command_id="w", x_m=4.5, y_m=4.5))
    optimus.advance(1)
    optimus.world.hold("optimus_1", "a person is near")
    optimus.advance(1.5)
    before = optimus.world.body_state("optimus_1")
    optimus.advance(2)
    after = optimus.world.body_state("optimus_1")
    assert (before.x_m, before.y_m) == (after.x_m, after.y_m)
    assert (after.holding_because, after.status.state, after.status.code) == ("a person is near", "blocked", "holding")
    optimus.world.resume("optimus_1")
    optimus.advance(15)
    assert optimus.world.status("optimus_1").state == "done"


def test_an_e_stop_cancels_and_refuses_until_it_is_released_and_resumed(optimus: Hands) -> None:
    optimus.world.start("optimus_1", Walk(command_id="w", x_m=4.5, y_m=4.5))
    optimus.world.e_stop("optimus_1", "red button")
    assert optimus.world.status("optimus_1").code == "e_stop"
    with pytest.raises(Refused, match="release it first"):
        optimus.world.resume("optimus_1")
    optimus.world.release_e_stop("optimus_1")
    with pytest.raises(Refused, match="resume it first"):
        optimus.do("optimus_1", Wait, seconds=1)
    optimus.world.resume("optimus_1")
    assert optimus.do("optimus_1", Wait, seconds=1).state == "done"


def test_a_docked_robot_charges(hands: Make) -> None:
    h = hands(robot("optimus_1", 17, 3, battery_fraction=0.5))
    assert h.do("optimus_1", Dock, dock_id="dock_3").state == "done"
    before = h.world.body_state("optimus_1")
    h.advance(10)
    after = h.world.body_state("optimus_1")
    assert (after.docked_at, after.charging) == ("dock_3", True)
    assert after.battery_fraction > before.battery_fraction


def test_an_empty_battery_ends_the_walk(hands: Make) -> None:
    h = hands(robot("optimus_1", 3, 8, battery_fraction=1e-5))
    assert h.do("optimus_1", Walk, x_m=20, y_m=8).code == "battery_empty"


def test_looking_reports_what_is_there_and_what_is_not(optimus: Hands) -> None:
    optimus.go("optimus_1", "shelf_a2")
    status = optimus.do("optimus_1", Look, target_id="shelf_a2")
    assert [d.subject_id for d in status.detections] == ["blue_1"]
    optimus.do("optimus_1", Look, target_id="shelf_a3")
    mine = [o for o in optimus.world.drain_observations() if o.source == "optimus_1"]
    assert (mine[-1].covered, mine[-1].detections) == (("shelf_a3",), ())


def test_what_is_behind_a_wall_is_not_seen(optimus: Hands) -> None:
    status = optimus.do("optimus_1", Look, target_id="pharmacy_1")
    assert (status.state, status.code) == ("failed", "not_in_view")


def test_a_zone_is_seen_by_looking_around_and_part_of_it_is_not_the_whole(hands: Make) -> None:
    h = hands(robot("optimus_1", 3, 8))
    status = h.do("optimus_1", Look, target_id="corridor", whole=False)
    assert status.state == "done" and "of corridor" in status.detail
    status = h.do("optimus_1", Look, target_id="corridor")
    assert (status.state, status.code, status.retriable) == ("failed", "not_in_view", True)


def test_looks_of_one_command_add_up(hands: Make) -> None:
    h = hands(robot("optimus_1", 4.5, 8))
    for number, x in enumerate((4.5, 12.5)):
        h.do("optimus_1", Walk, x_m=x, y_m=8, yaw_rad=0)
        h.do("optimus_1", Look, command_id=f"t1#1/look_{number}", target_id="corridor", whole=False)
    h.do("optimus_1", Walk, x_m=21.5, y_m=8, yaw_rad=0)
    assert h.do("optimus_1", Look, command_id="t1#1/look_9", target_id="corridor").state == "done"
    mine = [o for o in h.world.drain_observations() if o.source == "optimus_1"]
    assert "corridor" in mine[-1].covered and "corridor" not in mine[0].covered


@pytest.mark.parametrize(
    ("primitive", "code"),
    [
        (Pick(command_id="a", object_id="ghost"), "unknown_target"),
        (Give(command_id="a", person_id="ghost"), "unknown_target"),
        (Dock(command_id="a", dock_id="shelf_a1"), "unknown_target"),
        (Look(command_id="a", target_id="ghost"), "unknown_target"),
        (Place(command_id="a", place_id="dock_1"), "unknown_target"),
        (Place(command_id="a"), "bad_argument"),
        (Walk(command_id="a", x_m=float("nan"), y_m=1), "bad_argument"),
        (Walk(command_id="a", x_m=1, y_m=1, speed_mps=0), "bad_argument"),
        (Wait(command_id="a", seconds=-1), "bad_argument"),
        (Wait(command_id="", seconds=1), "bad_argument"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused(optimus: Hands, primitive: object, code: str) -> None:
    with pytest.raises(Refused) as caught:
        optimus.world.start("optimus_1", primitive)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert optimus.world.status("optimus_1").state == "idle"


def test_an_unknown_robot_is_named(optimus: Hands) -> None:
    with pytest.raises(Refused, match=r"'nobody'.*optimus_1"):
        optimus.world.body_state("nobody")


def test_a_walk_that_cannot_quite_arrive_says_that_it_is_blocked(optimus: Hands) -> None:
    # 0.2 m from the middle of a wall: nearer than any robot gets, near enough to creep on for ever.
    status = optimus.do("optimus_1", Walk, limit_s=60, x_m=7.5, y_m=6.2)
    assert (status.state, status.code) == ("blocked", "path_blocked")
