"""What the verifier makes of people's keys: signed while the key was good, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fleet.audit.bundle import make_bundle
from fleet.audit.keyring import RECORD_FORMAT
from fleet.audit.log import AuditLog
from fleet.audit.notes import COSIGNATURE, Note, Signer, with_line
from fleet.audit.operator_signing import OperatorSigner
from fleet.audit.statements import KEY_KINDS, next_head
from fleet.audit.verify import Findings, verify_bundle

SERVER = Signer("fleet.example/log", bytes(range(32)))
ANA, SECOND, EVE = (OperatorSigner.generate(name) for name in ("Ana", "Ana", "Eve"))
ANSWER = {"escalation_id": "E1", "option_id": "cancel", "reason": "spilled", "shown_digest": "0" * 64}


def registered(key: OperatorSigner, voucher: OperatorSigner | None = None, role: str = "operator") -> dict[str, Any]:
    body = key.registration("laptop", voucher)
    return {"kind": "key.registered", "key": {"key_id": key.key_id, **body}, "role": role}


def revoked(key: OperatorSigner) -> dict[str, Any]:
    return {"kind": "key.revoked", "key_id": key.key_id, "operator": key.operator, "by": "Root", "reason": "lost"}


def decision(by: OperatorSigner | None, **changes: Any) -> dict[str, Any]:
    signature = by.signed(ANSWER) if by else None
    made = {
        "operator": "Ana",
        "how": "answered",
        **{f: ANSWER[f] for f in ("escalation_id", "option_id", "shown_digest")},
    }
    return {"kind": "decision", "decision": {**made, **changes}, "answer": {"body": ANSWER}, "signature": signature}


def checked(path: Path, *records: dict[str, Any]) -> Findings:
    """What is found in a log of these records, made by a server that writes whatever it likes."""
    log, head = AuditLog(path, SERVER.name, durable=False), "0" * 64
    for body in records:
        record = {**body, "format": RECORD_FORMAT, "keys": head}
        head = next_head(head, record) if body["kind"] in KEY_KINDS else head
        log.append([(None, record)])
    bundle = make_bundle(log, log.checkpoint([SERVER]), (), log.size, (0, log.size))
    log.close()
    return verify_bundle(bundle, [SERVER.verifier])


def test_a_signature_while_the_key_was_good_holds_also_after_it_was_revoked(tmp_path: Path) -> None:
    found = checked(tmp_path / "a", registered(ANA), decision(ANA), revoked(ANA))
    assert (found.problems, found.signed_answers) == ((), 1)


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([registered(ANA), revoked(ANA), decision(ANA)], "revoked in entry 1"),
        ([registered(ANA), decision(None)], "not signed with it"),
        ([decision(ANA)], "not one of Ana's"),
        ([registered(EVE), decision(EVE)], "not one of Ana's"),
        ([registered(ANA), decision(ANA, option_id="object:box_b")], "is not what Ana signed: option_id"),
        ([registered(ANA), decision(ANA, shown_digest="1" * 64)], "shown_digest differ"),
        ([registered(ANA), registered(SECOND)], "neither it nor an admin vouched"),
        ([registered(ANA), registered(SECOND, EVE)], "whose signature does not hold"),
        ([{**registered(ANA), "key": {**registered(ANA)["key"], "proof": "AAAA"}}], "without proof"),
        ([{**registered(ANA), "key": {**registered(ANA)["key"], "key_id": "0" * 16}}], "not its own"),
        ([revoked(ANA)], "no entry registered it"),
    ],
)
def test_what_a_server_makes_up_does_not_hold(tmp_path: Path, records: list[dict[str, Any]], says: str) -> None:
    (problem,) = checked(tmp_path / "a", *records).problems
    assert says in problem


@pytest.mark.parametrize(
    "records", [[registered(ANA), registered(SECOND, ANA)], [registered(ANA), registered(SECOND, role="admin")]]
)
def test_a_second_key_is_good_when_the_first_or_an_admin_vouched(tmp_path: Path, records: list[dict[str, Any]]) -> None:
    found = checked(tmp_path / "a", *records, decision(SECOND))
    assert (found.problems, found.signed_answers) == ((), 1)


def test_a_changed_answer_behind_a_good_signature_does_not_hold(tmp_path: Path) -> None:
    forged = {**decision(ANA), "answer": {"body": {**ANSWER, "reason": "something else"}}}
    (problem,) = checked(tmp_path / "a", registered(ANA), forged).problems
    assert "the signature of Ana does not hold" in problem


def test_a_witness_that_has_seen_too_little_is_said_to_have(tmp_path: Path) -> None:
    witness = Signer("witness.example", bytes(range(1, 33)), COSIGNATURE)
    log = AuditLog(tmp_path / "a", SERVER.name, durable=False)
    for size in (2, 5):
        log.append([(None, {"kind": "x", "n": n}) for n in range(log.size, size)])
        note = log.checkpoint([SERVER])
        if size == 2:
            line = witness.line(Note.parse(note).text, 1000)
            log.replace_checkpoint(2, with_line(note, line), [witness.verifier])
    keys = [SERVER.verifier, witness.verifier]
    old, new = make_bundle(log, note, (), 5, (0, 2)), make_bundle(log, note, (), 5, (0, 3))
    log.close()
    found = verify_bundle(old, keys, ["witness.example"])
    assert (found.problems, found.witnessed) == ((), (("witness.example", 2, 1000),))
    (problem,) = verify_bundle(new, keys, ["witness.example"]).problems
    assert "has seen 2 entries, too few for entry 2" in problem
    forged = json.loads(json.dumps(old).replace(line.split()[-1][:20], line.split()[-1][:19] + "A"))
    assert verify_bundle(forged, keys, ["witness.example"]).problems
