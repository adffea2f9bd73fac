"""A world's readings, drained once and handed on: a robot's looks to its adapter, the rest to the site."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from fleet.model.evidence import Observation
from robot_adapters.sim.link import Link, calling

KEPT = 10_000
"""Readings kept for one source that nobody asks for; the oldest are dropped."""


class SensorFeed:
    """One for each link: a link's readings can be drained only once."""

    def __init__(self, link: Link, robot_ids: Iterable[str]) -> None:
        self._link = link
        self._of_robots: dict[str, deque[Observation]] = {r: deque(maxlen=KEPT) for r in robot_ids}
        self._of_site: deque[Observation] = deque(maxlen=KEPT)

    def of_robot(self, robot_id: str) -> list[Observation]:
        """What this robot's eyes saw since the last call. Raises `LinkDown` while the world is away."""
        self._drain()
        return _emptied(self._of_robots[robot_id])

    def of_site(self) -> list[Observation]:
        """What fixed sensors, and robots nobody here speaks for, saw since the last call. Raises `LinkDown`."""
        self._drain()
        return _emptied(self._of_site)

    def _drain(self) -> None:
        for reading in calling(self._link.drain_observations):
            self._of_robots.get(reading.source, self._of_site).append(reading)


def _emptied(waiting: deque[Observation]) -> list[Observation]:
    if not waiting:
        return []
    taken = list(waiting)
    waiting.clear()
    return taken
