"""The allocator of the running fleet: a list of tasks for every robot, and one task for each free robot where the lists
leave something over."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace

from fleet.allocation.assignment import OptimalAssignment
from fleet.allocation.building import build
from fleet.allocation.charging import best_charging
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.outlook import Outlook
from fleet.allocation.plan_settings import AllocationSettings
from fleet.allocation.problem import Allocator, Plan, Problem
from fleet.model.errors import InvalidField

_log = logging.getLogger(__name__)
_NEAREST = 12  # robots that are considered for each task
_LEAST, _PAIRS = 5, 1_000_000  # and fewer where each looks at many pairs of a task and a robot
_EACH = 8  # iterations for each task, up to what the settings say


class FleetPlanner:
    """`Allocator` that looks ahead. Holds nothing but its settings: the same outlook and seed give the same plan."""

    def __init__(self, settings: AllocationSettings | None = None) -> None:
        self.settings = settings or AllocationSettings()
        self._one_ahead = OptimalAssignment()

    def plan(self, problem: Problem) -> Plan:
        """One task for each free robot; see `OptimalAssignment`."""
        return self._one_ahead.plan(problem)

    def lay_out(self, outlook: Outlook, seed: int) -> tuple[Instance, Solution]:
        """A list of tasks for each robot, found from the present plan by a fixed number of iterations."""
        outlook, left = _with_those_there(outlook)
        instance, solution = self._planned(outlook, seed, None)
        if outlook.on_the_way and solution.terms.get("moved", 0.0) > 0.0:
            stays, kept = self._planned(_nobody_turned_back(outlook), seed, None)
            if kept.cost <= solution.cost:
                instance, solution = stays, kept
        elif not outlook.on_the_way:
            instance, solution = self._charging((instance, solution), outlook, seed)
        if any(t.able != () for t in instance.tasks if t.task_id in solution.unplaced):
            # Perhaps a task needs more than what is charged for most, or somebody who is farther away: with all docks,
            # more robots, and charging until the battery is full.
            instance, solution = self._planned(outlook, seed, 1.0)
        return instance, replace(solution, unplaced={**left, **solution.unplaced})

    def _charging(self, made: tuple[Instance, Solution], outlook: Outlook, seed: int) -> tuple[Instance, Solution]:
        """The plan in which robots charge as long as is cheapest."""

        def make(level: float) -> Instance:
            return build(outlook, self.settings, nearest=_NEAREST, charge_by=level)

        def solve(instance: Instance) -> Solution:
            return self._solved(instance, outlook, seed)

        return best_charging(made, outlook, self.settings.charge_by, make, solve)

    def _planned(self, outlook: Outlook, seed: int, charge_by: float | None) -> tuple[Instance, Solution]:
        instance = build(
            outlook, self.settings, nearest=_NEAREST if charge_by is None else 4 * _NEAREST, charge_by=charge_by
        )
        return instance, self._solved(instance, outlook, seed)

    def _solved(self, instance: Instance, outlook: Outlook, seed: int) -> Solution:
        few = len(instance.tasks)
        pairs = max(few * len(instance.robots), 1)
        iterations = min(self.settings.iterations, _EACH * few, _LEAST + _PAIRS // pairs)
        try:
            return _solve(instance, iterations, seed, outlook.start)
        except InvalidField as error:
            # A number that cannot be must not stop the fleet: work is then given out one task ahead.
            _log.warning("no plan could be made: %s", error)
            unplaced = {t.task_id: f"no plan could be made: {error}" for t in instance.tasks}
            return Solution(routes={}, unplaced=unplaced, cost=0.0, terms={})

    def warm_up(self) -> None:
        """Load, and the first time ever compile, what finds plans: some seconds in which nobody should wait for one."""
        from fleet.allocation.solver import warm_up

        warm_up()

    def weights(self) -> dict[str, float]:
        """What each thing counts, by name; as shown beside every plan."""
        return dict(asdict(self.settings.weights))


def _with_those_there(outlook: Outlook) -> tuple[Outlook, dict[str, str]]:
    """Without jobs for one robot that cannot be reckoned with now, and without those that wait for them; and why."""
    there = {r.description.robot_id for r in outlook.robots}
    left = {}
    for j in outlook.jobs:
        away = next((r for r in ((j.pinned_to,) if j.pinned_to is not None else j.members) if r not in there), None)
        if away is not None:
            left[j.task_id] = f"it is for {away}, which cannot be given work now"
    found = bool(left)
    while found:
        behind = {
            j.task_id: f"it waits for {name}, which nobody can do now"
            for j in outlook.jobs
            for name in j.after
            if j.task_id not in left and name in left
        }
        left |= behind
        found = bool(behind)
    if not left:
        return outlook, left
    return replace(outlook, jobs=tuple(j for j in outlook.jobs if j.task_id not in left)), left


def _nobody_turned_back(outlook: Outlook) -> Outlook:
    """The same, with every task to which a robot walks already kept for that robot."""
    has = {task_id: r for r, tasks in outlook.present.items() for task_id in tasks if task_id in outlook.on_the_way}
    jobs = tuple(replace(j, pinned_to=has[j.task_id]) if j.task_id in has else j for j in outlook.jobs)
    return replace(outlook, jobs=jobs)


def allocator_of(settings: AllocationSettings) -> Allocator:
    """The allocator that the settings ask for."""
    if settings.method == "one_ahead":
        return OptimalAssignment()
    return FleetPlanner(settings)


def _solve(instance: Instance, iterations: int, seed: int, start: Solution | None) -> Solution:
    from fleet.allocation.solver import solve  # the compiler is loaded when the first plan is made

    return solve(instance, iterations=iterations, seed=seed, start=start)
