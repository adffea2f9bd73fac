"""Are the gate's promises kept, and are its numbers those of MAPIE and crepes?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks._harness import Metric
from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.conformal import nonconformity, p_values, prediction_sets, quantile
from fleet.escalation.gate.evaluate import Table, gate_on, splits
from fleet.escalation.gate.store import CalibrationData, key_text
from fleet.model.errors import InvalidField

_LEAST_NEW = 20
EPSILONS, ALPHAS = (0.05, 0.1, 0.15, 0.25), (0.05, 0.1)


def kept(made_up: Table, real: Mapping[str, Table], times: int) -> dict[str, Metric]:
    """Coverage and P(act and wrong) over random splits, half and half.

    Made-up scores have no ties: there coverage must be what was promised, neither less nor more. Real ones have many
    (one thing that fits scores the same every time): there it may be more, and only less is a broken promise.
    """
    off, worst = 0.0, {alpha: 0.0 for alpha in ALPHAS}
    for epsilon in EPSILONS:
        mean = float(np.mean([k.coverage for k in splits(made_up, epsilon, 0.1, part=0.5, seed=1, times=times)]))
        off = max(off, abs(mean - (1 - epsilon)))
        print(f"  made up, epsilon {epsilon:g}: covered {mean:.4f} of {1 - epsilon:g}")
    below = max((_shortfall(name, table, times) for name, table in real.items()), default=0.0)
    for alpha in ALPHAS:
        for name, table in {"made up": made_up, **real}.items():
            runs = splits(table, 0.2, alpha, part=0.5, seed=2, times=times)
            wrong, asked = (float(np.mean([getattr(k, f) for k in runs])) for f in ("act_and_wrong", "help_rate"))
            worst[alpha] = max(worst[alpha], wrong)
            print(f"  {name}, alpha {alpha:g}: acted and was wrong {wrong:.4f}, asked {asked:.3f}")
    return {
        "coverage_off_target": Metric(value=off, unit="", aim=0.02),
        "coverage_below_target_real": Metric(value=below, unit="", aim=0.02),
        **{
            f"act_and_wrong_at_{round(alpha * 100):02d}": Metric(value=worst[alpha], unit="", aim=alpha)
            for alpha in ALPHAS
        },
    }


def _shortfall(name: str, table: Table, times: int) -> float:
    found = []
    for epsilon in EPSILONS:
        mean = float(np.mean([k.coverage for k in splits(table, epsilon, 0.1, part=0.5, seed=3, times=times)]))
        found.append((1 - epsilon) - mean)
        print(f"  {name}, epsilon {epsilon:g}: covered {mean:.4f} of {1 - epsilon:g}")
    return max(found)


def on_a_new_site(data: CalibrationData, promises: Mapping[str, Promise]) -> dict[str, Metric]:
    """Calibrated on all sites but one, judged on that one: nothing promises this, since a new site is no ordinary next
    case. The worst class and site, by how far P(act and wrong) lies above what is promised on known ground."""
    sites = sorted({c.source.site for c in data.cases})
    worst, least = -1.0, 1.0
    for key in data.classes():
        promise = promises.get(key_text(key), Promise())
        by_site = {s: [c.example for c in data.cases if c.key == key and c.source.site == s] for s in sites}
        for site in sites:
            past = Table.of_examples([e for s, examples in by_site.items() if s != site for e in examples])
            new = Table.of_examples(by_site[site])
            if len(new) < _LEAST_NEW or len(past) < _LEAST_NEW:
                continue
            kept_there = gate_on(past, new, promise.epsilon, promise.alpha)
            worst = max(worst, kept_there.act_and_wrong - promise.alpha)
            least = min(least, kept_there.coverage - (1 - promise.epsilon))
            print(
                f"  {key_text(key)}, {site} new: covered {kept_there.coverage:.3f} of {1 - promise.epsilon:g}, "
                f"acted and was wrong {kept_there.act_and_wrong:.4f} of {promise.alpha:g}, "
                f"asked {kept_there.help_rate:.3f}"
            )
    return {
        "new_site_act_and_wrong_above_alpha": Metric(value=worst, unit=""),
        "new_site_coverage_below_target": Metric(value=-least, unit=""),
    }


def against_peers(made_up: Table) -> dict[str, Metric]:
    """The largest difference to MAPIE (quantile; sets that differ) and to crepes (p-values).

    Raises:
        InvalidField: one of them is not installed.
    """
    half = len(made_up) // 2
    past, new = made_up.rows(np.arange(half)), made_up.rows(np.arange(half, len(made_up)))
    return {
        "off_mapie": Metric(value=_off_mapie(past, new), unit="", aim=1e-9),
        "off_crepes": Metric(value=_off_crepes(past, new), unit="", aim=1e-9),
    }


def _off_mapie(past: Table, new: Table) -> float:
    try:
        from mapie.classification import SplitConformalClassifier
        from sklearn.base import BaseEstimator, ClassifierMixin
    except ImportError:
        raise InvalidField("MAPIE", "not installed", "make setup") from None

    class Said(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        """A fitted classifier whose probabilities are the features that it is given."""

        classes_ = np.arange(past.scores.shape[1])

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def fit(self, x: Any, y: Any) -> Said:
            return self

        def predict_proba(self, x: Any) -> Any:
            return np.asarray(x)

        def predict(self, x: Any) -> Any:
            return np.asarray(x).argmax(axis=1)

    off = 0.0
    for epsilon in EPSILONS:
        peer = SplitConformalClassifier(Said(), confidence_level=1 - epsilon, conformity_score="lac", prefit=True)
        peer.conformalize(past.scores, past.acceptable.argmax(axis=1))
        _, theirs = peer.predict_set(new.scores)
        q = quantile(past.nonconformity, epsilon)
        off = max(off, abs(float(peer._mapie_classifier.quantiles_[0]) - q))
        off += float((prediction_sets(new.scores, q) != theirs[:, :, 0]).sum())  # a set that differs is no small thing
    return off


def _off_crepes(past: Table, new: Table) -> float:
    try:
        from crepes import ConformalClassifier
    except ImportError:
        raise InvalidField("crepes", "not installed", "make setup") from None
    truth = [(int(t),) for t in past.acceptable.argmax(axis=1)]
    strange = nonconformity(past.scores, truth)
    theirs = ConformalClassifier().fit(strange).predict_p(1.0 - new.scores, smoothing=False)
    return float(np.abs(p_values(strange, new.scores) - theirs).max())
