"""Traffic under ROS 2: two robots want through a lane for one from both ends; supervisor and host are killed meanwhile.
Routes go out in pieces through bus, host and adapter; nobody meets anybody, and the work is done. What a person closes
stays closed, also to a supervisor that is new."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from fleet.cli.http import FleetClient
from fleet.cli.ports import DomainClaim
from fleet.deployment.nodes import RunPaths
from fleet.model.errors import FleetError
from fleet.model.tasks import Task, TaskState
from sim_worlds.errors import WorldUnreachable
from sim_worlds.records import BodyState
from sim_worlds.remote import RemoteWorld
from tests.e2e.fleet_run import Site, journal, status, wait_for

pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(240)]

TWO_ROOMS = """\
format: humanoid-fleet-site/1
id: two_rooms
name: Two rooms and a lane
bounds: [0, 0, 20, 6]
zones:
  - {id: lane, kind: corridor, rect: [6, 2.3, 14, 3.7], one_lane: true}
  - {id: west, kind: ward, rect: [0, 0, 6, 6]}
  - {id: east, kind: ward, rect: [14, 0, 20, 6]}
walls:
  - {from: [0, 0], to: [20, 0]}
  - {from: [20, 0], to: [20, 6]}
  - {from: [20, 6], to: [0, 6]}
  - {from: [0, 6], to: [0, 0]}
  - {from: [6, 0], to: [6, 2.3]}
  - {from: [6, 2.3], to: [14, 2.3]}
  - {from: [14, 2.3], to: [14, 0]}
  - {from: [6, 6], to: [6, 3.7]}
  - {from: [6, 3.7], to: [14, 3.7]}
  - {from: [14, 3.7], to: [14, 6]}
stations:
  - {id: west_door, x: 4.6, y: 3, yaw_deg: 0}
  - {id: west_end, x: 1, y: 1.2, yaw_deg: 0}
  - {id: east_door, x: 15.4, y: 3, yaw_deg: 180}
  - {id: east_end, x: 19, y: 1.2, yaw_deg: 180}
docks:
  - {id: dock_1, x: 1, y: 5, yaw_deg: 0}
  - {id: dock_2, x: 19, y: 5, yaw_deg: 180}
furniture: []
boxes: []
people: []
cameras:
  - {id: cam_west, x: 0.3, y: 5.7, z: 2.6, covers: [west]}
  - {id: cam_east, x: 19.7, y: 5.7, z: 2.6, covers: [east]}
"""

DEPLOYMENT = """\
format: humanoid-fleet-deployment/1
name: two_rooms
site: two_rooms.yaml
run_directory: {folder}
shift: {{accountable: Mia Berger}}
traffic: {{enabled: true}}
world: {{seed: 7, rate: 2}}
hosts:
  - name: ward
    robots:
      - {{id: iron_1, model: xpeng_iron, adapter: sim_kinematic, start: west_door}}
      - {{id: gr2_1, model: fourier_gr2, adapter: sim_kinematic, start: east_door}}
"""
LANE = (6.0, 14.0)


@dataclass
class Watcher(threading.Thread):
    """Looks at the world itself and at what the API says of traffic, many times a second."""

    world: RemoteWorld
    admin: FleetClient
    ending: threading.Event = field(default_factory=threading.Event)
    nearest_m: float = math.inf
    both_in_lane: int = 0
    in_lane: dict[str, int] = field(default_factory=dict)
    led: dict[str, int] = field(default_factory=dict)
    in_pieces: set[str] = field(default_factory=set)
    waited: set[str] = field(default_factory=set)
    now: dict[str, BodyState] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.ending.wait(0.04):
            try:
                self.look({s.robot_id: s for s in self.world.body_states()})
                self.hear(self.admin.get("/v1/traffic"))
            except (FleetError, WorldUnreachable):
                continue  # the next look

    def look(self, bodies: dict[str, BodyState]) -> None:
        self.now = bodies
        one, other = bodies.values()
        self.nearest_m = min(self.nearest_m, math.dist((one.x_m, one.y_m), (other.x_m, other.y_m)))
        inside = [b for b in bodies.values() if self.lane(b)]
        self.both_in_lane += len(inside) == 2
        for b in inside:
            if b.walking_to is not None and math.hypot(b.vx_mps, b.vy_mps) > 0.1:
                self.in_lane[b.robot_id] = self.in_lane.get(b.robot_id, 0) + 1
                self.led[b.robot_id] = self.led.get(b.robot_id, 0) + (b.route > 0)

    def hear(self, said: dict[str, Any]) -> None:
        self.said = said
        self.in_pieces |= {r for r, points in said["routes"].items() if 0 < said["released"][r] < len(points)}
        self.waited |= {r["robot_id"] for r in said["reservations"] if r["resource"] == "lane" and r["order"] == 1}

    @staticmethod
    def lane(body: BodyState) -> bool:
        return LANE[0] < body.x_m < LANE[1]

    def inside(self) -> list[str]:
        return [b.robot_id for b in self.now.values() if self.lane(b)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("traffic")
    (folder / "two_rooms.yaml").write_text(TWO_ROOMS)
    claim = DomainClaim(70)
    site = Site(folder, claim.domain_id, text=DEPLOYMENT)
    yield site
    site.end()
    claim.release()


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[FleetClient]:
    with site.client() as client:
        yield client


@contextmanager
def watching(site: Site, admin: FleetClient) -> Iterator[Watcher]:
    world = RemoteWorld(RunPaths(site.run_dir).world_socket)
    watcher = Watcher(world, admin)
    watcher.start()
    try:
        yield watcher
    finally:
        watcher.ending.set()
        watcher.join(5)
        world.close()


def test_two_robots_pass_a_lane_for_one_whatever_is_killed(site: Site, admin: FleetClient) -> None:
    with watching(site, admin) as watcher:
        radii = sum(r.description.footprint_radius_m for r in watcher.world.describe().robots)
        _swap(site, admin, watcher)
    assert watcher.nearest_m > radii, "they touched"
    assert watcher.both_in_lane == 0
    assert set(watcher.in_lane) == {"iron_1", "gr2_1"}
    assert watcher.led == watcher.in_lane, "nobody walked through the lane but along a route"
    assert watcher.in_pieces == {"iron_1", "gr2_1"}, "routes are given out in pieces"
    assert watcher.waited, "somebody had to let the other through"
    state, _ = journal(site.run_dir)
    assert [e.question for e in state.escalations.values()] == []


def _swap(site: Site, admin: FleetClient, watcher: Watcher) -> None:
    for robot, place in (("iron_1", "east_end"), ("gr2_1", "west_end")):
        admin.post("/v1/tasks", _walk(robot, robot, place), key=robot)
    wait_for(watcher.inside, 30, "the first in the lane")
    first = watcher.inside()[0]
    os.kill(status(site.run_dir)["supervisor"]["pid"], signal.SIGKILL)
    wait_for(lambda: watcher.inside() not in ([first], []), 60, "the other in the lane, led by the new supervisor")
    os.kill(status(site.run_dir)["host_ward"]["pid"], signal.SIGKILL)
    wait_for(lambda: _done(site) == {"iron_1", "gr2_1"}, 100, "both where they were sent")
    assert all(status(site.run_dir)[name]["restarts"] == 1 for name in ("supervisor", "host_ward"))


def test_nobody_enters_what_is_closed_whoever_leads_and_opened_it_is_walked_through(
    site: Site, admin: FleetClient
) -> None:
    admin.post("/v1/closures", {"what": "lane", "reason": "the floor is wet", "for_s": 3600})
    with watching(site, admin) as watcher:
        wait_for(lambda: "lane" in watcher.said.get("closed", ()), 20, "robots told that the lane is closed")
        admin.post("/v1/tasks", _walk("back", "iron_1", "west_door"), key="back")
        wait_for(lambda: "back" in journal(site.run_dir)[0].tasks, 20, "the task on record")
        os.kill(status(site.run_dir)["supervisor"]["pid"], signal.SIGKILL)
        wait_for(lambda: status(site.run_dir)["supervisor"]["restarts"] == 2, 30, "another supervisor")
        wait_for(lambda: watcher.said.get("closed") == ["lane"], 30, "it to know that the lane is closed")
        time.sleep(4.0)  # 8 s of the fleet's time: enough to be in the lane
        assert watcher.in_lane == {}
        assert _task(site, "back").state is not TaskState.DONE
        [closure] = admin.get("/v1/closures")["items"]
        assert (closure["what"], closure["by"], closure["reason"]) == ("lane", "Ana", "the floor is wet")
        with pytest.raises(FleetError, match="lane is closed already"):
            admin.post("/v1/closures", {"what": "lane", "reason": "again"})
        admin.post("/v1/closures/lane/open", {"reason": "dry"})
        wait_for(lambda: _task(site, "back").state is TaskState.DONE, 90, f"the robot through; {_task(site, 'back')}")
        assert set(watcher.in_lane) == {"iron_1"}
    assert admin.get("/v1/closures")["items"] == []


def _walk(task_id: str, robot_id: str, place: str) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "skill": "walk_to",
        "parameters": {"place": place},
        "robot_id": robot_id,
        "why": "a test",
    }


def _task(site: Site, task_id: str) -> Task:
    return journal(site.run_dir)[0].tasks[task_id]


def _done(site: Site) -> set[str]:
    return {name for name, task in journal(site.run_dir)[0].tasks.items() if task.state is TaskState.DONE}
