"""Tasks that wait for a robot to be seen to: they go on once it is."""

from __future__ import annotations

from fleet.model.escalation import Cause
from fleet.model.tasks import TaskState
from fleet.supervisor.draft import Draft


def resume_waiting(draft: Draft, robot_id: str, because: str, cause: Cause | None = None) -> None:
    """Queue again what waits because of an answered question about this robot, of this cause or of any."""
    for task in draft.state.tasks_in(TaskState.BLOCKED):
        escalation = draft.state.escalations.get(task.escalation_id or "")
        if escalation is None or escalation.open or robot_id not in escalation.robot_ids:
            continue
        if cause is None or escalation.cause is cause:
            draft.change(task, TaskState.QUEUED, because, reset_ladder=True, forget_robot=True, not_before_s=0.0)
