"""Cameras see what is in view, say what they looked at, and see nothing through walls and robots."""

from __future__ import annotations

from collections.abc import Callable

from driving import Hands, robot

from sim_worlds.records import Observation

Make = Callable[..., Hands]


def readings(h: Hands) -> dict[str, Observation]:
    h.world.drain_observations()
    h.advance(0.6)
    return {o.source: o for o in h.world.drain_observations()}


def test_each_camera_reports_twice_a_second(hands: Make) -> None:
    h = hands(robot("iron_1", 13, 8))
    h.advance(3)
    seen = [o for o in h.world.drain_observations() if o.source == "cam_lab"]
    assert len(seen) == 6
    assert len({o.observation_id for o in seen}) == 6


def test_the_store_camera_sees_the_boxes_on_their_shelves(hands: Make) -> None:
    seen = readings(hands(robot("iron_1", 13, 8)))["cam_store_east"]
    places = {d.subject_id: d.place for d in seen.detections}
    assert places["blue_1"] == "shelf_a2"
    assert places["blue_2"] == "shelf_b2"
    assert "red_1" not in places
    blue = next(d for d in seen.detections if d.subject_id == "blue_1")
    assert blue.attributes["colour"] == "blue"
    assert 0 < blue.confidence <= 1


def test_an_empty_place_is_covered_and_so_seen_to_be_empty(hands: Make) -> None:
    seen = readings(hands(robot("iron_1", 13, 8)))["cam_store_east"]
    assert "shelf_a3" in seen.covered
    assert "store" in seen.covered
    assert not any(d.place == "shelf_a3" for d in seen.detections)


def test_robots_and_people_are_seen_with_their_zone(hands: Make) -> None:
    seen = readings(hands(robot("iron_1", 3.5, 11)))["cam_station"]
    found = {d.subject_id: (d.subject_kind, d.zone, d.place) for d in seen.detections}
    assert found["iron_1"] == ("robot", "nurses_station", "station_front")
    assert found["nurse_amy"][:2] == ("person", "nurses_station")


def test_a_robot_in_the_way_hides_a_place_which_is_then_not_covered(hands: Make) -> None:
    h = hands(robot("iron_1", 13, 8))
    free = readings(h)["cam_station"].covered
    other = hands(robot("iron_1", 3.25, 14.18, 1.57))
    hidden = readings(other)["cam_station"].covered
    assert "station_2" in free
    assert "station_2" not in hidden


def test_a_carried_box_is_seen_in_the_hands_of_its_robot(hands: Make) -> None:
    h = hands(robot("optimus_1", 1.85, 1.3, -1.57))
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.go("optimus_1", "store_entrance")
    seen = [d for o in readings(h).values() for d in o.detections if d.subject_id == "blue_1"]
    assert seen
    assert {(d.holder, d.place) for d in seen} == {("optimus_1", "")}
