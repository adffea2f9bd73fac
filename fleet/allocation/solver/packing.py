"""An instance as arrays, for compiled code. Robots, tasks, docks, resources are counted from 0 in the instance's order.

Everything a plan is judged by that does not depend on its times (costs besides, churn) is in one matrix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.instance import Instance, PlanRobot, PlanTask
from fleet.allocation.instance_checks import candidates

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

ROBOT = np.dtype(
    [
        ("at", "i4"),
        ("toward", "i4"),  # the task it is on its way to, or -1
        ("free", "f8"),
        ("speed", "f8"),
        ("battery", "f8"),
        ("capacity", "f8"),
        ("reserve", "f8"),
        ("walking", "f8"),
        ("working", "f8"),
        ("standing", "f8"),
        ("charging", "f8"),
        ("worn", "f8"),
    ],
    align=True,
)
TASK = np.dtype(
    [
        ("first", "i4"),  # where it begins and ends, or -1: wherever the robot is
        ("last", "i4"),
        ("team", "i4"),
        ("way", "f8"),
        ("work", "f8"),
        ("earliest", "f8"),
        ("due", "f8"),
        ("due_weight", "f8"),
        ("latest", "f8"),
        ("waiting", "f8"),
        ("slows", "f8"),
        ("left", "f8"),
        ("stays", "i4"),  # 1: its robots leave when it is ready
    ],
    align=True,
)
WEIGHTS = ("makespan", "tardiness", "waiting", "travel", "energy", "wear", "moved", "unplaced")
MAKESPAN, TARDINESS, WAITING, TRAVEL, ENERGY, WEAR, MOVED, UNPLACED = range(len(WEIGHTS))


class Packed(NamedTuple):
    """The arrays. `x_of` with `x_at` are compressed rows: those of task t are `x_of[x_at[t]:x_at[t + 1]]`.

    Shapes: distances [places, places], `back` the same by where a way ends (to compare many ways to one place quickly);
    able, extra [tasks, robots] (`extra` is [1, 1] where nobody costs anything);
    nearest_dock [places] in m. `before` and `behind` are all tasks that must come before and after, not only the next.
    """

    robots: Any
    tasks: Any
    distances: Floats
    back: Floats
    able: Bytes
    extra: Floats
    weights: Floats
    after_at: Ints
    after_of: Ints
    before_at: Ints
    before_of: Ints
    behind_at: Ints
    behind_of: Ints
    needs_at: Ints
    needs_of: Ints
    must_at: Ints
    must_of: Ints
    dock_place: Ints
    dock_free: Floats
    nearest_dock: Floats
    now: float
    resources: int
    plain: bool
    batteries: bool


def pack(instance: Instance) -> Packed:
    """The arrays of an instance that has been checked."""
    robots, tasks = _robots(instance), _tasks(instance)
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    after = [sorted({number[a] for a in t.after}) for t in instance.tasks]
    before = _closed(after)
    behind: list[list[int]] = [[] for _ in after]
    for i, all_before in enumerate(before):
        for j in all_before:
            behind[j].append(i)
    names = sorted({r for t in instance.tasks for r in t.resources})
    resource = {name: i for i, name in enumerate(names)}
    needs = [sorted({resource[r] for r in t.resources}) for t in instance.tasks]
    place_of = {r.robot_id: i for i, r in enumerate(instance.robots)}
    must = [[place_of[r] for r in sorted(set(t.pinned_to))] if t.team > 1 else [] for t in instance.tasks]
    docks = np.array([d.at for d in instance.docks], dtype=np.int32)
    distances = np.ascontiguousarray(instance.distances_m, dtype=np.float64)
    nearest = distances[:, docks].min(axis=1) if len(docks) else np.zeros(len(distances))
    return Packed(
        robots=robots,
        tasks=tasks,
        distances=distances,
        back=np.ascontiguousarray(distances.T),
        able=_able(instance),
        extra=_extra(instance, place_of),
        weights=np.array([getattr(instance.weights, name) for name in WEIGHTS], dtype=np.float64),
        **_rows(after=after, before=before, behind=behind, needs=needs, must=must),
        dock_place=docks,
        dock_free=np.array([max(d.free_at_s, instance.now_s) for d in instance.docks], dtype=np.float64),
        nearest_dock=np.ascontiguousarray(nearest),
        now=float(instance.now_s),
        resources=len(names),
        plain=all(is_plain(t) for t in instance.tasks),
        batteries=bool(np.isfinite(robots["battery"]).any()),
    )


def _robots(instance: Instance) -> Any:
    table = np.zeros(len(instance.robots), dtype=ROBOT)
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    for i, r in enumerate(instance.robots):
        route = instance.present.get(r.robot_id, ())
        toward = number[route[0]] if route and route[0] in instance.on_the_way else -1
        table[i] = robot_row(r, toward, instance.now_s)
    return table


def robot_row(r: PlanRobot, toward: int, now_s: float) -> tuple[float, ...]:
    """A robot as a row of the table."""
    return (
        *(r.at, toward, max(r.free_at_s, now_s), r.speed_mps, r.battery_wh, r.capacity_wh),
        *(r.reserve_wh, r.walking_w, r.working_w, r.standing_w, r.charging_w, r.worn_s),
    )


def _tasks(instance: Instance) -> Any:
    table = np.zeros(len(instance.tasks), dtype=TASK)
    for i, t in enumerate(instance.tasks):
        table[i] = task_row(t, instance.distances_m, instance.now_s)
    return table


def task_row(t: PlanTask, distances: Floats, now_s: float) -> tuple[float, ...]:
    """A task as a row of the table."""
    way = sum(float(distances[a, b]) for a, b in zip(t.stops, t.stops[1:], strict=False))
    return (
        *(t.stops[0] if t.stops else -1, t.stops[-1] if t.stops else -1, t.team, way, t.work_s),
        *(max(t.earliest_s, now_s), math.inf if t.due_s is None else t.due_s, t.due_weight),
        *(math.inf if t.latest_s is None else t.latest_s, t.waiting_weight, t.slows, t.left_weight),
        int(t.leaves_when_ready),
    )


def is_plain(t: PlanTask) -> bool:
    """Whether its robot need wait for nobody else."""
    return t.team == 1 and not t.after and not t.resources and t.slows == 0.0 and not t.leaves_when_ready


def _able(instance: Instance) -> Bytes:
    """Who may do what, and can walk its way; whoever cannot get there now may after another task."""
    able = np.zeros((len(instance.tasks), len(instance.robots)), dtype=np.uint8)
    place_of = {r.robot_id: i for i, r in enumerate(instance.robots)}
    known: dict[object, Ints] = {}  # in a large fleet many tasks ask the same of their robots
    for i, task in enumerate(instance.tasks):
        if task.able is None and not task.pinned_to and not task.banned:
            able[i] = task.team <= len(instance.robots)
            continue
        asked = (task.able, task.pinned_to, task.banned, task.team)
        if asked not in known:
            allowed = candidates(task, instance.robots)
            known[asked] = np.array([place_of[r] for r in allowed if len(allowed) >= task.team], dtype=np.int32)
        able[i, known[asked]] = 1
    return able


def _extra(instance: Instance, place_of: dict[str, int]) -> Floats:
    weights = instance.weights
    number = {t.task_id: i for i, t in enumerate(instance.tasks)}
    holders: dict[str, list[int]] = {}
    for robot, route in instance.present.items():
        for name in route:
            holders.setdefault(name, []).append(place_of[robot])
    changes = bool(holders) and (weights.churn > 0.0 or weights.moved > 0.0)
    if not changes and not any(t.costs_s for t in instance.tasks):
        return np.zeros((1, 1))
    extra = np.zeros((len(instance.tasks), len(instance.robots)))
    for task in instance.tasks:
        _add_costs(extra[number[task.task_id]], task, place_of)
    if changes:
        for name, who in holders.items():
            more = weights.moved if name in instance.on_the_way else weights.churn
            row = extra[number[name]]
            kept = row[who]
            row += more
            row[who] = kept
    return extra


def _add_costs(row: Floats, task: PlanTask, place_of: dict[str, int]) -> None:
    for robot, cost in task.costs_s.items():
        row[place_of[robot]] += cost


def _closed(after: Sequence[Sequence[int]]) -> list[list[int]]:
    """All that come before, for each: the transitive closure."""
    found: list[set[int] | None] = [None] * len(after)
    for root in range(len(after)):
        stack = [root]
        while stack:
            i = stack[-1]
            if found[i] is not None:
                stack.pop()
                continue
            waiting = [j for j in after[i] if found[j] is None]
            if waiting:
                stack.extend(waiting)
                continue
            whole: set[int] = set(after[i])
            for j in after[i]:
                whole |= found[j] or set()
            found[i] = whole
            stack.pop()
    return [sorted(one or ()) for one in found]


def _rows(**lists: Sequence[Sequence[int]]) -> dict[str, Ints]:
    """Compressed rows of each list of lists, as `name_at` and `name_of`."""
    made: dict[str, Ints] = {}
    for name, rows in lists.items():
        made[f"{name}_at"] = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
        made[f"{name}_of"] = np.array([i for row in rows for i in row], dtype=np.int32)
    return made
