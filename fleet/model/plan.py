"""The plan in force: who does what in which order, when, what it costs, and what was changed last. Fleet time in s."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A robot at one task, or at a dock to charge (`task_id` empty). It leaves where it was at `leaves_s`, is there at
    `arrives_s` and works (or charges) from `starts_s` to `ends_s`. `battery` is the fraction that it then has left.
    `given` is whether the robot has been told: what comes after it may still change."""

    robot_id: str
    task_id: str = ""
    dock_id: str = ""
    leaves_s: float
    arrives_s: float
    starts_s: float
    ends_s: float
    battery: float = 1.0
    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One task that another robot is to do than before; empty where nobody was, or nobody is."""

    task_id: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """The plan as it stands. `basis` is a digest of what it was made of: as long as that is the same, so is the plan.

    `unplaced` says of each task that nobody is to do why not. `terms` (s) add up to `cost`, each by its weight.
    `because` is what happened before it was made, `changes` what that changed.
    """

    number: int = 0
    made_at_s: float = 0.0
    basis: str = ""
    routes: dict[str, tuple[PlannedVisit, ...]] = field(default_factory=dict)
    unplaced: dict[str, str] = field(default_factory=dict)
    cost: float = 0.0
    terms: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    because: str = ""
    changes: tuple[PlanChange, ...] = ()

    def robots_of(self, task_id: str) -> tuple[str, ...]:
        """Who is to do the task, by id; empty where nobody is."""
        return tuple(sorted(r for r, visits in self.routes.items() if any(v.task_id == task_id for v in visits)))
