"""Every event comes back as it went in; what cannot come back does not go in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from journal_samples import event, records

from fleet.journal.codec import CODEC, EventCodec, Upcasts
from fleet.model import events as ev
from fleet.model.errors import InvalidField, JournalCorrupt
from fleet.model.requests import Request, Role, SetHold


@pytest.mark.parametrize("kind", sorted(ev.EVENT_KINDS))
def test_every_kind_of_event_comes_back_as_it_went_in(kind: str) -> None:
    @settings(max_examples=15, deadline=None)
    @given(records(ev.EVENT_KINDS[kind]))
    def comes_back(original: ev.Event) -> None:
        stored = CODEC.encode(original)
        assert stored.kind == kind
        assert CODEC.decode(stored.kind, stored.schema, stored.body) == stored.event == original

    comes_back()


def test_there_is_no_event_that_the_codec_does_not_know() -> None:
    assert set(ev.EVENT_KINDS.values()) == set(ev.Event.__args__)  # type: ignore[attr-defined]


def test_an_int_in_a_float_field_and_a_tuple_in_a_free_value_take_the_form_that_a_replay_will_see() -> None:
    given_event = ev.TaskGrounded(task_id="t", grounded={"z": (1, 2), "a": 1}, because="x")
    stored = CODEC.encode(given_event)
    assert stored.event == ev.TaskGrounded(task_id="t", grounded={"a": 1, "z": [1, 2]}, because="x")
    stored = CODEC.encode(ev.ContactLost(robot_id="r", silent_s=3))
    assert isinstance(stored.event.silent_s, float)  # type: ignore[union-attr]
    assert stored.body == '{"robot_id":"r","silent_s":3.0}'


def test_a_request_says_which_kind_of_body_it_has() -> None:
    body = SetHold(robot_id=None, engage=True, reason="smoke")
    request = Request(
        number=1, request_id="q", actor="ann", role=Role.OPERATOR, received_at_s=1.0, idempotency_key="k", body=body
    )
    stored = CODEC.encode(ev.RequestReceived(request=request))
    assert '"type":"SetHold"' in stored.body
    assert stored.event == ev.RequestReceived(request=request)


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (ev.ContactLost(robot_id="r", silent_s=float("nan")), "silent_s"),
        (ev.TaskAssigned(task_id="t", robot_id="r", command_id="c", epoch=1, parameters={"x": float("inf")}), "x"),
        (ev.EscalationAcknowledged(escalation_id="e", by="b", until_s=float("-inf")), "until_s"),
        (ev.TaskGrounded(task_id="t", grounded={"a": [1.0, {"b": float("nan")}]}, because=""), "grounded.a[1].b"),
        (ev.TaskProgressed(task_id="t", phase="x", fraction="half"), "fraction"),  # type: ignore[arg-type]
        (ev.TaskProgressed(task_id="\ud800", phase="x", fraction=0.0), "TaskProgressed"),
        (ev.TaskGrounded(task_id="t", grounded={"a": object()}, because=""), "TaskGrounded"),
        ("not an event", "event"),
    ],
)
def test_what_could_not_be_read_back_is_refused_with_its_place(bad: Any, where: str) -> None:
    with pytest.raises(InvalidField, match=r".") as caught:
        CODEC.encode(bad)
    assert where in caught.value.field


@pytest.mark.parametrize(
    ("kind", "schema", "body", "says"),
    [
        ("TaskProgressed", 1, '{"task_id": 3}', "does not fit"),
        ("TaskProgressed", 1, "{", "does not fit"),
        ("TaskProgressed", 2, "{}", "reads up to 1"),
        ("TaskTeleported", 1, "{}", "newer version"),
        ("TaskTeleported", 1, "[", "does not fit"),
    ],
)
def test_a_body_that_cannot_be_read_is_an_error_that_says_why(kind: str, schema: int, body: str, says: str) -> None:
    with pytest.raises(JournalCorrupt, match=says):
        CODEC.decode(kind, schema, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Made up: schema 1 had `feet`, schema 2 had `distance`, and it was once named Strolled."""

    distance_m: float


def _made_up() -> EventCodec:
    upcasts = Upcasts()
    upcasts.add("Walked", 1, lambda old: {"distance": old["feet"] * 0.3048})
    upcasts.add("Walked", 2, lambda old: {"distance_m": old["distance"]})
    upcasts.add("Strolled", 1, lambda old: {"feet": old["steps"] * 2}, becomes=("Walked", 1))
    return EventCodec({"Walked": Walked}, upcasts)


@pytest.mark.parametrize(
    ("kind", "schema", "body", "metres"),
    [
        ("Walked", 3, '{"distance_m": 2.0}', 2.0),
        ("Walked", 2, '{"distance": 2.0}', 2.0),
        ("Walked", 1, '{"feet": 10}', 3.048),
        ("Strolled", 1, '{"steps": 5}', 3.048),
    ],
)
def test_old_versions_of_an_event_are_brought_up_to_date(kind: str, schema: int, body: str, metres: float) -> None:
    read: Any = _made_up().decode(kind, schema, body)
    assert read.distance_m == pytest.approx(metres)


def test_new_events_are_written_with_the_newest_schema() -> None:
    assert _made_up().encode(Walked(distance_m=1.0)).schema == 3  # type: ignore[arg-type]
    assert CODEC.encode(event()).schema == 1


def test_an_upcast_that_fails_is_a_corrupt_journal_and_not_a_crash() -> None:
    with pytest.raises(JournalCorrupt, match="Walked"):
        _made_up().decode("Walked", 1, "{}")


def test_upcasts_cannot_go_in_circles_or_be_registered_twice() -> None:
    upcasts = Upcasts()
    upcasts.add("Walked", 1, dict)
    with pytest.raises(ValueError, match="already"):
        upcasts.add("Walked", 1, dict)
    with pytest.raises(ValueError, match="later schema"):
        upcasts.add("Walked", 2, dict, becomes=("Walked", 2))
