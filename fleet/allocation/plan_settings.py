# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""What a site says about how its work is planned: the weights of the costs, how long is searched, how docks charge."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from fleet.allocation.alike_settings import AlikeSettings
from fleet.allocation.instance import PlanWeights
from fleet.deployment.fields import setting

_S = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationWeights:
    """What one unit of each thing counts, in s of a task of priority 50 that waits. All are 0 or more."""

    makespan: float = setting("a second until everything is done", default=0.1, low=0.0, high=1e4)
    tardiness: float = setting("a second after a deadline", default=5.0, low=0.0, high=1e4)
    waiting: float = setting("a second until a task of priority 50 is done", default=1.0, low=0.0, high=1e4)
    travel: float = setting("a second of walking to work", default=0.2, low=0.0, high=1e4)
    energy: float = setting("a Wh", default=0.25, low=0.0, high=1e4)
    wear: float = setting("a second that the busiest robot works more than the mean", default=0.2, low=0.0, high=1e4)
    churn: float = setting("a task that another robot is to do than was planned", default=10.0, low=0.0, high=1e5)
    moved: float = setting("the same, where the robot is on its way already", default=60.0, low=0.0, high=1e5)
    honesty: float = setting("a robot whose word is worth nothing", default=600.0, low=0.0, high=1e5)
    people: float = setting(
        "a robot that is not certified, at work in a zone where people are; where `certified` names some",
        default=30.0, low=0.0, high=1e5,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSettings:
    """How work is planned ([how](../explanation/planning-in-the-product.md))."""

    method: Literal["plan", "one_ahead"] = setting(
        "plan: every robot has a list of tasks, made anew when something changes; one_ahead: free robots get one task",
        default="plan",
    )
    weights: AllocationWeights = setting("what each thing counts", factory=AllocationWeights)
    aging_s: float = setting(
        "a task that waited so long counts twice as much", default=300.0, low=1.0, high=1e6, unit=_S
    )
    iterations: int = setting("of search, each time the plan is made", default=200, low=0, high=1_000_000)
    moves: bool = setting(
        "a robot that only walks to its task so far is turned back where the plan gains more than the weight `moved`",
        default=False,
    )
    refresh_s: float = setting(
        "while work waits, the plan is made anew so often even if nothing happened", default=30.0, low=1.0, high=1e5,
        unit=_S,
    )  # fmt: skip
    horizon_tasks: int = setting(
        "so many tasks are planned at most, the most urgent first", default=500, low=1, high=5000
    )
    charge_by: float = setting(
        "who charges before a task does so until it has so much of its battery above the reserve, or more where the "
        "task needs it; others who wait for the dock come sooner then",
        default=0.15, low=0.01, high=1.0,
    )  # fmt: skip
    certified: tuple[str, ...] = setting(
        "robots, or models of robots, that may work among people without disturbing them; others cost the weight "
        "`people` there. Empty: nothing is made of where people are", default=(),
    )  # fmt: skip
    charging_w: float = setting("what a dock gives a robot", default=400.0, low=1.0, high=1e5, unit="W")

    alike: AlikeSettings = setting("when a person is asked which of two plans it shall be", factory=AlikeSettings)

    def plan_weights(self) -> PlanWeights:
        """The weights as the solver takes them."""
        weights = asdict(self.weights)
        weights.pop("honesty")
        weights.pop("people")
        return PlanWeights(**weights)

    def waiting_weight(self, priority: float, waited_s: float) -> float:
        """What a second until the end of a task counts against one of priority 50 that has just come.

        It grows with the square of the priority, so that 100 counts four times as much as 50, and in a straight line
        with the time that the task has waited, so that nothing waits for ever.
        """
        return (max(priority, 5.0) / 50.0) ** 2 * (1.0 + max(waited_s, 0.0) / self.aging_s)

    def due_weight(self, priority: float) -> float:
        """What a second after the deadline counts; never nothing, or a deadline would be no deadline."""
        return max(priority, 10.0) / 50.0
