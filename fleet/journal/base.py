"""What a store must offer. `fleet.journal.sqlite` is the embedded one; PostgreSQL gets the same contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fleet.model.events import Event
from fleet.model.requests import Request, RequestBody, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event as it lies in the journal. Records of one `batch` were written in one transaction, `at_s` is the
    fleet time of the step that wrote them, `checksum` chains over all records before (SHA-256, hex)."""

    seq: int
    batch: int
    at_s: float
    epoch: int
    event: Event
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check of the whole journal found. `problem` is empty when it holds."""

    records: int
    head: int
    checksum: str
    problem: str = ""
    cut: int = 0  # records of a torn last write that were cut when the journal was opened


class JournalReader(Protocol):
    """Reading needs no lead; any number of processes may."""

    def head(self) -> int:
        """The last sequence number, 0 for an empty journal."""

    def read(self, after: int = 0, limit: int | None = None) -> list[Record]:
        """Records with `seq > after`, in order. Raises `JournalCorrupt` where one cannot be decoded."""

    def verify(self) -> Check:
        """Read everything and recompute every checksum."""


class RequestStore(Protocol):
    """The inbox: the API puts, the supervisor takes."""

    def put(
        self, actor: str, role: Role, idempotency_key: str, body: RequestBody, received_at_s: float
    ) -> tuple[Request, bool]:
        """Store durably. Returns the request and whether it is new: the same actor with the same key and the same
        body gets the first one back.

        Raises:
            Conflict: the key was used before with a different body.
        """

    def after(self, number: int, limit: int = 100) -> list[Request]:
        """Requests with a higher number, in order."""

    def find(self, request_id: str) -> Request | None:
        """The request with that id."""

    def find_key(self, actor: str, idempotency_key: str) -> Request | None:
        """The request that this actor put with that key. The API asks before it resolves relative times, so that a
        repeated call becomes the same body as the first one."""


class JournalWriter(JournalReader, Protocol):
    """Writing is for the one supervisor that holds the lead."""

    def append(self, events: Sequence[Event], at_s: float, epoch: int) -> list[Record]:
        """Write one batch in one durable transaction.

        Raises:
            StaleEpoch: another supervisor has taken the lead since; nothing was written.
        """

    def take_lead(self, supervisor_id: str, ttl_s: float, wall_s: float) -> int | None:
        """Take or renew the lead until `wall_s + ttl_s`. Returns the epoch (a new one when the lead changed hands,
        the same when renewed), or None while another holds it."""

    def give_up_lead(self, supervisor_id: str) -> None:
        """Let the next one in at once."""
