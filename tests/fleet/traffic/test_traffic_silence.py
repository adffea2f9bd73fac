"""A robot that is not heard any more may still walk the floor that it was given: nobody else gets it for a while."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fleet.traffic.floor import Floor, OnFloor
from fleet.traffic.manager import Traffic
from tests.fleet.traffic.test_traffic_what_nobody_reports import hall


def test_the_floor_of_a_robot_that_falls_silent_is_kept_for_as_long_as_it_may_walk_it() -> None:
    traffic = Traffic(hall(8.0))
    walks = OnFloor(robot_id="a", x=2.0, y=4.0, walking_to=(18.0, 4.0), command_id="c")
    traffic.direct(Floor(now_s=0.2, robots=(walks,)))
    silent = replace(walks, silent=True, obeys=False, moves=False)
    traffic.direct(Floor(now_s=3.0, robots=(silent,)))
    kept = traffic.tracks["a"].old
    assert np.hypot(kept[-1, 2] - 2.0, kept[-1, 3] - 4.0) > 1.0
    traffic.direct(Floor(now_s=12.0, robots=(silent,)))
    assert len(traffic.tracks["a"].old)
    traffic.direct(Floor(now_s=13.2, robots=(silent,)))
    assert not len(traffic.tracks["a"].old), "not for ever: others have to get on"


def test_a_robot_that_has_fallen_keeps_no_floor_before_it() -> None:
    traffic = Traffic(hall(8.0))
    walks = OnFloor(robot_id="a", x=2.0, y=4.0, walking_to=(18.0, 4.0), command_id="c")
    traffic.direct(Floor(now_s=0.2, robots=(walks,)))
    traffic.direct(Floor(now_s=3.0, robots=(replace(walks, moves=False, fallen=True),)))
    assert not len(traffic.tracks["a"].old)
