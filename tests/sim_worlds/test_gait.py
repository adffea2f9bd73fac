"""How models without a walking policy walk: the G1's tables, scaled as `calibration` says."""

from __future__ import annotations

import pytest

from sim_worlds.calibration import Table, froude_speed_mps, load_calibration
from sim_worlds.gait import Gait, gait_of
from sim_worlds.profiles import load_model, model_ids

C = load_calibration()


def gait(model: str) -> Gait:
    m = load_model(model)
    return gait_of(C, m["max_speed_mps"], m["mass_kg"], m["payload_kg"])


def test_a_table_is_interpolated_between_its_rows_and_stays_beyond_them() -> None:
    table = Table(speeds_mps=(0.0, 1.0), payloads_kg=(0.0, 2.0), values=((0.0, 2.0), (10.0, 14.0)))
    assert table.at(0.5, 1.0) == pytest.approx(6.5)
    assert table.at(1.0, 0.5) == pytest.approx(11.0)
    assert table.at(9.0, 9.0) == 14.0


def test_the_g1_itself_gets_what_was_measured() -> None:
    g1 = gait_of(C, C.speed_mps, C.mass_kg, C.payload_kg)
    for speed, load in ((0.4, 0.0), (0.4, 1.0), (0.6, 2.0)):
        assert g1.joint_power_w(speed, 0, load) == pytest.approx(C.power_w.at(speed, load), rel=1e-6)
    assert g1.stop_distance_m(C.speed_mps, 2.0) == pytest.approx(C.stop_m.at(C.speed_mps, 2.0))
    assert g1.joint_power_w(0.0) == C.idle_joint_power_w


def test_who_carries_needs_more_power_and_a_longer_way_to_stop() -> None:
    for model in model_ids():
        robot, payload = gait(model), load_model(model)["payload_kg"]
        assert robot.joint_power_w(robot.speed_mps, 0, payload) > 1.1 * robot.joint_power_w(robot.speed_mps)
        assert robot.stop_distance_m(robot.speed_mps, payload) > 1.2 * robot.stop_distance_m(robot.speed_mps)


def test_a_heavier_and_faster_model_needs_more_of_everything() -> None:
    g1, talos = gait("unitree_g1"), gait("pal_talos")
    assert talos.joint_power_w(talos.speed_mps) > 2 * g1.joint_power_w(g1.speed_mps)
    assert talos.stop_distance_m(talos.speed_mps) > g1.stop_distance_m(g1.speed_mps)
    assert talos.speed_mps / talos.acceleration_mps2 == pytest.approx(g1.speed_mps / g1.acceleration_mps2)


def test_turning_on_the_spot_costs_as_much_as_walking_at_half_speed() -> None:
    g1 = gait("unitree_g1")
    assert g1.joint_power_w(0, g1.turn_rate_radps) == pytest.approx(g1.joint_power_w(g1.speed_mps / 2))


def test_derived_speeds_are_what_the_rule_gives() -> None:
    assert load_model("pal_talos")["max_speed_mps"] == pytest.approx(froude_speed_mps(1.06, C), abs=0.005)
    assert load_model("jvrc1")["max_speed_mps"] == pytest.approx(froude_speed_mps(0.86, C), abs=0.01)


def test_a_lost_knee_fells_within_a_second_and_a_lost_hip_roll_does_not() -> None:
    knee = C.time_to_fall_s["left_knee_joint"]
    assert knee is not None and knee < 1.0
    assert C.time_to_fall_s["left_hip_roll_joint"] is None
