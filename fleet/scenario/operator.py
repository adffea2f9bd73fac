"""The operator model: when a question is answered, and with which option. Each question draws for itself."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fleet.scenario.spec import ANY, Answer, OperatorModel


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer: the option and the reason given. `meant` differs from `option_id` where the operator erred."""

    option_id: str
    reason: str
    meant: str

    @property
    def erred(self) -> bool:
        """Whether another option was chosen than meant."""
        return self.option_id != self.meant


class Operator:
    """Looks at open questions as the API shows them (`possible` at each option) and says what to answer when.

    The same question (its `dedup_key`) answered `gives_up_after` times is answered with cancelling, as people do.
    """

    def __init__(self, model: OperatorModel, seed: int) -> None:
        self.model, self._seed = model, seed
        self._seen: dict[str, float] = {}
        self._answered: Counter[str] = Counter()

    def away(self, now_s: float) -> bool:
        """Whether nobody is there."""
        return any(a.from_s <= now_s < a.to_s for a in self.model.goes_away)

    def ready(self, escalation_id: str, now_s: float) -> bool:
        """Whether the question was looked at for long enough. Nobody looks while away."""
        if self.away(now_s):
            return False
        least, most = self.model.answers_after_s
        seen = self._seen.setdefault(escalation_id, now_s)
        return now_s - seen >= least + (most - least) * float(self._dice(escalation_id).random()) - 1e-9

    def choose(self, escalation: Mapping[str, Any]) -> Choice | None:
        """The answer to a question that is `ready`; None where the model has none."""
        answer = next((a for a in self.model.answers if a.cause in (escalation["cause"], ANY)), None)
        if answer is None:
            return None
        possible = [o for o in escalation["options"] if o["possible"]]
        tired = self._answered[escalation["dedup_key"]] >= self.model.gives_up_after
        meant = _cancel(possible) if tired else _meant(answer, escalation, possible)
        if meant is None:
            return None
        reason = f"answered {self.model.gives_up_after} times before; not worth another try" if tired else answer.reason
        dice = self._dice(escalation["escalation_id"])
        dice.random()  # the first draw is for the time
        others = [o["option_id"] for o in possible if o["option_id"] != meant]
        if others and float(dice.random()) < self.model.errs:
            return Choice(others[int(dice.integers(len(others)))], reason, meant)
        return Choice(meant, reason, meant)

    def has_answered(self, escalation: Mapping[str, Any]) -> None:
        """Remember that it was answered."""
        self._answered[escalation["dedup_key"]] += 1

    def _dice(self, escalation_id: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(b"operator"), zlib.crc32(escalation_id.encode())])


def choices(answer: Answer) -> list[Any]:
    """What an answer would choose, the best first."""
    return answer.choose if isinstance(answer.choose, list) else [answer.choose]


def _meant(answer: Answer, escalation: Mapping[str, Any], possible: Sequence[Mapping[str, Any]]) -> str | None:
    if not {e["kind"] for e in escalation["evidence"]}.issuperset(answer.needs_evidence):
        return None
    found = (_option(choice, escalation, possible) for choice in choices(answer))
    return next((option_id for option_id in found if option_id is not None), None)


def _option(choice: Any, escalation: Mapping[str, Any], possible: Sequence[Mapping[str, Any]]) -> str | None:
    if choice == "safe_default":
        return next((o["option_id"] for o in possible if o["option_id"] == escalation["safe_default"]), None)
    if choice == "first_possible":
        return possible[0]["option_id"] if possible else None
    if choice == "best":
        if not possible:
            return None
        previewed = {p["option_id"]: p["prediction"] for p in escalation.get("previews", ())}
        best = max(possible, key=lambda o: _worth(previewed.get(o["option_id"], o["predicted"])))
        return str(best["option_id"])
    return next((o["option_id"] for o in possible if _does(o["action"], choice)), None)


def _worth(predicted: Mapping[str, Any]) -> tuple[float, float]:
    success, duration = predicted.get("success"), predicted.get("duration_s")
    return (-1.0 if success is None else success, -1e9 if duration is None else -duration)


def _cancel(possible: Sequence[Mapping[str, Any]]) -> str | None:
    return next((o["option_id"] for o in possible if o["action"].get("do") == "cancel"), None)


def _does(action: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(bool(action.get(k)) if v == "*" else str(action.get(k)) == str(v) for k, v in wanted.items())
