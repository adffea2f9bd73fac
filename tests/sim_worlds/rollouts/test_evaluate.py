"""What would happen if: the same question has the same answer, and the answer is what then happens."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import msgspec
import pytest
from asking import AWAY, FETCH, HALT, STOP, WAIT, walk
from driving import robot

from sim_worlds.faults import FaultSpec
from sim_worlds.records import Pick, Wait
from sim_worlds.rollouts import (
    AS_NOW,
    NO_VARIATION,
    AllOf,
    CommandDone,
    Evaluation,
    Fork,
    NobodyFell,
    ObjectAt,
    ObjectHeldBy,
    OptionPlan,
    PlansDone,
    Request,
    RobotAt,
    RobotPlan,
    RolloutFailed,
    Variation,
    begin,
    evaluate,
    evaluation,
    option_from_plain,
)
from sim_worlds.site import Site
from sim_worlds.world import World

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


def test_without_variation_a_run_is_what_then_comes(world: World) -> None:
    before = world.digest()
    found = evaluate(world, [WAIT], 3.0, 1, variation=NO_VARIATION)
    assert world.digest() == before, "asking changes nothing"
    for _ in range(30):
        for name in world.computers:
            world.heartbeat(name)
        world.advance(0.1)
    assert found.option("wait").runs[0].digest == world.digest()


def test_an_option_succeeds_in_all_runs_that_differ(world: World) -> None:
    found = evaluate(world, [FETCH, WAIT], 8.0, 4, seed=5)
    fetch, wait = found.option("fetch"), found.option("wait")
    assert fetch.success is not None and fetch.duration_s is not None
    assert (fetch.success.count, fetch.success.n) == (4, 4)
    assert fetch.success.low > 0.5
    assert fetch.duration_s.p50 is not None and 3 < fetch.duration_s.p50 < 7
    assert len({r.success_s for r in fetch.runs}) > 1, "every run has luck of its own"
    assert wait.success is None and wait.duration_s is None, "nobody said what success would be"
    more = found.difference("fetch", "wait", "energy_wh")
    assert more is not None and more.n == 4
    assert (found.done, found.wanted, found.complete, found.deaths, found.errors) == (8, 8, True, (), ())


def test_the_same_seed_gives_the_same_results_in_any_order_and_company(world: World) -> None:
    first = evaluate(world, [AWAY, HALT, WAIT], 3.0, 2, seed=5)
    again = evaluate(world, [WAIT, HALT, AWAY], 3.0, 2, seed=5, workers=1)
    assert first.digest() == again.digest()
    alone = evaluate(world, [AWAY], 3.0, 2, seed=5)
    assert alone.option("away").runs == first.option("away").runs
    assert alone.option("away").effects == first.option("away").effects
    assert evaluate(world, [AWAY], 3.0, 2, seed=6).option("away").runs != alone.option("away").runs


def test_options_share_their_luck(world: World) -> None:
    found = evaluate(world, [WAIT, OptionPlan(option_id="same", resume=("gr2_1",))], 3.0, 2, seed=5)
    assert [r.digest for r in found.option("same").runs] == [r.digest for r in found.option("wait").runs]
    differ = found.difference("same", "wait", "energy_wh")
    assert differ is not None and (differ.mean, differ.mean_low, differ.mean_high) == (0, 0, 0)


def test_what_an_option_does_to_others_is_said(world: World) -> None:
    found = evaluate(world, [HALT, STOP], 9.0, 2, seed=5)
    assert found.baseline == AS_NOW
    assert {e.name for e in found.option("halt").effects} == {"stroll"}
    halted, stopped = found.option("halt").effects[0], found.option("stop").effects[0]
    assert halted.later is not None and halted.later.value == 1.0
    assert halted.later_s is not None and halted.later_s.p50 is None, "not within the horizon any more"
    assert halted.lost.value == 0.0
    assert stopped.lost.value == 1.0
    assert found.option(AS_NOW).effects == ()


def test_a_plan_that_cannot_be_carried_out_fails_and_says_why(world: World) -> None:
    far = OptionPlan(
        option_id="far",
        plans=(RobotPlan(robot_id="gr2_1", primitives=(Pick(command_id="", object_id="blue_1"),)),),
        success=PlansDone(),
    )
    found = evaluate(world, [far], 8.0, 1).option("far")
    assert found.success is not None and found.success.count == 0
    assert found.problems == {"gr2_1: not_here": 1}


def test_a_plan_for_a_robot_that_is_held_waits_and_says_so(world: World) -> None:
    world.hold("gr2_1", "somebody leans on it")
    found = evaluate(world, [AWAY], 2.0, 1).option("away")
    assert found.success is not None and found.success.count == 0
    assert found.problems == {"gr2_1: holds because somebody leans on it": 1}


def test_a_background_plan_goes_on_where_it_is(world: World) -> None:
    rest = RobotPlan(
        robot_id="iron_1", task_id="t-stroll", goes_on=True, primitives=(_named("stroll", 6, 8), _named("then", 6, 9))
    )
    done = OptionPlan(option_id="see", success=PlansDone(names=("t-stroll",)))
    away = OptionPlan(option_id="take", plans=(RobotPlan(robot_id="iron_1", primitives=(walk(2, 8),)),))
    found = evaluate(world, [done, away], 14.0, 1, background=[rest], variation=NO_VARIATION)
    see = found.option("see")
    assert found.baseline == "see"
    assert see.success is not None and see.success.count == 1
    assert see.runs[0].ends[0].state == "done"
    assert found.option("take").effects[0].lost.value == 1.0


def _named(name: str, x: float, y: float) -> object:
    return msgspec.structs.replace(walk(x, y), command_id=name)


def test_a_plan_can_wait_for_the_robots_present_work(world: World) -> None:
    then = OptionPlan(
        option_id="then",
        plans=(RobotPlan(robot_id="iron_1", primitives=(walk(6, 9),), then=True),),
        success=PlansDone(),
    )
    found = evaluate(world, [then], 14.0, 1, variation=NO_VARIATION).option("then")
    assert found.success is not None and found.success.count == 1
    assert found.effects == (), "the walk under way ends as it would"
    assert found.runs[0].ends[0].state == "done"
    assert found.duration_s is not None and found.duration_s.p50 is not None
    assert found.duration_s.p50 > found.runs[0].ends[0].at_s


def test_goals_are_about_what_is_really_so(world: World) -> None:
    plan = (RobotPlan(robot_id="optimus_1", primitives=(Pick(command_id="", object_id="blue_1"),)),)
    goals = {
        "held": ObjectHeldBy(object_id="blue_1", holder="optimus_1"),
        "stands": ObjectAt(object_id="blue_1", place_id="shelf_a1"),
        "there": RobotAt(robot_id="iron_1", x_m=6, y_m=8),
        "both": AllOf(goals=(CommandDone(command_id="stroll"), NobodyFell())),
    }
    options = [OptionPlan(option_id=k, plans=plan, success=g) for k, g in goals.items()]
    found = evaluate(world, options, 9.0, 1, variation=NO_VARIATION)
    said = {k: found.option(k).runs[0].success for k in goals}
    assert said == {"held": True, "stands": False, "there": True, "both": True}


def test_mishaps_strike_as_often_as_told(world: World) -> None:
    plan = (RobotPlan(robot_id="gr2_1", primitives=(Wait(command_id="", seconds=2), walk(9.5, 9.2))),)
    option = OptionPlan(option_id="go", plans=plan, success=PlansDone())
    calm = evaluate(world, [option], 8.0, 4, variation=NO_VARIATION)
    wild = evaluate(world, [option], 8.0, 4, variation=Variation(silences_per_hour=3600))
    assert calm.option("go").success is not None and calm.option("go").success.count == 4
    assert wild.option("go").success is not None and wild.option("go").success.count < 4


def test_a_misfortune_can_bring_down_whoever_could_fall(ward: Site) -> None:
    made = World(ward, [robot("g1_moved", 2, 8), robot("iron_1", 4, 8)], watchdog_s=1e9)
    down = evaluate(made, [WAIT], 4.0, 2, variation=Variation(falls_per_hour=36_000)).option("wait")
    assert made.promotion.tiers() == {"g1_moved": "T0", "iron_1": "T0"}
    made.close()
    assert down.any_fall is not None and (down.any_fall.count, down.any_fall.n) == (2, 2)
    assert down.falls is not None and down.falls.p90 == 1.0, "the other model is never simulated on its joints"


def test_walking_robots_may_be_moved_instead(ward: Site) -> None:
    made = World(ward, [robot("g1_walking", 2, 8)], watchdog_s=1e9)
    go = OptionPlan(
        option_id="go", plans=(RobotPlan(robot_id="g1_walking", primitives=(walk(3, 8),)),), success=PlansDone()
    )
    moved = evaluate(made, [go], 6.0, 1, moved_only=True).option("go")
    assert made.promotion.tiers() == {"g1_walking": "T2"}
    made.close()
    assert moved.success is not None and moved.success.count == 1


def test_a_median_run_is_kept_for_a_preview(world: World) -> None:
    found = evaluate(world, [AWAY], 3.0, 3, replay=True)
    away = found.option("away")
    assert away.replay is not None and away.median_run in (0, 1, 2)
    assert away.replay.robot_ids == tuple(world.computers)
    assert len(away.replay.robots) == len(away.replay.people) == len(away.replay.boxes) == 13
    at = away.replay.robots[0][2]
    assert at == pytest.approx((8, 9.2, 0), abs=0.01)
    assert away.replay.robots[-1][2][0] > 8.2


def test_at_the_deadline_it_says_what_it_has(world: World) -> None:
    begun = time.monotonic()
    found = evaluate(world, [AWAY, WAIT], 3000.0, 50, deadline_s=0.6)
    assert time.monotonic() - begun < 5
    assert not found.complete
    assert (found.done, found.wanted) == (0, 100)
    assert found.option("away").n == 0 and found.option("away").success is None
    some = evaluate(world, [AWAY, WAIT], 1.0, 2000, deadline_s=2.0)
    assert 0 < some.done < some.wanted
    assert abs(some.option("away").n - some.option("wait").n) <= 2, "fair to all options"


def test_asking_does_not_wait_for_the_answer(world: World) -> None:
    pending = begin(world, Request(options=(AWAY,), horizon_s=1.0, n=2))
    assert pending.poll() is None
    world.advance(0.2)
    found = pending.wait(20)
    assert isinstance(found, Evaluation) and found.complete
    assert found.at_s == pytest.approx(world.time_s - 0.2)
    assert pending.poll() == found
    pending.close()


def test_a_question_that_is_given_up_leaves_no_process(world: World) -> None:
    pending = begin(world, Request(options=(AWAY,), horizon_s=3000, n=2))
    sister = pending._sister.pid
    while not Path(f"/proc/{sister}/task/{sister}/children").read_text():
        time.sleep(0.01)
    child = int(Path(f"/proc/{sister}/task/{sister}/children").read_text().split()[0])
    pending.close()
    assert not Path(f"/proc/{sister}").exists()
    until = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(("times", "done"), [(1, 4), (2, 3)])
def test_a_worker_that_dies_is_reported_and_its_run_repeated_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, done: int
) -> None:
    real = evaluation.simulate

    def unlucky(copy: World, request: Request, option: OptionPlan, run: int) -> object:
        if (option.option_id, run) == ("away", 1):
            for k in range(times):
                mark = tmp_path / str(k)
                if not mark.exists():
                    mark.touch()
                    os.kill(os.getpid(), signal.SIGKILL)
        return real(copy, request, option, run)

    whole = evaluate(world, [AWAY, WAIT], 1.0, 2)
    monkeypatch.setattr(evaluation, "simulate", unlucky)
    found = evaluate(world, [AWAY, WAIT], 1.0, 2)
    assert found.done == done
    assert [(d.option_id, d.run, d.how, d.repeated) for d in found.deaths] == [
        ("away", 1, "killed by signal 9", k == 0) for k in range(times)
    ]
    assert (found.digest() == whole.digest()) == (done == 4)
    assert found.option("away").n == done - 2


def test_a_run_that_raises_is_reported_and_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(evaluation, "simulate", broken)
    found = evaluate(world, [WAIT], 1.0, 1)
    assert found.done == 0
    assert "no such luck" in found.errors[0]


def test_a_process_with_threads_is_not_forked(world: World) -> None:
    ending = threading.Event()
    thread = threading.Thread(target=ending.wait, name="busybody")
    thread.start()
    try:
        with pytest.raises(RolloutFailed, match="busybody"):
            evaluate(world, [WAIT], 1.0, 1)
    finally:
        ending.set()
        thread.join()


def test_planned_faults_are_not_foreseen(ward: Site) -> None:
    """A scenario's faults are its secret: the supervisor may not learn of them by asking what would happen."""
    fault = FaultSpec(fault_id="f", kind="silent", robot="iron_1", at_s=1.0, duration_s=30)
    made = World(ward, [robot("iron_1", 2, 8)], faults=[fault], watchdog_s=1e9)
    go = OptionPlan(
        option_id="go",
        plans=(RobotPlan(robot_id="iron_1", primitives=(walk(2.5, 8), Wait(command_id="", seconds=1), walk(3, 8))),),
        success=PlansDone(),
    )
    told = evaluate(made, [go], 10.0, 2, variation=Variation(silences_per_hour=0)).option("go")
    truth = evaluate(made, [go], 10.0, 1, variation=NO_VARIATION).option("go")
    made.close()
    assert told.success is not None and told.success.count == 2
    assert truth.success is not None and truth.success.count == 0


def test_from_a_checkpoint_the_same_options_go_well(world: World) -> None:
    found = evaluate(world, [FETCH, HALT], 8.0, 2, executor=Fork(start="checkpoint"))
    assert found.start == "checkpoint"
    assert found.option("fetch").success is not None and found.option("fetch").success.count == 2


def test_options_and_answers_are_plain_data(world: World) -> None:
    plain = msgspec.json.decode(msgspec.json.encode(FETCH))
    assert option_from_plain(plain) == FETCH
    found = evaluate(world, [FETCH], 0.5, 1, replay=True)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Evaluation) == found
