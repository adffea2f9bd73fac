"""Who has to go right beside what cannot move comes nearer to it than others do, and walks slowly there.

All keep the widest robot's radius and a margin from what lies about. The place where a robot has to stand to take up
what lies beside a fallen one is often within that. For this robot the two bodies and `CLOSE_M` count instead: what
cannot move does not stray either. To a person who is within `least_m` of where a robot is to stand, it comes as near as
that, and never nearer than `AT_WORK_M`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from fleet.traffic.blocks import PERSON_M, Block, Blocks, as_circles
from fleet.traffic.floor import Point
from fleet.traffic.kernels.lines import near_lines
from fleet.traffic.patience import met
from fleet.traffic.plans import Plan
from fleet.traffic.tracks import Track

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CLOSE_M = 0.03
AT_WORK_M = 0.2  # from people, where a robot has to stand nearer to them than it would walk by
_ABOUT_M = 0.1  # a goal so little outside is beside it too: one gets there along its edge
_AWAY_M = 0.02  # who is too near already comes no nearer


def least_m(block: Block, radius_m: float) -> float:
    """How near the middle of a robot of that radius ever comes to it."""
    if block.person:
        return min(block.reach, radius_m + PERSON_M + AT_WORK_M)
    return min(block.reach, radius_m + block.body_m + CLOSE_M) if block.fixed else block.reach


def as_for(blocks: tuple[Block, ...], start: Point, goal: Point, radius_m: float) -> tuple[Block, ...]:
    """What lasts, as it counts for a robot of that radius on its way from `start` to `goal`: the same tuple where
    neither is beside anything."""
    found = [_as_for(b, start, goal, radius_m) for b in blocks]
    return tuple(found) if any(a is not b for a, b in zip(found, blocks, strict=True)) else blocks


def _as_for(b: Block, start: Point, goal: Point, radius_m: float) -> Block:
    if b.person:
        away = math.hypot(goal[0] - b.x, goal[1] - b.y)
        return replace(b, reach=max(away - _AWAY_M, least_m(b, radius_m))) if away < b.reach else b
    if not b.fixed:
        return b
    reach = b.reach
    if math.hypot(goal[0] - b.x, goal[1] - b.y) < reach + _ABOUT_M:
        reach = least_m(b, radius_m)
    now = math.hypot(start[0] - b.x, start[1] - b.y)
    if now < reach:
        reach = max(now - _AWAY_M, 0.0)
    return b if reach == b.reach else replace(b, reach=reach)


class Keeps(TypedDict):
    """What of `Wanted` depends on what a robot keeps clear of."""

    kept: tuple[Block, ...]
    blocks: Floats
    closed: Bools
    version: object


def keeps_for(blocks: Blocks, start: Point, goal: Point, radius_m: float, begin_s: float, speed_mps: float) -> Keeps:
    """What a robot of that radius keeps clear of on its way from `start` to `goal`, to which it sets out in `begin_s`
    at that speed."""
    kept = as_for(met(blocks, start, begin_s, speed_mps), start, goal, radius_m)
    if kept is blocks.lasting:
        return Keeps(kept=kept, blocks=as_circles(kept), closed=blocks.closed, version=blocks.version)
    closed = blocks.closed_by(kept, blocks.shut)
    return Keeps(kept=kept, blocks=as_circles(kept), closed=closed, version=(kept, blocks.version))


def leads_through(blocks: Blocks, t: Track) -> bool:
    """Whether the rest of a robot's plan leads through what is closed to it now."""
    if t.plan is None:
        return False
    here = t.robot.x, t.robot.y
    kept = as_for(met(blocks, here, 0.0, t.robot.speed_mps), here, t.goal(), t.robot.radius_m)
    return bool(blocks.crossed(t.plan.ways[t.plan.released :], kept).any())


def reaches_for(blocks: list[Block], goals: Floats, radii: Floats) -> Floats:
    """How near each robot [n] may come to each block [k]: as `as_for`, but for where it is now. `goals` [n, 2] are not
    numbers for who goes nowhere. Shape [n, k]."""
    full = np.array([b.reach for b in blocks])
    at = np.array([(b.x, b.y) for b in blocks]).reshape(-1, 2)
    body = np.array([b.body_m if b.fixed else math.inf for b in blocks])
    away = np.hypot(goals[:, :1] - at[:, 0], goals[:, 1:] - at[:, 1])
    least = np.minimum(full, radii[:, None] + body + CLOSE_M)
    person = np.array([b.person for b in blocks], dtype=np.bool_)
    at_work = np.minimum(full, np.maximum(away - _AWAY_M, radii[:, None] + PERSON_M + AT_WORK_M))
    found: Floats = np.where(
        person, np.where(away < full, at_work, full), np.where(away < full + _ABOUT_M, least, full)
    )
    return found


def walk_slowly(plan: Plan, blocks: tuple[Block, ...], kept: tuple[Block, ...], max_mps: float) -> None:
    """Limit the speed on the lines of a new plan that come nearer to what lasts than others may: `kept` is what lasts
    as it counts for this robot. All after is later."""
    near = [b for b, own in zip(blocks, kept, strict=True) if own is not b and b.fixed]
    slow = np.zeros(len(plan.ways), dtype=np.bool_)
    for b in near:
        slow[near_lines(np.array([b.x, b.y, b.x, b.y]), plan.ways, b.reach)] = True
    if not slow.any():
        return
    limits = np.where(slow, np.minimum(plan.max_mps, max_mps), plan.max_mps)
    lengths = np.hypot(plan.ways[:, 2] - plan.ways[:, 0], plan.ways[:, 3] - plan.ways[:, 1])
    takes = np.maximum(plan.takes, np.where(slow, lengths / limits, 0.0))
    later = np.concatenate([[0.0], np.cumsum(takes - plan.takes)[:-1]])
    plan.max_mps, plan.takes, plan.limited = limits, takes, True
    plan.enters, plan.reaches = plan.enters + later, plan.enters + later + takes


__all__ = ["CLOSE_M", "as_for", "keeps_for", "leads_through", "least_m", "reaches_for", "walk_slowly"]
