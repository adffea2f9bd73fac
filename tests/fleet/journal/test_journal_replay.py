"""A journal run again gives the same state, bit for bit, and the same decisions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fleet.journal.replay import records_of, replay_decisions, replay_state
from fleet.journal.sqlite import SqliteStore
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.errors import JournalCorrupt
from fleet.model.requests import CancelTask
from fleet.model.robot import Posture
from fleet.model.tasks import TaskSpec, TaskState
from fleet.supervisor.fold import replay
from tests.fleet.supervisor.building import Desk, a_robot, carry


def _an_eventful_hour() -> Desk:
    desk = Desk(a_robot("r1"), a_robot("r2"), a_robot("big", payload_kg=20, model="tesla_optimus_gen2"))
    desk.submit(
        carry("t1", robot_id="r1"),
        carry("t2", what="crate", to="shelf_1", depends_on=("t1",)),
        TaskSpec(task_id="t3", skill="inspect", parameters={"target": "hall"}, robot_id="r2", deadline_s=400.0),
    )
    desk.update("t1", CommandStatus.RUNNING, phase="walk", fraction=0.25)
    desk.silent_s = {"r2": 30.0}
    desk.wait(3)
    desk.silent_s = {}
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    desk.claim("t2")
    desk.see_object("crate", place="table_2")
    desk.report(desk.last_command("t3").robot_id, posture=Posture.FALLEN)
    desk.wait(4)
    desk.ask(CancelTask(task_id="t3", reason="not needed"))
    desk.wait(2)
    assert desk.task("t1").state is TaskState.DONE
    assert desk.questions()
    return desk


def _written(desk: Desk, path: Path) -> SqliteStore:
    store = SqliteStore(path)
    epoch = store.take_lead("s", 1e6, 0.0)
    assert epoch is not None
    for taken in desk.batches:
        if taken.events:
            store.append(taken.events, taken.state.now_s, epoch)
    return store


def test_a_replay_gives_the_state_that_the_supervisor_had_bit_for_bit(tmp_path: Path) -> None:
    desk = _an_eventful_hour()
    _written(desk, tmp_path / "j").close()
    with SqliteStore(tmp_path / "j") as store:
        again = replay_state(store)
        assert again == replay(store.read())
        assert again == desk.state
        assert again.digest() == replay(records_of(store, page=7)).digest()


def test_a_replay_stops_where_it_is_told(tmp_path: Path) -> None:
    with _written(_an_eventful_hour(), tmp_path / "j") as store:
        assert replay_state(store, upto=0).events == 0
        assert replay_state(store, upto=10).events == 10


def test_a_replay_from_a_snapshot_gives_the_same_state_as_one_from_the_start(tmp_path: Path) -> None:
    with _written(_an_eventful_hour(), tmp_path / "j") as store:
        middle = store.head() // 2
        store.save_snapshot(middle, replay_state(store, upto=middle))
        snapshot = store.load_latest_snapshot()
        assert snapshot is not None
        resumed = replay(store.read(after=snapshot[0]), snapshot[1])
        assert resumed == replay_state(store)
        assert list(resumed.tasks) == list(replay_state(store).tasks)


def test_the_same_program_decides_the_same_again(tmp_path: Path) -> None:
    desk = _an_eventful_hour()
    with _written(desk, tmp_path / "j") as store:
        check = replay_decisions(store, desk.context)
        assert check.divergences == ()
        assert check.decisions == sum(len(taken.decisions) for taken in desk.batches) > 10
        assert check.batches == sum(bool(taken.events) for taken in desk.batches)
        assert check.state == desk.state


def test_other_settings_show_where_the_decisions_part(tmp_path: Path) -> None:
    desk = _an_eventful_hour()
    impatient = replace(desk.context, settings=replace(desk.context.settings, answer_within_s=7.0))
    with _written(desk, tmp_path / "j") as store:
        check = replay_decisions(store, impatient)
        assert check.divergences
        first = check.divergences[0]
        assert first.recorded.startswith("EscalationRaised")
        assert first.recorded != first.decided
        assert str(first).startswith(f"batch {first.batch}, seq {first.seq}")
        assert check.state == desk.state  # the journal's decisions stand
        assert len(replay_decisions(store, impatient, most=1).divergences) == 1


def test_a_decision_that_was_slipped_in_is_noticed(tmp_path: Path) -> None:
    desk = _an_eventful_hour()
    with _written(desk, tmp_path / "j") as store:
        aside = ev.RobotSetAside(robot_id="r1", aside=True, because="nobody said so")
        store.append([aside], desk.now_s, 1)
        (found,) = replay_decisions(store, desk.context).divergences
        assert "nobody said so" in found.recorded
        assert found.seq == store.head()


def test_a_record_that_does_not_fit_the_state_before_it_is_named(tmp_path: Path) -> None:
    desk = _an_eventful_hour()
    with _written(desk, tmp_path / "j") as store:
        last = store.append([ev.TaskChanged(task_id="t1", state=TaskState.EXECUTING, because="again")], 999.0, 1)
        with pytest.raises(JournalCorrupt, match=f"seq {last[0].seq}: TaskChanged does not fit"):
            replay_state(store)
        last = store.append([ev.ContactLost(robot_id="ghost", silent_s=1.0)], 999.0, 1)
        with pytest.raises(JournalCorrupt, match="seq"):
            replay_decisions(store, desk.context)


def test_an_input_after_a_decision_in_one_batch_is_not_a_journal_of_ours(tmp_path: Path) -> None:
    desk = Desk(a_robot("r1"))
    with _written(desk, tmp_path / "j") as store:
        wrong = [
            ev.RobotSetAside(robot_id="r1", aside=True, because="x"),
            ev.ContactLost(robot_id="r1", silent_s=1.0),
        ]
        store.append(wrong, 9.0, 1)
        with pytest.raises(JournalCorrupt, match="an input comes after a decision"):
            replay_decisions(store, desk.context)


def test_a_report_that_no_journal_can_hold_is_left_out_and_the_fleet_goes_on(tmp_path: Path) -> None:
    desk = Desk(a_robot("r1"), a_robot("r2"))
    desk.report("r1", battery_fraction=float("nan"), posture=Posture.FALLEN)
    state = desk.state.robots["r1"].state
    assert state is not None
    assert (state.posture, state.battery_fraction) == (Posture.STANDING, 1.0)
    desk.submit(carry("t1", robot_id="r2"))
    with _written(desk, tmp_path / "j") as store:
        assert replay_decisions(store, desk.context).divergences == ()
