"""The benches of the simulated adapters for `pytest --pyargs robot_adapters.conformance --adapter NAME`.

A real PyBullet world (the bundled ward), one robot in it, virtual time.
"""

from __future__ import annotations

from typing import Any

from robot_adapters.base import HumanoidAdapter
from robot_adapters.conformance.rig import Rig
from robot_adapters.registry import adapter_class
from sim_worlds import records
from sim_worlds.humanoids.base import Impairment
from sim_worlds.link import LocalWorld
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import bundled_site, load_site
from sim_worlds.world import World

ROBOT = "bench-1"
_START = (1.85, 2.2, -1.57)  # in the store, before the shelf


class SimRig(Rig):
    """One robot in the ward's store: carries a box from one slot of a shelf to another, or walks to the pharmacy."""

    tick_s = 0.1
    done_within_s = 90.0

    def __init__(self, adapter: str, model: str, body: Any) -> None:
        self.site = load_site(bundled_site("ward"))
        self.world = World(self.site, (RobotSpec(robot_id=ROBOT, model=model, body=body, start=_START),), (), 1)
        self._make: Any = adapter_class(adapter)
        self.adapter = self.restart()

    def restart(self) -> HumanoidAdapter:
        self.adapter = self._make(LocalWorld(self.world), ROBOT, records, host="bench")
        return self.adapter

    def advance(self, seconds: float) -> None:
        self.world.advance(seconds)

    def close(self) -> None:
        super().close()
        self.world.close()

    def quick(self) -> tuple[str, dict[str, Any]]:
        return "carry", {
            "object": "white_1",
            "object_at": {"x": 0.95, "y": 0.55, "place": "shelf_a1"},
            "object_approach": self._approach("shelf_a1"),
            "to": "shelf_a3",
            "to_approach": self._approach("shelf_a3"),
        }

    def long(self) -> tuple[str, dict[str, Any]]:
        return "walk_to", {"place": "pharmacy_4", "place_approach": self._approach("pharmacy_4")}

    def impossible(self) -> tuple[str, dict[str, Any]]:
        """The box is not there."""
        return "pick", {
            "object": "samples_1",
            "object_at": {"x": 0.95, "y": 0.55, "place": "shelf_a1"},
            "object_approach": self._approach("shelf_a1"),
        }

    def cut_link(self) -> None:
        self.world.computer(ROBOT).link_up = False

    def mend_link(self) -> None:
        self.world.computer(ROBOT).link_up = True

    def engage_e_stop(self) -> None:
        self.world.e_stop(ROBOT, "pressed on the bench")

    def effects(self, command_id: str) -> int:
        ours = [e for e in self.world.effects() if e.command_id.startswith(f"{command_id}/")]
        return sum(e.kind == "place" for e in ours)

    def _approach(self, place: str) -> dict[str, float]:
        pose = self.site.places[place].approach
        return {"x": pose.x, "y": pose.y, "yaw": pose.yaw}


class SimG1Rig(SimRig):
    """The walking G1: falls when its knee gives no torque."""

    hold_within_s = 1.5

    def __init__(self) -> None:
        super().__init__("sim_g1", "unitree_g1", "dynamic")

    def make_fall(self) -> None:
        self.world.computer(ROBOT).body.impair(Impairment(factors=(("left_knee_joint", 0.0),)))


def sim_g1() -> Rig:
    """A Unitree G1 that walks dynamically."""
    return SimG1Rig()


def sim_kinematic() -> Rig:
    """A humanoid on a kinematic base."""
    return SimRig("sim_kinematic", "tesla_optimus_gen2", "kinematic")
