"""A way that is given has a point right before a door that is shut: the door is behind the point, and is asked for."""

from __future__ import annotations

import math

from driving import Hands, robot
from small_sites import annex, world_of

from sim_worlds.records import Walk, Way

SLOW = "doors:\n  - {id: door_1, x: 6, y: 3, width_m: 1.2, kind: sliding, opens_in_s: 8, stays_open_s: 5}\n"
WAY = ((5.0, 2.2), (5.7, 2.75), (5.95, 3.2), (6.8, 3.2), (8.0, 3.0))


def test_a_robot_whose_next_point_is_in_the_doorway_waits_for_the_door_and_goes_through() -> None:
    world = world_of(annex(SLOW), [robot("g1_a", 4.0, 2.0, 0.0)])
    hands = Hands(world)
    hands.beat()
    world.start("g1_a", Walk(command_id="c1", x_m=8.0, y_m=3.0))
    hands.advance(0.2)
    world.follow("g1_a", Way(route=1, points=WAY, released=5))
    hands.advance(25.0)
    m = world.computers["g1_a"].body.motion()
    assert world.status("g1_a").state == "done" and math.dist((m.x, m.y), WAY[-1]) < 0.1
    world.close()
