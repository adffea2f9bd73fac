"""The state of a random generator as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np


def snapshot_generator(rng: np.random.Generator) -> list[Any]:
    """The state of PCG64; its 128-bit numbers as text, because msgpack ends at 64."""
    state = rng.bit_generator.state
    return [str(state["state"]["state"]), str(state["state"]["inc"]), state["has_uint32"], state["uinteger"]]


def restore_generator(rng: np.random.Generator, saved: list[Any]) -> None:
    """Back to what `snapshot_generator` gave."""
    rng.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": int(saved[0]), "inc": int(saved[1])},
        "has_uint32": saved[2],
        "uinteger": saved[3],
    }


__all__ = ["restore_generator", "snapshot_generator"]
