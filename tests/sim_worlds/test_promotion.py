"""A robot is promoted and demoted while it runs, and nobody but physics notices."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.errors import Refused, SpecError
from sim_worlds.faults import FaultSpec
from sim_worlds.humanoids.base import Impairment
from sim_worlds.promotion import PromotionRule
from sim_worlds.records import Pick, Walk
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


Make = Callable[..., Hands]
KNEE = Impairment(factors=(("left_knee_joint", 0.0),))


def under_way(h: Hands, name: str = "g1_sliding") -> None:
    h.world.start(name, Walk(command_id="w", x_m=12, y_m=8))
    h.advance(3)


def test_a_walk_goes_on_through_promotion_and_demotion(hands: Make) -> None:
    h = hands(robot("g1_sliding", 2, 8))
    under_way(h)
    before = h.world.body_state("g1_sliding")
    assert h.world.promote("g1_sliding")
    after = h.world.body_state("g1_sliding")
    assert (after.x_m, after.y_m, after.yaw_rad) == pytest.approx((before.x_m, before.y_m, before.yaw_rad), abs=1e-5)
    assert (after.vx_mps, after.vy_mps) == pytest.approx((before.vx_mps, before.vy_mps), abs=1e-6)
    assert after.battery_fraction == before.battery_fraction
    assert (after.status.command_id, after.status.state) == ("w", "running")
    h.advance(4)
    assert h.world.computer("g1_sliding").body.tier == "T2"
    walking = h.world.body_state("g1_sliding")
    assert walking.x_m > before.x_m + 1.0
    assert walking.joint_positions_rad
    assert h.world.demote("g1_sliding")
    h.advance(15)
    assert h.world.status("g1_sliding").state == "done"
    assert math.dist((h.world.body_state("g1_sliding").x_m, h.world.body_state("g1_sliding").y_m), (12, 8)) < 0.06


def test_a_second_promotion_walks_as_well_as_the_first(hands: Make) -> None:
    h = hands(robot("g1_sliding", 2, 8))
    under_way(h)
    h.world.promote("g1_sliding")
    h.advance(1)
    h.world.demote("g1_sliding")
    h.advance(1)
    h.world.promote("g1_sliding")
    before = h.world.body_state("g1_sliding").x_m
    h.advance(4)
    state = h.world.body_state("g1_sliding")
    assert state.posture.value == "walking"
    assert state.x_m > before + 1.0


def test_a_box_stays_in_its_hands(hands: Make) -> None:
    h = hands(robot("g1_sliding", 1.85, 1.25, -1.57))
    h.fetch("g1_sliding", "blue_1", "shelf_a2")
    h.world.promote("g1_sliding")
    h.advance(2)
    box = h.world.truth().boxes["blue_1"]
    assert (box.holder, box.position[2] > 0.5) == ("g1_sliding", True)
    h.world.demote("g1_sliding")
    h.advance(1)
    box = h.world.truth().boxes["blue_1"]
    assert (box.holder, box.position[2] > 0.5) == ("g1_sliding", True)
    assert h.deliver("g1_sliding", "station_1").state == "done"


def test_a_pick_under_way_ends_well(hands: Make) -> None:
    h = hands(robot("g1_sliding", 1.85, 1.13, -1.57))
    h.world.start("g1_sliding", Pick(command_id="p", object_id="blue_1"))
    h.advance(1)
    h.world.promote("g1_sliding")
    h.advance(3)
    assert h.world.status("g1_sliding").state == "done"
    assert h.world.truth().boxes["blue_1"].holder == "g1_sliding"


def test_only_models_with_a_walking_policy_are_promoted(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8))
    with pytest.raises(SpecError, match="no walking policy for the model xpeng_iron"):
        h.world.promote("iron_1")
    with pytest.raises(Refused, match="'nobody'"):
        h.world.promote("nobody")


def test_what_lies_or_limps_cannot_be_demoted(hands: Make) -> None:
    h = hands(robot("g1_sliding", 2, 8), robot("iron_1", 4, 8))
    assert not h.world.demote("g1_sliding"), "nothing to do"
    h.world.promote("g1_sliding")
    assert not h.world.promote("g1_sliding"), "nothing to do"
    h.world.computer("g1_sliding").body.impair(KNEE)
    with pytest.raises(Refused, match="fault of its joints"):
        h.world.demote("g1_sliding")
    h.advance(3)
    with pytest.raises(Refused, match="lies on the floor"):
        h.world.demote("g1_sliding")


def test_who_comes_near_a_fallen_robot_is_promoted_until_it_is_quiet(ward: Site) -> None:
    rule = PromotionRule(near_incident_m=2.0, quiet_s=2.0)
    robots = [robot("g1_walking", 6, 8), robot("g1_near", 4.8, 8), robot("g1_far", 12, 8), robot("iron_1", 6, 9.2)]
    h = Hands(World(ward, robots, seed=1, promotion=rule))
    h.world.computer("g1_walking").body.impair(KNEE)
    h.advance(3)
    assert h.world.promotion.tiers() == {"g1_walking": "T2", "g1_near": "T2", "g1_far": "T0", "iron_1": "T0"}
    h.world.start("g1_near", Walk(command_id="away", x_m=2, y_m=8))
    h.advance(10)
    assert h.world.promotion.tiers()["g1_near"] == "T0"
    assert h.world.status("g1_near").state == "done"
    h.world.close()


def test_a_fault_of_a_joint_promotes_the_robot_first(hands: Make) -> None:
    fault = FaultSpec(fault_id="knee", kind="torque_loss", robot="g1_sliding", at_s=3, joint="left_knee_joint")
    h = hands(robot("g1_sliding", 2, 8), faults=[fault])
    under_way(h)
    h.advance(3)
    assert h.world.body_state("g1_sliding").posture.value == "fallen"


def promoted_run(seed: int) -> str:
    world = World(
        load_site(bundled_site()), [robot("g1_sliding", 2, 8), robot("iron_1", 12, 8.4)], seed=seed, watchdog_s=1e9
    )
    world.start("g1_sliding", Walk(command_id="w", x_m=12, y_m=8))
    world.start("iron_1", Walk(command_id="v", x_m=2, y_m=8))
    world.advance(2)
    world.promote("g1_sliding")
    world.advance(2)
    world.demote("g1_sliding")
    world.advance(2)
    return world.digest()


def test_promotion_leaves_runs_bit_identical() -> None:
    assert promoted_run(4) == promoted_run(4)


def test_a_promoted_robot_is_promoted_after_a_restart(hands: Make) -> None:
    h = hands(robot("g1_sliding", 1.85, 1.25, -1.57))
    h.fetch("g1_sliding", "blue_1", "shelf_a2")
    h.world.promote("g1_sliding")
    h.advance(1)
    again = World.restore(h.world.checkpoint())
    assert again.promotion.tiers() == {"g1_sliding": "T2"}
    assert again.truth().boxes["blue_1"].holder == "g1_sliding"
    again.advance(1)
    assert again.truth().robots["g1_sliding"].posture == "standing"
    again.close()


@pytest.mark.slow
def test_twenty_promotions_at_a_walk_do_not_fall(ward: Site) -> None:
    for seed in range(20):
        h = Hands(World(ward, [robot("g1_sliding", 2, 8)], seed=seed))
        h.world.start("g1_sliding", Walk(command_id="w", x_m=20, y_m=8, speed_mps=0.1 + 0.025 * seed))
        h.advance(1 + 0.1 * seed)
        h.world.promote("g1_sliding")
        h.advance(2.5)
        assert h.world.truth().robots["g1_sliding"].posture != "fallen", seed
        h.world.close()


def test_a_rule_with_impossible_numbers_is_refused(ward: Site) -> None:
    with pytest.raises(SpecError, match="quiet_s: got 0"):
        World(ward, [robot("iron_1", 2, 8)], promotion=PromotionRule(quiet_s=0))
