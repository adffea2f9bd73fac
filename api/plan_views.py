"""The plan as it is given out: who does what and when, what it costs by which weights, and what it leaves undone."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from fleet.model.plan import PlannedVisit
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.state import FleetState


class VisitView(BaseModel):
    """One bar of the Gantt chart: a robot at a task, or at a dock to charge (`task_id` empty). Times are fleet time, s;
    those of what is to come are predictions."""

    task_id: str = Field(examples=["bring_gloves"])
    mission_id: str
    skill: str = Field(examples=["carry"])
    dock_id: str
    state: str = Field(examples=["executing"], description="of the task; `charge` for a dock")
    given: bool = Field(description="the robot has been told; what is not given may still change")
    leaves_s: float = Field(description="it leaves where it was")
    arrives_s: float = Field(description="it is at the first stop")
    starts_s: float
    ends_s: float | None = Field(description="null where no plan foretold it")
    battery: float | None = Field(examples=[0.74], description="fraction that is left afterwards")
    deadline_s: float | None
    late_s: float = Field(description="how long after its deadline it is expected to end; 0: in time")


class RouteView(BaseModel):
    """What one robot does, in order."""

    robot_id: str
    visits: list[VisitView]


class UnplacedView(BaseModel):
    """A task that nobody is to do yet, and why not."""

    task_id: str
    because: str = Field(examples=["it waits for bring_gloves, which is escalated"])


class ChangeView(BaseModel):
    """A task that somebody else is to do than before."""

    task_id: str
    before: list[str]
    after: list[str]


class PlanView(BaseModel):
    """The plan in force. `terms` are s of cost and add up to `cost`; each was weighed by what `weights` says, which is
    the `allocation` part of the deployment file."""

    number: int = Field(description="rises with every plan; 0: there has been none")
    made_at_s: float
    now_s: float
    because: str = Field(examples=["bring_gloves came"])
    cost: float
    terms: dict[str, float]
    weights: dict[str, float]
    routes: list[RouteView]
    unplaced: list[UnplacedView]
    changes: list[ChangeView] = Field(description="what the last plan changed")


def plan_view(state: FleetState) -> dict[str, Any]:
    """See `PlanView`. Visits that are over are left out, and robots with nothing to do are there all the same."""
    plan = state.plan
    waiting = [(t, why) for t, why in plan.unplaced.items() if t in state.tasks and _waits(state.tasks[t])]
    return {
        "number": plan.number,
        "made_at_s": plan.made_at_s,
        "now_s": state.now_s,
        "because": plan.because,
        "cost": plan.cost,
        "terms": plan.terms,
        "weights": plan.weights,
        "routes": [{"robot_id": r, "visits": _visits(state, r)} for r in sorted(state.robots)],
        "unplaced": [{"task_id": task_id, "because": why} for task_id, why in waiting],
        "changes": [{"task_id": c.task_id, "before": c.before, "after": c.after} for c in plan.changes],
    }


def _waits(task: Task) -> bool:
    return task.state in (TaskState.REQUESTED, TaskState.QUEUED)


def _visits(state: FleetState, robot_id: str) -> list[dict[str, Any]]:
    at = state.robots[robot_id].task_id
    known = state.plan.routes.get(robot_id, ())
    shown = [] if at is None or any(v.task_id == at for v in known) else [_unforetold(state.tasks[at])]
    for visit in known:
        task = state.tasks.get(visit.task_id)
        if task is None and visit.dock_id:
            shown.append(_visit(visit, None, given=False))
        elif task is not None and (task.task_id == at or _waits(task)):
            shown.append(_visit(visit, task, given=task.task_id == at))
    return shown


def _visit(visit: PlannedVisit, task: Task | None, *, given: bool) -> dict[str, Any]:
    deadline = task.spec.deadline_s if task is not None else None
    return {
        "task_id": visit.task_id,
        "mission_id": task.mission_id if task is not None else "",
        "skill": task.spec.skill if task is not None else "dock",
        "dock_id": visit.dock_id,
        "state": task.state.value if task is not None else "charge",
        "given": given,
        "leaves_s": visit.leaves_s,
        "arrives_s": visit.arrives_s,
        "starts_s": visit.starts_s,
        "ends_s": visit.ends_s,
        "battery": visit.battery,
        "deadline_s": deadline,
        "late_s": round(max(0.0, visit.ends_s - deadline), 1) if deadline is not None else 0.0,
    }


def _unforetold(task: Task) -> dict[str, Any]:
    """What a robot is at that no plan foretold: given out one task ahead, or by a person."""
    begun = task.assigned_at_s if task.assigned_at_s is not None else 0.0
    return {
        "task_id": task.task_id,
        "mission_id": task.mission_id,
        "skill": task.spec.skill,
        "dock_id": str(task.command_parameters.get("dock", "")),
        "state": task.state.value,
        "given": True,
        "leaves_s": begun,
        "arrives_s": begun,
        "starts_s": begun,
        "ends_s": None,
        "battery": None,
        "deadline_s": task.spec.deadline_s,
        "late_s": 0.0,
    }
