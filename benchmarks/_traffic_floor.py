"""Traffic on real floors, in robots that walk badly: run by `benchmarks.traffic`, or alone as `python -m
benchmarks._traffic_floor [--quick]`.

Robots go from place to place, work there for some seconds, and go on. Three ways of doing it, on the same floor with
the same robots and mishaps:

- `traffic`: routes and floor are given out by `fleet.traffic.manager.Traffic`;
- `polite`: each takes its shortest way and stands while somebody is right before it;
- `ghosts`: each takes its shortest way through everybody, which is what no traffic can beat.

These robots do not look where they walk: told to find its own way, one would walk straight through walls and others. So
traffic is told that nobody can (`free_for_s` 0), and what is measured is what it promises for robots that it leads.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass

import numpy as np

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from benchmarks._harness import Metric, finish
from fleet.model.commands import FollowRoute
from fleet.model.geometry import Pose
from fleet.model.site import Place, PlaceKind, SiteMap, Wall
from fleet.traffic.floor import Directions, Floor, Point
from fleet.traffic.manager import Traffic
from fleet.traffic.roadmap import build_roadmap
from fleet.traffic.settings import TrafficSettings
from sim_worlds.site import bundled_site, load_site

_APART_M = 0.78
_STUCK_S = 240.0
_WORKS_S = (3.0, 15.0)
_BLIND = TrafficSettings(free_for_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run. `stuck` are robots that were under way for more than four minutes at its end."""

    walks: int
    collisions: int
    stuck: int
    robot_steps: int
    call_ms: tuple[float, ...]
    longest_s: float


def corridor() -> SiteMap:
    """Two rooms, joined by a corridor for one, 24 m long, with three bays to let others pass."""
    walls = [(8, 0, 8, 4.4), (8, 5.6, 8, 10), (32, 0, 32, 4.4), (32, 5.6, 32, 10), (8, 4.4, 32, 4.4)]
    at = 8.0
    for bay in (13.0, 19.4, 25.8):
        walls += [
            (at, 5.6, bay, 5.6),
            (bay, 5.6, bay, 6.8),
            (bay, 6.8, bay + 1.2, 6.8),
            (bay + 1.2, 5.6, bay + 1.2, 6.8),
        ]
        at = bay + 1.2
    walls += [(at, 5.6, 32, 5.6), (0, 0, 40, 0), (40, 0, 40, 10), (40, 10, 0, 10), (0, 10, 0, 0)]
    spots = [(x, y) for x in (1.5, 3.5, 5.5, 34.5, 36.5, 38.5) for y in (1.5, 3.5, 6.5, 8.5)]
    places = {
        f"p{n}": Place(place_id=f"p{n}", kind=PlaceKind.STATION, zone_id="", approach=Pose(x=x, y=y))
        for n, (x, y) in enumerate(spots)
    }
    return SiteMap(
        site_id="corridor", name="Corridor", bounds=(0, 0, 40, 10), zones={}, places=places,
        walls=tuple(Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in walls),
    )  # fmt: skip


class Alone:
    """Gives every robot its shortest way and all of it at once: nobody is looked after."""

    def __init__(self, site: SiteMap) -> None:
        self._one = Traffic(site)
        self._sent: dict[str, str] = {}

    def direct(self, floor: Floor) -> Directions:
        orders = []
        for r in floor.robots:
            if r.walking_to is None or self._sent.get(r.robot_id) == r.command_id:
                continue
            self._one.tracks.clear()
            said = self._one.direct(Floor(now_s=floor.now_s, robots=(r,)))
            for o in said.orders:
                self._sent[r.robot_id] = r.command_id
                orders.append(FollowRoute(robot_id=o.robot_id, command_id=o.command_id, epoch=0, route=r.route + 1,
                                          points=o.points, released=len(o.points)))  # fmt: skip
        return Directions(orders=tuple(orders))


class Errands:
    """Robots that go from place to place on one site."""

    def __init__(self, site: SiteMap, robots: int, seed: int, way: str) -> None:
        self.rng = np.random.default_rng(seed)
        self.places = _places(site)
        self.places = [self.places[k] for k in self.rng.permutation(len(self.places))]
        starts = _apart(self.places, robots)
        self.taken = dict(enumerate(starts))
        self.call_ms: list[float] = []
        self._direct = (Traffic(site, _BLIND) if way == "traffic" else Alone(site)).direct
        walkers = [Walker(f"r{k:03d}", at) for k, at in enumerate(starts)]
        for w in walkers:
            w.works_until = self.rng.uniform(0, 10)
        self.floor = WalkingFloor(walkers, self._timed, seed, Habits(), polite=way == "polite")
        self.longest_s = 0.0

    def _timed(self, floor: Floor) -> Directions:
        begun = time.process_time()
        said = self._direct(floor)
        self.call_ms.append(1e3 * (time.process_time() - begun))
        return said

    def run(self, seconds: float) -> Outcome:
        floor = self.floor
        while floor.now_s < seconds:
            for w in floor.step():
                w.works_until = floor.now_s + self.rng.uniform(*_WORKS_S)
                self.longest_s = max(self.longest_s, floor.now_s - w.since_s)
            for k, w in enumerate(floor.walkers):
                if w.goal is None and floor.now_s >= w.works_until:
                    w.send(self._next(k), floor.now_s)
        return Outcome(
            walks=sum(w.reached for w in floor.walkers), collisions=floor.collisions, robot_steps=floor.robot_steps,
            stuck=sum(w.goal is not None and floor.now_s - w.since_s > _STUCK_S for w in floor.walkers),
            call_ms=tuple(self.call_ms[2:]), longest_s=self.longest_s,
        )  # fmt: skip

    def _next(self, robot: int) -> Point:
        """A place at which nobody else is or goes to."""
        while True:
            goal = self.places[int(self.rng.integers(len(self.places)))]
            if all(math.dist(goal, at) > _APART_M for k, at in self.taken.items() if k != robot):
                self.taken[robot] = goal
                return goal


def _places(site: SiteMap) -> list[Point]:
    """Where robots have something to do, of the largest connected part of the floor."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    r = build_roadmap(site, TrafficSettings())
    n = len(r.xy)
    _, part = connected_components(csr_matrix((r.lengths[r.by], r.onward, r.starts), shape=(n, n)))
    largest = int(np.bincount(part).argmax())
    spots = [(p.approach.x, p.approach.y) for p in site.places.values()]
    closed = [k for k in site.keep_outs.values() if not k.permanent]
    return [
        s for s in spots
        if part[int(np.hypot(*(r.xy - s).T).argmin())] == largest and not any(k.contains(*s) for k in closed)
    ]  # fmt: skip


def _apart(places: list[Point], wanted: int) -> list[Point]:
    kept: list[Point] = []
    for p in places:
        if len(kept) < wanted and all(math.dist(p, q) > _APART_M for q in kept):
            kept.append(p)
    if len(kept) < wanted:
        raise ValueError(f"{wanted} robots: the site has {len(kept)} places that are {_APART_M} m apart")
    return kept


def _site(name: str) -> SiteMap:
    return corridor() if name == "corridor" else load_site(bundled_site(name)).to_map()


def measure(quick: bool) -> dict[str, Metric]:
    """Run everything, print it side by side, and return what counts."""
    cases = [("ward", 6), ("corridor", 6)] if quick else [
        ("ward", 10), ("ward", 16), ("corridor", 6), ("corridor", 10), ("assembly", 40), ("warehouse", 30),
        ("warehouse", 60), ("warehouse", 100),
    ]  # fmt: skip
    seconds = 60.0 if quick else 240.0
    metrics: dict[str, Metric] = {}
    steps = collisions = stuck = 0
    print("floor, robots | traffic: walks, share of ghosts', touch, stuck, longest way | ms a call, p99 "
          "| polite: walks, touch, stuck | ghosts: walks, touch")  # fmt: skip
    for name, robots in cases:
        site = _site(name)
        ours, polite, ghosts = (Errands(site, robots, 1, way).run(seconds) for way in ("traffic", "polite", "ghosts"))
        ms = np.array(ours.call_ms)
        share = ours.walks / max(ghosts.walks, 1)
        first = f"{ours.walks:>5} {share:>5.2f} {ours.collisions:>3} {ours.stuck:>3} {ours.longest_s:>5.0f} s"
        second = f"{ms.mean():>6.2f} {np.percentile(ms, 99):>6.1f}"
        third = f"{polite.walks:>5} {polite.collisions:>4} {polite.stuck:>3}"
        last = f"{ghosts.walks:>5} {ghosts.collisions:>5}"
        print(f"{name:>10} {robots:>4} | {first} | {second} | {third} | {last}", flush=True)
        key = f"floor_{name}_{robots}"
        metrics[f"{key}_throughput_of_ghosts"] = Metric(value=share, unit="ratio", better="higher")
        metrics[f"{key}_call_mean"] = Metric(value=float(ms.mean()), unit="ms", aim=5.0)
        steps, collisions, stuck = steps + ours.robot_steps, collisions + ours.collisions, stuck + ours.stuck
    metrics["floor_robot_steps"] = Metric(value=steps, unit="steps", better="higher")
    metrics["floor_collisions"] = Metric(value=collisions, unit="contacts", aim=0)
    metrics["floor_stuck"] = Metric(value=stuck, unit="robots", aim=0)
    return metrics


if __name__ == "__main__":
    finish("traffic_floor", measure("--quick" in sys.argv))
