"""The kinematic body moves as the walking G1 was measured to."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.calibrate import Track, stride, time_to_fall_s, walk_with
from sim_worlds.calibration import load_calibration
from sim_worlds.records import Kneel, Stand, Walk

Make = Callable[..., Hands]


def test_its_speed_is_the_walking_g1s_within_ten_percent(hands: Make) -> None:
    measured, _ = Track(load_calibration()).steady(0.6)
    h = hands(robot("g1_sliding", 2, 8))
    h.do("g1_sliding", Walk, x_m=20, y_m=8, limit_s=4)
    before = h.world.body_state("g1_sliding")
    h.advance(5)
    after = h.world.body_state("g1_sliding")
    speed = math.dist((before.x_m, before.y_m), (after.x_m, after.y_m)) / 5
    assert speed == pytest.approx(measured, rel=0.1)


@pytest.mark.slow
def test_the_committed_calibration_is_what_is_measured_now() -> None:
    committed = load_calibration()
    now = walk_with(committed)
    assert now.speed_mps == pytest.approx(committed.speed_mps, rel=0.05)
    assert now.turn_rate_radps == pytest.approx(committed.turn_rate_radps, rel=0.1)
    assert now.walk_joint_power_w == pytest.approx(committed.walk_joint_power_w, rel=0.15)
    for speed, load in ((0.4, 0.0), (0.6, 2.0)):
        stop, power, sway = stride(committed, speed, load)
        assert stop == pytest.approx(committed.stop_m.at(speed, load), abs=0.05)
        assert power == pytest.approx(committed.power_w.at(speed, load), rel=0.15)
        assert sway == pytest.approx(committed.sway_m.at(speed, load), rel=0.25)
    fell, stated = time_to_fall_s(committed, "left_knee_joint"), committed.time_to_fall_s["left_knee_joint"]
    assert fell == pytest.approx(stated, abs=0.3)


def test_a_faster_model_walks_faster(hands: Make) -> None:
    h = hands(robot("g1_sliding", 2, 7.4), robot("optimus_1", 2, 8.8))
    h.world.start("optimus_1", Walk(command_id="o", x_m=20, y_m=8.8))
    h.do("g1_sliding", Walk, x_m=20, y_m=7.4, limit_s=8)
    assert h.world.body_state("optimus_1").x_m > h.world.body_state("g1_sliding").x_m + 1


def test_it_arrives_to_a_few_centimetres(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8))
    h.do("iron_1", Walk, x_m=6, y_m=7.5, yaw_rad=-1.0)
    state = h.world.body_state("iron_1")
    assert math.dist((state.x_m, state.y_m), (6, 7.5)) < 0.06
    assert state.yaw_rad == pytest.approx(-1.0, abs=0.05)


def test_it_kneels_and_stands_up_before_it_walks(hands: Make) -> None:
    h = hands(robot("optimus_1", 2, 8))
    h.do("optimus_1", Kneel)
    assert h.world.body_state("optimus_1").posture.value == "kneeling"
    assert h.do("optimus_1", Walk, x_m=3, y_m=8).state == "done"
    h.do("optimus_1", Kneel)
    h.do("optimus_1", Stand)
    assert h.world.body_state("optimus_1").posture.value == "standing"
