"""A small world in which something is under way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import robot

from sim_worlds.records import Walk
from sim_worlds.site import Site
from sim_worlds.world import World


@pytest.fixture
def world(ward: Site) -> Iterator[World]:
    """optimus_1 stands at shelf_a2, iron_1 walks for about 6 s with somebody in charge of it, gr2_1 idles."""
    made = World(ward, [robot("optimus_1", 1.85, 1.13, -1.57), robot("iron_1", 2, 8), robot("gr2_1", 8, 9.2)], seed=3)
    for name in made.computers:
        made.heartbeat(name)
    made.start("iron_1", Walk(command_id="stroll", x_m=6, y_m=8, task_id="t-stroll"))
    made.advance(0.5)
    yield made
    made.close()
