"""Load makes asking dearer and can do nothing else: the hard conditions hold at any load."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.escalation.gate import records as names
from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.model.ruling import Choice
from fleet.model.severity import Severity

SOFT = {names.WORTH_IT}


def a_gate() -> Gate:
    dice = np.random.default_rng(7)
    examples = []
    for _ in range(300):
        scores = dice.dirichlet((6.0, 1.0, 1.0))
        examples.append(Example(scores=tuple(map(float, scores)), acceptable=(int(dice.random() > 0.9),)))
    return Gate({("which", Severity.MEDIUM): Calibration(tuple(examples), Promise())})


GATE = a_gate()


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=4),
    load=st.floats(0, 1e6),
    reserved=st.sampled_from(["", "a person is within reach"]),
    conflicts=st.sampled_from([(), ("two cameras disagree",)]),
    loss=st.floats(0, 1e6),
)
def test_whatever_the_load_the_hard_conditions_hold_when_the_gate_acts(scores, load, reserved, conflicts, loss):
    choice = Choice(
        decision_class="which",
        severity=Severity.MEDIUM,
        options=tuple("abcd"[: len(scores)]),
        scores=tuple(scores),
        reserved=reserved,
        conflicts=conflicts,
        loss_if_wrong=loss,
    )
    busy, idle = GATE.rule(choice, load), GATE.rule(choice, 0.0)
    hard = [c for c in busy.conditions if c.name not in SOFT]
    assert hard == [c for c in idle.conditions if c.name not in SOFT], "load changes no hard condition"
    if busy.act:
        assert all(c.holds for c in hard)
        assert not reserved
        assert not conflicts
    assert busy.asking_price >= idle.asking_price
