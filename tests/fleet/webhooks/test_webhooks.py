from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.clock import VirtualClock
from fleet.escalation.queue.rules import WebhookSettings
from fleet.journal.base import Record
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField
from fleet.model.severity import Severity
from fleet.webhooks.courier import Courier, secret
from fleet.webhooks.follower import Follower
from fleet.webhooks.outbox import Outbox
from tests.fleet.escalation.queue.desks import a_desk, acknowledge, ambiguous, fall
from tests.fleet.supervisor.building import Desk
from tests.fleet.webhooks.server import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


class Line:
    """A desk's journal, a follower, an outbox and a courier to a receiver."""

    def __init__(self, folder: Path, receiver: Receiver, kind: str = "pagerduty", **more: Any) -> None:
        self.folder, self.clock, self.desk = folder, VirtualClock(1e9), a_desk()
        self.store = SqliteStore(folder / "fleet.sqlite", durable=False)
        assert self.store.take_lead("s", 1e9, 0.0) == 1
        (folder / "key").write_text("R0UT1NG")
        (folder / "key").chmod(0o600)
        self.hook = WebhookSettings(id="pd", kind=kind, url=receiver.url, key_file=str(folder / "key"), **more)  # type: ignore[arg-type]
        self._written = 0
        self.write()
        self.open()

    def open(self) -> None:
        """As a new process would."""
        self.outbox = Outbox(self.folder / "webhooks.sqlite")
        self.follower = Follower(self.store, self.outbox, [self.hook], self.clock)
        client = httpx.Client(timeout=0.3)
        self.courier = Courier(self.hook, self.outbox, self.clock, source="ward", link="http://fleet", client=client)

    def close(self) -> None:
        self.courier.close()
        self.outbox.close()

    def write(self) -> None:
        """What the desk's supervisor decided since, into the journal."""
        for taken in self.desk.batches[self._written :]:
            if taken.events:
                self.store.append(taken.events, taken.state.now_s, 1)
        self._written = len(self.desk.batches)

    def tell(self) -> int:
        self.write()
        self.follower.collect()
        return self.courier.deliver()


@pytest.fixture
def line(tmp_path: Path, receiver: Receiver) -> Iterator[Line]:
    found = Line(tmp_path, receiver)
    yield found
    found.close()
    found.store.close()


def actions(receiver: Receiver) -> list[str]:
    return [t["event_action"] for t in receiver.taken]


def test_a_question_is_triggered_acknowledged_and_resolved_under_one_key(line: Line, receiver: Receiver):
    asked = ambiguous(line.desk)
    line.tell()
    acknowledge(line.desk, asked, "dana")
    line.tell()
    assert line.desk.answer("object:box_a").accepted
    line.tell()
    assert actions(receiver) == ["trigger", "acknowledge", "resolve"]
    assert {t["dedup_key"] for t in receiver.taken} == {"ward/G1"}
    assert {t["routing_key"] for t in receiver.taken} == {"R0UT1NG"}
    payload = receiver.taken[0]["payload"]
    assert payload["summary"] == line.desk.state.escalations[asked].question
    assert (payload["severity"], payload["source"]) == ("error", "ward")
    assert payload["custom_details"]["questions"] == [asked]
    assert receiver.taken[0]["links"] == [{"href": "http://fleet", "text": "Questions"}]


def test_a_grave_question_is_critical(line: Line, receiver: Receiver):
    fall(line.desk)
    line.tell()
    assert receiver.taken[0]["payload"]["severity"] == "critical"


def test_a_server_that_fails_gets_it_again_with_longer_and_longer_pauses(line: Line, receiver: Receiver):
    receiver.answers = [500, 503, 429]
    ambiguous(line.desk)
    line.tell()
    for pause in (0.5, 1.0, 2.0):
        assert receiver.taken == []
        assert line.courier.deliver() == 0, "not before its time"
        line.clock.advance(pause)
        line.courier.deliver()
    assert actions(receiver) == ["trigger"]
    assert line.outbox.status()[0].problem == ""


def test_a_server_that_is_slow_or_gone_holds_up_nothing_and_gets_everything_later_in_order(
    line: Line, receiver: Receiver
):
    receiver.slow_s = 0.6  # longer than the courier waits
    asked = ambiguous(line.desk)
    line.tell()
    assert "no answer (ReadTimeout)" in line.outbox.status()[0].problem
    receiver.slow_s = 0.0
    receiver.stop()
    line.desk.answer("object:box_a")
    line.clock.advance(1)
    line.tell()
    assert "no answer (ConnectError)" in line.outbox.status()[0].problem
    receiver.start()
    line.clock.advance(100)
    line.tell()
    assert actions(receiver)[-2:] == ["trigger", "resolve"]
    assert asked in receiver.taken[-2]["payload"]["custom_details"]["questions"]


def test_what_a_server_refuses_is_a_dead_letter_and_the_next_one_is_sent(line: Line, receiver: Receiver):
    receiver.answers = [400]
    ambiguous(line.desk)
    line.desk.answer("object:box_a")
    line.tell()
    assert actions(receiver) == ["resolve"]
    (status,) = line.outbox.status()
    assert (status.dead, status.problem) == (1, "webhook pd: 1 dead letters")
    (letter,) = line.outbox.dead_letters("pd")
    assert (letter["key"], letter["action"], letter["error"][:10]) == ("G1", "trigger", "status 400")
    assert line.outbox.revive("pd", line.clock.wall_s()) == 1
    line.courier.deliver()
    assert actions(receiver) == ["resolve", "trigger"]
    assert line.outbox.status()[0].problem == ""


def test_what_cannot_be_delivered_for_long_is_given_up(tmp_path: Path, receiver: Receiver):
    line = Line(tmp_path, receiver, give_up_after_s=60.0)
    receiver.answers = [500] * 50
    ambiguous(line.desk)
    line.tell()
    for _ in range(12):
        line.clock.advance(60)
        line.courier.deliver()
    assert line.outbox.status()[0].dead == 1
    assert receiver.taken == []


def test_a_new_process_goes_on_where_the_old_one_was(line: Line, receiver: Receiver):
    ambiguous(line.desk, 1)
    line.tell()
    line.close()
    line.desk.answer("object:box_a")
    line.write()
    line.open()
    line.tell()
    assert actions(receiver) == ["trigger", "resolve"]


def test_a_process_that_dies_between_sending_and_noting_sends_again(line: Line, receiver: Receiver, monkeypatch: Any):
    ambiguous(line.desk)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(line.outbox, "delivered", dies)
        line.tell()
    line.close()
    line.open()
    line.tell()
    assert actions(receiver) == ["trigger", "trigger"], "at least once; the key makes it one incident"
    assert len({t["dedup_key"] for t in receiver.taken}) == 1


def test_a_new_webhook_does_not_hear_of_the_past(tmp_path: Path, receiver: Receiver):
    desk = a_desk()
    ambiguous(desk)
    line = Line(tmp_path, receiver)
    line.desk, line._written = desk, 0
    line.write()
    line.close()
    (tmp_path / "webhooks.sqlite").unlink()
    line.open()
    line.tell()
    assert receiver.taken == []


def test_alertmanagers_form_fires_and_is_resolved_with_a_token_and_a_signature(tmp_path: Path, receiver: Receiver):
    (tmp_path / "mac").write_text("s3cret")
    (tmp_path / "mac").chmod(0o600)
    line = Line(tmp_path, receiver, kind="alertmanager", hmac_file=str(tmp_path / "mac"))
    asked = ambiguous(line.desk)
    acknowledge(line.desk, asked, "dana")
    line.desk.answer("object:box_a")
    line.tell()
    fired, resolved = receiver.taken
    assert (fired["version"], fired["status"], resolved["status"]) == ("4", "firing", "resolved")
    alert = fired["alerts"][0]
    assert alert["endsAt"] == "0001-01-01T00:00:00Z"
    assert alert["startsAt"] == resolved["alerts"][0]["startsAt"]
    assert alert["labels"]["severity"] == "warning"
    assert "Which object" in alert["annotations"]["summary"]
    assert receiver.headers[0]["Authorization"] == "Bearer R0UT1NG"
    stamp, mac = (part.partition("=")[2] for part in receiver.headers[0]["X-Fleet-Signature"].split(","))
    wanted = hmac.new(b"s3cret", stamp.encode() + b"." + receiver.raw[0], hashlib.sha256).hexdigest()
    assert mac == wanted


def test_only_what_is_grave_enough_is_sent_where_that_was_asked_for(tmp_path: Path, receiver: Receiver):
    line = Line(tmp_path, receiver, least_severity=Severity.HIGH)
    ambiguous(line.desk)
    line.desk.answer("object:box_a")
    line.tell()
    assert receiver.taken == []
    fall(line.desk)
    line.tell()
    assert actions(receiver) == ["trigger"]


def test_secrets_are_there_and_private_or_it_is_said(tmp_path: Path, monkeypatch: Any):
    open_file = tmp_path / "open"
    open_file.write_text("x")
    open_file.chmod(0o644)
    with pytest.raises(InvalidField, match="only its owner"):
        secret("", str(open_file), "webhooks.pd.key")
    with pytest.raises(InvalidField, match="can be read"):
        secret("", str(tmp_path / "none"), "webhooks.pd.key")
    with pytest.raises(InvalidField, match="environment variable"):
        secret("FLEET_NO_SUCH", "", "webhooks.pd.key")
    monkeypatch.setenv("FLEET_PD", " abc ")
    assert secret("FLEET_PD", "", "w") == "abc"


def test_a_journal_that_began_anew_is_followed_from_its_beginning(line: Line, receiver: Receiver):
    ambiguous(line.desk)
    line.tell()
    with line.outbox.writing() as db:
        db.execute("UPDATE cursors SET seq = 10000")
    before = len(receiver.taken)
    line.tell()
    assert len(receiver.taken) > before


def test_records_of_the_desk_reach_the_journal_whole(line: Line):
    ambiguous(line.desk)
    line.write()
    records: list[Record] = line.store.read()
    assert [r.event for r in records] == [e for taken in line.desk.batches for e in taken.events]
    assert isinstance(line.desk, Desk)


def test_a_suspended_standing_order_is_an_incident_until_it_is_taken_back(line: Line, receiver: Receiver):
    from fleet.model.events import StandingOrderChanged
    from fleet.model.orders import OrderState

    def changed(state: OrderState, because: str) -> None:
        line.store.append([StandingOrderChanged(order_id="porter", state=state, because=because)], 1.0, 1)
        line.tell()

    line.tell()
    changed(OrderState.ACTIVE, "11 of 11 answers agree")
    changed(OrderState.SUSPENDED, "11 of 14 answers agree only")
    changed(OrderState.REVOKED, "Mia: not any more")
    assert actions(receiver) == ["trigger", "resolve"]
    assert {t["dedup_key"] for t in receiver.taken} == {"ward/order-porter"}
    assert receiver.taken[0]["payload"]["summary"].startswith("Standing order porter is suspended: 11 of 14")
