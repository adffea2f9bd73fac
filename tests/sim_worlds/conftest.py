"""Worlds for tests, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from driving import Hands

from sim_worlds.faults import FaultSpec
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World


@pytest.fixture(scope="session")
def ward() -> Site:
    return load_site(bundled_site("ward"))


@pytest.fixture
def hands(ward: Site) -> Iterator[Callable[..., Hands]]:
    """Makes worlds in the ward, and closes them."""
    made: list[World] = []

    def make(*robots: RobotSpec, faults: Sequence[FaultSpec] = (), seed: int = 1, watchdog_s: float = 1.0) -> Hands:
        made.append(World(ward, robots, faults, seed, watchdog_s))
        return Hands(made[-1])

    yield make
    for world in made:
        world.close()
