"""The task table: missions with their tasks, as they stand and why."""

from __future__ import annotations

from typing import Any

from api.console.views.words import asked_for, task_title
from fleet.model.tasks import Mission, MissionState, Task
from fleet.supervisor.state import FleetState

ENDED_MISSIONS_SHOWN = 40


def task_table(state: FleetState) -> dict[str, Any]:
    """All missions that are under way and the last ended ones, newest first; `left_out` says how many are not shown."""
    missions = list(state.missions.values())
    active = [m for m in missions if m.state is MissionState.ACTIVE]
    ended = sorted((m for m in missions if m.state is not MissionState.ACTIVE), key=lambda m: -(m.finished_at_s or 0.0))
    shown = sorted(active, key=lambda m: m.requested_at_s) + ended[:ENDED_MISSIONS_SHOWN]
    counts: dict[str, int] = {}
    for task in state.tasks.values():
        counts[task.state.value] = counts.get(task.state.value, 0) + 1
    return {
        "missions": [_mission(state, m) for m in shown],
        "left_out": max(0, len(ended) - ENDED_MISSIONS_SHOWN),
        "counts": counts,
    }


def _mission(state: FleetState, mission: Mission) -> dict[str, Any]:
    tasks = [state.tasks[task_id] for task_id in mission.task_ids if task_id in state.tasks]
    directive = state.directives.get(mission.directive_id or "")
    return {
        "id": mission.mission_id,
        "title": mission.title or mission.mission_id,
        "why": mission.why or (directive.reason if directive else ""),
        "state": mission.state.value,
        "by": mission.requested_by,
        "at_s": mission.requested_at_s,
        "done": sum(1 for t in tasks if t.state.value == "done"),
        "tasks": [_task(state, t) for t in tasks],
    }


def _task(state: FleetState, task: Task) -> dict[str, Any]:
    spec = task.spec
    waits = [d for d in spec.depends_on if d in state.tasks and not state.tasks[d].state.terminal]
    return {
        "id": task.task_id,
        "skill": spec.skill,
        "title": task_title(task),
        "asked": asked_for(spec),
        "state": task.state.value,
        "terminal": task.state.terminal,
        "robot": task.robot_id or "",
        "team": spec.team,
        "members": [{"robot": m.robot_id, "phase": m.phase, "ready": m.ready} for m in task.members],
        "stage": task.stage.value if task.stage else "",
        "resources": list(spec.resources),
        "not_robots": list(spec.needs.not_robots),
        "pinned": spec.robot_id or "",
        "why": spec.why,
        "because": task.because,
        "waits_for": waits,
        "deadline_s": spec.deadline_s,
        "hard_deadline": spec.hard_deadline,
        "finished_s": task.finished_at_s,
        "late": task.late,
        "priority": spec.priority,
        "phase": task.phase,
        "fraction": task.fraction,
        "attempt": task.attempt,
        "retries": task.retries,
        "reassignments": task.reassignments,
        "question": task.escalation_id or "",
        "by": task.requested_by,
        "intervened_by": task.intervened_by or "",
        "changed_s": task.changed_at_s,
    }
