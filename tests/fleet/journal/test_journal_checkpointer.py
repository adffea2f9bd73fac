"""Checkpoints beside the commits."""

from __future__ import annotations

import time
from pathlib import Path

from fleet.journal.checkpointer import Checkpointer
from fleet.journal.sqlite import SqliteStore
from fleet.model.events import ContactLost

_MANY = [ContactLost(robot_id="r" * 500, silent_s=1.0)] * 200


def _file_grows(path: Path, within_s: float = 20.0) -> bool:
    until, before = time.monotonic() + within_s, path.stat().st_size
    while time.monotonic() < until:
        if path.stat().st_size > before:
            return True
        time.sleep(0.05)
    return False


def _append(store: SqliteStore, times: int) -> None:
    epoch = store.take_lead("s", 1e9, 0.0)
    assert epoch is not None
    for i in range(times):
        store.append(_MANY, float(i), epoch)


def test_commits_do_not_checkpoint_and_the_checkpointer_does(tmp_path: Path) -> None:
    path = tmp_path / "fleet.sqlite"
    with SqliteStore(path, checkpoints=False) as store:
        before = path.stat().st_size
        _append(store, 40)
        assert path.stat().st_size == before
        with Checkpointer(path, every_s=0.05):
            assert _file_grows(path)
        _append(store, 1)
        assert store.verify().problem == ""


def test_what_is_not_durable_is_read_back_all_the_same(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "fleet.sqlite", durable=False) as store:
        _append(store, 2)
    with SqliteStore(tmp_path / "fleet.sqlite", read_only=True) as store:
        assert len(store.read()) == 2 * len(_MANY)
