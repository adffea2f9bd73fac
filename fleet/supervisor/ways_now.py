"""How far it is on foot as things are now: around what is closed, or as far as it is until it opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.model.geometry import Pose
from fleet.model.site import KeepOut
from fleet.supervisor.closures import closed_now, closed_until, doubted_now
from fleet.supervisor.draft import Draft
from fleet.travel import TravelModel

_UNKNOWN_S, _DOUBTED_S = 120.0, 30.0  # for so long something is taken to stay closed where nobody says how long
_WALKS_MPS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysNow:
    """Distances while some of the floor is closed. Waiting until it opens counts as a way that is so much longer, so
    that nobody is taken to be out of reach for good."""

    travel: TravelModel
    closed: frozenset[str]
    opens_in_s: float

    def distances_m(self, starts: Sequence[Pose], ends: Sequence[Pose]) -> NDArray[np.float64]:
        """[starts, ends], in m; infinite where there is no way though everything were open."""
        around = self.travel.closed_to(self.closed).distances_m(starts, ends)
        through = self.travel.distances_m(starts, ends)
        # Where closing changes nothing there is nothing to wait for.
        found: NDArray[np.float64] = np.minimum(around, through + _WALKS_MPS * self.opens_in_s)
        return found


def closed_ways(draft: Draft) -> dict[str, float]:
    """By the id of what is closed now, in how many seconds it opens, as far as that is known."""
    found = dict.fromkeys(doubted_now(draft.state), _DOUBTED_S)
    for what, opens_s in opens_at(draft).items():
        found[what] = _UNKNOWN_S if opens_s is None else max(opens_s - draft.now_s, 0.0)
    return found


def opens_at(draft: Draft) -> dict[str, float | None]:
    """By the id of what is closed now, when it opens (fleet time, s); None where nobody knows."""
    now, state = draft.now_s, draft.state
    found: dict[str, float | None] = {**dict.fromkeys(closed_now(state, now)), **closed_until(state, now)}
    for area in draft.context.site.keep_outs.values():
        if area.active(now) and not area.permanent:
            found[area.area_id] = None if area.to_s is None else round(now + _opens_in_s(area, area.to_s, now), 3)
    return found


def _opens_in_s(area: KeepOut, to_s: float, now_s: float) -> float:
    since = now_s - area.from_s
    return to_s - area.from_s - (since % area.every_s if area.every_s else since)


def ways_now(draft: Draft) -> TravelModel | WaysNow:
    """The site's ways, without what is closed now."""
    closed = closed_ways(draft)
    if not closed:
        return draft.context.travel
    return WaysNow(travel=draft.context.travel, closed=frozenset(closed), opens_in_s=max(closed.values()))
