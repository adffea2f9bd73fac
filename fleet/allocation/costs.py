"""What it costs, in seconds, that a robot does a job, and that a job is left waiting."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from fleet.allocation.feasibility import Estimate
from fleet.allocation.problem import Job
from fleet.model.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each thing counts, all against one second of walking. All are 0 or more."""

    lateness: float = 5.0  # one second after the deadline
    energy_s: float = 120.0  # using all of the battery above the reserve
    priority_s: float = 10.0  # one point of priority: a job of 60 may be 100 s farther away than one of 50
    aging: float = 1.0  # one second of waiting
    honesty_s: float = 300.0  # a robot whose word is worth nothing: somebody else looks, and does it again
    horizon_s: float = 60.0  # how long a job that is left now is taken to wait for the next chance

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidField(f"weights.{field.name}", value, "a finite number of 0 or more")


def pair_terms(job: Job, estimate: Estimate, now_s: float, weights: Weights, doubt: float = 0.0) -> dict[str, float]:
    """The cost of one robot doing one job; the terms are s and add up.

    Args:
        doubt: how much less the robot's word about such work is to be trusted than a stranger's, in [0, 1].
    """
    terms = {
        "travel": estimate.approach_s + estimate.between_s,
        "work": estimate.work_s,
        "lateness": weights.lateness * _late_s(job, now_s + estimate.duration_s),
        "energy": weights.energy_s * usable_share(estimate),
    }
    return {**terms, "honesty": weights.honesty_s * doubt} if doubt > 0 else terms


def urgency_s(job: Job, best: Estimate, now_s: float, weights: Weights) -> float:
    """What leaving the job until the next chance costs: its priority, how long it has waited, and the lateness that
    waiting would add even for the `best` robot."""
    finish_s = now_s + best.duration_s
    added_s = _late_s(job, finish_s + weights.horizon_s) - _late_s(job, finish_s)
    waited_s = max(0.0, now_s - job.waiting_since_s)
    return weights.priority_s * job.priority + weights.aging * waited_s + weights.lateness * added_s


def _late_s(job: Job, finish_s: float) -> float:
    return 0.0 if job.deadline_s is None else max(0.0, finish_s - job.deadline_s)


def usable_share(estimate: Estimate) -> float:
    """What the job and the way to a dock take of the battery above the reserve, at most 1."""
    return min(estimate.energy_to_dock_wh / estimate.usable_wh, 1.0) if estimate.usable_wh > 0 else 1.0
