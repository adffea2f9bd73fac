"""Missions end when all their tasks have; how follows from how the tasks ended."""

from __future__ import annotations

from fleet.model import events as ev
from fleet.model.tasks import Mission, MissionState, TaskState
from fleet.supervisor.draft import Draft


def watch_missions(draft: Draft) -> None:
    """Close every active mission whose last task has ended."""
    for mission in draft.state.active_missions():
        _maybe_end(draft, mission)


def _maybe_end(draft: Draft, mission: Mission) -> None:
    states = [draft.state.tasks[t].state for t in mission.task_ids]
    if not all(s.terminal for s in states):
        return
    count = {s: states.count(s) for s in (TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED)}
    if count[TaskState.DONE] == len(states):
        state = MissionState.DONE
    elif count[TaskState.FAILED]:
        state = MissionState.FAILED
    elif count[TaskState.DONE] == 0:
        state = MissionState.CANCELLED
    else:
        state = MissionState.FAILED  # some of what was asked for was not done
    because = ", ".join(f"{n} {s.value}" for s, n in count.items() if n)
    draft.emit(ev.MissionEnded(mission_id=mission.mission_id, state=state, because=because))
