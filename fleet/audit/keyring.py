"""Which keys were good when: read from the log's own entries about keys, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.audit.canonical import from_text, to_text
from fleet.audit.notes import NoteInvalid, Verifier
from fleet.audit.statements import (
    GENESIS,
    KEY_KINDS,
    answer_statement,
    holds,
    key_id,
    next_head,
    registration_statement,
    rotation_statement,
)

RECORD_FORMAT = "humanoid-fleet-audit-record/1"
_SAME = ("escalation_id", "option_id", "shown_digest")  # what an answer and the decision made of it must agree on


@dataclass(slots=True)
class OperatorKey:
    """A person's key, and the entries that registered and revoked it."""

    operator: str
    public: str
    registered: int
    revoked: int | None = None


@dataclass(slots=True)
class ServerKey:
    """A key of whoever keeps the log: good for checkpoints of sizes up to `until` (None: still)."""

    verifier: Verifier
    until: int | None = None


@dataclass(slots=True)
class Keyring:
    """Entries are handed to `take` in rising order; `server` and `operators` are then the keys.

    Args:
        trusted: keys that the reader has from elsewhere.
    """

    trusted: tuple[Verifier, ...]
    server: list[ServerKey] = field(default_factory=list)
    operators: dict[str, OperatorKey] = field(default_factory=dict)
    head: str = GENESIS
    signed: int = 0
    unsigned: int = 0
    ours: bool = False  # the log was opened by this program

    def __post_init__(self) -> None:
        self.server = [ServerKey(v) for v in self.trusted]

    def good_for(self, size: int) -> list[Verifier]:
        """The keys whose signature counts under a checkpoint of that size."""
        return [k.verifier for k in self.server if k.until is None or size <= k.until]

    def take(self, number: int, record: Mapping[str, Any]) -> list[str]:
        """The next entry: what is wrong with its keys and signatures, a sentence each."""
        if record.get("format") != RECORD_FORMAT:
            # Of a log that others made; its entries are hashed all the same. In one of ours nothing may hide behind
            # another form.
            return [f"got format {record.get('format')!r}, expected {RECORD_FORMAT}"] if self.ours else []
        problems = []
        self.ours = self.ours or record.get("kind") == "log.opened"
        if record.get("keys") != self.head:
            problems.append("an entry about keys that came before it is missing, or was changed")
        kind = record.get("kind")
        if kind == "decision":
            problems += self._decision(number, record)
        elif kind == "key.registered":
            problems += self._registered(number, record)
        elif kind == "key.revoked":
            problems += self._revoked(number, record)
        elif kind in ("server_key.rotated", "server_key.lost"):
            problems += self._replaced(number, record, lost=kind == "server_key.lost")
        if kind in KEY_KINDS:
            self.head = next_head(self.head, record)
        return problems

    # ---- people's keys

    def _registered(self, number: int, record: Mapping[str, Any]) -> Iterable[str]:
        key = _part(record, "key")
        operator, public, voucher = str(key.get("operator")), str(key.get("public")), str(key.get("vouched_by", ""))
        statement = registration_statement(operator, public)
        if not holds(public, statement, key.get("proof")):
            yield f"the key of {operator} was registered without proof that anybody holds it"
            return
        if voucher and not self._vouched(number, operator, public, voucher, key.get("voucher_signature")):
            yield f"the key of {operator} was vouched for with {voucher}, whose signature does not hold"
        if self._active(operator) and not voucher and record.get("role") != "admin":
            yield f"{operator} had a key already, and neither it nor an admin vouched for another"
        if key.get("key_id") != key_id(from_text(public)):
            yield f"the key of {operator} was registered under an id that is not its own"
        self.operators[str(key.get("key_id"))] = OperatorKey(operator, public, number)

    def _vouched(self, number: int, operator: str, public: str, voucher: str, signature: object) -> bool:
        earlier = self.operators.get(voucher)
        if earlier is None or earlier.operator != operator or _revoked_before(earlier, number):
            return False
        return holds(earlier.public, registration_statement(operator, public, voucher), signature)

    def _revoked(self, number: int, record: Mapping[str, Any]) -> Iterable[str]:
        key = self.operators.get(str(record.get("key_id")))
        if key is None:
            yield f"key {record.get('key_id')!r} was revoked, but no entry registered it"
        elif key.revoked is None:
            key.revoked = number

    def _active(self, operator: str) -> list[str]:
        return [i for i, k in self.operators.items() if k.operator == operator and k.revoked is None]

    def _decision(self, number: int, record: Mapping[str, Any]) -> Iterable[str]:
        decision, request = _part(record, "decision"), _part(record, "answer")
        if decision.get("how") != "answered":
            return
        operator, answer, signed = str(decision.get("operator")), _part(request, "body"), _part(record, "signature")
        if not signed:
            self.unsigned += 1
            if self._active(operator):
                yield f"{operator} had a key, and this answer is not signed with it"
            return
        self.signed += 1
        key = self.operators.get(str(signed.get("key_id")))
        if key is None or key.operator != operator:
            yield f"it is signed with key {signed.get('key_id')!r}, which is not one of {operator}'s"
            return
        if _revoked_before(key, number):
            yield f"it is signed with a key of {operator} that was revoked in entry {key.revoked}"
        if not holds(key.public, answer_statement(operator, answer), signed.get("signature")):
            yield f"the signature of {operator} does not hold"
        differing = [f for f in _SAME if answer.get(f) != decision.get(f)]
        if differing:
            yield f"the decision is not what {operator} signed: {', '.join(differing)} differ"

    # ---- the server's key

    def _replaced(self, number: int, record: Mapping[str, Any], *, lost: bool) -> Iterable[str]:
        try:
            old, new = Verifier.parse(str(record.get("old"))), Verifier.parse(str(record.get("new")))
        except NoteInvalid as error:
            yield str(error)
            return
        signatures = _part(record, "signatures")
        statement = rotation_statement(str(record.get("origin")), old.text(), new.text(), number)
        good_new = holds(to_text(new.public), statement, signatures.get("new"))
        good_old = lost or holds(to_text(old.public), statement, signatures.get("old"))
        if not (good_new and good_old):
            yield "the server's key was replaced, but the signatures of the old and the new one do not both hold"
            return
        known = {k.verifier for k in self.server}
        if old not in known and new not in known:
            yield f"the server's key was replaced, and neither was given: {old.text()}, {new.text()}"
            return
        if old not in known:
            self.server.append(ServerKey(old))
        if new not in known and not lost:  # nobody trusted has signed for what replaces a lost key
            self.server.append(ServerKey(new))
        for key in self.server:
            if key.verifier == old and key.until is None:
                key.until = number


def _revoked_before(key: OperatorKey, number: int) -> bool:
    return key.revoked is not None and key.revoked < number


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}
