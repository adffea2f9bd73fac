"""What calibration data are worth: how promises are kept on cases held out, class by class, and over time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fleet.escalation.gate.adaptive import Adaptive
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.conformal import Floats, quantile
from fleet.escalation.gate.evaluate import Table
from fleet.escalation.gate.report import WINDOW, split_report
from fleet.escalation.gate.store import CalibrationData, Key, key_text

_LEAST_TO_SPLIT = 20
_LEAST_WINDOW = 20


def data_report(data: CalibrationData, *, seed: int, times: int) -> dict[str, Any]:
    """By class and severity: how many examples there are and what they are worth, the quantile and the bar that follow,
    and over `times` random halves what the other half says of it. `held_out` and `drift` are None for too few cases."""
    found: dict[str, Any] = {}
    for key, calibration in data.calibrations().items():
        found[key_text(key)] = _class_report(data, key, calibration, seed, times)
    return found


def _class_report(data: CalibrationData, key: Key, calibration: Calibration, seed: int, times: int) -> dict[str, Any]:
    table, promise = Table.of_examples(data.examples(key)), calibration.promise
    sources: dict[str, int] = {}
    for case in data.cases:
        if case.key == key:
            sources[case.source.kind] = sources.get(case.source.kind, 0) + 1
    held_out = None
    if len(table) >= _LEAST_TO_SPLIT:
        held_out = split_report(table, promise.epsilon, promise.alpha, part=0.5, seed=seed, times=times)
    return {
        "examples": calibration.count,
        "effective": calibration.effective,
        "needed": promise.least,
        "enough": calibration.enough,
        "sources": sources,
        "epsilon": promise.epsilon,
        "alpha": promise.alpha,
        "quantile": _finite(calibration.quantile),
        "bar": _finite(calibration.bar),
        "held_out": held_out,
        "drift": drift(table, promise),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def drift(table: Table, promise: Promise, part: float = 1 / 3) -> dict[str, Any] | None:
    """Coverage along the cases in their order, calibrated on the first `part`: rolling means of a level that stays and
    of one that adapts. None for fewer than 20 in a row after that."""
    cut = round(part * len(table))
    left = len(table) - cut
    window = min(WINDOW, left // 2)
    if cut < 1 or window < _LEAST_WINDOW:
        return None
    past = table.rows(np.arange(cut))
    strange, weights = table.nonconformity, past.weights
    fixed = quantile(past.nonconformity, promise.epsilon, weights)
    level = Adaptive.start(promise.epsilon, promise.gamma or 0.02)
    hits = np.zeros((2, left))
    for i, value in enumerate(strange[cut:]):
        hits[0, i] = value <= fixed
        now = level.level
        inside = now <= 0.0 or (now < 1.0 and value <= quantile(past.nonconformity, now, weights))
        hits[1, i] = inside
        level = level.after(not inside)
    static, adaptive = (_rolling(row, window) for row in hits)
    return {
        "calibrated_on": cut,
        "window": window,
        "gamma": promise.gamma or 0.02,
        "static_worst": float(static.min()),
        "adaptive_worst": float(adaptive.min()),
        "static": [round(float(x), 4) for x in static],
        "adaptive": [round(float(x), 4) for x in adaptive],
    }


def _rolling(hits: Floats, window: int) -> Floats:
    return np.convolve(hits, np.ones(window) / window, mode="valid")
