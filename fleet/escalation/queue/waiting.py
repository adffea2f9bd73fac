"""What it costs to let a question wait: the order in which people are shown questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.escalation.queue.places import people_near
from fleet.model.escalation import Escalation
from fleet.model.severity import Severity
from fleet.supervisor.state import FleetState

_WEIGHT = {Severity.LOW: 1.0, Severity.MEDIUM: 3.0, Severity.HIGH: 10.0}
_SOON_S = 60.0  # with so little time left the cost has doubled
_LATE, _WAITING, _PERSON = 0.5, 0.25, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCost:
    """`score` orders questions, dearest first; the rest is what it is made of. It has no unit.

    score = severity (1, 3, 10) x (1 + .5 late + .25 waiting + 1 person near) x (1 + 60 s / time left)
    """

    score: float
    left_s: float
    late: tuple[str, ...]
    waiting: int
    people_near: int

    @property
    def words(self) -> str:
        """The parts in words."""
        parts = [f"{max(self.left_s, 0.0):.0f} s left"]
        if self.late:
            parts.append(_many(len(self.late), "task gets late", "tasks get late"))
        if self.waiting:
            parts.append(_many(self.waiting, "task waits", "tasks wait"))
        if self.people_near:
            parts.append(_many(self.people_near, "person near", "people near"))
        return ", ".join(parts)


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def waiters(state: FleetState) -> Counter[str]:
    """For each task how many open tasks wait for it; for who looks at several questions of one state."""
    return Counter(d for t in state.open_tasks() for d in t.spec.depends_on)


def waiting_cost(
    state: FleetState, asked: Escalation, now_s: float, waiting_for: Mapping[str, int] | None = None
) -> WaitingCost:
    """The cost as things stand. Tasks that get late are those whose deadline comes before the question's own ends.

    Args:
        waiting_for: what `waiters` gives for this state, where it is at hand.
    """
    known = waiters(state) if waiting_for is None else waiting_for
    open_tasks = [t for i in asked.task_ids if (t := state.tasks.get(i)) is not None and not t.state.terminal]
    late = tuple(
        t.task_id for t in open_tasks if t.spec.deadline_s is not None and t.spec.deadline_s <= asked.deadline_s
    )
    waiting = len(open_tasks) + sum(known.get(task_id, 0) for task_id in asked.task_ids)
    near, left = people_near(state, asked, now_s), asked.deadline_s - now_s
    harm = 1.0 + _LATE * len(late) + _WAITING * waiting + _PERSON * near
    score = _WEIGHT[asked.severity] * harm * (1.0 + _SOON_S / max(left, 1.0))
    return WaitingCost(score=round(score, 3), left_s=left, late=late, waiting=waiting, people_near=near)


def in_order(state: FleetState, now_s: float) -> list[tuple[Escalation, WaitingCost]]:
    """Open questions that people are shown, the dearest to let wait first; shelved and silenced ones are left out."""
    shown, waiting_for = [], waiters(state)
    for asked in state.open_escalations():
        entry = state.queue.entries.get(asked.escalation_id)
        if entry is None or (entry.shelved is None and entry.suppressed is None):
            shown.append((asked, waiting_cost(state, asked, now_s, waiting_for)))
    return sorted(shown, key=lambda pair: (-pair[1].score, pair[0].deadline_s, pair[0].raised_at_s))
