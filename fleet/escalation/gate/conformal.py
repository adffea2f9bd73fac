"""Split conformal prediction: sets of options that contain a right one with a probability that is chosen beforehand.

Vovk, Gammerman, Shafer 2005; for robots that ask: Ren et al. 2023, "Robots That Ask For Help" (KnowNo).
Scores are in [0, 1], a row a case, a column an option.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.model.errors import InvalidField

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def checked_scores(scores: ArrayLike, where: str = "scores") -> Floats:
    """`scores` as a float array of one row a case. Raises `InvalidField` for NaN, infinities, or out of [0, 1]."""
    array = np.asarray(scores, dtype=np.float64)
    if array.ndim == 1:
        array = array[np.newaxis, :]
    if array.ndim != 2 or array.shape[1] == 0:
        raise InvalidField(where, array.shape, "one row a case, one column an option, at least one option")
    if not np.isfinite(array).all() or (array < 0).any() or (array > 1).any():
        at = np.argwhere(~(np.isfinite(array) & (array >= 0) & (array <= 1)))[0]
        raise InvalidField(f"{where}[{at[0]}][{at[1]}]", float(array[tuple(at)]), "a finite score in [0, 1]")
    return array


def none_score(scores: ArrayLike) -> float:
    """The score of "none of these": what the options' scores leave to 1."""
    return max(0.0, 1.0 - float(np.sum(scores)))


def nonconformity(scores: ArrayLike, acceptable: Sequence[Sequence[int]]) -> Floats:
    """1 - the score of the best acceptable option, a number for each case: how far the scores are from the truth.

    Args:
        scores: (n, k).
        acceptable: for each case the columns of all options that would have been right; at least one.

    Raises:
        InvalidField: a case without a right option, or a column that does not exist.
    """
    array = checked_scores(scores)
    if len(acceptable) != len(array):
        raise InvalidField("acceptable", len(acceptable), f"one entry for each of the {len(array)} cases")
    found = np.empty(len(array))
    for i, right in enumerate(acceptable):
        columns = np.asarray(list(right), dtype=np.intp)
        if columns.size == 0 or (columns < 0).any() or (columns >= array.shape[1]).any():
            raise InvalidField(f"acceptable[{i}]", list(right), f"at least one column from 0 to {array.shape[1] - 1}")
        found[i] = 1.0 - array[i, columns].max()
    return found


def over_steps(nonconformities: ArrayLike, cases: Sequence[int]) -> Floats:
    """One number for each case of several steps: that of its least certain step (the highest).

    Args:
        nonconformities: (steps,).
        cases: for each step the number of its case, 0 to n - 1, each at least once.
    """
    values, index = np.asarray(nonconformities, dtype=np.float64), np.asarray(cases, dtype=np.intp)
    worst = np.full(int(index.max()) + 1, -np.inf)
    np.maximum.at(worst, index, values)
    return worst


def quantile(nonconformities: ArrayLike, epsilon: float, weights: ArrayLike | None = None) -> float:
    """The (1 - epsilon) quantile for one more case: the ceil((n + 1)(1 - epsilon))-th smallest of the n.

    Infinite when there are too few cases for that: then every option is in every set. With `weights` (each case's
    inverse probability of having been looked at) the weighted form of Tibshirani et al. 2019, the new case counting
    as much as the heaviest.

    Raises:
        InvalidField: NaN among the numbers, an epsilon out of (0, 1), or a weight that is not above 0.
    """
    values = np.asarray(nonconformities, dtype=np.float64)
    if not 0.0 < epsilon < 1.0:
        raise InvalidField("epsilon", epsilon, "a number between 0 and 1")
    if np.isnan(values).any():
        raise InvalidField("nonconformities", "NaN", "numbers")
    n = len(values)
    if weights is None:
        rank = math.ceil((n + 1) * (1.0 - epsilon) - 1e-9)  # 20 * 0.95 is 19, whatever floats say
        return float(np.sort(values)[rank - 1]) if 1 <= rank <= n else math.inf
    mass = np.asarray(weights, dtype=np.float64)
    if mass.shape != values.shape or not np.isfinite(mass).all() or (mass <= 0).any():
        raise InvalidField("weights", mass.shape, f"{n} finite numbers above 0")
    if n == 0:
        return math.inf
    order = np.argsort(values, kind="stable")
    share = np.cumsum(mass[order]) / (mass.sum() + mass.max())
    reached = int(np.searchsorted(share, 1.0 - epsilon - 1e-12))
    return float(values[order][reached]) if reached < n else math.inf


def prediction_sets(scores: ArrayLike, q: float) -> Bools:
    """Which options are in each case's set: (n, k), those with a score of at least 1 - q."""
    # The same subtraction as in `nonconformity`, so that a calibration case on the quantile is inside its own set.
    inside: Bools = (1.0 - checked_scores(scores)) <= q
    return inside


def p_values(nonconformities: ArrayLike, scores: ArrayLike) -> Floats:
    """(n, k): for each option the share of past cases, and itself, that are at least as strange were it right."""
    past = np.sort(np.asarray(nonconformities, dtype=np.float64))
    strange = 1.0 - checked_scores(scores)
    at_least = len(past) - np.searchsorted(past, strange, side="left")
    return np.asarray((at_least + 1.0) / (len(past) + 1.0), dtype=np.float64)
