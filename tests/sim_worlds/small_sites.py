"""Small buildings for tests: two rooms with a wall between them, and whatever a test adds."""

from __future__ import annotations

from collections.abc import Sequence

from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site
from sim_worlds.site_loader import SiteLoader
from sim_worlds.world import World

_FRAME = """\
format: humanoid-fleet-site/1
id: annex
name: Annex
bounds: [0, 0, 12, 6]
zones:
  - {id: west, kind: room, rect: [0, 0, 6, 6]}
  - {id: east, kind: room, rect: [6, 0, 12, 6]}
walls:
  - {from: [6, 0], to: [6, 6]}
furniture: []
docks:
  - {id: dock_1, x: 1, y: 1, yaw_deg: 0}
  - {id: dock_2, x: 1, y: 5, yaw_deg: 0}
boxes: []
people: []
cameras:
  - {id: cam, x: 1, y: 3, z: 2, covers: [west, east]}
stations:
  - {id: there, x: 10, y: 3, yaw_deg: 0}
"""
DOOR = "doors:\n  - {id: door_1, x: 6, y: 3, width_m: 1.2, kind: sliding, opens_in_s: 2, stays_open_s: 2}\n"


def site_text(more: str = DOOR, walls: str = "") -> str:
    """The text of a site file; `walls` are further items of the list of walls."""
    return _FRAME.replace("to: [6, 6]}\n", "to: [6, 6]}\n" + walls) + more


def annex(more: str = DOOR, walls: str = "") -> Site:
    return SiteLoader.from_text(site_text(more, walls), "annex.yaml").load()


def world_of(site: Site, robots: Sequence[RobotSpec], **more: object) -> World:
    return World(site, robots, **more)  # type: ignore[arg-type]
