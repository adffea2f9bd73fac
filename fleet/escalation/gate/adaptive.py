"""Keeping the promise while the world drifts: adaptive conformal inference (Gibbs and Candes 2021)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleet.model.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive:
    """The miscoverage level in use, moved by every case whose truth became known.

    alpha_{t+1} = alpha_t + gamma (epsilon - err_t): after misses the sets grow, after hits they shrink. The long-run
    share of misses tends to `epsilon` whatever the data do. `level` may leave (0, 1): at 0 and below everything is in
    the set, at 1 and above nothing is.
    """

    epsilon: float
    gamma: float = 0.02
    level: float
    seen: int = 0

    @staticmethod
    def start(epsilon: float, gamma: float = 0.02) -> Adaptive:
        """At the promised level. Raises `InvalidField` for numbers out of range."""
        if not 0.0 < epsilon < 1.0:
            raise InvalidField("epsilon", epsilon, "a number between 0 and 1")
        if not 0.0 <= gamma <= 1.0:
            raise InvalidField("gamma", gamma, "a number from 0 (never moves) to 1")
        return Adaptive(epsilon=epsilon, gamma=gamma, level=epsilon)

    def after(self, missed: bool) -> Adaptive:
        """The state after a case of which it became known whether a right option was in its set."""
        return replace(self, level=self.level + self.gamma * (self.epsilon - float(missed)), seen=self.seen + 1)
