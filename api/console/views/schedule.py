"""The plan: who does what in which order, when, what it costs, and what was changed last."""

from __future__ import annotations

from typing import Any

from api.console.views.words import plainly, task_title
from fleet.model.plan import PlannedVisit
from fleet.supervisor.state import FleetState

TERMS = {
    "makespan": "until all is done",
    "tardiness": "late",
    "waiting": "waiting, by priority",
    "travel": "walking",
    "energy": "energy",
    "wear": "unequal wear",
    "churn": "given to another robot",
    "moved": "taken from one on its way",
    "unplaced": "left undone",
    "extra": "doubts, and people disturbed",
}


def schedule(state: FleetState) -> dict[str, Any]:
    """The routes of all robots, those with work first, and beside them what nobody is to do and why. Times are fleet
    time in s; `terms` are in s and add up to `cost`."""
    plan = state.plan
    robots = sorted(state.robots, key=lambda r: (not plan.routes.get(r), r))
    return {
        "number": plan.number,
        "made_at_s": plan.made_at_s,
        "because": plan.because,
        "cost": plan.cost,
        "terms": [
            {"name": TERMS.get(name, plainly(name)), "s": cost, "weight": plan.weights.get(name)}
            for name, cost in plan.terms.items()
            if abs(cost) >= 0.05
        ],
        "robots": [{"id": r, "visits": [_visit(state, v) for v in plan.routes.get(r, ())]} for r in robots],
        "unplaced": [{"task": t, "title": _title(state, t), "why": why} for t, why in plan.unplaced.items()],
        "changes": [
            {"task": c.task_id, "before": ", ".join(c.before) or "nobody", "after": ", ".join(c.after) or "nobody"}
            for c in plan.changes
        ],
    }


def _title(state: FleetState, task_id: str) -> str:
    return task_title(state.tasks[task_id]) if task_id in state.tasks else task_id


def _visit(state: FleetState, visit: PlannedVisit) -> dict[str, Any]:
    task = state.tasks.get(visit.task_id)
    deadline_s = task.spec.deadline_s if task is not None else None
    return {
        "task": visit.task_id,
        "dock": visit.dock_id,
        "title": _title(state, visit.task_id) if visit.task_id else f"charge at {visit.dock_id}",
        "leaves_s": visit.leaves_s,
        "arrives_s": visit.arrives_s,
        "starts_s": visit.starts_s,
        "ends_s": visit.ends_s,
        "battery": visit.battery,
        "given": visit.given,
        "deadline_s": deadline_s,
        "late": deadline_s is not None and visit.ends_s > deadline_s,
        "team": task.spec.team if task is not None else 1,
    }
