"""How much the gate asks, and what the asking is worth, beside other ways to decide when to ask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks._harness import Metric
from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.evaluate import Table, by_simple_set, gate_on
from fleet.escalation.gate.report import others_asked

OTHERS = ("simple_set", "threshold", "entropy", "always", "never")
LOSS_S = {"which_recovery/low": 30.0, "which_robot/low": 120.0}  # of a person's time; the rest 300, as in the fleet
QUESTION_S = 30.0


@dataclass
class Asked:
    """Share asked by each way over the splits, where each is right as often as the gate. NaN: none of its settings is
    as often right. `success`: of the gate."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    success: list[float] = field(default_factory=list)


def asked_at_equal_success(table: Table, promise: Promise, times: int) -> Asked:
    """The gate is calibrated on one half and judged on the other. The others are given the setting that is best for
    them on the very cases they are judged on, so that they look better than they could be."""
    found, cut = Asked(), len(table) // 2
    for i in range(times):
        order = np.random.default_rng([7, i]).permutation(len(table))
        past, new = table.rows(order[:cut]), table.rows(order[cut:])
        ours = gate_on(past, new, promise.epsilon, promise.alpha)
        found.success.append(ours.success)
        found.rates.setdefault("gate", []).append(ours.help_rate)
        for name, rate in others_asked(new, ours.success).items():
            found.rates.setdefault(name, []).append(rate)
    return found


def help_rates(real: Mapping[str, Table], promises: Mapping[str, Promise], times: int) -> dict[str, Metric]:
    """Shares asked at equal success, for each class and over all cases; the aim is KnowNo's 14 points below Simple Set.

    Also beside Simple Set as one would set it up without any data, at the same epsilon: there both success and asking
    differ, and both are told.
    """
    sums: dict[str, float] = {}
    total, found = 0, {}
    for name, table in real.items():
        promise = promises.get(name, Promise())
        asked = asked_at_equal_success(table, promise, times)
        means = {k: float(np.mean(v)) for k, v in asked.rates.items()}
        points = 100 * (np.array(asked.rates["simple_set"]) - np.array(asked.rates["gate"]))
        low, high = np.percentile(points, [2.5, 97.5])
        said = ", ".join(f"{k} {'-' if math.isnan(v) else f'{v:.3f}'}" for k, v in means.items())
        plain = by_simple_set(table, promise.epsilon)
        print(f"  {name} ({len(table)} cases, success {np.mean(asked.success):.3f}): asked {said}")
        print(f"    {points.mean():.1f} points below Simple Set, 95 % of splits {low:.1f} to {high:.1f}")
        print(f"    Simple Set at the same epsilon: asked {plain.help_rate:.3f}, success {plain.success:.3f}")
        key = f"points_below_simple_set_{name.split('/')[0]}"
        found[key] = Metric(value=float(points.mean()), unit="points", better="higher")
        total += len(table)
        sums["simple_set_as_set_up"] = sums.get("simple_set_as_set_up", 0.0) + len(table) * plain.help_rate
        for k, v in means.items():
            sums[k] = sums.get(k, 0.0) + len(table) * (1.0 if math.isnan(v) else v)
    rates = {k: v / total for k, v in sums.items()}
    found["help_rate_gate"] = Metric(value=rates["gate"], unit="")
    others = (*(name for name in OTHERS if name != "never"), "simple_set_as_set_up")
    found |= {f"help_rate_{name}": Metric(value=rates[name], unit="") for name in others}
    below = 100 * (rates["simple_set"] - rates["gate"])
    return {"points_below_simple_set": Metric(value=below, unit="points", aim=14.0, better="higher"), **found}


def return_on_effort(
    real: Mapping[str, Table], budgets: Sequence[float], times: int
) -> tuple[dict[str, Metric], dict[str, list[float]]]:
    """Seconds of people's time that asking saves for a second of it that asking costs; the same seconds for all ways.

    Decisions of all classes come in a random order; acting wrongly costs `LOSS_S`, a question `QUESTION_S`. The gate's
    way asks where it expects to save most: P(wrong), estimated on the other half of the cases, times the loss. A budget
    is a share of what asking about everything would cost. How much better than at random one can be has a ceiling: one
    over the share of decisions that are wrong (weighed by loss), which knowing the future reaches. Never asks nothing
    and saves nothing; always asks until the budget is spent, which is first come, first served.
    """
    ours: dict[float, list[float]] = {b: [] for b in budgets}
    perfect: dict[float, list[float]] = {b: [] for b in budgets}
    chance: dict[float, list[float]] = {b: [] for b in budgets}
    first: dict[float, list[float]] = {b: [] for b in budgets}
    for i in range(times):
        value, lost = _stream(real, i)
        order = np.argsort(-value, kind="stable")
        rng = np.random.default_rng([11, i])
        for b in budgets:
            asked = max(int(b * len(lost)), 1)
            ours[b].append(float(lost[order[:asked]].sum()) / (asked * QUESTION_S))
            perfect[b].append(float(np.sort(lost)[::-1][:asked].sum()) / (asked * QUESTION_S))
            chance[b].append(float(lost[rng.permutation(len(lost))[:asked]].sum()) / (asked * QUESTION_S))
            first[b].append(float(lost[:asked].sum()) / (asked * QUESTION_S))
    for b in budgets:
        print(
            f"  {b:.0%} of all asked about: a second of asking saves {np.mean(ours[b]):.2f} s by value, "
            f"{np.mean(chance[b]):.2f} s at random, {np.mean(first[b]):.2f} s first come (and always), 0 never, "
            f"{np.mean(perfect[b]):.2f} s by somebody who knows the future"
        )
    b = budgets[0]
    curve = {"budgets": list(budgets), "gate": [float(np.mean(ours[x])) for x in budgets]}
    curve |= {
        "random": [float(np.mean(chance[x])) for x in budgets],
        "first": [float(np.mean(first[x])) for x in budgets],
    }
    over = {x: float(np.mean(ours[x]) / np.mean(chance[x])) for x in budgets}
    metrics = {"return_on_effort_over_random": Metric(value=over[b], unit="x", aim=8.8, better="higher")}
    metrics["return_on_effort_over_first_come"] = Metric(
        value=float(np.mean(ours[b]) / np.mean(first[b])), unit="x", better="higher"
    )
    metrics["return_on_effort_of_perfect"] = Metric(
        value=float(np.mean(ours[b]) / np.mean(perfect[b])), unit="", better="higher"
    )
    for x in budgets[1:]:
        metrics[f"return_on_effort_over_random_at_{round(100 * x)}_percent"] = Metric(
            value=over[x], unit="x", better="higher"
        )
    return metrics, curve


def _stream(real: Mapping[str, Table], i: int) -> tuple[np.ndarray, np.ndarray]:
    """(what asking is expected to save, what it would save), in a random order, for the halves not estimated on."""
    values, losses = [], []
    for name, table in real.items():
        order = np.random.default_rng([9, i]).permutation(len(table))
        cut = len(table) // 2
        past, new = table.rows(order[:cut]), table.rows(order[cut:])
        loss = LOSS_S.get(name, 300.0)
        values.append(loss * _p_wrong(past, new))
        losses.append(loss * new.wrong)
    value, lost = np.concatenate(values), np.concatenate(losses).astype(np.float64)
    mixed = np.random.default_rng([10, i]).permutation(len(value))
    return value[mixed], lost[mixed]


def _p_wrong(past: Table, new: Table, neighbours: int = 25) -> np.ndarray:
    """Share of wrong ones among the past cases with the nearest top scores, add-one."""
    order = np.argsort(past.top, kind="stable")
    tops, wrong = past.top[order], np.concatenate([[0.0], np.cumsum(past.wrong[order])])
    k = min(neighbours, len(tops))
    low = np.clip(np.searchsorted(tops, new.top) - k // 2, 0, len(tops) - k)
    return (wrong[low + k] - wrong[low] + 1.0) / (k + 2.0)
