"""Keeping the promise while the world drifts: adaptive conformal inference (Gibbs and Candes 2021)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from fleet.escalation.gate.conformal import none_score
from fleet.escalation.gate.records import NONE_OF_THESE
from fleet.model.errors import InvalidField
from fleet.model.ruling import Ruled

_LONGEST = 10.0


class Promised(Protocol):
    """What adaptation needs of a promise (`calibration.Promise`)."""

    @property
    def epsilon(self) -> float:
        """How often a set may miss."""

    @property
    def gamma(self) -> float:
        """The step."""


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


def missed(ruled: Ruled, acceptable: Collection[int]) -> bool | None:
    """Whether no right option reached the quantile; None where there was none: no past cases, or scores that said
    nothing. (The best option is in every set; counted as a hit for that, it would hide how sure the scores are.)

    Args:
        acceptable: indices of the options that would have been right, or `NONE_OF_THESE`.
    """
    ruling = ruled.ruling
    if ruling.p_wrong is None:
        return None
    scores = ruled.choice.scores
    right = [none_score(scores) if i == NONE_OF_THESE else scores[i] for i in acceptable]
    if ruling.quantile is None:  # it was infinite, one way or the other
        return ruling.level >= 1.0
    return not any(1.0 - score <= ruling.quantile for score in right)


def level_after(
    level: float | None, promise: Promised, ruled: Ruled, acceptable: Collection[int], chance: float = 1.0
) -> float:
    """The miscoverage level in use after it became known what would have been right in one ruling.

    The step of Gibbs and Candes 2021 is taken once for each case; where only a share `chance` of cases comes to be
    known (random audits), each stands for 1 / `chance` of them, and the step is that much longer, but never longer than
    ten cases' (one audit must not turn the gate over).

    Args:
        level: in use until now; None where nothing is known yet: the promised one.
        promise: with gamma 0 nothing moves.
        acceptable: indices of the options that would have been right, or `NONE_OF_THESE`.
    """
    now, miss = promise.epsilon if level is None else level, missed(ruled, acceptable)
    if miss is None:
        return now
    return now + promise.gamma * min(1.0 / max(chance, 1e-9), _LONGEST) * (promise.epsilon - float(miss))
