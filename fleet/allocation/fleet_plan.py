"""The allocator of the running fleet: a list of tasks for every robot, and one task for each free robot where the lists
leave something over."""

from __future__ import annotations

from dataclasses import asdict

from fleet.allocation.assignment import OptimalAssignment
from fleet.allocation.building import build
from fleet.allocation.costs import Weights
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.outlook import Outlook
from fleet.allocation.plan_settings import AllocationSettings
from fleet.allocation.problem import Allocator, Plan, Problem


class FleetPlanner:
    """`Allocator` that looks ahead. Holds nothing but its settings: the same outlook and seed give the same plan."""

    def __init__(self, settings: AllocationSettings | None = None) -> None:
        self.settings = settings or AllocationSettings()
        self._one_ahead = OptimalAssignment(Weights(honesty_s=self.settings.weights.honesty))

    def plan(self, problem: Problem) -> Plan:
        """One task for each free robot; see `OptimalAssignment`."""
        return self._one_ahead.plan(problem)

    def lay_out(self, outlook: Outlook, seed: int) -> tuple[Instance, Solution]:
        """A list of tasks for each robot, found from the present plan by a fixed number of iterations."""
        instance = build(outlook, self.settings)
        return instance, _solve(instance, self.settings.iterations, seed)

    def weights(self) -> dict[str, float]:
        """What each thing counts, by name; as shown beside every plan."""
        return dict(asdict(self.settings.weights))


def allocator_of(settings: AllocationSettings) -> Allocator:
    """The allocator that the settings ask for."""
    if settings.method == "one_ahead":
        return OptimalAssignment(Weights(honesty_s=settings.weights.honesty))
    return FleetPlanner(settings)


def _solve(instance: Instance, iterations: int, seed: int) -> Solution:
    try:
        from fleet.allocation.solver import solve  # the compiler is loaded when the first plan is made
    except ImportError:
        from fleet.allocation.appending import append

        return append(instance)
    return solve(instance, iterations=iterations, seed=seed)
