"""From runs to distributions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from sim_worlds.rollouts.intervals import Summary, share, summary
from sim_worlds.rollouts.options import OptionPlan
from sim_worlds.rollouts.results import Lateness, OptionOutcome, RunResult, TaskEnd

LATER_S = 1.0
"""A smaller delay is none."""
_LOST = ("dropped", "failed", "cancelled")


def outcome_of(option: OptionPlan, runs: Sequence[RunResult], baseline: Sequence[RunResult]) -> OptionOutcome:
    """The distributions of one option's runs, in any order; `baseline` are the runs that change nothing."""
    runs = sorted(runs, key=lambda r: r.run)
    if not runs:
        return OptionOutcome(
            option_id=option.option_id,
            label=option.label,
            n=0,
            success=None,
            duration_s=None,
            closest_person_m=None,
            near_misses=None,
            falls=None,
            any_fall=None,
            energy_wh=None,
            effects=(),
            problems={},
            median_run=None,
            replay=None,
            runs=(),
        )
    n, asked = len(runs), option.success is not None
    times = [math.inf if r.success_s is None else r.success_s for r in runs]
    middle = sorted(runs, key=_order)[(n - 1) // 2]
    return OptionOutcome(
        option_id=option.option_id,
        label=option.label,
        n=n,
        success=share(sum(bool(r.success) for r in runs), n) if asked else None,
        duration_s=summary(times) if asked else None,
        closest_person_m=_summary_of([r.closest_person_m for r in runs if r.closest_person_m is not None]),
        near_misses=summary([float(r.near_misses) for r in runs]),
        falls=summary([float(r.falls) for r in runs]),
        any_fall=share(sum(r.falls > 0 for r in runs), n),
        energy_wh=summary([r.energy_wh for r in runs]),
        effects=effects(runs, baseline),
        problems=dict(sorted(Counter(p for r in runs for p in set(r.problems)).items())),
        median_run=middle.run,
        replay=middle.track,
        runs=tuple(msgspec.structs.replace(r, track=None) for r in runs),
    )


def _order(run: RunResult) -> tuple[float, float, int]:
    return math.inf if run.success_s is None else run.success_s, run.energy_wh, run.run


def _summary_of(samples: list[float]) -> Summary | None:
    return summary(samples) if samples else None


def effects(runs: Sequence[RunResult], baseline: Sequence[RunResult]) -> tuple[Lateness, ...]:
    """What ends differently than as now, for everything that is under way, by name. Pairs runs of the same number."""
    as_now = {r.run: {e.name: e for e in r.ends} for r in baseline}
    pairs: dict[str, list[tuple[TaskEnd, TaskEnd]]] = {}
    for run in runs:
        for end in run.ends:
            before = as_now.get(run.run, {}).get(end.name)
            if before is not None:
                pairs.setdefault(end.name, []).append((end, before))
    found = (_lateness(name, pairs[name]) for name in sorted(pairs))
    return tuple(e for e in found if e is not None)


def _lateness(name: str, pairs: list[tuple[TaskEnd, TaskEnd]]) -> Lateness | None:
    """None where nothing is different."""
    if all(_same(now, before) for now, before in pairs):
        return None
    lost = sum(now.state in _LOST and before.state not in _LOST for now, before in pairs)
    shifts = [_shift(now, before) for now, before in pairs if "done" in (now.state, before.state)]
    return Lateness(
        name=name,
        later_s=summary(shifts) if shifts else None,
        later=share(sum(s > LATER_S for s in shifts), len(shifts)) if shifts else None,
        lost=share(lost, len(pairs)),
    )


def _same(now: TaskEnd, before: TaskEnd) -> bool:
    return now.state == before.state and abs(now.at_s - before.at_s) <= LATER_S


def _shift(now: TaskEnd, before: TaskEnd) -> float:
    if now.state == before.state == "done":
        return now.at_s - before.at_s
    return math.inf if before.state == "done" else -math.inf
