"""The whole fleet in one process while processes die, clocks jump, robots are cut off: the work is done anyway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_worlds.errors import SpecError
from sim_worlds.faults import FaultSpec, When
from tests.fleet.cli.fleet_with_faults import ROBOTS, Fleet

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


Make = Callable[..., Fleet]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Make]:
    made: list[Fleet] = []

    def make(*faults: FaultSpec, seed: int = 1) -> Fleet:
        made.append(Fleet(tmp_path / str(len(made)), faults, seed))
        made[-1].submit()
        return made[-1]

    yield make
    for one in made:
        one.close()


def fault(kind: str, **more: Any) -> FaultSpec:
    return FaultSpec(**{"fault_id": "f", "kind": kind, **more})


def outcomes(f: Fleet) -> dict[str, str]:
    return {t.task_id: t.state.value for t in f.stack.state.tasks.values()}


ALL_DONE = {"t1": "done", "t2": "done", "t3": "done"}


@pytest.mark.parametrize("process", ["supervisor", "host", "world"])
def test_a_process_that_is_killed_again_and_again_comes_back_and_the_work_is_done(fleet: Make, process: str) -> None:
    f = fleet(fault("process_killed", process=process, at_s=7, duration_s=2, every_s=9, times=4))
    f.run_until_ended(200)
    assert outcomes(f) == ALL_DONE
    assert [what for _, what in f.told] == [f"{process}_killed", f"{process}_started"] * 4
    f.check()


def test_a_supervisor_killed_while_a_task_is_executed_goes_on_with_it(fleet: Make) -> None:
    f = fleet(
        fault("process_killed", process="supervisor", duration_s=4, when=When(task="t1", task_state="executing")),
    )
    f.run(1)
    while not f.told:
        f.step()
    before = [c.command_id for c in f.stack.world.ledger]
    f.run_until_ended(200)
    assert outcomes(f) == ALL_DONE
    assert {e.command_id.split("/")[0] for e in f.stack.world.ledger} == {"t1#1", "t2#1", "t3#1"}, "nothing anew"
    assert len(f.stack.world.ledger) > len(before)
    f.check()


def test_the_world_goes_on_from_its_last_checkpoint_and_nothing_happens_twice(fleet: Make) -> None:
    f = fleet(fault("process_killed", process="world", when=When(robot="iron_1", carrying=True), duration_s=3))
    while not f.told:
        f.step()
    killed_s, carried = f.now_s, [c.id for c in f.stack.world.crates.values() if c.holder == "iron_1"]
    f.run(2)
    assert f.stack.link.down
    f.run(2)
    assert not f.stack.link.down
    assert f.stack.world.time_s == pytest.approx(f.now_s), "fleet time went on"
    assert [c.id for c in f.stack.world.crates.values() if c.holder == "iron_1"] == carried
    f.run_until_ended(200)
    assert outcomes(f) == ALL_DONE
    assert f.now_s > killed_s
    f.check()


@pytest.mark.parametrize(
    "direction",
    ["both", pytest.param("to_robots", marks=pytest.mark.slow), pytest.param("from_robots", marks=pytest.mark.slow)],
)
def test_robots_that_were_cut_off_finish_their_work(fleet: Make, direction: str) -> None:
    cut = fault("partition", robots=("iron_1", "iron_2"), direction=direction, at_s=8, duration_s=15)
    f = fleet(cut).run(20)
    contact = {r: f.stack.state.robots[r].in_contact for r in ROBOTS}
    assert contact["optimus_1"]
    assert contact["iron_1"] == contact["iron_2"] == (direction == "to_robots")
    holds = f.stack.world.computer("iron_1").holding_because
    assert (holds is not None) == (direction != "from_robots"), "who hears nobody holds by itself"
    f.run_until_ended(200)
    assert outcomes(f) == ALL_DONE
    f.check()


@pytest.mark.parametrize("shift_s", [pytest.param(300.0, marks=pytest.mark.slow), -300.0])
def test_a_supervisor_whose_clock_jumps_does_the_work(fleet: Make, shift_s: float) -> None:
    f = fleet(fault("clock_jump", process="supervisor", shift_s=shift_s, at_s=10, duration_s=20))
    f.run_until_ended(200)
    assert outcomes(f) == ALL_DONE
    f.check()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_run_and_another_seed_another(fleet: Make) -> None:
    mix = (
        fault("messages_reordered", fault_id="a", at_s=0, duration_s=20, lag_s=(0.0, 1.5)),
        fault("messages_lost", fault_id="b", at_s=5, duration_s=20, probability=0.3),
        fault("process_killed", fault_id="c", process="supervisor", at_s=8, delay_s=(0.0, 4.0), duration_s=3),
    )

    def digests(seed: int) -> tuple[str, str]:
        f = fleet(*mix, seed=seed).run(16)
        return f.stack.state.digest(), f.stack.world.digest()

    first = digests(1)
    assert first == digests(1)
    assert first != digests(2)


def test_faults_of_the_fleet_are_refused_in_a_world_that_runs_alone(fleet: Make) -> None:
    from sim_worlds.world import World

    f = fleet(fault("partition", at_s=1, duration_s=2))
    alone = World(f.stack.world.site, f.stack.world.specs, f.stack.world.faults.specs, 1)
    with pytest.raises(SpecError, match="got 'partition' in a world that runs alone"):
        alone.advance(0.1)
    alone.close()


KINDS: dict[str, dict[str, Any]] = {
    "messages_late": {"lag_s": (0.1, 2.0)},
    "messages_duplicated": {"lag_s": (0.0, 5.0)},
    "messages_reordered": {"lag_s": (0.0, 2.0)},
    "messages_lost": {"probability": 0.4},
    "partition": {"robots": ("iron_1", "optimus_1")},
    "supervisor": {"kind": "process_killed", "process": "supervisor"},
    "host": {"kind": "process_killed", "process": "host"},
    "world": {"kind": "process_killed", "process": "world"},
    "silent": {"robot": "iron_2"},
    "clock_jump": {"robot": "iron_1", "shift_s": -7.0},
}


@pytest.mark.slow
def test_whatever_goes_wrong_no_task_is_lost_and_none_done_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    one = st.tuples(st.sampled_from(sorted(KINDS)), st.floats(0, 35), st.floats(0.5, 8))

    @settings(max_examples=6, deadline=None, derandomize=True)
    @given(chosen=st.lists(one, min_size=1, max_size=4), seed=st.integers(0, 99))
    def hold(chosen: list[tuple[str, float, float]], seed: int) -> None:
        faults = [
            fault(**{"kind": k, "fault_id": f"{i}", "at_s": round(at, 1), "duration_s": round(lasts, 1), **KINDS[k]})
            for i, (k, at, lasts) in enumerate(chosen)
        ]
        f = Fleet(tmp_path_factory.mktemp("run"), faults, seed)
        try:
            f.submit()
            f.run_until_ended(250)
            assert f.ended, outcomes(f)
            f.check()
        finally:
            f.close()

    hold()
