"""The gate on a table of scores and truths: what it would have done, and how its promises were kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.escalation.gate.conformal import Bools, Floats, checked_scores, none_score, prediction_sets, quantile
from fleet.escalation.gate.control import acting_bar
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.model.errors import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cases with known truth: `scores` (n, k) in [0, 1], `acceptable` (n, k), whether each option would be right.

    Args:
        none: (n,) scores of "none of these", where that is an option: it is right where nothing else is, and nobody
            can act on it. None: something is always right.
        weights: (n,) inverse probabilities of having come to be known; None: all alike.
    """

    scores: Floats
    acceptable: Bools
    none: Floats | None = None
    weights: Floats | None = None

    @staticmethod
    def of(scores: object, truth: object) -> Table:
        """From scores and either a column of right options (n,) or a table of acceptable ones (n, k).

        Raises:
            InvalidField: shapes that do not fit, a case without a right option, or an option that does not exist.
        """
        array = checked_scores(np.asarray(scores, dtype=np.float64))
        right = np.asarray(truth)
        if right.shape == array.shape and right.ndim == 2:
            acceptable: Bools = right.astype(np.bool_)
        elif right.shape == (len(array),):
            if not np.issubdtype(right.dtype, np.integer) and not (right == np.floor(right)).all():
                raise InvalidField("truth", right.dtype.name, "whole numbers: the column of the right option")
            columns = right.astype(np.intp)
            bad = np.flatnonzero((columns < 0) | (columns >= array.shape[1]))
            if bad.size:
                raise InvalidField(f"truth[{bad[0]}]", int(right[bad[0]]), f"a column from 0 to {array.shape[1] - 1}")
            acceptable = np.zeros(array.shape, dtype=np.bool_)
            acceptable[np.arange(len(array)), columns] = True
        else:
            raise InvalidField("truth", right.shape, f"({len(array)},) or {array.shape}, as the scores have it")
        empty = np.flatnonzero(~acceptable.any(axis=1))
        if empty.size:
            raise InvalidField(f"truth[{empty[0]}]", "nothing", "at least one acceptable option")
        return Table(scores=array, acceptable=acceptable)

    @staticmethod
    def of_examples(examples: Sequence[Example]) -> Table:
        """Examples as a table; those with fewer options than others are filled up with options that score nothing."""
        width = max((len(e.scores) for e in examples), default=1)
        scores, acceptable = np.zeros((len(examples), width)), np.zeros((len(examples), width), dtype=np.bool_)
        for i, example in enumerate(examples):
            scores[i, : len(example.scores)] = example.scores
            acceptable[i, [a for a in example.acceptable if a != NONE_OF_THESE]] = True
        weights = np.array([e.weight for e in examples], dtype=np.float64)
        return Table(
            scores=checked_scores(scores) if len(examples) else scores,
            acceptable=acceptable,
            none=np.array([none_score(e.scores) for e in examples], dtype=np.float64),
            weights=None if len(set(weights.tolist())) <= 1 else weights,
        )

    def __len__(self) -> int:
        return len(self.scores)

    def rows(self, index: NDArray[np.intp]) -> Table:
        """Some of the cases."""
        none, weights = self.none, self.weights
        return Table(
            scores=self.scores[index],
            acceptable=self.acceptable[index],
            none=none[index] if none is not None else None,
            weights=weights[index] if weights is not None else None,
        )

    @property
    def all_scores(self) -> Floats:
        """Scores of all options, with "none of these" as the last where that is one."""
        return self.scores if self.none is None else np.column_stack([self.scores, self.none])

    @property
    def all_right(self) -> Bools:
        """Which of all options are right: (n, k), or (n, k + 1) with "none of these"."""
        if self.none is None:
            return self.acceptable
        return np.column_stack([self.acceptable, ~self.acceptable.any(axis=1)])

    @property
    def nonconformity(self) -> Floats:
        """1 - the score of the best acceptable option, for each case."""
        return np.asarray(1.0 - np.where(self.all_right, self.all_scores, -np.inf).max(axis=1), dtype=np.float64)

    def mean(self, values: Bools | Floats) -> float:
        """Of a value for each case, weighted (Hajek's estimate of what it is among all, known or not)."""
        return float(np.average(values, weights=self.weights))

    def one_to_act_on(self, sets: Bools) -> Bools:
        """Whether a set (of `all_scores`) has one option, and that can be acted on; one in which nothing is stands for
        the best, as in the gate."""
        one: Bools = sets.sum(axis=1) <= 1
        return one if self.none is None else one & ~sets[:, -1]

    @property
    def top(self) -> Floats:
        """Each case's highest score."""
        return np.asarray(self.scores.max(axis=1), dtype=np.float64)

    @property
    def wrong(self) -> Bools:
        """Whether the option with the highest score would be wrong."""
        return np.asarray(~self.acceptable[np.arange(len(self)), self.scores.argmax(axis=1)], dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How promises were kept on cases that were not calibrated on; all are shares of these cases.

    `coverage`: a right option in the set. `help_rate`: asked. `act_and_wrong`: acted, and was wrong. `success`: right,
    where a person who is asked is right.
    """

    cases: int
    coverage: float
    set_size: float
    help_rate: float
    act_and_wrong: float

    @property
    def success(self) -> float:
        """Acted rightly, or asked."""
        return 1.0 - self.act_and_wrong


def gate_on(past: Table, new: Table, epsilon: float, alpha: float) -> Kept:
    """Calibrate on `past`, rule on `new`: acts where the set has one option and its score reaches the acting bar."""
    q = quantile(past.nonconformity, epsilon, past.weights)
    bar = acting_bar(past.top, past.wrong, alpha, past.weights)
    sets = prediction_sets(new.all_scores, q)
    return _kept(new, sets, new.one_to_act_on(sets) & (new.top >= bar))


def splits(table: Table, epsilon: float, alpha: float, *, part: float, seed: int, times: int) -> list[Kept]:
    """`gate_on` over `times` random splits, each with the share `part` of the cases for calibration.

    Raises:
        InvalidField: a part or a count that leaves nothing on one side.
    """
    cut = round(part * len(table))
    if not 0 < cut < len(table):
        raise InvalidField("part", part, f"a share that leaves cases on both sides of {len(table)}")
    if times < 1:
        raise InvalidField("times", times, "1 or more")
    found = []
    for i in range(times):
        order = np.random.default_rng([seed, i]).permutation(len(table))
        found.append(gate_on(table.rows(order[:cut]), table.rows(order[cut:]), epsilon, alpha))
    return found


def risk_coverage(table: Table) -> tuple[Floats, Floats]:
    """(share acted on, share wrong among those), acting on the surest cases first; each (n,)."""
    order = np.argsort(-table.top, kind="stable")
    weights = np.ones(len(table)) if table.weights is None else table.weights[order]
    count = np.cumsum(weights)
    wrong = np.cumsum(weights * table.wrong[order])
    return np.asarray(count / count[-1]), np.asarray(wrong / count)


def simple_set(new: Table, epsilon: float) -> Bools:
    """KnowNo's baseline: options by score until their shares add up to 1 - epsilon; no calibration."""
    scores = new.all_scores
    total = scores.sum(axis=1, keepdims=True)
    share = np.divide(scores, total, out=np.full_like(scores, 1.0 / scores.shape[1]), where=total > 0)
    order = np.argsort(-share, axis=1, kind="stable")
    before = np.cumsum(np.take_along_axis(share, order, axis=1), axis=1) - np.take_along_axis(share, order, axis=1)
    sets = np.zeros(share.shape, dtype=np.bool_)
    np.put_along_axis(sets, order, before < 1.0 - epsilon, axis=1)
    return sets


def by_simple_set(new: Table, epsilon: float) -> Kept:
    """Asks unless the simple set has one option."""
    sets = simple_set(new, epsilon)
    return _kept(new, sets, new.one_to_act_on(sets))


def by_threshold(new: Table, threshold: float) -> Kept:
    """Asks unless the highest score reaches a fixed threshold."""
    return _kept(new, new.all_scores >= threshold, new.top >= threshold)


def by_entropy(new: Table, most: float) -> Kept:
    """Asks where the scores' entropy (as shares, in bits) is above `most`."""
    scores = new.all_scores
    share = scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-12)
    bits = -(share * np.log2(np.maximum(share, 1e-12))).sum(axis=1)
    best = np.zeros(scores.shape, dtype=np.bool_)
    best[np.arange(len(new)), new.scores.argmax(axis=1)] = True
    return _kept(new, best, bits <= most)


def at_success(policy: Callable[[float], Kept], settings: Sequence[float], success: float) -> Kept | None:
    """Of the settings that reach the success, the one that asks least; None if none does."""
    reached = [kept for kept in map(policy, settings) if kept.success >= success - 1e-12]
    return min(reached, key=lambda kept: kept.help_rate, default=None)


def sureness(new: Table) -> dict[str, Floats]:
    """How sure each of the simpler policies is of each case; it acts where that reaches its setting.

    `simple_set`: the top option's share of all scores, "none of these" among them: the set that adds up to 1 - epsilon
    has one option exactly where that share reaches 1 - epsilon. `threshold`: the top score. `entropy`: less is surer.
    """
    scores = new.all_scores
    total = scores.sum(axis=1)
    share = scores / np.maximum(total, 1e-12)[:, np.newaxis]
    bits = -(share * np.log2(np.maximum(share, 1e-12))).sum(axis=1)
    best = np.asarray(share[np.arange(len(new)), new.scores.argmax(axis=1)])
    best = np.where(best >= share.max(axis=1), best, -np.inf)  # "none of these" cannot be acted on
    return {"simple_set": best, "threshold": new.top, "entropy": -bits}


def asked_at(new: Table, sure: Floats, success: float) -> float:
    """The least share asked by a policy that acts where `sure` reaches a bar, over all bars that make it right at least
    as often as `success`; 1 where only asking about everything is.

    Exact: acting on more cases can only add wrong ones, so that the lowest bar that is right often enough asks least.
    """
    weights = np.ones(len(new)) if new.weights is None else new.weights
    order = np.argsort(-sure, kind="stable")
    lost, acted = np.cumsum((weights * new.wrong)[order]), np.cumsum(weights[order])
    values = sure[order]
    last_alike = np.append(values[1:] != values[:-1], True)  # one cannot act on some of those that are equally sure
    fits = last_alike & np.isfinite(values) & (lost <= (1.0 - success) * weights.sum() + 1e-9)
    reached = np.flatnonzero(fits)
    if reached.size == 0:
        return 1.0
    return float(1.0 - acted[reached[-1]] / weights.sum())


def _kept(new: Table, sets: Bools, acts: Bools) -> Kept:
    n = len(new)
    if n == 0:
        return Kept(cases=0, coverage=math.nan, set_size=math.nan, help_rate=math.nan, act_and_wrong=math.nan)
    covered: Bools = np.asarray((sets & new.all_right).any(axis=1), dtype=np.bool_)
    return Kept(
        cases=n,
        coverage=new.mean(covered),
        set_size=new.mean(sets.sum(axis=1).astype(np.float64)),
        help_rate=new.mean(np.logical_not(acts)),
        act_and_wrong=new.mean(np.asarray(np.logical_and(acts, new.wrong), dtype=np.bool_)),
    )
