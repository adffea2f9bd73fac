"""The requests of people, durable before they are acknowledged. The API puts, the supervisor takes in order."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from fleet.journal.codec import refuse_non_finite
from fleet.journal.database import Database
from fleet.model.errors import Conflict, InvalidField, JournalCorrupt
from fleet.model.requests import REQUEST_KINDS, Request, RequestBody, Role
from fleet.model.wire import canonical, convert, decode, to_plain

_COLUMNS = "number, request_id, actor, role, received_at_s, idempotency_key, body, body_digest"
_LONGEST_KEY = 200


class Inbox:
    """The table `requests`. A request's id follows from its actor and key, so that it is the same however often it is
    put; its number is the order in which requests became durable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, actor: str, role: Role, idempotency_key: str, body: RequestBody, received_at_s: float
    ) -> tuple[Request, bool]:
        """See `RequestStore.put`."""
        text = _checked_body(actor, idempotency_key, body, received_at_s)
        digest = hashlib.sha256(text.encode()).hexdigest()
        request_id = "req-" + hashlib.sha256(f"{actor}\n{idempotency_key}".encode()).hexdigest()[:20]
        values = (request_id, actor, Role(role).value, float(received_at_s), idempotency_key, text, digest)
        with self._database.transaction() as writer:
            found = writer.execute(
                f"SELECT {_COLUMNS} FROM requests WHERE actor = ? AND idempotency_key = ?", (actor, idempotency_key)
            ).fetchone()
            if found is None:
                cursor = writer.execute(
                    f"INSERT INTO requests ({_COLUMNS.partition(', ')[2]}) VALUES (?, ?, ?, ?, ?, ?, ?)", values
                )
                return _request((cursor.lastrowid, *values)), True
        if found[-1] != digest:
            raise Conflict(
                f"idempotency key {idempotency_key!r} was used by {actor} before, for request {found[1]} with another "
                "body; use a new key for a new request"
            )
        return _request(found), False

    def after(self, number: int, limit: int = 100) -> list[Request]:
        """See `RequestStore.after`."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM requests WHERE number > ? ORDER BY number LIMIT ?", (number, limit)
        )
        return [_request(row) for row in rows]

    def find(self, request_id: str) -> Request | None:
        """See `RequestStore.find`."""
        rows = self._database.query(f"SELECT {_COLUMNS} FROM requests WHERE request_id = ?", (request_id,))
        return _request(rows[0]) if rows else None

    def find_key(self, actor: str, idempotency_key: str) -> Request | None:
        """See `RequestStore.find_key`."""
        rows = self._database.query(
            f"SELECT {_COLUMNS} FROM requests WHERE actor = ? AND idempotency_key = ?", (actor, idempotency_key)
        )
        return _request(rows[0]) if rows else None


def _checked_body(actor: str, key: str, body: RequestBody, received_at_s: float) -> str:
    """The body as it is stored: what reading it back gives, see `fleet.journal.codec`."""
    if not actor:
        raise InvalidField("actor", actor, "the name of the person who asks")
    if not key or len(key) > _LONGEST_KEY:
        raise InvalidField("idempotency_key", key, f"1 to {_LONGEST_KEY} characters")
    if not math.isfinite(received_at_s):
        raise InvalidField("received_at_s", received_at_s, "the fleet time in seconds")
    kind = REQUEST_KINDS.get(type(body).__name__)
    if kind is None or type(body) is not kind:
        raise InvalidField("body", body, "one of " + ", ".join(REQUEST_KINDS))
    try:
        refuse_non_finite(to_plain(body), kind.__name__)
        return canonical(decode(kind, canonical(body))).decode()
    except (TypeError, UnicodeError) as error:
        raise InvalidField(kind.__name__, body, f"values that JSON can hold ({error})") from error


def _request(row: tuple[Any, ...]) -> Request:
    number, request_id, actor, role, received_at_s, key, body, digest = row
    if hashlib.sha256(body.encode("utf-8", "surrogateescape")).hexdigest() != digest:
        raise JournalCorrupt(f"request {number} ({request_id}): its digest does not match its body")
    return convert(
        Request,
        {
            "number": number,
            "request_id": request_id,
            "actor": actor,
            "role": role,
            "received_at_s": received_at_s,
            "idempotency_key": key,
            "body": decode(dict, body),
        },
        f"request {number}",
    )
