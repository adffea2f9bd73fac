"""People's keys: who may register and revoke one, and what an answer needs once there is one."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.audit.operator_signing import OperatorSigner
from fleet.model import events as ev
from fleet.model.key_requests import RegisterKey, RevokeKey
from fleet.model.requests import AnswerEscalation, Role
from tests.fleet.supervisor.building import Desk, carry

DANA, OTHER, EVE = (OperatorSigner.generate(name) for name in ("dana", "dana", "eve"))


def asked(desk: Desk) -> AnswerEscalation:
    """A question, and dana's answer to it, not signed."""
    desk.submit(carry("t1", what={"colour": "blue"}))
    question = desk.questions()[0]
    return AnswerEscalation(
        escalation_id=question.escalation_id,
        option_id="object:box_b",
        reason="the left one",
        shown_digest=question.shown_digest,
    )


def signed(answer: AnswerEscalation, by: OperatorSigner, **changes: Any) -> AnswerEscalation:
    fields = {f: getattr(answer, f) for f in answer.__struct_fields__}
    return AnswerEscalation(**{**fields, **by.signed(fields), **changes})


def register(desk: Desk, key: OperatorSigner, actor: str = "dana", role: Role = Role.OPERATOR, **changes: str) -> Any:
    return desk.ask(RegisterKey(**{**key.registration("laptop"), **changes}), actor, role)


def test_a_signed_answer_is_taken_and_the_key_is_on_record(desk: Desk) -> None:
    assert register(desk, DANA).accepted
    assert desk.state.operator_keys[DANA.key_id].registered_by == "dana"
    assert desk.ask(signed(asked(desk), DANA)).accepted


def test_without_a_key_on_record_an_answer_needs_no_signature(desk: Desk) -> None:
    assert desk.ask(asked(desk)).accepted


def test_who_has_a_key_must_sign(desk: Desk) -> None:
    register(desk, DANA)
    settled = desk.ask(asked(desk))
    assert (settled.problem, settled.field) == ("forbidden", "signature")
    assert desk.questions()


@pytest.mark.parametrize("field", ["option_id", "reason"])
def test_a_signature_holds_for_nothing_but_the_answer_that_was_signed(desk: Desk, field: str) -> None:
    register(desk, DANA)
    changed = {"option_id": "object:box_a", "reason": "another reason"}[field]
    settled = desk.ask(signed(asked(desk), DANA, **{field: changed}))
    assert (settled.problem, settled.field) == ("forbidden", "signature")


def test_a_key_of_somebody_else_does_not_do(desk: Desk) -> None:
    register(desk, DANA)
    register(desk, EVE, "eve")
    assert desk.ask(signed(asked(desk), EVE)).field == "key_id"
    assert desk.ask(signed(asked(desk), OTHER)).field == "key_id"
    assert desk.ask(signed(asked(desk), OTHER, key_id=DANA.key_id)).field == "signature"


def test_a_revoked_key_does_not_do_and_an_admin_can_revoke_a_lost_one(desk: Desk) -> None:
    register(desk, DANA)
    answer = asked(desk)
    revoke = RevokeKey(key_id=DANA.key_id, reason="the laptop was stolen")
    assert desk.ask(revoke, "eve").problem == "forbidden"
    assert desk.ask(revoke, "root", Role.ADMIN).accepted
    assert desk.ask(revoke, "root", Role.ADMIN).problem == "conflict"
    settled = desk.ask(signed(answer, DANA))
    assert settled.field == "key_id"
    assert "revoked by root: the laptop was stolen" in settled.detail
    assert register(desk, DANA).problem == "conflict"
    assert register(desk, OTHER).accepted
    assert desk.ask(signed(answer, OTHER)).accepted


def test_a_second_key_needs_the_first_ones_signature_or_an_admin(desk: Desk) -> None:
    register(desk, DANA)
    assert register(desk, OTHER).field == "vouched_by"
    forged = OTHER.registration("phone", voucher=EVE)
    assert desk.ask(RegisterKey(**forged)).field == "vouched_by"
    assert desk.ask(RegisterKey(**{**forged, "vouched_by": DANA.key_id})).field == "voucher_signature"
    assert desk.ask(RegisterKey(**OTHER.registration("phone", voucher=DANA))).accepted
    third = OperatorSigner.generate("dana")
    assert register(desk, third, "root", Role.ADMIN).accepted


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"public": "AAAA"}, "invalid", "public"),
        ({"public": "no base64!"}, "invalid", "public"),
        ({"proof": ""}, "invalid", "proof"),
        ({"proof": DANA.registration()["public"]}, "invalid", "proof"),
        ({"operator": " "}, "invalid", "operator"),
        ({"operator": "eve"}, "forbidden", "operator"),
    ],
)
def test_what_is_no_proper_registration_is_refused(
    desk: Desk, changes: dict[str, str], problem: str, field: str
) -> None:
    settled = desk.ask(RegisterKey(**{**DANA.registration("laptop"), **changes}))
    assert (settled.problem, settled.field) == (problem, field)
    assert not any(isinstance(e, ev.KeyRegistered) for e in desk.events)


def test_revoking_needs_a_reason_and_a_key_that_is_there(desk: Desk) -> None:
    register(desk, DANA)
    assert desk.ask(RevokeKey(key_id="nothing", reason="x")).problem == "not_found"
    assert desk.ask(RevokeKey(key_id=DANA.key_id, reason=" ")).field == "reason"
