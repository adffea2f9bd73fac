"""All methods on the same instances with the same CPU seconds; we are held against the best library at each size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import _allocation_peers as peers
from benchmarks._allocation_cost import Routes, cost_j, lower_bound, routes_of
from benchmarks._harness import Metric
from fleet.allocation.appending import append
from fleet.allocation.auction import auction
from fleet.allocation.generating import generated
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.solver import solve
from fleet.allocation.verify import verify

SIZES = ((10, 50), (50, 250), (100, 1000))
AIMS = {
    (10, 50): (1.00, 1.10),
    (50, 250): (0.90, 1.15),
    (100, 1000): (0.75, 1.15),
}  # J / best library; J(1 s) / J(10 s)
SHORT_S, LONG_S = 1.0, 10.0
LIBRARIES = ("pyvrp", "or-tools", "cp-sat")  # beginning with the auction's plan, which is nobody's work
GIVEN = tuple(f"{name} <- regret" for name in LIBRARIES)  # beginning with our own insertion: kinder than need be


@dataclass(slots=True)
class Row:
    """What a method came to: J after a short and a long search, CPU s in all, tasks left undone."""

    short: float
    long: float
    cpu_s: float
    undone: int = 0


def compare(seed: int, sizes: tuple[tuple[int, int], ...] = SIZES, long_s: float = LONG_S) -> dict[str, Metric]:
    """One instance of each size. Prints the table, returns what has an aim."""
    metrics: dict[str, Metric] = {}
    print(f"\nJ = makespan + weighted tardiness / robots, s; seed {seed}; {SHORT_S:g} s and {long_s:g} s of CPU each")
    for robots, tasks in sizes:
        instance = generated(robots, tasks, seed=seed)
        rows = _rows(instance, long_s, seed)
        bound = lower_bound(instance)
        best = min(min(r.long, r.short) for r in rows.values())
        print(f"\n{robots}x{tasks}, lower bound {bound:.1f}; best of all {best:.1f}")
        print(
            f"  {'method':<20}{'J short':>10}{'J long':>10}{'% above best':>14}{'/ bound':>9}{'CPU s':>8}{'undone':>8}"
        )
        for name, row in rows.items():
            above = 100 * (row.long / best - 1)
            print(
                f"  {name:<20}{row.short:>10.1f}{row.long:>10.1f}{above:>14.1f}{row.long / bound:>9.3f}"
                f"{row.cpu_s:>8.2f}{row.undone:>8}"
            )
        metrics |= _metrics(f"{robots}x{tasks}", rows, bound, AIMS.get((robots, tasks), (None, None)))
    return metrics


def _rows(instance: Instance, long_s: float, seed: int) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for name, method in (("append", append), ("auction", auction), ("regret", lambda i: solve(i, iterations=0))):
        rows[name] = _ours(instance, [method(instance)] * 2, _cpu_of(lambda m=method: m(instance)))
    began = time.process_time()
    plans = [solve(instance, seconds=s, seed=seed) for s in (SHORT_S, long_s)]
    rows["ours"] = _ours(instance, plans, time.process_time() - began)
    for names, start in ((LIBRARIES, auction(instance)), (GIVEN, solve(instance, iterations=0))):
        rows |= _libraries(instance, names, routes_of(instance, start), long_s, seed)
    return rows


def _ours(instance: Instance, plans: list[Solution], cpu_s: float) -> Row:
    """Checked by the verifier; J reckoned apart from the plan's own."""
    for plan in plans:
        wrong = verify(instance, plan)
        if wrong:
            raise AssertionError(f"{instance.name}: {len(wrong)} violations, the first: {wrong[0]}")
    short, long = (cost_j(instance, routes_of(instance, p)).cost for p in plans)
    return Row(short, long, cpu_s, len(plans[-1].unplaced))


def _cpu_of(call: object) -> float:
    began = time.process_time()
    call()  # type: ignore[operator]
    return time.process_time() - began


def _libraries(instance: Instance, names: tuple[str, ...], start: Routes, long_s: float, seed: int) -> dict[str, Row]:
    given = peers.numbers(instance)
    searches: list[Callable[[], peers.Trace]] = [
        lambda: peers.pyvrp_loop(given, start, long_s, seed),
        lambda: peers.ortools_routing(given, start, long_s),
    ]
    if given.tasks <= 60:
        searches.append(lambda: peers.cp_sat(given, start, long_s)[0])
    rows = {}
    for name, search in zip(names, searches, strict=False):
        began = time.process_time()
        trace = search()
        rows[name] = Row(trace.best_at(SHORT_S), trace.best_at(1e9), time.process_time() - began)
    return rows


def _metrics(
    size: str, rows: dict[str, Row], bound: float, aims: tuple[float | None, float | None]
) -> dict[str, Metric]:
    library = min(r.long for name, r in rows.items() if name in LIBRARIES)
    given = min(r.long for name, r in rows.items() if name in GIVEN)
    ours = rows["ours"]
    return {
        f"{size}_to_best_library": Metric(value=ours.long / library, unit="", aim=aims[0]),
        f"{size}_to_best_library_given_our_start": Metric(value=ours.long / given, unit="", aim=aims[0]),
        f"{size}_short_to_long": Metric(value=ours.short / ours.long, unit="", aim=aims[1]),
        f"{size}_to_append": Metric(value=ours.long / rows["append"].long, unit=""),
        f"{size}_to_auction": Metric(value=ours.long / rows["auction"].long, unit=""),
        f"{size}_to_bound": Metric(value=ours.long / bound, unit=""),
        f"{size}_undone": Metric(value=ours.undone, unit="tasks", aim=0),
    }


def at_once(seed: int) -> dict[str, Metric]:
    """20 robots, 100 tasks, on J and on what Open-RMF's planner minimizes (the sum of ends): our plan in 100 ms against
    appending, which plans 0.7 % cheaper than RMF's own planner and 2,600 times as fast."""
    from dataclasses import replace

    from fleet.allocation.instance import PlanWeights

    instance = generated(20, 100, seed=seed)
    tasks = tuple(replace(t, waiting_weight=1.0) for t in instance.tasks)
    sums = replace(instance, tasks=tasks, weights=PlanWeights(makespan=0.0, tardiness=0.0, waiting=1.0))
    metrics = {}
    print(f"\n20x100, seed {seed}: a plan at once (0.1 s of CPU at most)")
    for name, problem in (("j", instance), ("sum_of_ends", sums)):
        simple = append(problem)
        began = time.process_time()
        plan = solve(problem, seconds=0.1, seed=seed)
        spent_ms = (time.process_time() - began) * 1e3
        wrong = verify(problem, plan)
        if wrong:
            raise AssertionError(f"{len(wrong)} violations, the first: {wrong[0]}")
        print(f"  {name}: append {simple.cost:.1f}, ours {plan.cost:.1f} in {spent_ms:.0f} ms")
        metrics[f"20x100_{name}_ms"] = Metric(value=spent_ms, unit="ms", aim=None if name == "j" else 110)
        metrics[f"20x100_{name}_to_append"] = Metric(value=plan.cost / simple.cost, unit="", aim=1.0)
    metrics["20x100_regret_ms"] = Metric(value=1e3 * _cpu_of(lambda: solve(instance, iterations=0)), unit="ms", aim=100)
    return metrics


def proved(seeds: range, seconds: float = 1.0) -> dict[str, Metric]:
    """5 robots, 12 tasks: how often a second of ours is as good as what CP-SAT proves to be the best."""
    worst, equal, sure = 1.0, 0, 0
    for seed in seeds:
        instance = generated(5, 12, seed=seed)
        ours = solve(instance, seconds=seconds, seed=seed)
        start = routes_of(instance, ours)
        trace, bound = peers.cp_sat(peers.numbers(instance), start, 12.0)
        best = min(trace.best_at(1e9), ours.cost)
        sure += best <= bound * 1.0005 + 0.2  # tenths of a second, rounded at every task
        equal += ours.cost <= best * 1.0005 + 0.2
        worst = max(worst, ours.cost / best)
    print(f"\n5x12: {len(seeds)} instances, proved best {sure}, ours as good as CP-SAT's best {equal}")
    return {
        "5x12_as_good_as_cp_sat": Metric(value=equal / len(seeds), unit="", aim=1.0, better="higher"),
        "5x12_worst_to_cp_sat": Metric(value=worst, unit="", aim=1.0005),
        "5x12_proved": Metric(value=sure / len(seeds), unit="", better="higher"),
    }


def huge(
    seed: int, robots: int = 1000, tasks: int = 10_000, seconds: tuple[float, ...] = (1.0, 10.0)
) -> dict[str, Metric]:
    """1,000 robots, 10,000 tasks: appending, insertion and search. The libraries are left out: their models alone take
    gigabytes at this size; the auction too: it takes 4 s at 400x4000 and more than half a minute here."""
    instance = generated(robots, tasks, seed=seed)
    metrics = {}
    costs = {}
    print(f"\n{robots}x{tasks}, seed {seed} (libraries and auction left out)")
    methods = [("append", lambda: append(instance)), ("regret", lambda: solve(instance, iterations=0))]
    methods += [(f"ours_{s:g}s", lambda s=s: solve(instance, seconds=s, seed=seed)) for s in seconds]
    for name, method in methods:
        began = time.process_time()
        plan = method()
        spent = time.process_time() - began
        costs[name] = cost_j(instance, routes_of(instance, plan)).cost
        print(f"  {name:<10} J {costs[name]:.1f}  {spent:.2f} s of CPU, {len(plan.unplaced)} undone")
        metrics[f"{robots}x{tasks}_{name}_cpu"] = Metric(value=spent, unit="s")
    last = f"ours_{seconds[-1]:g}s"
    metrics[f"{robots}x{tasks}_to_append"] = Metric(value=costs[last] / costs["append"], unit="", aim=1.0)
    metrics[f"{robots}x{tasks}_to_regret"] = Metric(value=costs[last] / costs["regret"], unit="")
    return metrics
