"""People's keys: put on record, taken back, and asked for when one of them answers."""

from __future__ import annotations

from typing import Any

from fleet.audit.canonical import from_text
from fleet.audit.statements import answer_statement, holds, key_id, registration_statement
from fleet.escalation.refusal import Refusal
from fleet.model import events as ev
from fleet.model.key_requests import RegisterKey, RevokeKey
from fleet.model.operator_keys import OperatorKey
from fleet.model.requests import AnswerEscalation, Request, Role
from fleet.model.wire import to_plain
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import FleetState


def keys_of(state: FleetState, operator: str) -> list[OperatorKey]:
    """The person's keys that are good now."""
    return [k for k in state.operator_keys.values() if k.operator == operator and k.active]


def register(draft: Draft, request: Request, body: RegisterKey) -> None:
    """Put a key on record.

    The first key of a person is taken on their session's word; any further one needs the signature of an earlier one,
    or an admin: else whoever steals a session could make themselves a key.
    """
    check_registration(draft.state, request.actor, request.role, body)
    key = OperatorKey(
        key_id=key_id(from_text(body.public)),
        operator=body.operator,
        public=body.public,
        label=body.label.strip(),
        proof=body.proof,
        registered_by=request.actor,
        registered_at_s=draft.now_s,
        vouched_by=body.vouched_by,
        voucher_signature=body.voucher_signature,
    )
    draft.emit(ev.KeyRegistered(key=key, role=request.role.value))


def check_registration(state: FleetState, actor: str, role: Role, body: RegisterKey) -> None:
    """Raises `Refusal` unless this person may register this key."""
    try:
        public = from_text(body.public, 32)
    except ValueError as error:
        raise Refusal("invalid", f"expected an Ed25519 public key, 32 bytes in base64: {error}", "public") from None
    if not body.operator.strip():
        raise Refusal("invalid", "expected the name of the person whose key it is", "operator")
    if body.operator != actor and role is not Role.ADMIN:
        raise Refusal("forbidden", f"only {body.operator} or an admin may register a key of theirs", "operator")
    known = state.operator_keys.get(key_id(public))
    if known is not None:
        what = "is" if known.active else "was revoked as"
        raise Refusal("conflict", f"this key {what} a key of {known.operator} already; make a new one", "public")
    if not holds(body.public, registration_statement(body.operator, body.public), body.proof):
        raise Refusal("invalid", "the key's own signature over its registration does not hold", "proof")
    if body.vouched_by:
        _check_voucher(state, body)
    elif role is not Role.ADMIN and keys_of(state, body.operator):
        detail = f"{body.operator} has a key already: sign for the new one with it, or ask an admin"
        raise Refusal("forbidden", detail, "vouched_by")


def _check_voucher(state: FleetState, body: RegisterKey) -> None:
    voucher = state.operator_keys.get(body.vouched_by)
    if voucher is None or voucher.operator != body.operator or not voucher.active:
        raise Refusal("invalid", f"{body.vouched_by!r} is no good key of {body.operator}", "vouched_by")
    statement = registration_statement(body.operator, body.public, body.vouched_by)
    if not holds(voucher.public, statement, body.voucher_signature):
        raise Refusal("invalid", "the earlier key's signature for the new one does not hold", "voucher_signature")


def revoke(draft: Draft, request: Request, body: RevokeKey) -> None:
    """Take a key back: whose it is, or an admin."""
    key = draft.state.operator_keys.get(body.key_id)
    if key is None:
        known = ", ".join(k.key_id for k in keys_of(draft.state, request.actor)) or "none"
        raise Refusal("not_found", f"no key {body.key_id!r}; keys of {request.actor}: {known}", "key_id")
    if key.operator != request.actor and request.role is not Role.ADMIN:
        raise Refusal("forbidden", f"only {key.operator} or an admin may revoke this key", "key_id")
    if not key.active:
        raise Refusal("conflict", f"{key.revoked_by} has revoked it already", "key_id")
    if not body.reason.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    draft.emit(ev.KeyRevoked(key_id=body.key_id, operator=key.operator, by=request.actor, reason=body.reason.strip()))


def check_signature(state: FleetState, actor: str, body: AnswerEscalation) -> None:
    """Raises `Refusal` where an answer is not signed as it has to be: by a good key of the person, where they have one
    on record."""
    good = keys_of(state, actor)
    if not body.signature and not body.key_id:
        if good:
            detail = f"{actor} has a key on record: the answer must be signed with it (lost? an admin can revoke it)"
            raise Refusal("forbidden", detail, "signature")
        return
    key = state.operator_keys.get(body.key_id)
    if key is None or key.operator != actor:
        raise Refusal("forbidden", f"{body.key_id!r} is no key of {actor}", "key_id")
    if not key.active:
        raise Refusal("forbidden", f"this key was revoked by {key.revoked_by}: {key.revoked_because}", "key_id")
    plain: dict[str, Any] = to_plain(body)
    if not holds(key.public, answer_statement(actor, plain), body.signature):
        raise Refusal("forbidden", "the signature is not this key's over this answer", "signature")
