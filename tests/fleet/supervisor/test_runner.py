"""The runner against a real SQLite journal, in virtual time, with a bus that the test fills by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.bus.base import Facts
from fleet.clock import VirtualClock
from fleet.journal.sqlite import SqliteStore
from fleet.model.commands import Command, ExecuteSkill
from fleet.model.geometry import Pose
from fleet.model.requests import Role, SubmitMission
from fleet.model.robot import Posture, RobotState
from fleet.model.tasks import MissionSpec
from fleet.supervisor.fold import replay
from fleet.supervisor.runner import Runner
from tests.fleet.supervisor.building import Desk, a_robot, carry


class HandBus:
    """What the test puts in is heard once; what is sent is kept."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.sent: list[Command] = []
        self.beats: list[tuple[str, int]] = []

    def collect(self) -> Facts:
        facts, self.facts = self.facts, Facts(silent_s=self.facts.silent_s)
        return facts

    def send(self, commands: Sequence[Command]) -> None:
        self.sent += commands

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        self.beats.append((supervisor_id, epoch))

    def close(self) -> None: ...


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0)


def a_runner(path: Path, bus: HandBus, clock: VirtualClock, name: str = "first") -> Runner:
    return Runner(
        store=SqliteStore(path),
        bus=bus,
        clock=clock,
        context=Desk().context,
        supervisor_id=name,
        snapshot_every=5,
    )


def robots_report(clock: VirtualClock) -> Facts:
    robots = (a_robot("r1"), a_robot("r2"))
    states = tuple(
        RobotState(robot_id=r.robot_id, observed_at_s=clock.now_s(), pose=Pose(x=1, y=4), posture=Posture.STANDING)
        for r in robots
    )
    return Facts(descriptions=robots, states=states, silent_s={r.robot_id: 0.0 for r in robots})


def submit(path: Path, task_id: str = "t1") -> None:
    with SqliteStore(path) as store:
        mission = MissionSpec(mission_id=f"m-{task_id}", title="m", tasks=(carry(task_id),))
        store.put("dana", Role.OPERATOR, f"key-{task_id}", SubmitMission(mission=mission), 100.0)


def run(runner: Runner, clock: VirtualClock, seconds: float) -> None:
    for _ in range(int(seconds / 0.1)):
        clock.advance(0.1)
        runner.run_once()


def test_a_request_becomes_a_command_and_all_of_it_is_in_the_journal(tmp_path: Path, clock: VirtualClock) -> None:
    bus = HandBus()
    runner = a_runner(tmp_path / "fleet.db", bus, clock)
    bus.facts = robots_report(clock)
    submit(tmp_path / "fleet.db")
    run(runner, clock, 1)
    assert [c.task_id for c in bus.sent if isinstance(c, ExecuteSkill)] == ["t1"]
    with SqliteStore(tmp_path / "fleet.db", read_only=True) as reader:
        assert reader.verify().problem == ""
        assert replay(reader.read()).digest() == runner.state.digest()


def test_a_supervisor_that_dies_is_followed_by_one_that_knows_everything(tmp_path: Path, clock: VirtualClock) -> None:
    first_bus, second_bus = HandBus(), HandBus()
    first = a_runner(tmp_path / "fleet.db", first_bus, clock)
    first_bus.facts = robots_report(clock)
    submit(tmp_path / "fleet.db")
    run(first, clock, 1)
    submit(tmp_path / "fleet.db", "t2")  # accepted while nobody leads
    clock.advance(5)  # the first never comes back: its lead runs out
    second = a_runner(tmp_path / "fleet.db", second_bus, clock, "second")
    second_bus.facts = robots_report(clock)
    run(second, clock, 1)
    assert second.leads
    commands = [c for c in second_bus.sent if isinstance(c, ExecuteSkill)]
    assert commands[0].command_id == first_bus.sent[0].command_id, "told again under the same id"
    assert commands[0].epoch > first_bus.sent[0].epoch
    assert set(second.state.tasks) == {"t1", "t2"}


def test_the_second_supervisor_stands_by_and_takes_over_when_the_first_goes(
    tmp_path: Path, clock: VirtualClock
) -> None:
    first_bus, second_bus = HandBus(), HandBus()
    first = a_runner(tmp_path / "fleet.db", first_bus, clock)
    second = a_runner(tmp_path / "fleet.db", second_bus, clock, "second")
    for _ in range(30):
        clock.advance(0.1)
        first.run_once()
        second.run_once()
    assert (first.leads, second.leads) == (True, False)
    assert second_bus.beats == []
    first.close()
    run(second, clock, 1)
    assert second.leads
    assert second_bus.beats[-1][1] > first_bus.beats[-1][1]


def test_a_supervisor_that_was_frozen_cannot_write_or_command_any_more(tmp_path: Path, clock: VirtualClock) -> None:
    first_bus, second_bus = HandBus(), HandBus()
    first = a_runner(tmp_path / "fleet.db", first_bus, clock)
    run(first, clock, 1)
    clock.advance(10)  # the first is stopped, e.g. by SIGSTOP, and the second takes over
    second = a_runner(tmp_path / "fleet.db", second_bus, clock, "second")
    second_bus.facts = robots_report(clock)
    run(second, clock, 1)
    submit(tmp_path / "fleet.db")
    first_bus.facts = robots_report(clock)
    first.run_once()
    assert first_bus.sent == []
    assert not first.leads


def test_robots_that_are_not_heard_after_a_restart_count_as_lost(tmp_path: Path, clock: VirtualClock) -> None:
    bus = HandBus()
    first = a_runner(tmp_path / "fleet.db", bus, clock)
    bus.facts = robots_report(clock)
    run(first, clock, 1)
    first.close()
    second = a_runner(tmp_path / "fleet.db", HandBus(), clock, "second")
    run(second, clock, 4)
    assert [r.in_contact for r in second.state.robots.values()] == [False, False]


def test_a_snapshot_gives_the_same_state_as_the_whole_journal(tmp_path: Path, clock: VirtualClock) -> None:
    bus = HandBus()
    runner = a_runner(tmp_path / "fleet.db", bus, clock)
    bus.facts = robots_report(clock)
    submit(tmp_path / "fleet.db")
    run(runner, clock, 1)
    with SqliteStore(tmp_path / "fleet.db") as store:
        found = store.load_latest_snapshot()
        assert found is not None
        seq, state = found
        assert seq > 0
        assert replay(store.read(after=seq), state).digest() == replay(store.read()).digest()
