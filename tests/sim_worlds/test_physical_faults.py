"""Faults of joints act on a G1 that walks by torques: some make it fall, some it survives, as was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from driving import Hands, robot

from sim_worlds.faults import FaultSpec
from sim_worlds.records import Walk

Make = Callable[..., Hands]
BEGINS_S = 2.0


def walking_with(hands: Make, seconds: float, **fault: Any) -> tuple[Hands, float | None]:
    """A G1 walks along the corridor; how long after the fault began it fell (s), None if it did not."""
    spec = FaultSpec(fault_id="f", robot="g1_walking", at_s=BEGINS_S, **fault)
    h = hands(robot("g1_walking", 3, 8), faults=[spec], watchdog_s=1e6)
    h.world.start("g1_walking", Walk(command_id="w", x_m=13, y_m=8))
    while h.world.time_s < BEGINS_S + seconds:
        h.world.advance(0.1)
        if h.world.truth().robots["g1_walking"].posture == "fallen":
            return h, h.world.time_s - BEGINS_S
    return h, None


def test_a_knee_without_torque_fells_it_within_a_second_and_it_stays_down(hands: Make) -> None:
    h, fell_s = walking_with(hands, 3, kind="torque_loss", joint="left_knee_joint", duration_s=1.0)
    assert fell_s is not None
    assert 0.3 < fell_s < 1.0, "0.56 s was measured"
    assert h.world.body_state("g1_walking").health == ("left_knee_joint: no torque",)
    h.world.advance(1.5)
    state = h.world.body_state("g1_walking")
    assert h.world.faults.history()[0].phase == "over"
    assert (state.health, state.posture) == ((), "fallen"), "the torque is back, the robot is not up"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "falls"),
    [
        ({"kind": "limits_scaled", "factor": 0.25}, True),
        ({"kind": "limits_scaled", "factor": 0.4}, False),
        ({"kind": "observation_delay", "lag_s": (0.02, 0.02)}, False),
        ({"kind": "observation_delay", "lag_s": (0.04, 0.04)}, True),
        ({"kind": "torque_loss", "joint": "left_ankle_pitch_joint"}, True),
    ],
    ids=["a quarter of the torque", "two fifths of the torque", "20 ms late", "40 ms late", "ankle"],
)
def test_what_fells_a_walking_g1_and_what_does_not(hands: Make, fault: dict[str, Any], falls: bool) -> None:
    _, fell_s = walking_with(hands, 5, **fault)
    assert (fell_s is not None) == falls


@pytest.mark.slow
def test_a_stuck_joint_stays_at_its_angle_until_it_is_free(hands: Make) -> None:
    h, fell_s = walking_with(hands, 2.5, kind="joint_stuck", joint="left_elbow_joint", duration_s=2.0)
    assert fell_s is None
    g1 = h.world.computer("g1_walking")
    elbow = g1.info.description.joint_names.index("left_elbow_joint")
    stuck_at = h.world.faults.states["f"].data["angle_rad"]
    h, _ = walking_with(hands, 1.5, kind="joint_stuck", joint="left_elbow_joint", duration_s=2.0)
    assert h.world.computer("g1_walking").body.joint_positions()[elbow] == pytest.approx(stuck_at, abs=0.02)
    assert h.world.body_state("g1_walking").health == ("left_elbow_joint: does not move",)
