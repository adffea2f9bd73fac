"""How sure one can be after n runs. All intervals are two-sided; 95 % unless told otherwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.special import bdtr, betaincinv, ndtri, stdtrit

CONFIDENCE = 0.95


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened in independent runs, and the interval in which its probability is."""

    count: int
    n: int
    value: float
    low: float
    high: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution, from `n` runs. None: cannot be said from so few runs, or (quantiles of a duration) lies beyond
    the horizon."""

    n: int
    mean: float | None
    mean_low: float | None
    mean_high: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    p50_low: float | None
    p50_high: float | None


def share(count: int, n: int, confidence: float = CONFIDENCE) -> Share:
    """Jeffreys interval: quantiles of Beta(count + 1/2, n - count + 1/2), closed at 0 and 1 (Brown, Cai & DasGupta
    2001, "Interval estimation for a binomial proportion").

    Raises:
        ValueError: n below 1, or a count outside 0..n.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"got {count} of {n}, expected a count from 0 to n, and n of 1 or more")
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(betaincinv(count + 0.5, n - count + 0.5, tail))
    high = 1.0 if count == n else float(betaincinv(count + 0.5, n - count + 0.5, 1 - tail))
    return Share(count=count, n=n, value=count / n, low=low, high=high)


def wilson(count: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The score interval for a probability (Wilson 1927), which promises no certainty after a few equal runs.

    Raises:
        ValueError: n below 1, or a count outside 0..n.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"got {count} of {n}, expected a count from 0 to n, and n of 1 or more")
    z = float(ndtri((1 + confidence) / 2))
    p, q = count / n, z * z / n
    middle, reach = p + q / 2, z * math.sqrt(p * (1 - p) / n + q / (4 * n))
    low, high = (middle - reach) / (1 + q), (middle + reach) / (1 + q)
    return (0.0 if count == 0 else low), (1.0 if count == n else high)


def median_ranks(n: int, confidence: float = CONFIDENCE) -> tuple[int, int] | None:
    """The ranks (from 0) between which the true median lies with at least this confidence, whatever the distribution:
    the sign test turned around. None where n is too small (below 6 for 95 %)."""
    tail = (1 - confidence) / 2
    lower = -1
    while float(bdtr(lower + 1, n, 0.5)) <= tail:
        lower += 1
    return (lower, n - 1 - lower) if lower >= 0 else None


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least a share q of all is not above. `values` are sorted and may end in infinity."""
    return values[max(math.ceil(q * len(values)) - 1, 0)]


def summary(samples: Sequence[float], confidence: float = CONFIDENCE) -> Summary:
    """Quantiles with a distribution-free interval for the median; the mean with Student's t.

    Infinite samples stand for "not within the horizon": they count for the quantiles, and make the mean unknown.

    Raises:
        ValueError: no samples, or one that is not a number.
    """
    if not samples or any(math.isnan(v) for v in samples):
        raise ValueError(f"expected numbers, got {list(samples)[:5]}")
    ordered, n = sorted(samples), len(samples)
    ranks = median_ranks(n, confidence)
    mean = low = high = None
    if math.isfinite(ordered[-1]) and math.isfinite(ordered[0]):
        mean = float(np.mean(ordered))
        if n > 1:
            reach = float(stdtrit(n - 1, (1 + confidence) / 2)) * float(np.std(ordered, ddof=1)) / math.sqrt(n)
            low, high = mean - reach, mean + reach
    return Summary(
        n=n,
        mean=mean,
        mean_low=low,
        mean_high=high,
        p10=_known(quantile(ordered, 0.1)),
        p50=_known(quantile(ordered, 0.5)),
        p90=_known(quantile(ordered, 0.9)),
        p50_low=_known(ordered[ranks[0]]) if ranks else None,
        p50_high=_known(ordered[ranks[1]]) if ranks else None,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
