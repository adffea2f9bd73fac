"""Counts of what went right and wrong, and what they say about the next time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is taken for granted before anything was counted, as if `right` and `wrong` had been."""

    right: float
    wrong: float

    @property
    def mean(self) -> float:
        """The share that is expected to go right."""
        return self.right / (self.right + self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often something went right and wrong."""

    right: int = 0
    wrong: int = 0

    @property
    def count(self) -> int:
        """How often it is known how it went."""
        return self.right + self.wrong

    def and_(self, right: bool, times: int = 1) -> Tally:
        """With one more case, or with one taken back (`times` -1); never below 0."""
        if right:
            return Tally(right=max(self.right + times, 0), wrong=self.wrong)
        return Tally(right=self.right, wrong=max(self.wrong + times, 0))

    def mean(self, prior: Prior) -> float:
        """Mean of the Beta posterior: the share that is expected to go right next time."""
        return (self.right + prior.right) / (self.count + prior.right + prior.wrong)

    def interval(self, prior: Prior, level: float = 0.9) -> tuple[float, float]:
        """The central interval of the Beta posterior that holds `level` of it."""
        from scipy.special import betaincinv  # slow to import

        a, b = self.right + prior.right, self.wrong + prior.wrong
        tail = (1.0 - level) / 2.0
        return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1.0 - tail))


# Of ten claims, or attempts, of a robot that nobody knows nine are taken to be good.
CLAIMS = Prior(right=9.0, wrong=1.0)
ATTEMPTS = Prior(right=9.0, wrong=1.0)
# Does a step of the recovery ladder mend it? The same robot again, another way, another robot.
STEPS = {
    "retries": Prior(right=2.2, wrong=1.8),
    "replans": Prior(right=2.4, wrong=1.6),
    "reassignments": Prior(right=3.2, wrong=0.8),
}
NOTHING = Tally()
