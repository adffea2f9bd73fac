"""Explanations, limits and ambiguities as plain data: what the API answers, and what the command line prints."""

from __future__ import annotations

import math
from typing import Any

from fleet.allocation.explain import Alternative, Explanation
from fleet.allocation.flips import Flip
from fleet.allocation.instance import Instance, PlanWeights
from fleet.allocation.limits import Limits, Relief


def why_document(instance: Instance, explained: Explanation, limits: Limits) -> dict[str, Any]:
    """Why a task is where it is in the plan, and what keeps it from being done in time. Numbers that do not exist are
    None; costs and times are s, times fleet time."""
    return {
        "task_id": explained.task_id,
        "sentence": explained.sentence,
        "robots": list(explained.robots),
        "now_s": _number(instance.now_s),
        "starts_s": _number(explained.starts_s),
        "ends_s": _number(explained.ends_s),
        "late_s": _number(explained.late_s),
        "left_undone_because": explained.unplaced_because,
        "terms": {name: _number(value) for name, value in explained.terms.items()},
        "weights": _weights(instance.weights),
        "alternatives": [_alternative(a) for a in explained.alternatives],
        "limits": _limits(limits),
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 3)


def _weights(weights: PlanWeights) -> dict[str, float]:
    return {name: getattr(weights, name) for name in PlanWeights.__dataclass_fields__}


def _alternative(alternative: Alternative) -> dict[str, Any]:
    return {
        "robot_id": alternative.robot_id,
        "team": list(alternative.team),
        "possible": alternative.possible,
        "because": alternative.because,
        "extra_cost_s": _number(alternative.extra_cost),
        "difference": {name: _number(value) for name, value in alternative.difference.items()},
        "ends_s": _number(alternative.ends_s),
        "also": list(alternative.also),
        "undone": list(alternative.undone),
        "would_get_it_if": [_flip(f) for f in alternative.flips],
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "kind": flip.kind,
        "subject": flip.subject,
        "amount": _number(flip.amount),
        "unit": flip.unit,
        "text": flip.text,
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "met": limits.met,
        "sentence": limits.sentence,
        "deadline_s": _number(limits.wanted_s),
        "hard": limits.hard,
        "soonest_s": _number(limits.soonest_s),
        "binds": list(limits.binds),
        "reliefs": [_relief(r) for r in limits.reliefs],
    }


def _relief(relief: Relief) -> dict[str, Any]:
    return {
        "kind": relief.kind,
        "subject": relief.subject,
        "amount": _number(relief.amount),
        "unit": relief.unit,
        "meets": relief.meets,
        "ends_s": _number(relief.ends_s),
        "buys_s": _number(relief.buys_s),
        "text": f"in time if {relief.text}" if relief.meets else f"{relief.buys_s:.0f} s sooner if {relief.text}",
        "others": [{"task_id": h.task_id, "late_s": _number(h.late_s)} for h in relief.harms],
    }
