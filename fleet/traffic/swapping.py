"""A robot that waits long goes before the one it waits for, if both together are there sooner.

Ways are found one by one, so who was planned first has the floor, however little it would cost it to go around: a robot
that is to work in the middle of a corridor waits at its edge until one that comes from far away has passed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fleet.traffic.tracks import Track

if TYPE_CHECKING:
    from fleet.traffic.planning import Planning

_BETTER_S = 3.0  # less than that is not worth that two robots turn
_SETS_OUT_S = 6.0  # how long the other may still stand where it is


def swap(planning: Planning, t: Track, tracks: list[Track], now_s: float) -> bool:
    """Plan the two anew in the other order. Both keep their plans where that does not make it better: the seconds of
    each count as often as it is urgent."""
    o = next((o for o in tracks if o.robot.robot_id == t.waits_for), None)
    if o is None or o.plan is None or t.plan is None or not o.walks or o.free_s is not None or o.plan.refuge:
        return False
    book, first, second = planning.book, tracks.index(t), tracks.index(o)
    before = (t.plan, t.ours), (o.plan, o.ours)
    due = float(t.plan.reaches[-1]), float(o.plan.reaches[-1])
    book.enter_waiting(second, o, _SETS_OUT_S)
    own = planning.search(t, tracks, now_s)
    gain = due[0] - float(own.reaches[-1]) if own is not None else 0.0
    if own is not None and gain > _BETTER_S:
        t.take(own)
        book.enter(first, t, now_s)
        others = planning.search(o, tracks, now_s)
        later = float(others.reaches[-1]) - due[1] if others is not None else math.inf
        if others is not None and (gain - _BETTER_S) * (1 + t.robot.urgency) > later * (1 + o.robot.urgency):
            o.take(others)
            o.tried_s = now_s
            book.enter(second, o, now_s)
            return True
        t.plan, t.ours = before[0]
    o.plan, o.ours = before[1]
    book.enter(second, o, now_s)
    book.enter(first, t, now_s)
    return False


__all__ = ["swap"]
