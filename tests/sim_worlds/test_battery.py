"""What batteries give and take: computing, loads, a charger that tapers, age."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from driving import Hands, robot

from sim_worlds.battery import Batteries
from sim_worlds.conditions import BatterySpec, Conditions
from sim_worlds.records import Walk
from sim_worlds.site import Site
from sim_worlds.world import World

Used = Callable[..., float]


@pytest.fixture
def used_in(ward: Site) -> Iterator[Used]:
    """Wh used in some seconds of standing, carrying or charging under a battery model."""
    made: list[World] = []

    def run(spec: BatterySpec, seconds: float = 36.0, then: str = "stand", fraction: float = 0.5) -> float:
        place = (1.85, 1.12) if then == "carry" else (12.0, 8.0)
        body = robot("iron_1", *place, -1.57, battery_fraction=fraction)
        made.append(World(ward, (body,), conditions=Conditions(battery=spec)))
        h = Hands(made[-1])
        if then == "carry":
            h.fetch("iron_1", "blue_1", "shelf_a2")
        if then == "walk":
            h.world.heartbeat("iron_1")
            h.world.start("iron_1", Walk(command_id="w", x_m=24.0, y_m=8.0))
        before = h.world.computers["iron_1"].battery_wh
        h.advance(seconds)
        return before - h.world.computers["iron_1"].battery_wh

    yield run
    for world in made:
        world.close()


def test_computing_takes_its_power_all_the_time(used_in: Used) -> None:
    assert used_in(BatterySpec(computing_w=100)) - used_in(BatterySpec()) == pytest.approx(1.0)


def test_holding_a_box_takes_power_by_its_weight(used_in: Used) -> None:
    more = used_in(BatterySpec(payload_w_per_kg=10), then="carry") - used_in(BatterySpec(), then="carry")
    assert more == pytest.approx(10 * 1.2 * 36 / 3600, rel=0.01)


def test_walking_takes_more_than_standing(used_in: Used) -> None:
    assert used_in(BatterySpec(), 10.0, "walk") > 1.5 * used_in(BatterySpec(), 10.0)


def test_a_charger_tapers_above_four_fifths_and_never_stops_altogether() -> None:
    b = Batteries(BatterySpec(charge_w=500, taper_from=0.8))
    assert [b.charge_w(f) for f in (0.2, 0.8, 0.9, 1.0)] == pytest.approx([500, 500, 250, 25])
    assert Batteries(BatterySpec(charge_w=500)).charge_w(0.99) == 500


def test_an_old_battery_holds_less_and_is_sooner_empty(ward: Site) -> None:
    old = Conditions(battery=BatterySpec(health_of={"iron_1": 0.5}))
    world = World(ward, (robot("iron_1", 12, 8), robot("iron_2", 16, 8)), conditions=old)
    try:
        Hands(world).advance(60)
        one, two = (world.computers[f"iron_{i}"] for i in (1, 2))
        assert one.battery_fraction < two.battery_fraction < 1.0
        assert 1 - one.battery_fraction == pytest.approx(2 * (1 - two.battery_fraction))
    finally:
        world.close()
