"""Where MAPIE and crepes compute the same thing, the numbers are the same."""

from __future__ import annotations

import numpy as np
import pytest
from crepes import ConformalClassifier
from mapie.classification import SplitConformalClassifier
from sklearn.base import BaseEstimator, ClassifierMixin

from fleet.escalation.gate.conformal import nonconformity, p_values, prediction_sets, quantile
from tests.fleet.escalation.gate.test_gate_promises import cases


class Said(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier whose probabilities are the features that it is given."""

    def __init__(self, classes: int = 4) -> None:
        self.classes = classes
        self.classes_ = np.arange(classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, x: np.ndarray, y: np.ndarray) -> Said:
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x).argmax(axis=1)


PAST, NEW = cases(777, seed=21), cases(500, seed=22)
TRUTH = PAST.acceptable.argmax(axis=1)


@pytest.mark.parametrize("epsilon", [0.05, 0.1, 0.15, 0.25])
def test_sets_are_mapies(epsilon: float) -> None:
    peer = SplitConformalClassifier(Said(), confidence_level=1 - epsilon, conformity_score="lac", prefit=True)
    peer.conformalize(PAST.scores, TRUTH)
    _, theirs = peer.predict_set(NEW.scores)
    q = quantile(PAST.nonconformity, epsilon)
    assert (prediction_sets(NEW.scores, q) == theirs[:, :, 0]).all()
    assert float(peer._mapie_classifier.quantiles_[0]) == pytest.approx(q, abs=1e-9)


def test_p_values_are_crepes() -> None:
    past = nonconformity(PAST.scores, [(int(t),) for t in TRUTH])
    peer = ConformalClassifier().fit(past)
    theirs = peer.predict_p(1.0 - NEW.scores, smoothing=False)
    assert p_values(past, NEW.scores) == pytest.approx(theirs, abs=1e-9)
