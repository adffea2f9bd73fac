"""A planning problem in numbers: who can do what, how far it is, by when, and what a plan costs. And its answer.

Locations are indices into one matrix of distances; times are fleet time in s, lengths m, energies Wh, powers W. Nothing
here knows of sites, adapters or the supervisor: a file, a benchmark and the running fleet give the same instance.

How a plan unfolds in time. A robot begins at `at`, at max(`free_at_s`, `now_s`), with `battery_wh`. It leaves for its
next visit as soon as the last one has ended (but see `PlanTask.leaves_when_ready`), walks there at its speed, and waits
there. A task starts when the last of
its robots has come, not before `earliest_s`, the ends of all tasks in `after`, and the end of whoever had its resources
before. It lasts as long as its slowest robot needs for `work_s` and the ways between its stops. From the end of a task
that `slows` on, a robot's pace is multiplied by (1 - slows), by each such task, until it has charged; the pace divides
all that it does, ways and work.

Energy: `walking_w` while it walks (to a task, between its stops, to a dock), `working_w` for its own work time, and
`standing_w` while it waits (at a stop for the task to start, at the task for slower robots of its team, at a dock for
its turn). After the last visit nothing is counted. After its last task the robot holds enough to walk to the nearest
dock and be there with `reserve_wh` (just that much where there are no docks), and before that never less. It begins to
charge with `reserve_wh` or more, unless that is its first visit: a robot that is low from the start may go and charge,
and nothing else. A robot with an infinite `battery_wh` never charges.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRobot:
    """One robot. `at` is where it will be when it is free; `battery_wh` what it then holds. Powers are while walking,
    while working at a stop, while standing. `worn_s` is how long it has worked so far (fairness of wear)."""

    robot_id: str
    at: int
    free_at_s: float = 0.0
    speed_mps: float = 1.0
    battery_wh: float = math.inf
    capacity_wh: float = math.inf
    reserve_wh: float = 0.0
    walking_w: float = 0.0
    working_w: float = 0.0
    standing_w: float = 0.0
    charging_w: float = 0.0
    worn_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTask:
    """One task, for `team` robots that start it together and end it together (1: one robot).

    The robot walks to `stops[0]`, is at work from there to `stops[-1]` (the ways between the stops, at its own speed,
    and `work_s` at them), and is then at `stops[-1]`; without stops the work is done where it stands. `able` are the
    robots that can do it at all (None: all of them); `costs_s` what it would cost besides, by robot (a robot whose word
    is doubted, people it would disturb). From its start to its end it has all of `resources` to itself. It starts after
    all tasks in `after` have ended, and not before `earliest_s`. Ending after `due_s` costs `due_weight` a second;
    ending after `latest_s` must not be. Every second until its end costs `waiting_weight`. `slows` is the share by
    which the robot is slower afterwards, until it has charged. All its robots are among those it is `pinned_to`, or all
    of those are among its robots if they are fewer than `team`; none is `banned`. `left_weight` is how much worse than
    another it is to leave this one undone.

    `leaves_when_ready`: its robots stay where they are, all of them, until each of them is free, `earliest_s` has come,
    the tasks in `after` have ended and its resources are free; then they leave together, and the resources are its own
    from then on. So work is handed out by a fleet that tells robots no earlier.
    """

    task_id: str
    stops: tuple[int, ...] = ()
    work_s: float = 0.0
    team: int = 1
    able: tuple[str, ...] | None = None
    costs_s: Mapping[str, float] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    earliest_s: float = 0.0
    due_s: float | None = None
    due_weight: float = 1.0
    latest_s: float | None = None
    waiting_weight: float = 0.0
    slows: float = 0.0
    pinned_to: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    left_weight: float = 1.0
    leaves_when_ready: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDock:
    """Where robots charge, one at a time; not before `free_at_s`."""

    dock_id: str
    at: int
    free_at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWeights:
    """What one unit of each thing costs, in s; all 0 or more. The sum is what a plan is judged by.

    `unplaced` is for each task that no robot gets, times its `left_weight`; it outweighs everything else. `churn` is
    for each robot that gets a task which the present plan gives to others (what the present plan does not have costs
    nothing); `moved` instead of `churn` where others are on their way to the task already, and also for each robot
    that is on its way, keeps the task, and goes somewhere else first (to a dock, too). `wear` counts, for all robots,
    `worn_s` and the seconds they walk to work and docks and are at work.
    """

    makespan: float = 1.0  # per second from now_s to the end of the last task
    tardiness: float = 1.0  # per weighted second after due_s
    waiting: float = 1.0  # per weighted second from now_s to a task's end
    travel: float = 0.0  # per second of walking to work and to docks, each robot counted
    energy: float = 0.0  # per Wh
    wear: float = 0.0  # per second that the busiest robot works more than the mean
    churn: float = 0.0
    moved: float = 0.0
    unplaced: float = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """All of it. `distances_m` is [locations, locations], infinite where there is no way, not necessarily symmetric.
    `present` is the plan in force, task ids by robot in their order; `on_the_way` are those tasks of it whose robots
    walk to them already."""

    robots: tuple[PlanRobot, ...]
    tasks: tuple[PlanTask, ...]
    distances_m: NDArray[np.float64]
    docks: tuple[PlanDock, ...] = ()
    weights: PlanWeights = field(default_factory=PlanWeights)
    now_s: float = 0.0
    present: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_the_way: frozenset[str] = frozenset()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A robot at one task, or at a dock (`task_id` empty). It leaves where it was at `leaves_s`, is there at
    `arrives_s`, works (or charges) from `starts_s` to `ends_s` and then holds `battery_wh`."""

    robot_id: str
    task_id: str = ""
    dock_id: str = ""
    leaves_s: float
    arrives_s: float
    starts_s: float
    ends_s: float
    battery_wh: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan. `routes` has every robot, its visits in order; a team task is in the routes of all its robots.
    `unplaced` says of every task that is in no route why not. `terms` (by the names in `PlanWeights`, and `extra` for
    `costs_s`) add up to `cost`."""

    routes: Mapping[str, tuple[Visit, ...]]
    unplaced: Mapping[str, str]
    cost: float
    terms: Mapping[str, float]
    iterations: int = 0
    seconds: float = 0.0

    def robots_of(self, task_id: str) -> tuple[str, ...]:
        """Who does the task, by id; empty for one that is not placed."""
        return tuple(sorted(r for r, visits in self.routes.items() if any(v.task_id == task_id for v in visits)))
