"""Random numbers for compiled code: xorshift64* (Vigna 2016, "An experimental exploration of Marsaglia's xorshift
generators, scrambled", ACM Trans. Math. Softw. 42). The state is one number in an array; one seed, one series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.solver.compiling import compiled

State = NDArray[np.uint64]


def seeded(seed: int) -> State:
    """A state from any whole number, by one step of splitmix64, which never leaves 0."""
    mask = (1 << 64) - 1
    z = (seed + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return np.array([(z ^ (z >> 31)) or 1], dtype=np.uint64)


@compiled
def share(state: State) -> float:
    """From 0 to 1, 1 excluded."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return float((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def below(state: State, n: int) -> int:
    """A whole number from 0 to n - 1."""
    return int(share(state) * n)


@compiled
def shuffle(state: State, items: NDArray[np.int32], n: int) -> None:
    """The first n items in a random order."""
    for i in range(n - 1, 0, -1):
        j = below(state, i + 1)
        items[i], items[j] = items[j], items[i]
