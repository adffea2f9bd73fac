"""Shifts under different planners, side by side (the shift is in `_allocation_shift`)."""

from __future__ import annotations

from benchmarks._allocation_shift import (
    Day,
    Lived,
    Planner,
    a_shift,
    auctioned,
    first_come_nearest,
)
from benchmarks._harness import Metric, percentile
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.solver import solve, warm_up

STEPS, FULL_STEPS = 40, 300  # of search at each event: from the plan in force, and from nothing


def from_present(instance: Instance, before: Solution | None) -> Solution:
    """Ours, as the product asks it: from the plan in force, a few steps of search."""
    return solve(instance, iterations=STEPS, seed=1, start=before)


def from_nothing(instance: Instance, _before: Solution | None) -> Solution:
    """A full replan: everything else forgotten, many steps of search."""
    return solve(instance, iterations=FULL_STEPS, seed=1)


PLANNERS: dict[str, Planner] = {
    "first come, nearest": first_come_nearest,
    "auction": auctioned,
    "ours": from_present,
    "full replan": from_nothing,
}


def measure(robots: int = 16, hours: float = 2.0, seeds: range = range(2)) -> dict[str, Metric]:
    """The same shifts under every planner, means over the seeds."""
    warm_up()
    auctioned(a_shift(0, 2, 0.05).instance, None)
    print(f"\nOnline: {len(seeds)} shifts of {hours:g} h, {robots} robots that fail and return, people in the way")
    heads = (("", -20), ("cost", 9), ("late, w s", 11), ("met %", 7), ("empty s", 9), ("wait s", 8), ("p50 ms", 8))
    print("  " + "".join(f"{h:<{-w}}" if w < 0 else f"{h:>{w}}" for h, w in (*heads, ("p99 ms", 8), ("churn", 7))))
    lived: dict[str, list[Lived]] = {}
    shifts = [a_shift(seed, robots, hours) for seed in seeds]
    for name, planner in PLANNERS.items():
        lived[name] = [Day(shift, planner).live() for shift in shifts]
        _print(name, lived[name])
    metrics = _metrics(lived)
    fair = [Day(a_shift(seed, robots, hours / 2, equal=True), _fair()).live() for seed in seeds]
    metrics["online_fairness"] = Metric(value=min(f.fairness for f in fair), unit="(Jain)", aim=0.95, better="higher")
    print(f"  equal robots: Jain's index of busy time {min(f.fairness for f in fair):.3f}")
    return metrics


def _fair() -> Planner:
    """Ours, with a weight on wear."""
    from dataclasses import replace

    def planner(instance: Instance, before: Solution | None) -> Solution:
        return from_present(replace(instance, weights=replace(instance.weights, wear=0.05)), before)

    return planner


def _mean(lived: list[Lived], what: str) -> float:
    return sum(getattr(one, what) for one in lived) / len(lived)


def _print(name: str, lived: list[Lived]) -> None:
    done = _mean(lived, "done")
    times = [ms for one in lived for ms in one.plan_ms]
    churn = [c for one in lived for c in one.churn]
    print(
        f"  {name:<20}{_mean(lived, 'cost'):>9.0f}{_mean(lived, 'late'):>11.0f}{100 * _mean(lived, 'met') / done:>7.1f}"
        f"{_mean(lived, 'empty_s'):>9.0f}{_mean(lived, 'waited_s') / done:>8.0f}"
        f"{percentile(times, 0.5):>8.2f}{percentile(times, 0.99):>8.2f}{sum(churn) / len(churn):>7.2f}"
    )


def _metrics(lived: dict[str, list[Lived]]) -> dict[str, Metric]:
    ours, full, simple, bids = (lived[n] for n in ("ours", "full replan", "first come, nearest", "auction"))
    times = [ms for one in ours for ms in one.plan_ms]
    return {
        "online_to_full_replan": Metric(value=_mean(ours, "cost") / _mean(full, "cost"), unit="", aim=1.10),
        "online_to_nearest": Metric(value=_mean(ours, "cost") / _mean(simple, "cost"), unit="", aim=1.0),
        "online_to_auction": Metric(value=_mean(ours, "cost") / _mean(bids, "cost"), unit="", aim=1.0),
        "online_late_to_nearest": Metric(value=_mean(ours, "late") / max(1.0, _mean(simple, "late")), unit=""),
        "online_met": Metric(value=_mean(ours, "met") / _mean(ours, "done"), unit="", better="higher"),
        "online_met_nearest": Metric(value=_mean(simple, "met") / _mean(simple, "done"), unit="", better="higher"),
        "online_empty_to_nearest": Metric(value=_mean(ours, "empty_s") / _mean(simple, "empty_s"), unit=""),
        "online_event_p99": Metric(value=percentile(times, 0.99), unit="ms"),
    }
