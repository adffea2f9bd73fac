"""Random numbers of the compiled core: the same on every machine for the same seed."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def draw(state: Longs, at: int) -> int:
    """The next number, 0 to 2^31 - 1; `state[at]` holds what the dice remember, never 0 (Marsaglia 2003, xorshift)."""
    x = np.uint64(state[at])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[at] = np.int64(x)
    return int(np.int64(x >> np.uint64(33)))


def shuffled_seed(seed: int) -> int:
    """What the dice begin with for a seed: 63 bits, not 0, far apart for neighbouring seeds."""
    return ((seed + 1) * 0x9E3779B97F4A7C15 & 0x7FFFFFFFFFFFFFFF) or 1
