"""Conformal risk control: how sure is sure enough, so that acting and being wrong stays as rare as promised.

Coverage of a set says nothing about those decisions that are acted on; this does. Angelopoulos et al. 2024, "Conformal
Risk Control", for the loss "acted, and wrong", which falls as the bar rises.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from fleet.model.errors import InvalidField


def acting_bar(top_scores: ArrayLike, wrong: ArrayLike, alpha: float, weights: ArrayLike | None = None) -> float:
    """The lowest bar such that P(act and wrong) <= alpha when one acts whenever the top score is at least the bar.

    The smallest lambda with n/(n+1) R(lambda) + 1/(n+1) <= alpha, where R is the share of the n cases with a top score
    of at least lambda and a wrong top option. Infinite (never act) when n + 1 < 1/alpha or no bar is high enough.

    Args:
        top_scores: (n,), each case's highest score.
        wrong: (n,), whether the option with the highest score was wrong.
        weights: inverse probabilities of having been looked at; the new case counts as much as the heaviest.

    Raises:
        InvalidField: NaN, lengths that differ, an alpha out of (0, 1), or a weight that is not above 0.
    """
    top, bad = np.asarray(top_scores, dtype=np.float64), np.asarray(wrong, dtype=np.bool_)
    if not 0.0 < alpha < 1.0:
        raise InvalidField("alpha", alpha, "a number between 0 and 1")
    if top.shape != bad.shape or top.ndim != 1 or np.isnan(top).any():
        raise InvalidField("top_scores", top.shape, f"{bad.size} numbers, one for each case")
    mass = np.ones(len(top)) if weights is None else np.asarray(weights, dtype=np.float64)
    if mass.shape != top.shape or not np.isfinite(mass).all() or (mass <= 0).any():
        raise InvalidField("weights", mass.shape, f"{len(top)} finite numbers above 0")
    if len(top) == 0:
        return math.inf
    new = float(mass.max())
    allowed = alpha * (float(mass.sum()) + new) - new + 1e-9
    if allowed < 0:
        return math.inf
    scores, first = np.unique(top, return_inverse=True)
    lost = np.bincount(first, weights=mass * bad, minlength=len(scores))
    above = lost[::-1].cumsum()[::-1]  # what would be lost when acting at this score and higher
    enough = np.flatnonzero(above <= allowed)
    if enough.size:
        return float(scores[enough[0]])
    return float(np.nextafter(scores[-1], math.inf))
