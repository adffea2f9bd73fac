"""A shift that has happened, its journal, and the office that keeps the accountable record of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.journal.sqlite import SqliteStore
from tests.fleet.audit.shift import Office, a_shift, journal_of
from tests.fleet.supervisor.building import Desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    return a_shift()


@pytest.fixture
def journal(desk: Desk, tmp_path: Path) -> Iterator[SqliteStore]:
    store = journal_of(desk, tmp_path / "fleet.sqlite")
    yield store
    store.close()


@pytest.fixture
def office(journal: SqliteStore, tmp_path: Path) -> Office:
    made = Office(tmp_path, journal)
    made.follow()
    return made
