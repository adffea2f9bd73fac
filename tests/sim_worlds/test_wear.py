"""Carrying tires; rest and docks give the speed back."""

from __future__ import annotations

import pytest
from driving import Hands, robot

from sim_worlds.conditions import Conditions, WearSpec
from sim_worlds.records import Walk
from sim_worlds.site import Site
from sim_worlds.world import World


@pytest.mark.parametrize(("slows", "tired"), [(0.0, 0.0), (0.5, 0.4)])
def test_a_load_takes_of_the_speed_in_proportion_and_rest_gives_it_back(ward: Site, slows: float, tired: float) -> None:
    conditions = Conditions(wear=WearSpec(slows=slows, rest_s=60.0))
    world = World(ward, (robot("iron_1", 1.2, 2.6, 3.14), robot("iron_2", 12.0, 8.0)), conditions=conditions)
    try:
        hands = Hands(world)
        described = world.describe().robots[0].description.capability("carry")
        assert described is not None
        assert described.slows == slows
        assert hands.fetch("iron_1", "linen_1", "shelf_c1").state == "done"  # 8 kg of 10 kg
        assert world.body_state("iron_1").tired == pytest.approx(tired)
        assert world.body_state("iron_2").tired == 0.0
        world.start("iron_1", Walk(command_id="w", x_m=4.5, y_m=4.6))
        fastest = 0.0
        for _ in range(20):
            hands.advance(0.2)
            state = world.body_state("iron_1")
            fastest = max(fastest, (state.vx_mps**2 + state.vy_mps**2) ** 0.5)
        assert fastest == pytest.approx(0.8 * (1 - tired), abs=0.05)
        again = World.restore(world.checkpoint())
        assert again.body_state("iron_1").tired == pytest.approx(tired)
        again.close()
        world.cancel("iron_1", "enough")
        world.computers["iron_1"].believes_to_hold = None  # it was taken from its hands
        hands.advance(60.0)
        assert world.body_state("iron_1").tired == pytest.approx(tired * 0.368, abs=0.01)
    finally:
        world.close()
