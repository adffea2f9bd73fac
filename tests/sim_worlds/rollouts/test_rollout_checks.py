"""Questions that cannot be answered are refused before anything is run, and the refusal says what would be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from asking import AWAY, FETCH, WAIT, walk

from sim_worlds.records import Kneel, Pick
from sim_worlds.rollouts import (
    AllOf,
    AnyOf,
    CommandDone,
    NobodyFell,
    ObjectAt,
    ObjectHeldBy,
    OptionError,
    OptionPlan,
    PlansDone,
    Ray,
    Request,
    RobotAt,
    RobotPlan,
    Variation,
    check_request,
    option_from_plain,
)
from sim_worlds.world import World

PLAN = RobotPlan(robot_id="gr2_1", primitives=(walk(1, 1),))


def ask(*options: OptionPlan, **fields: Any) -> Request:
    return Request(**{"options": options, "horizon_s": 5.0, "n": 1, **fields})


def goal(of: Any) -> Request:
    return ask(OptionPlan(option_id="x", success=of))


def plan(*primitives: Any, robot: str = "gr2_1", **more: Any) -> Request:
    return ask(OptionPlan(option_id="x", plans=(RobotPlan(robot_id=robot, primitives=primitives, **more),)))


BAD: list[tuple[Request, str]] = [
    (ask(), "options: got none"),
    (ask(WAIT, WAIT), r"options\[1\] \(wait\): option_id: got 'wait'"),
    (ask(WAIT, horizon_s=0), "horizon_s: got 0"),
    (ask(WAIT, horizon_s=float("nan")), "horizon_s: got nan"),
    (ask(WAIT, n=0), "n: got 0"),
    (ask(WAIT, workers=0), "workers: got 0"),
    (ask(WAIT, seed=-1), "seed: got -1"),
    (ask(WAIT, deadline_s=0), "deadline_s: got 0"),
    (ask(WAIT, deadline_s=2, executor=Ray()), "deadline_s: got 2, expected 15 s or more: Ray and its workers have to"),
    (ask(WAIT, variation=Variation(person_new_goal=2)), "variation.person_new_goal: got 2"),
    (ask(WAIT, variation=Variation(pace_sd=-1)), "variation.pace_sd: got -1"),
    (ask(OptionPlan(option_id="x", hold=("nobody",))), r"x\): hold: got 'nobody', expected '\*' or one of: gr2_1"),
    (ask(OptionPlan(option_id="x", hold=("*",), plans=(PLAN,))), "hold: gr2_1 has a plan too"),
    (ask(OptionPlan(option_id="as_now", cancel=("*",))), "as_now"),
    (ask(WAIT, background=(PLAN, PLAN)), r"background\[1\].robot_id: got 'gr2_1' again"),
    (plan(walk(1, 1), robot="nobody"), r"plans\[0\].robot_id: got 'nobody', expected one of: gr2_1"),
    (plan(), "primitives: got none"),
    (plan(walk(1, 1), after_s=-1), "after_s: got -1"),
    (plan(walk(1, 1), then=True, goes_on=True), "got then and goes_on"),
    (plan(Pick(command_id="", object_id="ghost")), r"primitives\[0\]: object_id: got 'ghost', expected one of"),
    (plan(walk(float("inf"), 1)), r"primitives\[0\]: walk: got \[inf"),
    (goal(ObjectAt(object_id="ghost", place_id="shelf_a2")), "success.object_id: got 'ghost'"),
    (goal(ObjectAt(object_id="blue_1", place_id="dock_1")), "success.place_id: got 'dock_1'"),
    (goal(ObjectHeldBy(object_id="blue_1", holder="ghost")), "success.holder: got 'ghost'"),
    (goal(RobotAt(robot_id="gr2_1")), "expected either place_id, or x_m and y_m"),
    (goal(RobotAt(robot_id="gr2_1", place_id="dock_1", x_m=1, y_m=1)), "expected either place_id, or x_m and y_m"),
    (goal(RobotAt(robot_id="gr2_1", place_id="dock_1", within_m=0)), "within_m: got 0"),
    (goal(CommandDone(command_id="ghost")), "command_id: got 'ghost', expected one of: stroll"),
    (goal(PlansDone()), "the option has no plans"),
    (goal(PlansDone(names=("ghost",))), "names: got 'ghost', expected one of: none"),
    (goal(NobodyFell()), "nobody_fell holds from the start"),
    (goal(AnyOf(goals=(NobodyFell(), CommandDone(command_id="stroll")))), r"goals\[0\]: nobody_fell"),
    (goal(AllOf(goals=())), "goals: got none"),
]


@pytest.mark.parametrize(("request_", "says"), BAD, ids=[says[:40] for _, says in BAD])
def test_it_is_refused(world: World, request_: Request, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        check_request(world, request_)


def test_a_primitive_that_the_robot_does_not_support_is_refused(world: World) -> None:
    unable = world.computers["gr2_1"]
    unable.info = msgspec.structs.replace(unable.info, primitives=("walk", "wait"))
    with pytest.raises(OptionError, match=r"primitives\[0\]: got kneel, expected what this robot supports"):
        check_request(world, plan(Kneel(command_id=""), robot=unable.id))


def test_without_ray_it_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim_worlds.rollouts import checks

    monkeypatch.setattr(checks, "find_spec", lambda _: None)
    with pytest.raises(OptionError, match=r"pip install humanoid-fleet\[ray\]"):
        check_request(world, ask(WAIT, executor=Ray()))


def test_what_is_right_is_taken(world: World) -> None:
    check_request(
        world, ask(FETCH, AWAY, WAIT, goal(AllOf(goals=(CommandDone(command_id="stroll"), NobodyFell()))).options[0])
    )


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.pop("option_id"), "option_id"),
        (lambda d: d.update(colour="red"), "colour"),
        (lambda d: d["plans"][0].update(primitives=[{"kind": "fly", "command_id": ""}]), r"fly.*plans\[0\].primitives"),
        (lambda d: d["success"].update(kind="luck"), "luck"),
    ],
)
def test_data_that_is_no_option_is_refused(change: Change, says: str) -> None:
    data = msgspec.json.decode(msgspec.json.encode(FETCH))
    change(data)
    with pytest.raises(OptionError, match=says):
        option_from_plain(data)
