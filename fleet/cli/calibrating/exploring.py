"""A gate for collecting: in simulation nobody is harmed, so it tries what only trying can tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fleet.escalation.gate.gate import Gate
from fleet.model.ruling import Choice, Ruling

TRIED = ("which_recovery", "which_robot")
"""Classes whose truth shows only when the first option is tried."""


class ExploringGate(Gate):
    """Acts wherever the scores say anything and nothing reserves or contests the decision: on the first option of the
    classes in `TRIED`, else on the one with the highest score. Everything else asks, as it always would."""

    def __init__(self) -> None:
        super().__init__({})

    def rule(self, choice: Choice, load: float = 0.0, level: float | None = None) -> Ruling:
        """As the gate rules, and then acting all the same."""
        ruling = super().rule(choice, load, level)
        scores = np.asarray(choice.scores, dtype=np.float64)
        fits = 0 < scores.size == len(choice.options) and bool(np.isfinite(scores).all())
        if not fits or choice.reserved or choice.conflicts:
            return ruling
        chosen = 0 if choice.decision_class in TRIED else int(scores.argmax())
        sentence = f"Tried, to learn from it: {choice.options[chosen]}."
        return replace(ruling, act=True, chosen=chosen, sentence=sentence)
