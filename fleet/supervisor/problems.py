"""Who shall do what now, as the allocator is asked: everything that judging a pair of a task and a robot rests on."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.allocation.problem import Job, Problem
from fleet.supervisor.closed_off import shut_now
from fleet.supervisor.draft import Draft
from fleet.supervisor.learning import doubts


def problem_of(draft: Draft, jobs: Iterable[Job] = ()) -> Problem:
    """The jobs, and all robots as they are now."""
    context = draft.context
    return Problem(
        jobs=tuple(jobs),
        robots=tuple(draft.state.robots.values()),
        docks=tuple(p.approach for p in context.site.docks()),
        travel=context.travel,
        now_s=draft.now_s,
        battery_reserve=context.settings.battery_reserve,
        doubts=doubts(draft.state),
        shut=shut_now(draft),
    )
