"""The gate: decisions that could be wrong pass here. It acts only if all conditions hold; else a person is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.escalation.gate import records as names
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.conformal import Floats, none_score, prediction_sets
from fleet.escalation.gate.records import Choice, Condition, Ruling
from fleet.model.severity import Severity
from fleet.model.wire import digest

Key = tuple[str, Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a question costs, in seconds of a person's time. Load makes it dearer and can do nothing else."""

    question: float = 30.0
    load_factor: float = 1.0  # of a busy operator: how many times as dear

    def of_asking(self, load: float) -> float:
        """Price of one question at this load (questions open or lately asked, relative to what is bearable)."""
        return self.question * (1.0 + self.load_factor * max(load, 0.0))


class Gate:
    """Rules on choices. Pure: the same calibrations, prices and choice give the same ruling.

    Args:
        calibrations: by decision class and severity; what is not here always asks.
        promises: what is promised where there is no calibration yet, for the record.
    """

    def __init__(
        self,
        calibrations: Mapping[Key, Calibration],
        prices: Prices | None = None,
        promises: Mapping[Key, Promise] | None = None,
    ) -> None:
        self._calibrations, self._prices = dict(calibrations), prices or Prices()
        self._promises = dict(promises or {})
        self._empty: dict[Promise, Calibration] = {}
        self.digest = _digest(self._calibrations, self._prices, self._promises) if self._calibrations else ""

    def promise(self, decision_class: str, severity: Severity) -> Promise:
        """What is promised for a class and severity, calibrated or not."""
        return self._calibration((decision_class, severity)).promise

    def calibration(self, decision_class: str, severity: Severity) -> Calibration | None:
        """What is known of a class and severity; None if nothing is."""
        return self._calibrations.get((decision_class, severity))

    def _calibration(self, key: Key) -> Calibration:
        known = self._calibrations.get(key)
        if known is not None:
            return known
        promise = self._promises.get(key, Promise())
        if promise not in self._empty:
            self._empty[promise] = Calibration((), promise)
        return self._empty[promise]

    def rule(self, choice: Choice, load: float = 0.0, level: float | None = None) -> Ruling:
        """Act, or ask. Scores that are no numbers, or say nothing, are a reason to ask, never an error.

        Args:
            level: the adaptive miscoverage level now in use (`adaptive.level_after`); None: the calibration's own.
        """
        known = self._calibrations.get((choice.decision_class, choice.severity))
        calibration = self._calibration((choice.decision_class, choice.severity))
        level = calibration.adaptive.level if level is None or not math.isfinite(level) else level
        scores, flaw = _usable(choice)
        q = calibration.quantile_at(level) if known is not None else None
        none_fits = scores is not None and q is not None and 1.0 - none_score(scores) <= q
        best = int(np.argmax(scores)) if scores is not None else None
        inside = _inside(scores, q, best)
        top = float(scores[best]) if scores is not None and best is not None else None
        novelty_p, strange = _precedent(calibration, choice.features)
        p_wrong = calibration.p_wrong(top) if top is not None and known is not None else None
        price = self._prices.of_asking(load)
        conditions = (
            _calibrated(calibration, flaw),
            _one_option(choice, inside, none_fits, q),
            _sure_enough(calibration, top),
            strange,
            _no_conflict(choice),
            _not_reserved(choice),
            _worth_it(choice, p_wrong, price),
        )
        act = all(c.holds for c in conditions)
        chosen = inside[0] if act else best
        return Ruling(
            act=act,
            chosen=chosen,
            in_set=inside,
            sentence=_sentence(choice, chosen, conditions, act),
            conditions=conditions,
            examples=calibration.count,
            epsilon=calibration.promise.epsilon,
            level=level,
            quantile=q if q is not None and math.isfinite(q) else None,
            alpha=calibration.promise.alpha,
            bar=calibration.bar if math.isfinite(calibration.bar) else None,
            novelty_p=novelty_p,
            p_wrong=p_wrong,
            asking_price=price,
        )


def _digest(calibrations: Mapping[Key, Calibration], prices: Prices, promises: Mapping[Key, Promise]) -> str:
    """SHA-256 over everything that rulings depend on besides the choice and the load."""
    known = {
        f"{name}/{severity.value}": [c.promise, c.adaptive.level, c.examples]
        for (name, severity), c in sorted(calibrations.items())
    }
    promised = {f"{name}/{severity.value}": p for (name, severity), p in sorted(promises.items())}
    return digest([known, prices, promised])


def _usable(choice: Choice) -> tuple[Floats | None, str]:
    """The scores as an array, or None and what is wrong with them."""
    scores = np.asarray(choice.scores, dtype=np.float64)
    if scores.ndim != 1 or scores.size == 0:
        return None, "there are no options"
    if scores.size != len(choice.options):
        return None, f"{scores.size} scores for {len(choice.options)} options"
    if not np.isfinite(scores).all():
        return None, "a score is not a number"
    if (scores < 0).any() or (scores > 1).any():
        return None, "a score is not in [0, 1]"
    if scores.max() == 0.0:
        return None, "all scores are zero"
    if scores.size > 1 and float(np.ptp(scores)) == 0.0:
        return None, "all options have the same score"
    return scores, ""


def _inside(scores: Floats | None, q: float | None, best: int | None) -> tuple[int, ...]:
    """The set. Where nothing reaches the quantile it is the best option: that can only raise its coverage, and whether
    the best is good enough is for the bar to say."""
    if scores is None or q is None or best is None:
        return ()
    return tuple(int(i) for i in np.flatnonzero(prediction_sets(scores, q)[0])) or (best,)


def _calibrated(calibration: Calibration, flaw: str) -> Condition:
    if flaw:
        return Condition(name=names.CALIBRATED, holds=False, detail=flaw)
    need = calibration.promise.least
    worth = "" if calibration.effective > calibration.count - 0.5 else f" (worth {calibration.effective:.0f} alike)"
    detail = f"{calibration.count} past cases with a known truth{worth}, {need} are needed"
    return Condition(name=names.CALIBRATED, holds=calibration.enough, detail=detail)


def _one_option(choice: Choice, inside: Sequence[int], none_fits: bool, q: float | None) -> Condition:
    fit = ", ".join([choice.options[i] for i in inside] + ["none of these"] * none_fits) or "none"
    detail = f"{len(inside)} of {len(choice.options)} could be right ({fit})"
    if q is None:
        detail = "without past cases every option could be right"
    return Condition(name=names.ONE_OPTION, holds=len(inside) == 1 and not none_fits, detail=detail)


def _sure_enough(calibration: Calibration, top: float | None) -> Condition:
    bar = calibration.bar
    holds = top is not None and top >= bar
    said = f"{top:.3g}" if top is not None else "none"
    wanted = f"{bar:.3g}" if math.isfinite(bar) else "more than any"
    promise = f"to be wrong in at most {calibration.promise.alpha:.0%} of all decisions"
    return Condition(name=names.SURE_ENOUGH, holds=holds, detail=f"score {said}, needed {promise}: {wanted}")


def _precedent(calibration: Calibration, features: Sequence[float]) -> tuple[float | None, Condition]:
    novelty, least = calibration.novelty, calibration.promise.novelty
    if novelty is None:
        return None, Condition(name=names.PRECEDENT, holds=True, detail="there are no features to compare")
    if len(features) != novelty.width or not all(math.isfinite(f) for f in features):
        detail = f"its {len(features)} features do not compare with the {novelty.width} of past cases"
        return None, Condition(name=names.PRECEDENT, holds=False, detail=detail)
    p = novelty.p_value(features)
    detail = f"a share of {p:.3g} of past cases was as strange, {least:.3g} is too few"
    return p, Condition(name=names.PRECEDENT, holds=p > least, detail=detail)


def _no_conflict(choice: Choice) -> Condition:
    return Condition(
        name=names.NO_CONFLICT, holds=not choice.conflicts, detail="; ".join(choice.conflicts) or "sources agree"
    )


def _not_reserved(choice: Choice) -> Condition:
    detail = choice.reserved or "a robot may decide"
    return Condition(name=names.NOT_RESERVED, holds=not choice.reserved, detail=detail)


def _worth_it(choice: Choice, p_wrong: float | None, price: float) -> Condition:
    if p_wrong is None:
        return Condition(name=names.WORTH_IT, holds=False, detail="how often it is wrong is not known")
    spared, cost = p_wrong * choice.loss_if_wrong, price + choice.delay_cost
    detail = f"asking would spare {spared:.3g} s of people's time and cost {cost:.3g} s"
    return Condition(name=names.WORTH_IT, holds=spared <= cost, detail=detail)


def _sentence(choice: Choice, chosen: int | None, conditions: Sequence[Condition], act: bool) -> str:
    what = choice.options[chosen] if chosen is not None and chosen < len(choice.options) else "nothing"
    if act:
        return f"Decided without a person: {what}. {conditions[2].detail}; {conditions[0].detail}."
    why = "; ".join(f"{c.name}: {c.detail}" for c in conditions if not c.holds)
    return f"A person decides, because not all holds that must. {why}."
