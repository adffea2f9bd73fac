"""Other people's solvers on our plain instances: PyVRP, OR-tools routing, CP-SAT. Each gets the same CPU seconds, and a
plan to begin with.

They count in tenths of a second. What a task takes is put into the way to it, so that speeds of robots count; what
comes out is worked out again by us, from the routes alone.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._allocation_cost import Routes, cost_j
from fleet.allocation.instance import Instance

TENTHS = 10
BIG = 10**8


@dataclass(slots=True)
class Trace:
    """The best found so far, with the CPU seconds at which it was found: `best_at(1.0)` is what one second buys."""

    found: list[tuple[float, float]]

    def best_at(self, seconds: float) -> float:
        return min((cost for at, cost in self.found if at <= seconds), default=self.found[0][1])


@dataclass(frozen=True, slots=True)
class Numbers:
    """An instance as arrays of whole tenths of a second: `ways[class of speed][from, to]`, tasks first, then robots."""

    instance: Instance
    ways: list[NDArray[np.int64]]
    speed_class: list[int]
    able: list[list[int]]  # robots by task
    free: list[int]
    due: list[int | None]
    weight: list[int]

    @property
    def tasks(self) -> int:
        return len(self.instance.tasks)

    @property
    def robots(self) -> int:
        return len(self.instance.robots)


def numbers(instance: Instance) -> Numbers:
    """The arrays. A way into a robot's start (which is where routes end) takes nothing."""
    tasks, robots = instance.tasks, instance.robots
    speeds = sorted({r.speed_mps for r in robots})
    last = np.array([t.stops[-1] for t in tasks] + [r.at for r in robots])
    first = np.array([t.stops[0] for t in tasks])
    between = np.array([instance.distances_m[t.stops[0], t.stops[-1]] for t in tasks])
    work = np.array([t.work_s for t in tasks])
    ways = []
    for speed in speeds:
        way = np.zeros((len(last), len(last)))
        way[:, : len(tasks)] = (instance.distances_m[np.ix_(last, first)] + between) / speed + work
        np.fill_diagonal(way, 0.0)
        ways.append(np.rint(way * TENTHS).astype(np.int64))
    number = {r.robot_id: i for i, r in enumerate(robots)}
    return Numbers(
        instance=instance,
        ways=ways,
        speed_class=[speeds.index(r.speed_mps) for r in robots],
        able=[sorted(number[r] for r in t.able) if t.able is not None else list(range(len(robots))) for t in tasks],
        free=[round(r.free_at_s * TENTHS) for r in robots],
        due=[None if t.due_s is None else round(t.due_s * TENTHS) for t in tasks],
        weight=[round(t.due_weight) for t in tasks],
    )


# -- PyVRP -------------------------------------------------------------------------------------------------------------


# How far below the best plan's makespan everything must be over, and by what share of it deadlines may be missed by
# more than they are: tried in turn, because PyVRP has neither makespan nor soft deadlines.
BOUNDS = ((0.05, 0.05), (0.02, 0.0), (0.01, 0.02), (0.0, 0.0), (0.1, 0.2), (0.02, 0.05), (0.01, 0.0), (0.0, 0.01))


def pyvrp_loop(given: Numbers, start: Routes, seconds: float, seed: int) -> Trace:
    """PyVRP again and again within bounds that follow from the best plan so far, from which it begins: all over a
    little sooner, deadlines kept, missed ones missed by about as much. It shortens the routes; J is reckoned after."""
    import pyvrp

    began = time.process_time()
    best, rounds = start, 0
    trace = Trace([(0.0, cost_j(given.instance, best).cost)])
    while time.process_time() - began < seconds:
        now = cost_j(given.instance, best)
        step, slack = BOUNDS[rounds % len(BOUNDS)]
        bound = now.makespan_s * (1 - step)
        ends = [
            bound
            if d is None
            else min(bound, max(e, d / TENTHS) + slack * now.makespan_s)
            if e > d / TENTHS
            else min(bound, d / TENTHS + slack * now.makespan_s)
            for e, d in zip(now.ends_s, given.due, strict=True)
        ]
        data = _pyvrp_data(given, bound, ends)
        routes = [pyvrp.Route(data, route, r) for r, route in enumerate(best) if route]
        until = min(began + seconds, time.process_time() + seconds / len(BOUNDS))
        stop = _Until(until)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bounds that cannot be kept
            result = pyvrp.solve(
                data, stop, seed=seed + rounds, collect_stats=False, initial_solution=pyvrp.Solution(data, routes)
            )
        rounds += 1
        found = _pyvrp_routes(given, result.best)
        if sum(map(len, found)) == given.tasks and _all_able(given, found):
            cost = cost_j(given.instance, found).cost
            if cost < trace.found[-1][1]:
                best = found
                trace.found.append((time.process_time() - began, cost))
    return trace


def _all_able(given: Numbers, routes: Routes) -> bool:
    return all(r in given.able[t] for r, route in enumerate(routes) for t in route)


class _Until:
    """Stops at a CPU time of this process."""

    def __init__(self, until: float) -> None:
        self.until = until

    def __call__(self, best_cost: float) -> bool:
        return time.process_time() > self.until


def _pyvrp_data(given: Numbers, bound_s: float, ends_s: Sequence[float]) -> Any:
    import pyvrp

    groups: dict[tuple[int, ...], int] = {}
    kinds = [groups.setdefault(tuple(a), len(groups)) for a in given.able]
    robots, tasks = given.robots, given.tasks
    end = robots  # the place where all routes end, for nothing
    nowhere = [pyvrp.Location(0, 0) for _ in range(robots + 1 + tasks)]
    clients = [
        pyvrp.Client(
            location=robots + 1 + t,
            pickup=[int(kinds[t] == k) for k in range(len(groups))],
            tw_late=max(0, int(ends_s[t] * TENTHS)),
        )
        for t in range(tasks)
    ]
    vehicles = [
        pyvrp.VehicleType(
            capacity=[tasks if r in able else 0 for able in groups],
            start_depot=r,
            end_depot=end,
            tw_early=given.free[r],
            tw_late=int(bound_s * TENTHS),
            unit_distance_cost=0,
            unit_duration_cost=1,
            profile=given.speed_class[r],
        )
        for r in range(robots)
    ]
    order = [tasks + r for r in range(robots)] + [-1] + list(range(tasks))
    matrices = []
    for way in given.ways:
        padded = np.zeros((len(way) + 1, len(way) + 1), dtype=np.int64)  # the last row and column: where routes end
        padded[:-1, :-1] = way
        padded[-1, :-1] = BIG
        matrices.append(padded[np.ix_(order, order)])
    depots = [pyvrp.Depot(location=i) for i in range(robots + 1)]
    return pyvrp.ProblemData(nowhere, clients, depots, vehicles, matrices, matrices)


def _pyvrp_routes(given: Numbers, solution: Any) -> Routes:
    routes: Routes = [[] for _ in range(given.robots)]
    for route in solution.routes():
        routes[route.vehicle_type()] = [a.idx for a in route.schedule() if a.is_client()]
    return routes


# -- OR-tools ----------------------------------------------------------------------------------------------------------


def ortools_routing(given: Numbers, start: Routes, seconds: float) -> Trace:
    """OR-tools' routing with guided local search; it knows makespan and soft deadlines, so it is given J itself."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    tasks, robots = given.tasks, given.robots
    ends = tasks + robots  # one more node: where routes end
    manager = pywrapcp.RoutingIndexManager(
        tasks + robots + 1, robots, [tasks + r for r in range(robots)], [ends] * robots
    )
    routing = pywrapcp.RoutingModel(manager)
    transits = []
    for way in given.ways:
        padded = np.zeros((ends + 1, ends + 1), dtype=np.int64)
        padded[:-1, :-1] = way
        transits.append(routing.RegisterTransitMatrix(padded.tolist()))
    horizon = 100 * TENTHS * int(cost_j(given.instance, start).makespan_s + 1000)
    routing.AddDimensionWithVehicleTransits([transits[c] for c in given.speed_class], 0, horizon, False, "time")
    times = routing.GetDimensionOrDie("time")
    times.SetGlobalSpanCostCoefficient(robots)
    for r in range(robots):
        times.CumulVar(routing.Start(r)).SetValue(given.free[r])
    for t in range(tasks):
        index, due = manager.NodeToIndex(t), given.due[t]
        if len(given.able[t]) < robots:
            routing.VehicleVar(index).SetValues(given.able[t])
        if due is not None:
            times.SetCumulVarSoftUpperBound(index, due, given.weight[t])
    trace = Trace([(0.0, cost_j(given.instance, start).cost)])
    found = [start]
    began = time.process_time()

    def keep() -> None:
        routes = [_follow(routing, manager, r) for r in range(robots)]
        cost = cost_j(given.instance, routes).cost
        if cost < trace.found[-1][1]:
            trace.found.append((time.process_time() - began, cost))
            found[0] = routes

    routing.AddAtSolutionCallback(keep)
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() - began > seconds))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(60_000 * seconds))  # of the wall: a last resort
    routing.CloseModelWithParameters(parameters)
    began = time.process_time()
    first = routing.ReadAssignmentFromRoutes(start, True)
    if first is not None:
        routing.SolveFromAssignmentWithParameters(first, parameters)
    return trace


def _follow(routing: Any, manager: Any, robot: int) -> list[int]:
    route = []
    index = routing.NextVar(routing.Start(robot)).Value()
    while not routing.IsEnd(index):
        route.append(manager.IndexToNode(index))
        index = routing.NextVar(index).Value()
    return route


# -- CP-SAT ------------------------------------------------------------------------------------------------------------


def cp_sat(given: Numbers, start: Routes, seconds: float) -> tuple[Trace, float]:
    """CP-SAT with a circuit for each robot, given J itself and the plan to begin with as a hint. The second value is
    the lower bound that it proved, s."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    tasks, robots = given.tasks, given.robots
    horizon = int(cost_j(given.instance, start).makespan_s * TENTHS) + TENTHS
    end = [model.new_int_var(0, horizon, f"end{t}") for t in range(tasks)]
    on: list[list[Any]] = [[] for _ in range(tasks)]
    arcs: dict[tuple[int, int, int], Any] = {}
    for r in range(robots):
        mine = [t for t in range(tasks) if r in given.able[t]]
        circuit = []
        way = given.ways[given.speed_class[r]]
        for i in [-1, *mine]:
            for j in [-1, *mine]:
                arc = model.new_bool_var(f"{r}:{i}>{j}")
                arcs[r, i, j] = arc
                circuit.append((i + 1, j + 1, arc))
                if i == j and i >= 0:
                    on[i].append(arc.negated())
                elif j >= 0 and i != j:
                    begin = given.free[r] if i < 0 else end[i]
                    model.add(end[j] >= begin + int(way[tasks + r if i < 0 else i, j])).only_enforce_if(arc)
        model.add_circuit(circuit)
    for t in range(tasks):
        model.add_exactly_one(on[t])
    _minimize_j(model, given, end, horizon)
    _hint(model, arcs, start)
    trace = Trace([(0.0, cost_j(given.instance, start).cost)])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 60 * seconds
    began = time.process_time()

    class Keep(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            routes = [_chain(lambda i, r=r: _next(self, arcs, r, i)) for r in range(robots)]
            cost = cost_j(given.instance, routes).cost
            if cost < trace.found[-1][1]:
                trace.found.append((time.process_time() - began, cost))

    keep = Keep()
    with StoppedAfter(seconds, solver):
        solver.solve(model, keep)
    return trace, solver.best_objective_bound / robots / TENTHS


def _minimize_j(model: Any, given: Numbers, end: list[Any], horizon: int) -> None:
    makespan = model.new_int_var(0, horizon, "makespan")
    model.add_max_equality(makespan, end)
    late = []
    for t, due in enumerate(given.due):
        if due is not None:
            tardy = model.new_int_var(0, horizon, f"late{t}")
            model.add(tardy >= end[t] - due)
            late.append(given.weight[t] * tardy)
    model.minimize(given.robots * makespan + sum(late))


def _hint(model: Any, arcs: dict[tuple[int, int, int], Any], start: Routes) -> None:
    used = {(r, i, j) for r, route in enumerate(start) for i, j in zip([-1, *route], [*route, -1], strict=True)}
    visited = {(r, t) for r, route in enumerate(start) for t in route}
    for (r, i, j), arc in arcs.items():
        model.add_hint(arc, (r, i, j) in used if i != j or i < 0 else (r, i) not in visited)


def _next(values: Any, arcs: dict[tuple[int, int, int], Any], robot: int, here: int) -> int:
    return next(
        j for (r, i, j), arc in arcs.items() if r == robot and i == here and (i != j or i < 0) and values.value(arc)
    )


def _chain(follow: Callable[[int], int]) -> list[int]:
    route, here = [], follow(-1)
    while here >= 0:
        route.append(here)
        here = follow(here)
    return route


class StoppedAfter:
    """Stops a solver when this process has spent so many CPU seconds; itself it only looks at the wall's clock."""

    def __init__(self, seconds: float, solver: Any) -> None:
        self.until, self.solver, self.done = time.process_time() + seconds, solver, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.done.wait(0.05):
            if time.process_time() > self.until:
                self.solver.stop_search()
                return

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()
