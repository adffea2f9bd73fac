"""How the gate's promises are kept on a table: over random splits, or along a stream; beside simpler policies."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fleet.escalation.gate.adaptive import Adaptive
from fleet.escalation.gate.conformal import Bools, quantile
from fleet.escalation.gate.evaluate import (
    Table,
    asked_at,
    gate_on,
    risk_coverage,
    splits,
    sureness,
)
from fleet.model.errors import InvalidField

WINDOW = 200
_COMPARED = 20  # splits over which the other policies are looked at
_CURVE = 21


def split_report(table: Table, epsilon: float, alpha: float, *, part: float, seed: int, times: int) -> dict[str, Any]:
    """Means over `times` random splits, plain data. Shares are of the cases that were not calibrated on.

    Raises:
        InvalidField: numbers out of range, or too few cases to split.
    """
    kept = splits(table, epsilon, alpha, part=part, seed=seed, times=times)
    coverage = np.array([k.coverage for k in kept])
    acted = np.array([1.0 - k.help_rate for k in kept])
    wrong = np.array([k.act_and_wrong for k in kept])
    share, risk = risk_coverage(table)
    at = np.unique(np.linspace(0, len(table) - 1, _CURVE).astype(int))
    return {
        "cases": len(table),
        "options": int(table.scores.shape[1]),
        "splits": times,
        "calibrated_on": round(part * len(table)),
        "epsilon": epsilon,
        "alpha": alpha,
        "coverage": _mean(coverage),
        "coverage_target": 1.0 - epsilon,
        "coverage_least": float(coverage.min()),
        "set_size": _mean([k.set_size for k in kept]),
        "help_rate": _mean([k.help_rate for k in kept]),
        "act_and_wrong": float(wrong.mean()),
        "act_and_wrong_most": float(wrong.max()),
        "wrong_of_acted": float(wrong.sum() / acted.sum()) if acted.sum() > 0 else None,
        "success": _mean([k.success for k in kept]),
        "risk_coverage": [[float(share[i]), float(risk[i])] for i in at],
        "others_at_equal_success": _others(table, epsilon, alpha, part, seed, min(times, _COMPARED)),
    }


def _mean(values: Any) -> float:
    return float(np.mean(values))


def _others(table: Table, epsilon: float, alpha: float, part: float, seed: int, times: int) -> dict[str, float | None]:
    """Help rate of simpler policies, each with its best setting that is at least as often right as the gate; that
    setting is chosen on the very cases it is judged on, which flatters them. None: no setting is that good."""
    cut = round(part * len(table))
    rates: dict[str, list[float]] = {}
    for i in range(times):
        order = np.random.default_rng([seed, i]).permutation(len(table))
        past, new = table.rows(order[:cut]), table.rows(order[cut:])
        ours = gate_on(past, new, epsilon, alpha)
        rates.setdefault("gate", []).append(ours.help_rate)
        for name, rate in others_asked(new, ours.success).items():
            rates.setdefault(name, []).append(rate)
    means = {name: float(np.mean(values)) for name, values in rates.items()}
    return {name: None if math.isnan(mean) else mean for name, mean in means.items()}


def others_asked(new: Table, success: float) -> dict[str, float]:
    """Share asked by each simpler policy at its best setting that is as often right; NaN where none is."""
    found = {name: asked_at(new, sure, success) for name, sure in sureness(new).items()}
    # "never" has no setting: it is right as often as the best option is.
    found["never"] = 0.0 if 1.0 - new.mean(new.wrong) >= success - 1e-12 else math.nan
    return {**found, "always": 1.0}


def stream_report(table: Table, epsilon: float, *, part: float, gamma: float) -> dict[str, Any]:
    """Calibrated on the first `part` of the cases, then one after the other: levels that stay, and that adapt.

    Raises:
        InvalidField: too few cases for one window of 200.
    """
    cut = round(part * len(table))
    if cut < 1 or len(table) - cut < WINDOW:
        raise InvalidField("cases", len(table), f"enough for {WINDOW} after the share {part:g} that is calibrated on")
    past = table.nonconformity[:cut]
    level, fixed = Adaptive.start(epsilon, gamma), quantile(past, epsilon)
    static, adaptive = np.zeros(len(table) - cut, dtype=np.bool_), np.zeros(len(table) - cut, dtype=np.bool_)
    for i, strange in enumerate(table.nonconformity[cut:]):
        static[i] = strange <= fixed
        adaptive[i] = level.level <= 0.0 or (level.level < 1.0 and strange <= quantile(past, level.level))
        level = level.after(not adaptive[i])
    return {
        "cases": len(table),
        "calibrated_on": cut,
        "epsilon": epsilon,
        "gamma": gamma,
        "coverage_target": 1.0 - epsilon,
        "static": _drift(static),
        "adaptive": _drift(adaptive),
    }


def _drift(hits: Bools) -> dict[str, float]:
    windows = np.convolve(hits.astype(np.float64), np.ones(WINDOW) / WINDOW, mode="valid")
    return {"coverage": float(hits.mean()), "worst_window": float(windows.min())}
