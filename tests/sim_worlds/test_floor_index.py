"""What is looked up by squares is what one finds by looking at everything."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim_worlds.floor_index import quickly_zone_at
from sim_worlds.site import bundled_site, bundled_sites, load_site


@pytest.mark.parametrize("name", bundled_sites())
def test_zones_and_places_at_a_point(name: str) -> None:
    site = load_site(bundled_site(name))
    x0, y0, x1, y1 = site.bounds
    looked_up = 0
    for x, y in np.random.default_rng(5).uniform((x0 - 1, y0 - 1), (x1 + 1, y1 + 1), (1000, 2)).tolist():
        assert site.zone_at(x, y) == next((z.zone_id for z in site.zones.values() if z.contains(x, y)), "")
        looked_up += quickly_zone_at(site.zones, x, y) is not None
        spots = [p for p in site.places.values() if p.surface is None]
        near = [p.place_id for p in spots if math.hypot(p.approach.x - x, p.approach.y - y) < 0.35]
        assert site.spot_near(x, y) == (near[0] if near else "")
    assert looked_up > 600


def test_what_is_nowhere_is_at_no_spot() -> None:
    site = load_site(bundled_site("ward"))
    assert site.spot_near(math.nan, 1.0) == ""
    assert site.zone_at(math.nan, math.inf) == ""
