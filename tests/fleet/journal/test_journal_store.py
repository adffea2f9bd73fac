"""What is appended is read back, in order, in every process; one supervisor at a time may append."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import EVENTS, TIMES, event, filled

from fleet.journal.errors import NotAJournal, StoreBusy
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField, JournalCorrupt, NotFound, StaleEpoch, Unsupported


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.tuples(TIMES, st.lists(EVENTS, max_size=4)), max_size=6))
def test_any_sequence_of_appends_reads_back_equal_and_checks_out(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[float, list[Any]]]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "j.sqlite"
    with SqliteStore(path) as store:
        epoch = store.take_lead("s", 10.0, 0.0)
        assert epoch is not None
        written = [record for at_s, events in batches for record in store.append(events, at_s, epoch)]
    with SqliteStore(path) as again:
        assert again.read() == written
        assert [r.seq for r in written] == list(range(1, len(written) + 1))
        assert [(r.at_s, r.event) for r in written] == [(at_s, e) for at_s, events in batches for e in events]
        check = again.verify()
        assert (check.problem, check.records, check.head, check.cut) == ("", len(written), len(written), 0)


def test_reading_goes_on_where_it_left_off(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=4) as store:
        everything = store.read()
        assert [r.batch for r in everything] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
        assert store.read(after=5) == everything[5:]
        assert store.read(after=5, limit=2) == everything[5:7]
        assert store.read(after=12) == store.read(limit=0) == []
        assert store.head() == 12


def test_a_follower_that_is_ahead_of_the_journal_is_told_to_start_again(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=1) as store, pytest.raises(JournalCorrupt, match="again from 0"):
        store.read(after=7)


def test_an_outsider_can_recompute_the_chain_from_the_documented_lines(tmp_path: Path) -> None:
    filled(tmp_path / "j", batches=2).close()
    before = "0" * 64
    for row in sqlite3.connect(tmp_path / "j").execute("SELECT * FROM events ORDER BY seq"):
        *columns, checksum = row
        assert checksum == hashlib.sha256("\n".join([before, *map(str, columns)]).encode()).hexdigest()
        before = checksum


def test_a_second_process_sees_a_batch_whole_or_not_at_all(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as writer, SqliteStore(tmp_path / "j") as reader:
        epoch = writer.take_lead("s", 1e6, 0.0)
        assert epoch is not None
        counts: set[int] = set()
        done = threading.Event()

        def follow() -> None:
            while not done.is_set():
                counts.add(len(reader.read()))
            counts.add(len(reader.read()))

        follower = threading.Thread(target=follow)
        follower.start()
        for number in range(20):
            writer.append([event(number)] * 7, 0.0, epoch)
        done.set()
        follower.join()
        assert counts <= {7 * k for k in range(21)}
        assert 140 in counts


def test_nothing_is_written_when_one_event_of_a_batch_is_bad(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=1) as store:
        with pytest.raises(InvalidField):
            store.append([event(), "no event"], 1.0, 1)  # type: ignore[list-item]
        with pytest.raises(InvalidField, match="at_s"):
            store.append([event()], float("nan"), 1)
        assert store.head() == 3
        assert store.append([], 1.0, 1) == []


@pytest.mark.parametrize(("after", "limit"), [(-1, None), (0, -1)])
def test_reading_from_before_the_beginning_is_refused(tmp_path: Path, after: int, limit: int | None) -> None:
    with SqliteStore(tmp_path / "j") as store, pytest.raises(InvalidField, match="0 or more"):
        store.read(after, limit)


# ---- the lead ----


def test_two_supervisors_the_second_stands_by_until_the_first_is_silent_too_long(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as one, SqliteStore(tmp_path / "j") as two:
        assert one.take_lead("one", 5.0, 100.0) == 1
        assert two.take_lead("two", 5.0, 104.0) is None
        assert one.take_lead("one", 5.0, 104.0) == 1
        assert two.take_lead("two", 5.0, 108.9) is None
        assert two.take_lead("two", 5.0, 109.1) == 2
        assert one.take_lead("one", 5.0, 109.2) is None
        with pytest.raises(StaleEpoch, match="two leads with epoch 2"):
            one.append([event()], 0.0, 1)
        assert two.append([event()], 0.0, 2)[0].epoch == 2
        assert one.head() == 1


def test_giving_up_lets_the_next_one_in_at_once_and_nobody_else_can_do_that_for_the_leader(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as one, SqliteStore(tmp_path / "j") as two:
        assert one.take_lead("one", 5.0, 100.0) == 1
        two.give_up_lead("one")
        assert two.take_lead("two", 5.0, 100.0) is None
        one.give_up_lead("one")
        with pytest.raises(StaleEpoch, match="nobody has the lead"):
            one.append([event()], 0.0, 1)
        assert two.take_lead("two", 5.0, 100.1) == 2


def test_two_that_share_an_id_by_mistake_do_not_share_an_epoch(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as one, SqliteStore(tmp_path / "j") as two:
        assert one.take_lead("s", 5.0, 100.0) == 1
        assert two.take_lead("s", 5.0, 101.0) is None
        assert two.take_lead("s", 5.0, 106.0) == 2
        assert one.take_lead("s", 5.0, 106.1) is None


def test_nobody_writes_without_the_lead(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "j") as store, pytest.raises(StaleEpoch):
        store.append([event()], 0.0, 0)


@pytest.mark.parametrize(
    ("who", "ttl_s", "wall_s", "field"),
    [
        ("", 1.0, 0.0, "supervisor_id"),
        ("s", 0.0, 0.0, "ttl_s"),
        ("s", float("nan"), 0.0, "ttl_s"),
        ("s", 1.0, float("inf"), "wall_s"),
    ],
)
def test_a_senseless_lead_is_refused(tmp_path: Path, who: str, ttl_s: float, wall_s: float, field: str) -> None:
    with SqliteStore(tmp_path / "j") as store, pytest.raises(InvalidField, match=field):
        store.take_lead(who, ttl_s, wall_s)


# ---- the file ----


def test_processes_that_start_together_on_a_new_file_agree_on_one(tmp_path: Path) -> None:
    opened: list[SqliteStore] = []
    start = threading.Barrier(6)

    def open_it() -> None:
        start.wait()
        opened.append(SqliteStore(tmp_path / "j"))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    epoch = opened[0].take_lead("s", 5.0, 0.0)
    assert epoch is not None
    opened[0].append([event()], 0.0, epoch)
    assert {store.head() for store in opened} == {1}
    for store in opened:
        store.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["j"]


def test_another_programs_sqlite_file_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE songs(title)")
    other.close()
    with pytest.raises(NotAJournal, match="not a fleet journal"):
        SqliteStore(tmp_path / "other.db")
    (tmp_path / "empty").touch()
    with pytest.raises(NotAJournal, match="not a fleet journal"):
        SqliteStore(tmp_path / "empty")


def test_a_text_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("to do\n" * 500)
    with pytest.raises(NotAJournal, match=r"notes\.txt: this is not an SQLite file"):
        SqliteStore(tmp_path / "notes.txt")


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "j").close()
    raw = sqlite3.connect(tmp_path / "j")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(NotAJournal, match=r"newer version of this program .file format 99"):
        SqliteStore(tmp_path / "j")


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        SqliteStore(tmp_path / "nowhere" / "j")
    with pytest.raises(NotFound, match="absent"):
        SqliteStore(tmp_path / "absent", read_only=True)
    assert not (tmp_path / "absent").exists()


def test_a_journal_opened_for_reading_cannot_be_written(tmp_path: Path) -> None:
    filled(tmp_path / "j", batches=1).close()
    before = (tmp_path / "j").read_bytes()
    with SqliteStore(tmp_path / "j", read_only=True) as store:
        assert store.verify().records == len(store.read()) == 3
        with pytest.raises(Unsupported, match="reading only"):
            store.take_lead("s", 1.0, 0.0)
    assert (tmp_path / "j").read_bytes() == before


def test_a_file_that_somebody_else_locks_is_busy_and_can_be_tried_again(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=1) as _, SqliteStore(tmp_path / "j", busy_timeout_s=0.05) as store:
        raw = sqlite3.connect(tmp_path / "j", isolation_level=None)
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="locked") as caught:
            store.append([event()], 0.0, 1)
        assert caught.value.retriable
        assert store.head() == 3  # reading goes on
        raw.execute("ROLLBACK")
        raw.close()
        assert len(store.append([event()], 0.0, 1)) == 1
