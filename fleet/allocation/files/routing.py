"""Vehicle-routing instances with time windows as instances of ours: what is kept of them, what is not.

- A vehicle is a robot that walks 1 m/s, so that a distance is a time; all start at the depot when it opens.
- A customer is a task with one stop: service is work; the window is for its start (Solomon 1987, "Algorithms for the
  vehicle routing and scheduling problems with time window constraints", Oper. Res. 35), so it must end by the window's
  end and the service.
- Robots do not come back: plans are open at their end. But each could be back at the depot before it closes: every task
  ends early enough for that.
- Loads and capacities are left out: a robot carries one thing at a time.
- The cost is the length of all ways without the way back; `--weight` changes that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights

MAX_VEHICLES = 10_000
WEIGHTS = PlanWeights(makespan=0.0, tardiness=0.0, waiting=0.0, travel=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer, or the depot. `number` as in the file; the window is for the start of the service."""

    number: int
    opens_s: float = 0.0
    closes_s: float = math.inf
    service_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An instance from a file, and what of the file is not in it."""

    instance: Instance
    remarks: tuple[str, ...] = ()


def routing_instance(
    name: str,
    vehicles: int,
    depot: Customer,
    customers: Sequence[Customer],
    distances_m: NDArray[np.float64],
    loads: bool,
) -> Loaded:
    """The instance; location 0 of `distances_m` is the depot, the others are the customers in their order. `loads`:
    whether the file has demands or capacities."""
    tasks = []
    for place, customer in enumerate(customers, start=1):
        back_s = float(distances_m[place, 0])
        latest_s = min(customer.closes_s + customer.service_s, depot.closes_s - back_s)
        tasks.append(
            PlanTask(
                task_id=f"customer_{customer.number}",
                stops=(place,),
                work_s=customer.service_s,
                earliest_s=customer.opens_s,
                latest_s=latest_s if math.isfinite(latest_s) else None,
            )
        )
    robots = tuple(PlanRobot(robot_id=f"vehicle_{n}", at=0, free_at_s=depot.opens_s) for n in range(1, vehicles + 1))
    remarks = ["vehicles do not come back, but could before the depot closes"]
    if loads:
        remarks.append("demands and capacities are left out: a robot carries one thing at a time")
    instance = Instance(
        robots=robots,
        tasks=tuple(tasks),
        distances_m=distances_m,
        weights=WEIGHTS,
        name=name,
        now_s=min(0.0, depot.opens_s),
    )
    return Loaded(instance=instance, remarks=tuple(remarks))


def between_points(points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Straight lines between points: [points, points], not rounded."""
    xy = np.array(points, dtype=np.float64).reshape(-1, 2)
    return np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
