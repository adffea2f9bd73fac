"""Requests are durable, in order, and the same one is never stored twice."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from journal_samples import records

from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import Conflict, InvalidField, JournalCorrupt
from fleet.model.requests import REQUEST_KINDS, CancelTask, RequestBody, Role, SetHold, SubmitMission
from fleet.model.tasks import MissionSpec, TaskSpec

HOLD = SetHold(robot_id=None, engage=True, reason="smoke")


def test_a_request_is_found_again_by_its_id_its_key_and_its_place(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as store:
        first, new = store.put("ann", Role.OPERATOR, "k1", HOLD, 3.0)
        second, _ = store.put("ann", Role.OPERATOR, "k2", CancelTask(task_id="t", reason="late"), 4.0)
        assert new
        assert (first.number, second.number) == (1, 2)
    with SqliteStore(tmp_path / "j") as store:
        assert store.after(0) == [first, second]
        assert store.after(1) == [second]
        assert store.after(0, limit=1) == [first]
        assert store.after(2) == []
        assert store.find(first.request_id) == first == store.find_key("ann", "k1")
        assert store.find("req-of-nobody") is None is store.find_key("bob", "k1")


def test_the_same_key_with_the_same_body_gets_the_first_request_back(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as store:
        first, _ = store.put("ann", Role.OPERATOR, "k", HOLD, 3.0)
        assert store.put("ann", Role.OPERATOR, "k", HOLD, 9.0) == (first, False)
        other, new = store.put("bob", Role.OPERATOR, "k", HOLD, 3.0)
        assert new
        assert other.request_id != first.request_id
        assert len(store.after(0)) == 2


def test_the_same_key_with_another_body_is_a_conflict(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as store:
        store.put("ann", Role.OPERATOR, "k", HOLD, 3.0)
        with pytest.raises(Conflict, match="'k' was used by ann before"):
            store.put("ann", Role.OPERATOR, "k", SetHold(robot_id=None, engage=False, reason="smoke"), 3.0)
        assert len(store.after(0)) == 1


def test_many_processes_that_put_the_same_request_at_once_store_it_once(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "j") for _ in range(4)]
    results: list[tuple[str, bool]] = []
    start = threading.Barrier(len(stores))

    def put(store: SqliteStore) -> None:
        start.wait()
        for number in range(10):
            request, new = store.put("ann", Role.OPERATOR, f"k{number}", HOLD, 1.0)
            results.append((request.request_id, new))

    threads = [threading.Thread(target=put, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new for _, new in results) == len({name for name, _ in results}) == 10
    assert [r.number for r in stores[0].after(0)] == list(range(1, 11))
    for store in stores:
        store.close()


@pytest.mark.parametrize("kind", sorted(REQUEST_KINDS))
def test_every_kind_of_request_comes_back_as_it_went_in(tmp_path: Path, kind: str) -> None:
    with SqliteStore(tmp_path / "j") as store:
        keys = iter(range(1000))

        @settings(max_examples=5, deadline=None)
        @given(records(REQUEST_KINDS[kind]))
        def comes_back(body: RequestBody) -> None:
            request, _ = store.put("ann", Role.ADMIN, str(next(keys)), body, 1.0)
            assert request.body == body
            assert store.find(request.request_id) == request

        comes_back()


def _mission(**parameters: Any) -> SubmitMission:
    task = TaskSpec(task_id="t", skill="wait", parameters=parameters)
    return SubmitMission(mission=MissionSpec(mission_id="m", title="x", tasks=(task,)))


@pytest.mark.parametrize(
    ("actor", "key", "body", "at_s", "field"),
    [
        ("", "k", HOLD, 1.0, "actor"),
        ("ann", "", HOLD, 1.0, "idempotency_key"),
        ("ann", "k" * 201, HOLD, 1.0, "idempotency_key"),
        ("ann", "k", HOLD, float("nan"), "received_at_s"),
        ("ann", "k", {"robot_id": None}, 1.0, "body"),
        ("ann", "k", SetHold(robot_id=3, engage=True, reason=""), 1.0, "robot_id"),  # type: ignore[arg-type]
        ("ann", "k", _mission(seconds=float("inf")), 1.0, "tasks[0].parameters.seconds"),
        ("ann", "k", CancelTask(task_id="\udfff", reason=""), 1.0, "CancelTask"),
    ],
)
def test_a_bad_request_is_refused_with_its_place_and_not_stored(
    tmp_path: Path, actor: str, key: str, body: Any, at_s: float, field: str
) -> None:
    with SqliteStore(tmp_path / "j") as store:
        with pytest.raises(InvalidField) as caught:
            store.put(actor, Role.OPERATOR, key, body, at_s)
        assert field in caught.value.field
        assert store.after(0) == []


def test_a_damaged_request_is_not_carried_out(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as store:
        store.put("ann", Role.OPERATOR, "k", HOLD, 3.0)
    raw = sqlite3.connect(tmp_path / "j")
    raw.execute("UPDATE requests SET body = replace(body, 'true', 'false')")
    raw.commit()
    raw.close()
    with SqliteStore(tmp_path / "j") as store, pytest.raises(JournalCorrupt, match="request 1"):
        store.after(0)
