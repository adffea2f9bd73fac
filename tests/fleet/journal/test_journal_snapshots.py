"""A snapshot gives the state it was made of, or it is ignored."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest
from journal_samples import filled

from fleet.journal.snapshots import program
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField
from fleet.model.robot import RobotDescription
from fleet.supervisor import fold
from fleet.supervisor.state import FleetState, Robot


def _state(now_s: float) -> FleetState:
    robots = {name: Robot(description=RobotDescription(robot_id=name, model="m", vendor="v")) for name in "zab"}
    return FleetState(now_s=now_s, robots=robots)


def _edit(path: Path, statement: str) -> None:
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()


def test_the_newest_snapshot_comes_back_with_everything_in_its_order(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=3) as store:
        assert store.load_latest_snapshot() is None
        store.save_snapshot(3, _state(1.0))
        store.save_snapshot(6, _state(2.0))
    with SqliteStore(tmp_path / "j") as store:
        found = store.load_latest_snapshot()
        assert found == (6, _state(2.0))
        assert list(found[1].robots) == ["z", "a", "b"]
        assert found[1].digest() == _state(2.0).digest()


def test_only_the_newest_few_are_kept(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=3) as store:
        for seq in range(1, 9):
            store.save_snapshot(seq, _state(float(seq)))
        kept = sqlite3.connect(tmp_path / "j").execute("SELECT seq FROM snapshots ORDER BY seq").fetchall()
        assert kept == [(6,), (7,), (8,)]


@pytest.mark.parametrize(
    ("damage", "because"),
    [
        ("UPDATE snapshots SET state = replace(state, '2.0', '3.0') WHERE seq = 6", "digest does not match"),
        ("UPDATE snapshots SET checksum = 'x' WHERE seq = 6", "does not belong to the record"),
        ("UPDATE snapshots SET shape = 'x' WHERE seq = 6", "another version"),
    ],
)
def test_a_doubtful_snapshot_is_ignored_with_a_warning_and_the_one_before_it_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str, because: str
) -> None:
    with filled(tmp_path / "j", batches=3) as store:
        store.save_snapshot(3, _state(1.0))
        store.save_snapshot(6, _state(2.0))
    _edit(tmp_path / "j", damage)
    with caplog.at_level(logging.WARNING), SqliteStore(tmp_path / "j") as store:
        assert store.load_latest_snapshot() == (3, _state(1.0))
    assert because in caplog.text


def test_a_program_with_another_fold_replays_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fold.py").write_text(Path(fold.__file__).read_text() + "# changed\n")
    with filled(tmp_path / "j", batches=1) as store:
        store.save_snapshot(3, _state(1.0))
        assert store.load_latest_snapshot() == (3, _state(1.0))
        monkeypatch.setattr(fold, "__file__", str(tmp_path / "fold.py"))
        program.cache_clear()
        assert store.load_latest_snapshot() is None
    monkeypatch.undo()
    program.cache_clear()


def test_a_snapshot_after_no_record_is_refused(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=1) as store, pytest.raises(InvalidField, match="seq: got 4"):
        store.save_snapshot(4, _state(1.0))


def test_a_snapshot_of_records_that_were_cut_goes_with_them(tmp_path: Path) -> None:
    with filled(tmp_path / "j", batches=3) as store:
        store.save_snapshot(6, _state(1.0))
        store.save_snapshot(9, _state(2.0))
    _edit(tmp_path / "j", "UPDATE events SET body = '{}' WHERE seq = 9")
    with SqliteStore(tmp_path / "j") as store:
        assert store.load_latest_snapshot() == (6, _state(1.0))
