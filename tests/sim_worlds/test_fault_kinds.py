"""What each kind of fault does in a world, and how it ends. Those of joints: test_physical_faults."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Hands, robot

from fleet.model.evidence import Detection
from sim_worlds.faults import FaultSpec, When, to_plain
from sim_worlds.records import Pick, Walk
from sim_worlds.site import Site
from sim_worlds.world import World

Make = Callable[..., Hands]
AT_SHELF = (1.85, 1.3, -1.57)


def seen(h: Hands, subject: str, source: str = "") -> list[Detection]:
    """What the sources said of a thing since they were last asked."""
    observations = [o for o in h.world.drain_observations() if source in ("", o.source)]
    return [d for o in observations for d in o.detections if d.subject_id == subject]


def test_a_dropped_box_lies_on_the_floor_and_the_robot_knows(hands: Make) -> None:
    drop = FaultSpec(fault_id="f", kind="dropped_object", robot="optimus_1", when=When(carrying=True))
    h = hands(robot("optimus_1", *AT_SHELF), faults=[drop])
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.advance(1)
    assert h.world.truth().boxes["blue_1"].position[2] < 0.3
    assert h.world.body_state("optimus_1").held == ()
    assert h.world.faults.history()[0].phase == "over"


def test_a_liar_reports_work_that_it_did_not_do(hands: Make) -> None:
    lie = FaultSpec(fault_id="f", kind="lying_claim", robot="optimus_1", at_s=0, duration_s=30)
    h = hands(robot("optimus_1", *AT_SHELF), faults=[lie])
    h.go("optimus_1", "shelf_a2")
    claimed = h.do("optimus_1", Pick, object_id="blue_1")
    assert claimed.state == "done"
    assert h.world.body_state("optimus_1").held == ()
    assert h.world.truth().boxes["blue_1"].place_id == "shelf_a2"
    assert not h.world.effects()
    h.advance(30)
    assert h.do("optimus_1", Pick, object_id="blue_1").state == "done"
    assert h.world.body_state("optimus_1").held == ("blue_1",)


def test_an_e_stop_stops_and_the_one_who_pressed_it_releases_it(hands: Make) -> None:
    stop = FaultSpec(fault_id="f", kind="e_stop", robot="iron_1", at_s=2, duration_s=3)
    h = hands(robot("iron_1", 2, 8), faults=[stop])
    h.world.start("iron_1", Walk(command_id="w", x_m=20, y_m=8))
    h.advance(3)
    state = h.world.body_state("iron_1")
    assert state.e_stop
    assert (state.status.state, state.status.code) == ("cancelled", "e_stop")
    h.advance(2.5)
    state = h.world.body_state("iron_1")
    assert not state.e_stop
    assert state.holding_because == "e-stop: pressed by somebody (f)", "it holds until it is resumed"


def test_an_e_stop_that_the_fleet_releases_is_over(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8), faults=[FaultSpec(fault_id="f", kind="e_stop", robot="iron_1", at_s=1)])
    h.advance(2)
    assert h.world.faults.active("e_stop")
    h.world.release_e_stop("iron_1")
    h.advance(0.5)
    assert not h.world.faults.active()
    assert h.world.faults.history()[0].over_s == pytest.approx(2.0, abs=0.2)


def test_a_robot_whose_clock_jumped_reports_other_times(hands: Make) -> None:
    jump = FaultSpec(fault_id="f", kind="clock_jump", robot="iron_1", at_s=1, duration_s=2, shift_s=-30)
    h = hands(robot("iron_1", 2, 8), faults=[jump])
    h.advance(2)
    assert h.world.body_state("iron_1").time_s == pytest.approx(-28, abs=0.2)
    h.advance(2)
    assert h.world.body_state("iron_1").time_s == pytest.approx(4, abs=0.2)


def test_a_robot_whose_localisation_jumped_arrives_beside_its_goal(hands: Make) -> None:
    jump = FaultSpec(fault_id="f", kind="localisation_jump", robot="iron_1", at_s=0.5, offset_m=(0.6, 0.0))
    h = hands(robot("iron_1", 8, 8), faults=[jump])
    h.do("iron_1", Walk, x_m=12, y_m=8)
    assert h.world.body_state("iron_1").x_m == pytest.approx(12, abs=0.2), "as it believes"
    assert h.world.truth().robots["iron_1"].x == pytest.approx(11.4, abs=0.2)


def test_an_obstacle_blocks_the_way_until_it_is_taken_away(hands: Make) -> None:
    block = FaultSpec(fault_id="pallet", kind="blocked_corridor", at_m=(6, 8), radius_m=1.4, at_s=1, duration_s=20)
    h = hands(robot("iron_1", 3, 8), faults=[block])
    h.world.start("iron_1", Walk(command_id="w", x_m=9, y_m=8))
    h.advance(17)
    at = h.world.truth().robots["iron_1"]
    assert at.x < 6
    assert math.hypot(at.x - 6, at.y - 8) > 1.4
    assert "pallet" in h.world.status("iron_1").detail
    h.advance(20)
    assert h.world.status("iron_1").state == "done"


def test_an_obstacle_does_not_appear_inside_a_robot(hands: Make) -> None:
    block = FaultSpec(fault_id="pallet", kind="blocked_corridor", at_m=(3, 8), at_s=1)
    h = hands(robot("iron_1", 3, 8), faults=[block])
    h.advance(3)
    assert h.world.faults.history()[0].phase == "due"
    h.do("iron_1", Walk, x_m=8, y_m=8)
    assert h.world.faults.history()[0].phase == "active"


def test_cameras_do_not_see_through_an_obstacle(hands: Make) -> None:
    block = FaultSpec(fault_id="crate", kind="blocked_corridor", at_m=(6, 8), radius_m=1.4, at_s=0, duration_s=3)
    h = hands(robot("iron_1", 3, 8), faults=[block])
    h.advance(2)
    assert "crate" in h.world.physics.names.values()
    h.advance(2)
    assert "crate" not in h.world.physics.names.values()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"seen_at": "shelf_a3"}, ("shelf_a3", "blue")),
        ({"seen_as": {"colour": "red"}}, ("shelf_a2", "red")),
        ({"offset_m": (0.0, 4.0)}, ("", "blue")),
    ],
)
def test_a_camera_reports_a_box_elsewhere_or_as_another(
    hands: Make, fault: dict[str, object], expected: tuple[str, str]
) -> None:
    camera = _camera_of(hands(robot("iron_1", 12, 8)), "blue_1")
    basis = {"fault_id": "f", "kind": "wrong_perception", "camera": camera, "object": "blue_1"}
    wrong = FaultSpec(**basis, **fault, at_s=1, duration_s=2)  # type: ignore[arg-type]
    h = hands(robot("iron_1", 12, 8), faults=[wrong])
    h.advance(0.9)
    assert {(d.place, d.attributes["colour"]) for d in seen(h, "blue_1", camera)} == {("shelf_a2", "blue")}
    h.advance(1.6)
    assert (seen(h, "blue_1", camera)[-1].place, expected[0]) == (expected[0], expected[0])
    h.advance(0.5)
    assert {d.attributes["colour"] for d in seen(h, "blue_1", camera)} == {expected[1]}
    h.advance(1)
    assert seen(h, "blue_1", camera)[-1].place == "shelf_a2"


def test_what_is_not_reported_is_not_there_for_the_fleet(hands: Make) -> None:
    camera = _camera_of(hands(robot("iron_1", 12, 8)), "blue_1")
    blind = FaultSpec(fault_id="f", kind="wrong_perception", camera=camera, object="blue_1", unseen=True, at_s=0)
    h = hands(robot("iron_1", 12, 8), faults=[blind])
    h.advance(3)
    assert not seen(h, "blue_1", camera)


def _camera_of(h: Hands, box: str) -> str:
    """A camera that sees the box."""
    h.advance(1)
    return next(o.source for o in h.world.drain_observations() for d in o.detections if d.subject_id == box)


def test_a_stuck_door_stays_shut_until_it_is_repaired(ward: Site) -> None:
    from sim_worlds.doors import Doors
    from sim_worlds.site import bundled_site, load_site

    site = load_site(bundled_site("office"))
    door = next(d.door_id for d in site.doors.values() if d.kind != "open" and not d.locked and not d.lift_id)
    stuck = FaultSpec(fault_id="f", kind="door_stuck", door=door, at_s=0, duration_s=3)
    dock = next(k for k, p in site.places.items() if p.kind.value == "dock")
    start = site.places[dock].approach
    world = World(site, [robot("iron_1", start.x, start.y, start.yaw)], [stuck])
    doors = next(p for p in world.parts if isinstance(p, Doors))
    while world.time_s < 2.5:
        doors.call(door, world.time_s)
        world.advance(0.1)
    assert doors.leaf(door).open_share == 0.0
    while world.time_s < 12:
        doors.call(door, world.time_s)
        world.advance(0.1)
    assert doors.leaf(door).is_open
    world.close()


def test_overlapping_silences_do_not_undo_each_other(hands: Make) -> None:
    first = FaultSpec(fault_id="a", kind="silent", robot="iron_1", at_s=1, duration_s=2)
    second = FaultSpec(fault_id="b", kind="silent", robot="iron_1", at_s=2, duration_s=4)
    h = hands(robot("iron_1", 2, 8), faults=[first, second])
    h.advance(4)
    assert not h.world.computer("iron_1").link_up
    h.advance(2.5)
    assert h.world.computer("iron_1").link_up


def test_a_fault_goes_into_a_file_and_comes_back(ward: Site, tmp_path: Path) -> None:
    import yaml

    from sim_worlds.faults import load_faults

    spec = FaultSpec(
        fault_id="f",
        kind="e_stop",
        robot="iron_1",
        when=When(in_zone="corridor", carrying=True),
        delay_s=(1.0, 2.0),
        duration_s=5.0,
        until=When(battery_below=0.3),
        every_s=60.0,
        times=3,
    )
    file = tmp_path / "faults.yaml"
    file.write_text(yaml.safe_dump({"faults": [to_plain(spec)]}))
    assert load_faults(file, [robot("iron_1", 2, 8)], ward) == (spec,)
