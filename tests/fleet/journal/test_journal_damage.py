"""A torn last write is cut and told of; damage before it is an error that names the record."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from journal_samples import event, filled

from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import FleetError, JournalCorrupt

_CHILD = """
import sys
from fleet.journal.sqlite import SqliteStore
from fleet.model.events import TaskProgressed
store = SqliteStore(sys.argv[1])
epoch = store.take_lead(sys.argv[2], 1.0, float(sys.argv[3]))
number = store.head()
while True:
    size = 1 + number % 5
    events = [TaskProgressed(task_id=f"t{number + k}", phase="x" * 50, fraction=0.5) for k in range(size)]
    number = store.append(events, float(number), epoch)[-1].seq
    print(number, flush=True)
"""


def _edit(path: Path, statement: str) -> None:
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()


@pytest.mark.slow
def test_a_supervisor_killed_while_it_writes_loses_nothing_that_it_was_told_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "j"
    dice = random.Random(7)
    for run in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(path), f"s{run}", str(10.0 * run)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged = 0
        for _ in range(dice.randint(1, 40)):
            acknowledged = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().split("\n")
        acknowledged = max([acknowledged, *(int(line) for line in rest[:-1] if line)])
        child.wait()
        with SqliteStore(path) as store:
            check = store.verify()
            assert (check.problem, check.cut) == ("", 0)
            assert store.head() >= acknowledged
            assert [r.event.task_id for r in store.read()] == [f"t{k}" for k in range(store.head())]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "column",
    ["at_s = 99", "epoch = 9", "kind = 'TaskDone'", "schema = 2", "batch = 1", "body = '{}'", "checksum = 'x'"],
)
def test_a_change_in_the_middle_is_found_and_its_place_named(tmp_path: Path, column: str) -> None:
    filled(tmp_path / "j", batches=4).close()
    _edit(tmp_path / "j", f"UPDATE events SET {column} WHERE seq = 5")
    with pytest.raises(JournalCorrupt, match="seq 5"):
        SqliteStore(tmp_path / "j")
    with pytest.raises(JournalCorrupt, match="seq 5"):
        SqliteStore(tmp_path / "j", read_only=True)


def test_a_record_taken_out_of_the_middle_is_missed(tmp_path: Path) -> None:
    filled(tmp_path / "j", batches=4).close()
    _edit(tmp_path / "j", "DELETE FROM events WHERE seq = 5")
    with pytest.raises(JournalCorrupt, match=r"seq 5: it is missing .the next one there is 6"):
        SqliteStore(tmp_path / "j")


def test_damage_far_back_is_found_when_it_is_read_and_when_everything_is_checked(tmp_path: Path) -> None:
    filled(tmp_path / "j", batches=300).close()
    _edit(tmp_path / "j", "UPDATE events SET body = replace(body, 'walking', 'flying ') WHERE seq = 20")
    with SqliteStore(tmp_path / "j") as store:
        check = store.verify()
        assert check.problem == "seq 20: its checksum does not match its content"
        assert check.records == 0
        with pytest.raises(JournalCorrupt, match="seq 20"):
            store.read()
        assert len(store.read(after=100)) == 800


def test_flipped_bytes_in_the_file_are_found(tmp_path: Path) -> None:
    filled(tmp_path / "j", batches=40).close()
    data = bytearray((tmp_path / "j").read_bytes())
    dice = random.Random(3)
    places = [k for k in range(len(data)) if data[k : k + 7] == b"walking"]
    for place in dice.sample(places, 25):
        damaged = bytearray(data)
        damaged[place + dice.randrange(7)] ^= 1 << dice.randrange(8)
        copy = tmp_path / "copy"
        copy.write_bytes(damaged)
        try:
            with SqliteStore(copy) as store:
                check = store.verify()
                assert check.problem or check.cut == 3, f"byte {place} was changed and nobody noticed"
        except JournalCorrupt as error:
            assert "seq " in str(error)
        copy.unlink()


@pytest.mark.parametrize(
    ("damage", "because", "lost"),
    [
        ("UPDATE events SET body = '{' WHERE seq = 11", "seq 11: its checksum", 3),
        ("UPDATE events SET body = x'00ff' WHERE seq = 12", "seq 12: its checksum", 3),
        ("UPDATE events SET checksum = '' WHERE seq >= 8", "seq 8: its checksum", 6),
        ("DELETE FROM events WHERE seq = 12", "batch 4 has 2 records and was closed with 3", 3),
        ("DELETE FROM events WHERE seq >= 10", "the records after 9 are missing", 3),
        ("DELETE FROM batches WHERE batch = 4", "batch 4 was never closed", 3),
        ("UPDATE batches SET checksum = 'x' WHERE batch = 4", "closed with another checksum", 3),
        ("DELETE FROM events", "the records after 0 are missing", 12),
    ],
)
def test_a_torn_last_write_is_cut_kept_aside_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str, because: str, lost: int
) -> None:
    filled(tmp_path / "j", batches=4).close()
    _edit(tmp_path / "j", damage)
    with SqliteStore(tmp_path / "j", read_only=True) as looking:
        assert because in looking.verify().problem
    there = (
        sqlite3.connect(tmp_path / "j").execute(f"SELECT count(*) FROM events WHERE seq > {12 - lost}").fetchone()[0]
    )
    with caplog.at_level(logging.WARNING), SqliteStore(tmp_path / "j") as store:
        assert because in caplog.text
        assert store.head() == 12 - lost
        check = store.verify()
        assert (check.problem, check.cut) == ("", lost)
        epoch = store.take_lead("next", 1.0, 1e9)
        assert epoch is not None
        assert store.append([event()], 50.0, epoch)[0].seq == 13 - lost
    with SqliteStore(tmp_path / "j") as again:
        check = again.verify()
        assert (check.problem, check.cut, check.head) == ("", lost, 13 - lost)
    kept = sqlite3.connect(tmp_path / "j").execute("SELECT count(*) FROM cut_records").fetchone()[0]
    assert kept == there


def test_a_log_file_cut_short_anywhere_leaves_whole_batches(tmp_path: Path) -> None:
    store = filled(tmp_path / "j", batches=12, size=4)
    folder = tmp_path / "copy"
    log = (tmp_path / "j-wal").read_bytes()
    dice = random.Random(5)
    heads = set()
    for _ in range(12):
        folder.mkdir()
        shutil.copy(tmp_path / "j", folder / "j")
        (folder / "j-wal").write_bytes(log[: dice.randrange(len(log))])
        with SqliteStore(folder / "j") as copy:
            check = copy.verify()
            assert check.problem == ""
            assert check.head % 4 == 0
            heads.add(check.head)
        shutil.rmtree(folder)
    assert len(heads) > 3
    store.close()


def test_a_file_copied_while_it_was_written_is_whole_up_to_some_batch_or_refused(tmp_path: Path) -> None:
    """Pages of two moments in one file: what a copy without the -wal file gets in the middle of a checkpoint."""
    filled(tmp_path / "j", batches=30, size=4).close()
    old = (tmp_path / "j").read_bytes()
    with SqliteStore(tmp_path / "j") as store:
        epoch = store.take_lead("next", 1e6, 1e9)
        assert epoch is not None
        for number in range(30):
            store.append([event(number)] * 4, 1.0, epoch)
    new = (tmp_path / "j").read_bytes()
    page = 4096
    outcomes = set()
    for moment in range(1, len(new) // page):
        (tmp_path / "mixed").write_bytes(new[: moment * page] + old[moment * page :])
        try:
            with SqliteStore(tmp_path / "mixed") as mixed:
                check = mixed.verify()
                assert check.problem == ""
                assert check.head % 4 == 0
                outcomes.add("cut" if check.cut else "whole")
        except FleetError as error:
            assert "mixed" in str(error)
            outcomes.add("refused")
        for name in ("mixed", "mixed-wal", "mixed-shm"):
            (tmp_path / name).unlink(missing_ok=True)
    assert outcomes & {"refused", "cut"}


def test_a_large_batch_across_the_window_is_cut_whole(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=2) as store:
        store.append([event(k) for k in range(2500)], 5.0, 1)
        assert store.verify().problem == ""
    _edit(tmp_path / "j", "UPDATE events SET body = '{}' WHERE seq = 2000")
    with SqliteStore(tmp_path / "j") as store:
        assert (store.head(), store.verify().cut) == (6, 2500)
