"""Faults have an onset, last, and end; the robot does not know more than a robot would."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.errors import LinkDown
from sim_worlds.faults import FaultSpec, When
from sim_worlds.records import Look, Walk

Make = Callable[..., Hands]


def test_a_robot_whose_box_slipped_claims_a_delivery_that_did_not_happen(hands: Make) -> None:
    slip = FaultSpec(
        fault_id="slip",
        kind="false_claim",
        robot="optimus_1",
        delay_s=(0.5, 1.0),
        when=When(carrying=True, in_zone="corridor"),
    )
    h = hands(robot("optimus_1", 1.85, 1.3, -1.57), faults=[slip])
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.go("optimus_1", "station_1")
    assert h.world.body_state("optimus_1").held == ("blue_1",), "it believes to hold the box"
    claim = h.deliver("optimus_1", "station_1")
    box = h.world.truth().boxes["blue_1"]
    assert (claim.state, claim.detail) == ("done", "put blue_1 down on station_1")
    assert (box.zone_id, box.place_id) == ("corridor", None)
    assert box.position[2] < 0.3
    assert [e.kind for e in h.world.effects()] == ["pick"]


def test_the_cameras_contradict_the_false_claim(hands: Make) -> None:
    carrying = When(carrying=True, in_zone="corridor")
    slip = FaultSpec(fault_id="slip", kind="false_claim", robot="optimus_1", when=carrying)
    h = hands(robot("optimus_1", 1.85, 1.3, -1.57), faults=[slip])
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.deliver("optimus_1", "station_1")
    h.go("optimus_1", "station_front")
    h.world.drain_observations()
    h.advance(1)
    seen = h.world.drain_observations()
    assert any("station_1" in o.covered for o in seen)
    found = {(d.zone, d.place) for o in seen for d in o.detections if d.subject_id == "blue_1"}
    assert found == {("corridor", "")}


def test_a_silent_robot_cannot_be_reached_holds_by_itself_and_comes_back(hands: Make) -> None:
    silent = FaultSpec(fault_id="radio", kind="silent", robot="iron_1", at_s=3, duration_s=6)
    h = hands(robot("iron_1", 2, 8), faults=[silent])
    h.world.start("iron_1", Walk(command_id="w", x_m=20, y_m=8))
    h.advance(4)
    last = h.world.body_state("iron_1")
    assert last.time_s == pytest.approx(3.0, abs=0.2), "the last report stays, and shows its age"
    with pytest.raises(LinkDown):
        h.world.heartbeat("iron_1")
    h.advance(2)
    stood = h.world.truth().robots["iron_1"].x
    h.advance(2)
    assert h.world.truth().robots["iron_1"].x == stood
    h.advance(2)
    back = h.world.body_state("iron_1")
    assert back.time_s > 9
    assert back.holding_because == "no heartbeat for 1 s"
    assert back.status.state == "blocked"
    h.world.resume("iron_1")
    h.advance(3)
    assert h.world.truth().robots["iron_1"].x > stood + 0.5


def test_what_a_silent_robot_saw_is_sent_when_it_is_back(hands: Make) -> None:
    silent = FaultSpec(fault_id="radio", kind="silent", robot="iron_1", at_s=0.5, duration_s=3)
    h = hands(robot("iron_1", 1.85, 1.2, -1.57), faults=[silent], watchdog_s=100)
    h.world.start("iron_1", Look(command_id="l", target_id="shelf_a2"))
    h.advance(2)
    assert not [o for o in h.world.drain_observations() if o.source == "iron_1"]
    h.advance(3)
    assert [o for o in h.world.drain_observations() if o.source == "iron_1"]


def test_nobodys_robot_holds_after_a_second(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8))
    h.world.start("iron_1", Walk(command_id="w", x_m=20, y_m=8))
    h.world.advance(4)
    assert h.world.body_state("iron_1").holding_because == "no heartbeat for 1 s"
    assert h.world.truth().robots["iron_1"].x < 3.2


def test_a_battery_drops_at_once(hands: Make) -> None:
    drop = FaultSpec(fault_id="cell", kind="battery_drop", robot="iron_1", at_s=2, fraction=0.1)
    h = hands(robot("iron_1", 2, 8), faults=[drop])
    h.advance(1.5)
    assert h.world.body_state("iron_1").battery_fraction > 0.9
    h.advance(1)
    assert h.world.body_state("iron_1").battery_fraction == pytest.approx(0.1, abs=0.01)
