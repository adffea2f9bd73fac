"""The dynamic G1: it weighs what it should, walks, stops, turns, carries, and falls for physical reasons."""

from __future__ import annotations

import math
from collections.abc import Callable

import pybullet as pb
import pytest
from driving import Hands, robot

from sim_worlds.calibrate import Track
from sim_worlds.calibration import load_calibration
from sim_worlds.errors import Refused
from sim_worlds.faults import FaultSpec
from sim_worlds.humanoids.g1_urdf import source_mass_kg
from sim_worlds.records import Kneel, Pick, Walk

Make = Callable[..., Hands]


@pytest.fixture
def track() -> Track:
    return Track(load_calibration())


def test_it_weighs_what_its_urdf_says(track: Track) -> None:
    body = track.robot.bullet
    links = range(-1, pb.getNumJoints(body, physicsClientId=track.physics.client))
    mass = sum(pb.getDynamicsInfo(body, j, physicsClientId=track.physics.client)[0] for j in links)
    assert source_mass_kg() == pytest.approx(33.34, abs=0.01)
    assert mass == pytest.approx(source_mass_kg(), abs=0.01)


def test_it_walks_at_the_wanted_speed_although_the_policy_undershoots(track: Track) -> None:
    speed, _ = track.steady(0.5)
    assert speed == pytest.approx(0.5, rel=0.1)


def test_it_stops_within_a_step(track: Track) -> None:
    track.run(4, 0.5)
    before = track.robot.motion()
    track.run(2, 0)
    after = track.robot.motion()
    assert math.dist((before.x, before.y), (after.x, after.y)) < 0.4
    assert track.robot.posture().value == "standing"


def test_it_turns_on_the_spot(track: Track) -> None:
    track.run(1, 0)
    track.run(3, 0, turn=0.5)
    m = track.robot.motion()
    assert 1.0 < m.yaw < 2.0
    assert math.hypot(m.x, m.y) < 0.5


def test_it_walks_to_a_pose_and_faces_as_asked(hands: Make) -> None:
    h = hands(robot("g1_walking", 3, 8))
    status = h.do("g1_walking", Walk, x_m=6.0, y_m=7.5, yaw_rad=1.57)
    state = h.world.body_state("g1_walking")
    assert status.state == "done"
    assert math.dist((state.x_m, state.y_m), (6.0, 7.5)) < 0.25
    assert state.yaw_rad == pytest.approx(1.57, abs=0.25)
    assert state.stability > 0.8
    assert len(state.joint_positions_rad) == 29


def test_walking_costs_more_than_standing(hands: Make) -> None:
    h = hands(robot("g1_walking", 3, 8))
    start = h.world.computer("g1_walking").battery_wh
    h.advance(3)
    standing = start - h.world.computer("g1_walking").battery_wh
    h.do("g1_walking", Walk, x_m=12.0, y_m=8, limit_s=3)
    walking = start - standing - h.world.computer("g1_walking").battery_wh
    assert walking > 1.3 * standing


@pytest.mark.slow
def test_it_carries_a_box_in_both_hands(hands: Make) -> None:
    h = hands(robot("g1_walking", 5.35, 1.6, -1.57))
    assert h.world.crates["orange_1"].mass_kg == 1.8
    assert h.fetch("g1_walking", "orange_1", "shelf_b1").state == "done"
    h.do("g1_walking", Walk, x_m=4.5, y_m=5.0)
    box, body = h.world.truth().boxes["orange_1"], h.world.body_state("g1_walking")
    assert body.held == ("orange_1",)
    assert box.position[2] > 0.55
    assert math.dist(box.position[:2], (body.x_m, body.y_m)) < 0.45


@pytest.mark.slow
def test_with_a_dead_knee_it_falls_and_the_box_lies_on_the_floor(hands: Make) -> None:
    fault = FaultSpec(fault_id="knee", kind="torque_loss", robot="g1_walking", at_s=12, joint="left_knee_joint")
    h = hands(robot("g1_walking", 1.85, 1.3, -1.57), faults=[fault])
    h.fetch("g1_walking", "blue_1", "shelf_a2")
    status = h.do("g1_walking", Walk, x_m=4.0, y_m=5.0, limit_s=30)
    h.advance(2)
    state, box = h.world.body_state("g1_walking"), h.world.truth().boxes["blue_1"]
    assert (status.state, status.code) == ("failed", "fallen")
    assert state.posture.value == "fallen"
    assert state.stability == 0
    assert state.held == ()
    assert state.health == ("left_knee_joint: no torque",)
    assert box.holder is None
    assert box.position[2] < 0.4
    with pytest.raises(Refused, match="cannot get up"):
        h.do("g1_walking", Pick, object_id="blue_1")


def test_kneeling_is_refused_because_its_policy_cannot(hands: Make) -> None:
    h = hands(robot("g1_walking", 3, 8))
    with pytest.raises(Refused) as caught:
        h.do("g1_walking", Kneel)
    assert caught.value.code == "unsupported"
