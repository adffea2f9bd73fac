"""A shift at a desk whose events lie in a journal, and the accountable record of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from fleet.audit.bundle import make_bundle
from fleet.audit.casebook import CaseBook
from fleet.audit.log import AuditLog
from fleet.audit.notes import Signer
from fleet.audit.operator_signing import OperatorSigner
from fleet.audit.server_key import open_log
from fleet.audit.writer import AuditWriter
from fleet.clock import VirtualClock
from fleet.journal.sqlite import SqliteStore
from fleet.model.escalation import Shift
from fleet.model.key_requests import RegisterKey
from fleet.model.requests import AnswerEscalation, SetHold
from fleet.supervisor.settings import SupervisorSettings
from tests.fleet.supervisor.building import Desk, a_robot, carry

SHIFT = Shift(accountable="Sam Lead", role="shift lead")
DANA = OperatorSigner.generate("dana")


def a_desk() -> Desk:
    return Desk(a_robot("r1"), a_robot("r2"), settings=SupervisorSettings(shift=SHIFT, answer_within_s=60))


def answer(desk: Desk, by: OperatorSigner | None = None, option: str = "object:box_b") -> Any:
    """The answer to the first open question, signed where a key is given."""
    asked = desk.questions()[0]
    fields = {
        "escalation_id": asked.escalation_id,
        "option_id": option,
        "reason": "the left one",
        "shown_digest": asked.shown_digest,
    }
    return desk.ask(AnswerEscalation(**fields, **(by.signed(fields) if by else {})))


def a_shift() -> Desk:
    """Two answers (the second signed), a safe default, a refused answer, a hold and its release."""
    desk = a_desk()
    blue = {"colour": "blue"}
    desk.submit(replace(carry("t1", what=blue), why="the nurse is waiting"), mission_id="m1")
    answer(desk)
    desk.ask(RegisterKey(**DANA.registration("laptop")))
    desk.submit(carry("t2", what={"colour": "green"}), mission_id="m2")
    answer(desk, option="cancel")  # refused: not signed
    answer(desk, DANA, option="cancel")
    desk.submit(carry("t3", what={"colour": "pink"}), mission_id="m3")
    desk.wait(61, tick_s=5)
    desk.ask(SetHold(robot_id="r1", engage=True, reason="a spill"))
    desk.ask(SetHold(robot_id="r1", engage=False, reason="mopped up"))
    return desk


def journal_of(desk: Desk, path: Path, batches: int | None = None) -> SqliteStore:
    """The desk's events in a journal's file, or the first so many batches of them."""
    store = SqliteStore(path, durable=False)
    epoch = store.take_lead("desk", 1e9, 0.0)
    assert epoch is not None
    for step in desk.batches[:batches]:
        if step.events:
            store.append(step.events, step.state.now_s, epoch)
    return store


class Office:
    """The record of a journal, as the API's process keeps it."""

    def __init__(self, folder: Path, journal: SqliteStore) -> None:
        self.folder, self.journal, self.clock = folder, journal, VirtualClock(1_795_500_000.0)

    @contextmanager
    def writer(self) -> Iterator[AuditWriter]:
        log, signer = open_log(self.folder, "ward", durable=False)
        try:
            with log.writing():
                yield AuditWriter(log, self.journal, signer, CaseBook(SHIFT), self.clock, program="test")
        finally:
            log.close()

    def follow(self) -> None:
        """Read all that is new, and sign."""
        with self.writer() as writer:
            while writer.run_once():
                pass
            writer.close()

    def records(self) -> list[dict[str, Any]]:
        log = self.log()
        try:
            return [json.loads(body) for _, _, body in log.entries()]
        finally:
            log.close()

    def log(self) -> AuditLog:
        return AuditLog(self.folder / "audit.sqlite", read_only=True)

    def signer(self) -> Signer:
        log, signer = open_log(self.folder, "ward")
        log.close()
        return signer

    def bundle(self, *numbers: int) -> dict[str, Any]:
        """The whole log, or these entries."""
        log = self.log()
        try:
            newest = log.latest_checkpoint()
            assert newest is not None
            size, note = newest
            made = make_bundle(log, note, numbers, size, None if numbers else (0, size))
            parsed: dict[str, Any] = json.loads(json.dumps(made))
            return parsed
        finally:
            log.close()
