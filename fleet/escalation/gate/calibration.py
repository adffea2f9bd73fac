"""What past decisions of one class and severity say about the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fleet.escalation.gate.adaptive import Adaptive
from fleet.escalation.gate.conformal import Floats, checked_scores, nonconformity, none_score, quantile
from fleet.escalation.gate.control import acting_bar
from fleet.escalation.gate.novelty import Novelty
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.model.errors import InvalidField

_ALIKE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised for a class and severity.

    Args:
        epsilon: how often the set may miss every right option.
        alpha: how often the fleet may act and be wrong, among all its decisions.
        least: examples below which it always asks (the effective number of them, where weights differ).
        novelty: p-values at or below this have no precedent.
        gamma: step of the adaptive level; 0 for none.
    """

    epsilon: float = 0.1
    alpha: float = 0.05
    least: int = 40
    novelty: float = 0.02
    gamma: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epsilon", "alpha", "novelty"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidField(f"promise.{name}", value, "a number between 0 and 1")
        if self.least < 1:
            raise InvalidField("promise.least", self.least, "a count of 1 or more")
        if not 0.0 <= self.gamma <= 1.0:
            raise InvalidField("promise.gamma", self.gamma, "a number from 0 to 1")


class Calibration:
    """The examples of one class and severity, and the numbers that follow from them.

    Raises:
        InvalidField: naming the example, for scores that are not finite or not in [0, 1], an example without a right
            option, a weight that is not above 0, or features of different lengths.
    """

    def __init__(self, examples: Sequence[Example], promise: Promise, adaptive: Adaptive | None = None) -> None:
        self.promise, self.examples = promise, tuple(examples)
        self.adaptive = adaptive or Adaptive.start(promise.epsilon, promise.gamma)
        self._nonconformity, self._top, self._wrong = _measured(self.examples)
        self._weights = np.array([e.weight for e in self.examples], dtype=np.float64)
        even = len(self.examples) == 0 or bool((self._weights == self._weights[0]).all())
        self._given = None if even else self._weights
        # Kish 1965: so many examples of equal weight would say as much as these.
        self.effective = float(self._weights.sum() ** 2 / (self._weights**2).sum()) if self.examples else 0.0
        self.bar = acting_bar(self._top, self._wrong, promise.alpha, self._given)
        self.novelty = self._precedents()

    def _precedents(self) -> Novelty | None:
        widths = {len(e.features) for e in self.examples}
        if len(widths) > 1:
            raise InvalidField("features", sorted(widths), "the same number of features in every example")
        if not self.examples or widths == {0}:
            return None
        return Novelty([e.features for e in self.examples])

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    @property
    def enough(self) -> bool:
        """Whether there are as many as were promised to be needed."""
        return self.effective >= self.promise.least - 1e-9

    @property
    def quantile(self) -> float:
        """Of the nonconformities, at the level now in use. Infinite: every option is in the set."""
        return self.quantile_at(self.adaptive.level)

    def quantile_at(self, level: float) -> float:
        """Of the nonconformities at a miscoverage level, which adaptation may have taken out of (0, 1)."""
        if level <= 0.0:
            return math.inf
        if level >= 1.0:
            return -math.inf
        return quantile(self._nonconformity, level, self._given)

    def p_wrong(self, top_score: float) -> float:
        """How often the best option was wrong in cases like this one: the 25 with the nearest top scores (and all that
        are as near as the last of them), add-one estimate, weighted. The bar bounds how often it is wrong over all
        cases; this is about one, so that what is rare and doubtful is not hidden among what is common and sure."""
        if self.count == 0:
            return 0.5
        away = np.abs(self._top - top_score)
        reach = float(np.partition(away, min(_ALIKE, self.count) - 1)[min(_ALIKE, self.count) - 1])
        alike = away <= reach + 1e-12
        unit = float(self._weights.max())
        lost = float((self._weights * (alike & self._wrong)).sum())
        return (lost + unit) / (float((self._weights * alike).sum()) + 2.0 * unit)

    def after(self, missed: bool) -> Calibration:
        """With the adaptive level moved by one case whose truth became known."""
        moved = Calibration.__new__(Calibration)
        moved.__dict__.update(self.__dict__)
        moved.adaptive = self.adaptive.after(missed)
        return moved


def _measured(examples: Sequence[Example]) -> tuple[Floats, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    strange, top, wrong = (np.empty(len(examples)) for _ in range(3))
    for i, example in enumerate(examples):
        row = checked_scores(example.scores, f"examples[{i}].scores")
        if not (math.isfinite(example.weight) and example.weight > 0):
            raise InvalidField(f"examples[{i}].weight", example.weight, "a finite number above 0")
        best = int(np.argmax(row))
        top[i], wrong[i] = row[0, best], best not in example.acceptable
        if example.acceptable == (NONE_OF_THESE,):
            strange[i] = 1.0 - none_score(row)
            continue
        try:
            strange[i] = nonconformity(row, [example.acceptable])[0]
        except InvalidField as error:
            raise error.under(f"examples[{i}]") from None
    return strange, top, wrong.astype(np.bool_)
