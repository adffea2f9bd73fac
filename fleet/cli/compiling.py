"""Compiles what is compiled when it is first used, so that nobody waits for it later. `python -m fleet.cli.compiling`.

Done by the set-up, again whenever compiled sources have changed; a second time it only loads what is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable


def plans() -> None:
    """What finds plans."""
    from fleet.allocation.solver import warm_up

    warm_up()


def traffic() -> None:
    """What finds ways for many, on grids and on a site's floor, and how far it is."""
    import numpy as np

    from fleet.traffic.floor import Floor, OnFloor, PersonOnFloor
    from fleet.traffic.grid.solve import warm_up
    from fleet.traffic.kernels.smoothing import meet_in_time
    from fleet.traffic.kernels.taken import lay
    from fleet.traffic.manager import Traffic
    from fleet.travel import TravelModel
    from sim_worlds.site import bundled_site, load_site

    warm_up()
    site = load_site(bundled_site()).to_map()
    TravelModel(site).prepare()
    a, b = (p.approach for p in site.docks()[:2])
    directs = Traffic(site)
    person, thing = PersonOnFloor(person_id="p", x=b.x, y=b.y), (a.x, a.y + 1.0, 0.1)
    for now_s in (0.0, 0.2, 0.4):
        walks = [OnFloor(robot_id="a", x=a.x, y=a.y, walking_to=(b.x, b.y), command_id="c")]
        if now_s:  # who comes later is planned for among the ways that are known
            walks.append(OnFloor(robot_id="b", x=b.x, y=b.y, walking_to=(a.x, a.y), command_id="d"))
        idle = OnFloor(robot_id="c", x=(a.x + b.x) / 2, y=(a.y + b.y) / 2, idle=True)
        directs.direct(Floor(now_s=now_s, robots=(*walks, idle), people=(person,), dropped=(thing,)))
    none = np.zeros(1, dtype=np.int32)  # that site has no lanes
    piece, time = np.zeros((1, 4)), np.zeros(1)
    meet_in_time(piece, time, time, piece, time, time, 0.5, 0.5)
    lay(np.zeros((1, 1), dtype=np.int16), none, none, np.zeros((3, 1), dtype=np.int16), False, 1)


def worlds() -> None:
    """What moves robots and people in simulated worlds."""
    from sim_worlds.people.spec import PersonSpec
    from sim_worlds.profiles import RobotSpec
    from sim_worlds.records import Walk
    from sim_worlds.site import bundled_site, load_site
    from sim_worlds.world import World

    site = load_site(bundled_site())
    robots = [RobotSpec(robot_id=name, model="xpeng_iron", dock=f"dock_{i}") for i, name in enumerate("abc", 1)]
    person = PersonSpec(person_id="p", routine="wander", start=(5.0, 8.0))
    world = World(site, robots, people=[person])
    pose = site.places["corridor_east"].approach
    world.start("a", Walk(command_id="c", x_m=pose.x, y_m=pose.y))
    world.advance(3.0)
    world.close()


PARTS: dict[str, Callable[[], None]] = {"plans": plans, "traffic": traffic, "worlds": worlds}


def main(names: list[str]) -> None:
    """Compile the parts that are named, all without a name."""
    for name in names or list(PARTS):
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
