"""Tier T1: physical arms on a moved base take a box only where their hands are, and lose what they cannot hold."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pybullet as pb
import pytest
from driving import Hands

from sim_worlds.errors import NotInHands, SpecError
from sim_worlds.humanoids.arms_urdf import reach_of
from sim_worlds.humanoids.base import SOUND, Impairment
from sim_worlds.humanoids.upper_body import UpperBody
from sim_worlds.humanoids.urdf_body import loaded_mass_kg
from sim_worlds.onboard import manipulation
from sim_worlds.onboard.computer import Failed
from sim_worlds.profiles import RobotSpec, load_model, model_ids
from sim_worlds.records import Pick, Place, Walk
from sim_worlds.world import World

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


Make = Callable[..., Hands]
ABLE = [m for m in model_ids() if "T1" in load_model(m).tiers]
AT_B1, AT_B3 = (5.35, 1.12, -math.pi / 2), (7.15, 1.12, -math.pi / 2)


def arms(model: str = "unitree_g1", start: tuple[float, float, float] = AT_B1) -> RobotSpec:
    return RobotSpec(robot_id="arms", model=model, tier="T1", start=start)


def body_of(h: Hands) -> UpperBody:
    body = h.world.computers["arms"].body
    assert isinstance(body, UpperBody)
    return body


@pytest.fixture
def holding(hands: Make) -> Hands:
    """A G1 that has taken a box of 1.8 kg from a shelf."""
    h = hands(arms())
    assert h.do("arms", Pick, object_id="orange_1").state == "done"
    return h


def test_the_models_with_a_description_have_arms() -> None:
    assert ABLE == ["fourier_gr2", "jvrc1", "pal_talos", "unitree_g1"]


@pytest.mark.parametrize("model", ABLE)
def test_hands_reach_a_box_as_far_away_as_the_data_sheet_says(model: str) -> None:
    reach, far = reach_of(model), load_model(model)["reach_m"]
    _, missing = reach.solve(reach.rest, np.array([[far, 0.17, 0.8], [far, -0.17, 0.8]]))
    assert missing < 0.01
    _, missing = reach.solve(reach.rest, np.array([[far + 0.6, 0.17, 0.8], [far + 0.6, -0.17, 0.8]]))
    assert missing > 0.1


@pytest.mark.parametrize("model", ABLE)
def test_joints_stay_within_the_limits_of_the_description(model: str) -> None:
    reach = reach_of(model)
    for x, z in ((0.3, 0.2), (0.7, 1.6), (2.0, 0.0)):
        angles, _ = reach.solve(reach.rest, np.array([[x, 0.2, z], [x, -0.2, z]]))
        assert (angles >= reach.lower - 1e-9).all()
        assert (angles <= reach.upper + 1e-9).all()


def test_what_the_kinematics_say_is_what_the_physics_do(hands: Make) -> None:
    h = hands(arms())
    body = body_of(h)
    body.reach(np.array([[5.6, 0.85, 1.0], [5.1, 0.85, 0.9]]))
    h.advance(2.5)
    assert body.arrived
    assert body.local(body.palms()) == pytest.approx(body.reach_model.palms(body.angles)[0], abs=0.01)


def test_it_weighs_what_its_description_says(hands: Make) -> None:
    body = body_of(hands(arms()))
    assert loaded_mass_kg(body.client, body.arms) == pytest.approx(33.341, abs=0.01)


def test_it_lifts_a_box_and_carries_it_away(holding: Hands) -> None:
    holding.do("arms", Walk, x_m=5.35, y_m=2.6, yaw_rad=1.2)
    box, state = holding.world.truth().boxes["orange_1"], holding.world.body_state("arms")
    assert state.held == ("orange_1",)
    assert box.holder == "arms"
    assert math.dist(box.position[:2], (state.x_m, state.y_m)) == pytest.approx(0.3, abs=0.05)
    assert box.position[2] == pytest.approx(0.79, abs=0.05)
    assert len(state.joint_positions_rad) == 29


def test_it_puts_the_box_down_where_it_should_be(holding: Hands) -> None:
    status = holding.do("arms", Place, place_id="shelf_b1")
    box, shelf = holding.world.truth().boxes["orange_1"], holding.world.site.places["shelf_b1"].surface
    assert shelf is not None
    assert status.state == "done"
    assert math.dist(box.position[:2], (shelf.x, shelf.y)) < 0.02
    assert box.holder is None
    assert [e.kind for e in holding.world.effects()] == ["pick", "place"]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["pal_talos", "jvrc1", "fourier_gr2"])
def test_the_other_models_carry_a_box_from_shelf_to_counter_too(model: str, hands: Make) -> None:
    h = hands(arms(model))
    assert h.do("arms", Pick, object_id="orange_1").state == "done"
    assert h.deliver("arms", "pharmacy_1").state == "failed"  # a box stands there
    assert h.deliver("arms", "pharmacy_3").state == "done"
    assert h.world.site.place_near(h.world.crates["orange_1"].pose()[0]) == "pharmacy_3"


def test_nothing_flies_into_hands_that_are_not_there(hands: Make) -> None:
    h = hands(arms())
    with pytest.raises(NotInHands, match=r"orange_1: a palm is 0\.\d+ m from the box's side, expected at most 0.05 m"):
        body_of(h).grasp(h.world.crates["orange_1"])
    assert h.world.crates["orange_1"].holder is None


def test_a_box_too_heavy_for_the_grip_slips(hands: Make) -> None:
    h = hands(arms(start=AT_B3))
    robot, box = h.world.computers["arms"], h.world.crates["fluids_1"]
    assert box.mass_kg > 3 * load_model("unitree_g1")["payload_kg"]
    taken: list[bool] = []
    with pytest.raises(Failed) as failed:
        for _ in manipulation.lift(robot, body_of(h), box, lambda: taken.append(True)):
            h.beat()
            h.world.advance(0.1)
    assert failed.value.code == "slipped"
    assert taken
    assert box.holder is None
    assert body_of(h).held is None


def test_a_jerk_tears_the_box_out_and_the_robot_does_not_know(holding: Hands) -> None:
    box, world = holding.world.crates["orange_1"], holding.world
    for _ in range(20):
        pb.applyExternalForce(
            box.body, -1, (0, 400, 0), box.pose()[0], pb.WORLD_FRAME, physicsClientId=world.physics.client
        )
        world.advance(0.02)
    holding.advance(2)
    assert box.holder is None
    assert box.pose()[0][2] < 0.75
    assert holding.world.body_state("arms").held == ("orange_1",)


def test_a_cancelled_pick_leaves_the_box_where_the_ledger_says(hands: Make) -> None:
    h = hands(arms())
    h.world.start("arms", Pick(command_id="p", object_id="orange_1"))
    while not h.world.effects():
        h.advance(0.2)
    h.world.cancel("arms", "changed my mind")
    h.advance(2)
    assert h.world.crates["orange_1"].holder == "arms"
    assert h.world.body_state("arms").held == ("orange_1",)


def test_before_the_hands_close_a_cancelled_pick_changes_nothing(hands: Make) -> None:
    h = hands(arms())
    h.world.start("arms", Pick(command_id="p", object_id="orange_1"))
    h.advance(1)
    h.world.cancel("arms", "changed my mind")
    h.advance(2)
    assert h.world.crates["orange_1"].holder is None
    assert h.world.site.place_near(h.world.crates["orange_1"].pose()[0]) == "shelf_b1"
    assert body_of(h).arrived


def test_a_restored_world_has_the_box_in_the_hands(holding: Hands) -> None:
    again = World.restore(holding.world.checkpoint())
    try:
        h = Hands(again, 100)
        h.advance(1)
        assert again.crates["orange_1"].holder == "arms"
        assert again.crates["orange_1"].pose()[0] == pytest.approx(holding.world.crates["orange_1"].pose()[0], abs=0.03)
    finally:
        again.close()


def test_a_box_stays_in_the_hands_when_the_robot_starts_and_stops_walking_by_its_joints(holding: Hands) -> None:
    world, box = holding.world, holding.world.crates["orange_1"]
    assert world.promote("arms")
    holding.advance(1.5)
    assert box.holder == "arms"
    assert world.demote("arms")
    holding.advance(1)
    assert world.computers["arms"].body.tier == "T1"
    assert box.holder == "arms"
    assert box.pose()[0][2] > 0.7
    assert holding.world.body_state("arms").held == ("orange_1",)


def test_equal_worlds_stay_equal_to_the_last_bit(hands: Make) -> None:
    digests = set()
    for _ in range(2):
        h = hands(arms())
        h.world.start("arms", Pick(command_id="p", object_id="orange_1"))
        h.advance(6)
        assert h.world.crates["orange_1"].holder == "arms"
        digests.add(h.world.digest())
    assert len(digests) == 1


def test_an_arm_without_torque_hangs(hands: Make) -> None:
    h = hands(arms())
    body = body_of(h)
    names = [j.name for j in body.reach_model.joints if "shoulder" in j.name or "elbow" in j.name]
    body.impair(Impairment(factors=tuple((n, 0.0) for n in names)))
    body.reach(np.array([[5.5, 0.8, 1.1], [5.2, 0.8, 1.1]]))
    h.advance(2)
    assert body.palms()[:, 2].max() < 0.95
    body.impair(SOUND)
    h.advance(2)
    assert body.palms()[:, 2].min() > 1.05


@pytest.mark.parametrize(
    ("impairment", "says"),
    [
        (Impairment(factors=(("left_knee_joint", 0.0),)), "left_knee_joint.*waist and arms in tier T1"),
        (Impairment(lag_s=0.1), "lag_s: got 0.1"),
    ],
)
def test_what_has_no_physics_here_cannot_fail(impairment: Impairment, says: str, hands: Make) -> None:
    with pytest.raises(SpecError, match=says):
        body_of(hands(arms())).impair(impairment)


def test_a_model_without_description_has_no_arms(hands: Make) -> None:
    with pytest.raises(SpecError, match="tier: got 'T1'"):
        hands(arms("tesla_optimus_gen2"))
