"""Has anything like this been seen before? A conformal p-value from distances to the nearest past cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.model.errors import InvalidField

Floats = NDArray[np.float64]
NEIGHBOURS = 5
_FAR = 1e9  # spreads away: farther is not stranger, and squares stay finite


class Novelty:
    """Past cases as points. A new one is as strange as its mean distance to its nearest neighbours among them.

    p = (1 + #{i : d_k(x_i) >= d_k(x)}) / (n + 1), d_k of a past case measured to the others. Small p: no precedent.
    Features are scaled by their spread; one that never varied in the past is strange as soon as it does.

    Args:
        features: (n, d) finite numbers.

    Raises:
        InvalidField: not a table, or a number that is not finite.
    """

    def __init__(self, features: ArrayLike, neighbours: int = NEIGHBOURS) -> None:
        points = _table(features)
        self.cases, self.width = points.shape
        self._k = min(neighbours, self.cases - 1)
        if self._k < 1:
            return
        self._middle = np.median(points, axis=0)
        spread = np.subtract(*np.percentile(points, [90, 10], axis=0))
        # A feature that hardly varies: its standard deviation, or, where it is constant, a unit of its own size.
        size = np.maximum(np.abs(self._middle), 1.0)
        nothing = 1e-9 * size  # what differs by less differs by rounding only
        spread = np.where(spread > nothing, spread, points.std(axis=0))
        self._spread = np.where(spread > nothing, spread, size * 1e-3)
        from scipy.spatial import KDTree  # slow to import

        self._tree = KDTree(self._scaled(points))
        among, _ = self._tree.query(self._scaled(points), k=self._k + 1)
        self._distances = np.sort(np.atleast_2d(among)[:, 1:].mean(axis=1))  # without itself

    def _scaled(self, points: Floats) -> Floats:
        with np.errstate(over="ignore"):
            scaled: Floats = (points - self._middle) / self._spread
        return np.clip(scaled, -_FAR, _FAR)

    def p_value(self, features: ArrayLike) -> float:
        """Of one case (d,). 1 with fewer than two past cases: nothing can be said, and too few cases ask anyway.

        Raises:
            InvalidField: another number of features than the past cases have, or one that is not finite.
        """
        point = _table(np.atleast_2d(np.asarray(features, dtype=np.float64)))
        if point.shape != (1, self.width):
            raise InvalidField("features", point.shape[1], f"{self.width} numbers, as the past cases have")
        if self._k < 1:
            return 1.0
        near, _ = self._tree.query(self._scaled(point), k=self._k)
        distance = float(np.mean(near))
        at_least: int = self.cases - int(np.searchsorted(self._distances, distance - 1e-12, side="left"))
        return float((1 + at_least) / (self.cases + 1))


def _table(features: ArrayLike) -> Floats:
    points = np.asarray(features, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] == 0:
        raise InvalidField("features", points.shape, "a table: one row a case, at least one column")
    if not np.isfinite(points).all():
        raise InvalidField("features", "NaN or infinite", "finite numbers")
    return points
