"""What a site says about plans that cost nearly the same: when they count as alike, and how long a person has."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.allocation.ambiguity import Margin
from fleet.deployment.fields import setting

_S = "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeSettings:
    """When a person is asked which of two plans it shall be ([how](../how-to/why-this-robot.md))."""

    ask: bool = setting("whether anybody is asked", default=True)
    share: float = setting("costs that differ by so much of the plan's cost are alike", default=0.03, low=0.0, high=1.0)
    within_s: float = setting("or by so much", default=30.0, low=0.0, high=1e5, unit=_S)
    late_s: float = setting(
        "a task that is later by so much, after its deadline, is a loss", default=15.0, low=1.0, high=1e5, unit=_S
    )
    waits_s: float = setting(
        "one without a deadline is, where it ends later by so much and its rival was asked for at the same time",
        default=120.0, low=1.0, high=1e5, unit=_S,
    )  # fmt: skip
    together_s: float = setting("which means within so much", default=30.0, low=0.0, high=1e5, unit=_S)
    answer_within_s: float = setting(
        "so long a person has, while the tasks in question wait; then the cheaper plan is taken",
        default=30.0, low=10.0, high=600.0, unit=_S,
    )  # fmt: skip

    every_s: float = setting(
        "no such question sooner than so long after the last", default=120.0, low=0.0, high=1e5, unit=_S
    )

    def margin(self) -> Margin:
        """As the search for runner-up plans takes it."""
        return Margin(
            share=self.share,
            seconds=self.within_s,
            late_s=self.late_s,
            waits_s=self.waits_s,
            together_s=self.together_s,
        )
