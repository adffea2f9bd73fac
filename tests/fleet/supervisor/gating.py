"""Gates of one's own choice at a desk, and what they ruled."""

from __future__ import annotations

from dataclasses import replace

from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.model import events as ev
from fleet.model.ruling import Ruled
from fleet.model.severity import Severity
from fleet.model.tasks import TaskState as S
from tests.fleet.supervisor.building import Desk, carry


def gate_that_needs(decision_class: str, severity: Severity, score: float, gamma: float = 0.0) -> Gate:
    """Acts on that class from about this score on, and has no past cases of any other."""
    good = [Example(scores=(score, 1.0 - score), acceptable=(0,))] * 100
    bad = [Example(scores=(score - 0.01, 1.01 - score), acceptable=(1,))] * 12
    promise = Promise(epsilon=0.1, alpha=0.05, gamma=gamma)
    return Gate({(decision_class, severity): Calibration(good + bad, promise)})


def with_gate(desk: Desk, gate: Gate) -> None:
    desk.context = replace(desk.context, gate=gate)


def rulings(desk: Desk, decision_class: str) -> list[Ruled]:
    made = [e.ruled for e in desk.events if isinstance(e, ev.RulingMade)]
    return [r for r in made if r.choice.decision_class == decision_class]


def does(desk: Desk, task_id: str, to: str, what: str = "box_a") -> str:
    """A delivery that is seen to have happened; returns who did it."""
    desk.submit(carry(task_id, what=what, to=to), mission_id=task_id)
    robot_id = str(desk.task(task_id).robot_id)
    desk.claim(task_id)
    desk.see_object(what, place=to)
    assert desk.task(task_id).state is S.DONE
    return robot_id
