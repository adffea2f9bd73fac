"""Who stands in the way now may be gone when a robot gets there.

Somebody who has stood for a while is expected to stand as long again, and at least `LEAST_S`: nobody knows better, and
whoever waits by that rule waits at most about twice as long as need be. A robot that cannot be there before walks as if
nobody stood there; it looks again as it comes nearer.
"""

from __future__ import annotations

import math
from dataclasses import replace

from fleet.traffic.blocks import Block, Blocks
from fleet.traffic.floor import Point

LEAST_S = 5.0


def met(blocks: Blocks, at: Point, begin_s: float, speed_mps: float) -> tuple[Block, ...]:
    """What lasts, as it counts for a robot that sets out from `at` in `begin_s`: those who will be gone keep nobody at
    a distance. The same tuple where nobody will."""
    found = [_met(b, at, begin_s, speed_mps, blocks.now_s) for b in blocks.lasting]
    return tuple(found) if any(a is not b for a, b in zip(found, blocks.lasting, strict=True)) else blocks.lasting


def _met(b: Block, at: Point, begin_s: float, speed_mps: float, now_s: float) -> Block:
    if not b.person:
        return b
    there_s = begin_s + max(math.hypot(b.x - at[0], b.y - at[1]) - b.reach, 0.0) / max(speed_mps, 0.05)
    return replace(b, reach=0.0) if there_s > max(LEAST_S, now_s - b.since_s) else b


__all__ = ["LEAST_S", "met"]
