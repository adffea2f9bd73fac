"""Docks that are not to be reckoned with: closed, or tried in vain lately."""

from __future__ import annotations

from fleet.model.tasks import Task, TaskState
from fleet.supervisor.closures import closed_now
from fleet.supervisor.draft import Draft

_DOUBTED_S = 600.0  # after the last attempt in vain a dock is tried again


def docks_out_of_order(draft: Draft) -> dict[str, str]:
    """By dock, why nobody is sent there now: it is closed, lies where it is closed now, or robots tried it in vain."""
    found: dict[str, str] = {}
    closed = [area for area in draft.context.site.keep_outs.values() if area.active(draft.now_s)]
    shut = closed_now(draft.state, draft.now_s)
    for dock in draft.context.site.docks():
        area = next((a for a in closed if a.contains(dock.approach.x, dock.approach.y)), None)
        if area is not None:
            found[dock.place_id] = f"{area.area_id} is closed: {area.because}"
        for what in (dock.place_id, dock.zone_id):
            if what in shut:
                found.setdefault(dock.place_id, f"{what} is closed: {shut[what]}")
    for task in draft.state.open_tasks():
        dock_id = task.command_parameters.get("dock")
        if isinstance(dock_id, str) and _in_vain(task, draft.now_s):
            found.setdefault(dock_id, f"{task.task_id} tried it in vain: {task.because}")
    return found


def docks_taken(draft: Draft, robot_id: str) -> set[str]:
    """Docks on which another robot stands, or to which one is on its way."""
    others = (r.state.docked_at for key, r in draft.state.robots.items() if r.state is not None and key != robot_id)
    under_way = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED, TaskState.VERIFYING)
    sent = (t.command_parameters.get("dock") for t in draft.state.tasks_in(*under_way) if t.robot_id != robot_id)
    return {dock for dock in (*others, *sent) if isinstance(dock, str) and dock}


def _in_vain(task: Task, now_s: float) -> bool:
    """Whether the task is about docking, and its last attempt at that failed not long ago."""
    if task.spec.skill != "dock" or now_s - task.changed_at_s > _DOUBTED_S:
        return False
    tried = task.retries + task.replans + task.reassignments > 0
    return tried and task.state in (TaskState.QUEUED, TaskState.ESCALATED)
