"""What people decided in like cases is shown beside a question, and what came of it."""

from __future__ import annotations

from dataclasses import replace

from fleet.escalation.precedents import precedents
from fleet.model.escalation import Cause, DecidedHow, Decision, Escalation, EscalationState, Option
from fleet.model.oversight import Canary, OversightState
from fleet.model.prediction import Prediction
from fleet.model.ruling import Choice, Ruled, Ruling
from fleet.model.severity import Severity
from fleet.supervisor.state import FleetState

KEY = "recovery_doubtful|-|{}|which_recovery"


def ruled(*features: float) -> Ruled:
    choice = Choice(
        decision_class="which_recovery", severity=Severity.LOW, options=("a", "b"), scores=(0.5, 0.5), features=features
    )
    ruling = Ruling(
        act=False, chosen=0, in_set=(0, 1), sentence="", conditions=(), examples=0, epsilon=0.1, level=0.1,
        quantile=None, alpha=0.1, bar=None, novelty_p=None, p_wrong=None, asking_price=0.0,
    )  # fmt: skip
    return Ruled(ruling_id="R1", choice=choice, ruling=ruling, subject={}, ruled_at_s=0.0)


def asked(number: int, subject: str, *features: float, how: DecidedHow | None = DecidedHow.ANSWERED) -> Escalation:
    name = f"E{number}"
    decision = how and Decision(
        decision_id=f"{name}.decision", escalation_id=name, option_id="again", how=how, operator="Ana", role="operator",
        reason="it worked before", decided_at_s=float(number), shown_digest="",
    )  # fmt: skip
    return Escalation(
        escalation_id=name,
        dedup_key=KEY.format(subject),
        cause=Cause.RECOVERY_DOUBTFUL,
        decision_class="which_recovery",
        severity=Severity.LOW,
        question=f"What about {subject}?",
        unknowns=(),
        options=(
            Option(option_id="again", label="Try it again", action={"do": "requeue"}, predicted=Prediction(basis="")),
        ),
        evidence=(),
        safe_default="again",
        raised_at_s=number - 0.5,
        deadline_s=1000.0,
        situation_digest="",
        raised_by="supervisor",
        ruled=ruled(*features),
        object_ids=(subject,),
        state=EscalationState.CLOSED if decision else EscalationState.QUEUED,
        decision=decision or None,
    )


def state_of(*questions: Escalation) -> FleetState:
    return FleetState(escalations={e.escalation_id: e for e in questions})


def nearest(state: FleetState, subject: str, *features: float) -> list[str]:
    key = KEY.format(subject)
    found = precedents(state, Cause.RECOVERY_DOUBTFUL, key, ruled(*features), (subject,))
    return [p.escalation_id for p in found]


def test_the_same_thing_comes_first_then_what_is_most_alike() -> None:
    state = state_of(asked(1, "far", 9.0), asked(2, "near", 1.1), asked(3, "box", 5.0), asked(4, "nearer", 1.0))
    assert nearest(state, "box", 1.0) == ["E3", "E4", "E2"]


def test_what_nobody_answered_and_what_was_synthetic_is_no_precedent() -> None:
    defaulted, waiting, real, planted = (
        asked(1, "a", 1.0, how=DecidedHow.SAFE_DEFAULT),
        asked(2, "b", 1.0, how=None),
        asked(3, "c", 1.0),
        asked(4, "d", 1.0),
    )
    canary = Canary(escalation_id="E4", bad=("again",), because="to see", planted_at_s=0.0)
    state = replace(state_of(defaulted, waiting, real, planted), oversight=OversightState(canaries={"E4": canary}))
    assert nearest(state, "x", 1.0) == ["E3"]


def test_a_precedent_says_what_was_decided_by_whom_why_and_what_came_of_it() -> None:
    state = state_of(asked(1, "box", 1.0), asked(2, "box", 2.0))
    found = precedents(state, Cause.RECOVERY_DOUBTFUL, KEY.format("box"), ruled(2.0, 3.0), ())
    assert [(p.label, p.by, p.reason, p.turned_out) for p in found] == [
        ("Try it again", "Ana", "it worked before", "ended")
    ] * 2
    assert [p.distance for p in found] == [None, None]  # other numbers: not comparable


def test_another_kind_of_decision_is_no_precedent() -> None:
    state = state_of(asked(1, "box", 1.0))
    assert precedents(state, Cause.ROBOT_DOUBTFUL, KEY.format("box"), None, ()) == ()
    assert precedents(state, Cause.RECOVERY_DOUBTFUL, "recovery_doubtful|-|box|which_plan", None, ()) == ()
