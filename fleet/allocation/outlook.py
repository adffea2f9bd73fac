"""What a plan is made of: jobs, robots and docks as they are expected to be. Poses and ids, no numbers of the solver's.

Times are fleet time in s, energies Wh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.instance import Solution
from fleet.allocation.problem import Job
from fleet.model.geometry import Pose
from fleet.model.robot import RobotDescription


class Ways(Protocol):
    """Distances on foot, many at once; `fleet.travel.TravelModel` has them."""

    def distances_m(self, starts: Sequence[Pose], ends: Sequence[Pose]) -> NDArray[np.float64]:
        """[starts, ends], in m, infinite where there is no way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotAhead:
    """A robot that can be given work now or will be: where it is expected to be free, when, with what in its battery
    and in its hands. `busy_with` is the task it has now, empty for one that is free."""

    description: RobotDescription
    at: Pose
    free_at_s: float
    battery_wh: float
    holds: tuple[str, ...] = ()
    busy_with: str = ""
    worn_s: float = 0.0
    tired: float = 0.0  # the share of its speed that it lacks now
    docked_at: str = ""  # the dock on which it stands with nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class DockAhead:
    """A dock, and from when on it is free."""

    dock_id: str
    at: Pose
    free_at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All of it. `earliest_s` is, by task, when what it waits for outside of the plan is expected to be over;
    `disturbs`, by task, the zones where it has work to do and people are. `present` is the plan in force, `on_the_way`
    those tasks of it whose robots walk to them already."""

    jobs: tuple[Job, ...]
    robots: tuple[RobotAhead, ...]
    docks: tuple[DockAhead, ...]
    ways: Ways
    now_s: float
    battery_reserve: float = 0.1
    doubts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    earliest_s: Mapping[str, float] = field(default_factory=dict)
    disturbs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    present: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_the_way: frozenset[str] = frozenset()
    start: Solution | None = None  # the plan in force with its times, to search from
