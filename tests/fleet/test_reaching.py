"""Ways over a grid of cells, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra

from fleet.model.site import SiteMap
from fleet.reaching import steps_of
from fleet.travel import TravelModel


@pytest.mark.parametrize("size", [(0.15, 3.0), (0.3, 3.0), (0.45, 3.0), (3.0, 0.3), (3.0, 0.45), (4.0, 3.0)])
def test_ways_are_as_short_as_scipy_finds_them_on_floors_of_any_width(size: tuple[float, float]) -> None:
    sofa = ((1.0, 0.0, 1.5, 2.0),) if min(size) > 1 else ()
    site = SiteMap(site_id="m", name="m", bounds=(0.0, 0.0, *size), zones={}, places={}, obstacles=sofa)
    travel = TravelModel(site, footprint_m=0.0)
    found, right = travel._field(0), dijkstra(travel._to_ends, indices=[0])[0]
    assert np.array_equal(found, right.astype(np.float32))


def test_a_step_of_no_known_kind_is_an_error() -> None:
    one, two = np.array([0, 1, 1], dtype=np.int32), np.array([1], dtype=np.int32)
    with pytest.raises(ValueError, match="no known kind"):
        steps_of(one, two, np.array([0.5]), np.array([1], dtype=np.int32), np.array([0.15]))
