"""Floor that is walked one way only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap
from fleet.traffic.lanes import Lane

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
_AGAINST = -0.35  # the cosine from which a line leads against the way: more than 20 degrees beyond straight across


def turn_one_way(site: SiteMap, spots: Floats, pairs: Ints, one_way: Bools) -> tuple[Ints, Bools]:
    """Lines (k rows of two spots and a number) and whether each is walked one way, once one-way zones had their say.

    A line that leads along the way is walked along it, one that is one-way already and leads against it is left out,
    and lines across stay as they are.
    """
    for zone in site.zones.values():
        if zone.one_way_rad is None:
            continue
        a, b = spots[pairs[:, 0]], spots[pairs[:, 1]]
        inside = Lane(zone.zone_id, zone.polygon, 0.0, 0.0).touches(a, b)
        length = np.maximum(np.hypot(*(b - a).T), 1e-9)
        along = ((b - a) @ (math.cos(zone.one_way_rad), math.sin(zone.one_way_rad))) / length
        against = inside & (along < _AGAINST)
        gone = against & one_way
        turned = against & ~one_way
        pairs, one_way = pairs.copy(), one_way | turned | (inside & (along > -_AGAINST))
        pairs[turned] = pairs[turned][:, [1, 0, 2]]
        pairs, one_way = pairs[~gone], one_way[~gone]
    return pairs, one_way


__all__ = ["turn_one_way"]
