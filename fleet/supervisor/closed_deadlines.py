"""Work that is held back and will miss its deadline: a person is asked once, while something can still be done."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.escalation.closed_off import closed_off, was_asked
from fleet.supervisor.closed_off import ClosedOff, reopened
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import is_look

_LEAD_S = 120.0  # before a robot would have to set out, where nobody knows when it opens
_ANSWERED_S = 10.0  # nobody answers sooner
_AFTER_S = 3.0


def watch_closed_off(draft: Draft, held: Mapping[str, ClosedOff]) -> None:
    """Ask about held-back tasks whose deadlines are at risk."""
    for task_id, off in held.items():
        task = draft.state.tasks[task_id]
        deadline_s = task.spec.deadline_s
        if deadline_s is None or is_look(task) or deadline_s < draft.now_s + _ANSWERED_S:
            continue
        if draft.waited_s(task.changed_at_s) < _AFTER_S or was_asked(draft, task, off):
            continue
        opened = reopened(draft, task)
        if opened is None:
            continue  # nobody could do it though everything were open: that is another question
        sets_out_s = deadline_s - opened.takes_s
        at_risk = draft.now_s + _LEAD_S > sets_out_s if off.opens_at_s is None else off.opens_at_s > sets_out_s
        if at_risk:
            closed_off(draft, task, off, opened)
