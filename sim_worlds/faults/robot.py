"""Faults of a robot's radio, clock, battery, knowledge of where it is, e-stop, hands and honesty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim_worlds.faults.kinds import Act, Kind, Scene, Wrong, need_between
from sim_worlds.faults.spec import FaultSpec

if TYPE_CHECKING:
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

_SLIP_MPS = 1.3
_MOST_SHIFT_S = 3600.0


def carries(robot: Computer) -> bool:
    """Whether a box is in its hands, and it knows."""
    return robot.believes_to_hold is not None and robot.believes_to_hold.holder == robot.id


def _hit(acts: Sequence[Act]) -> set[str]:
    return {name for act in acts for name in act.spec.watched}


# Radio


def _settle_radio(world: World, acts: Sequence[Act]) -> None:
    silent = _hit(acts)
    for robot in world.computers.values():
        if robot.id in silent and robot.link_up:
            robot.state()  # the last report that leaves it
        robot.link_up = robot.id not in silent


# Clock


def _check_shift(spec: FaultSpec, _scene: Scene) -> None:
    if (spec.robot is None) == (spec.process is None):
        raise Wrong("robot", spec.robot, "either robot, or process: supervisor")
    if spec.process not in (None, "supervisor"):
        raise Wrong("process", spec.process, "supervisor, or a robot instead")
    need_between(spec, "shift_s", -_MOST_SHIFT_S, _MOST_SHIFT_S, "s")
    if spec.shift_s == 0:
        raise Wrong("shift_s", spec.shift_s, "a shift that is not 0 s")


def _settle_clocks(world: World, acts: Sequence[Act]) -> None:
    for robot in world.computers.values():
        robot.clock_shift_s = sum(a.spec.shift_s or 0.0 for a in acts if a.spec.robot == robot.id)


# Where it believes to be


def _check_jump(spec: FaultSpec, _scene: Scene) -> None:
    if spec.offset_m is None or not math.isfinite(sum(spec.offset_m)) or spec.offset_m == (0.0, 0.0):
        raise Wrong("offset_m", spec.offset_m, "[x, y] in m, not both 0")


def _jump(act: Act) -> bool:
    assert act.spec.offset_m is not None
    act.world.localisation.jump(act.robot.id, *act.spec.offset_m, act.spec.turn_rad or 0.0)
    return True


# Battery


def _check_fraction(spec: FaultSpec, _scene: Scene) -> None:
    need_between(spec, "fraction", 0, 1)


def _drain(act: Act) -> bool:
    assert act.spec.fraction is not None
    robot = act.robot
    robot.battery_wh = min(robot.battery_wh, act.spec.fraction * robot.info.description.battery_wh)
    return True


# E-stop


def _press(act: Act) -> bool:
    act.robot.press_e_stop(f"pressed by somebody ({act.spec.fault_id})")
    return True


def _released(act: Act) -> bool:
    return not act.robot.e_stopped


def _release(act: Act) -> None:
    act.robot.e_stopped = False


# Hands


def _may_slip(robot: Computer) -> bool:
    return carries(robot) and not (robot.status.kind == "place" and not robot.status.ended)


def _let_slip(robot: Computer) -> None:
    yaw = robot.body.motion().yaw
    # To its right, out of its own way.
    robot.body.release((_SLIP_MPS * math.sin(yaw), -_SLIP_MPS * math.cos(yaw), 0.0))


def _slip(act: Act) -> bool:
    if not _may_slip(act.robot):
        return False
    _let_slip(act.robot)
    return True


def _drop(act: Act) -> bool:
    if not _may_slip(act.robot):
        return False
    _let_slip(act.robot)
    act.robot.believes_to_hold = None
    return True


def _settle_lies(world: World, acts: Sequence[Act]) -> None:
    liars = _hit(acts)
    for robot in world.computers.values():
        robot.lies = robot.id in liars


_COMES_BACK = "It holds by itself after its watchdog's time, and goes on when the link is back."

KINDS = (
    Kind(
        name="silent",
        effect="No radio in either direction: it hears nothing, its last report gets old. " + _COMES_BACK,
        recovery="The radio is back; what it saw meanwhile is sent.",
        lasts="must",
        needs=("robot",),
        family="radio",
        settle=_settle_radio,
    ),
    Kind(
        name="clock_jump",
        effect="The robot's clock is `shift_s` ahead (negative: behind): its reports and claims carry the wrong time. "
        "With `process: supervisor` it is the supervisor's clock (for runs of the whole fleet).",
        recovery="The clock is right again, at once.",
        lasts="may",
        needs=("shift_s",),
        takes=("robot", "process"),
        family="clock",
        check=_check_shift,
        settle=_settle_clocks,
    ),
    Kind(
        name="localisation_jump",
        effect="Where it believes to be jumps by `offset_m` and `turn_rad`. It walks, and reports its place and "
        "what it sees, by that belief. It does not notice.",
        recovery="The marks at a dock put it right within a second when it comes within 1.5 m of one.",
        lasts="once",
        needs=("robot", "offset_m"),
        takes=("turn_rad",),
        check=_check_jump,
        start=_jump,
    ),
    Kind(
        name="battery_drop",
        effect="The battery falls to `fraction` of its capacity at once.",
        recovery="Charging.",
        lasts="once",
        needs=("robot", "fraction"),
        check=_check_fraction,
        start=_drain,
    ),
    Kind(
        name="e_stop",
        effect="Somebody presses the robot's e-stop: it stands and keeps its balance, its command is cancelled, and it "
        "takes no other.",
        recovery="With a duration the same person releases it; without, it stays until it is released through the "
        "fleet. The robot still holds until it is resumed.",
        lasts="may",
        needs=("robot",),
        start=_press,
        ended=_released,
        stop=_release,
    ),
    Kind(
        name="dropped_object",
        effect="The box slips from its hands to the floor, and the robot notices: its hands are empty. Waits until it "
        "carries something.",
        recovery="None: the box lies where it lies.",
        lasts="once",
        needs=("robot",),
        start=_drop,
    ),
    Kind(
        name="false_claim",
        effect="The box slips from its hands and the robot does not notice: it goes on, and reports a `place` or "
        "`give` as done that did not happen. Waits until it carries something.",
        recovery="None: the box lies where it lies, and the robot believes that it delivered.",
        lasts="once",
        needs=("robot",),
        start=_slip,
    ),
    Kind(
        name="lying_claim",
        effect="It reports every `pick`, `place`, `give` and `look` as done at once, without doing it.",
        recovery="It does what it says again.",
        lasts="may",
        needs=("robot",),
        family="honesty",
        settle=_settle_lies,
    ),
)
