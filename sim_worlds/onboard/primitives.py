"""The primitives as generators: each `yield` is one thought (0.1 s). `begin` looks them up by the record's type."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fleet.model.robot import Posture
from sim_worlds.crates import Crate
from sim_worlds.humanoids.base import wrap
from sim_worlds.humanoids.upper_body import UpperBody
from sim_worlds.onboard import manipulation
from sim_worlds.onboard.computer import STILL, THINK_S, Computer, Failed, Run, Wish
from sim_worlds.onboard.legs import Leg
from sim_worlds.records import AnyPrimitive, Dock, Give, Kneel, Look, Pick, Place, Stand, Wait, Walk
from sim_worlds.sensors import ZONE_SHARE

LIFT_S = 2.0
PUT_DOWN_S = 2.0
HAND_OVER_S = 2.5
LOOK_S = 1.0
_SIDES = 3  # eyes see 140 degrees of the circle
KNEEL_S = 2.5
STEP_M = 0.25
"""How far out of reach a thing may be for a robot to shuffle nearer by eye."""
_SHUFFLES = 40  # thoughts
_SHUFFLE_MPS = 0.15
GIVE_REACH_M = 1.1
"""Between the axes of robot and person, when both stretch an arm."""


def begin(robot: Computer, primitive: AnyPrimitive) -> Run:
    """The primitive, ready to run."""
    if getattr(primitive, "team", ()):
        from sim_worlds.onboard.together import TOGETHER  # which needs this module

        return TOGETHER[type(primitive)](robot, primitive)
    return _RUNS[type(primitive)](robot, primitive)


# Legs


def go_to(robot: Computer, x: float, y: float, yaw: float | None, speed: float | None = None) -> Run:
    """Walk to (x, y) and turn to `yaw`. Raises `Failed` with `no_path`."""
    leg = Leg(robot, x, y, yaw, speed)
    m = robot.estimate()
    if not leg.way.reachable(m.x, m.y):
        raise Failed("no_path", f"there is no way from ({m.x:.1f}, {m.y:.1f}) to ({x:.1f}, {y:.1f})")
    robot.docked_at = None
    if robot.body.posture() is Posture.KNEELING:
        robot.body.kneel(False)
        yield from stay(robot, KNEEL_S)
    leg.begin()
    while not leg.arrived():
        yield
    leg.end()
    m = robot.estimate()
    robot.wish = STILL
    yield
    return f"at ({m.x:.2f}, {m.y:.2f})"


def face(robot: Computer, x: float, y: float, tolerance: float = 0.2) -> Run:
    """Turn on the spot towards (x, y)."""
    for _ in range(100):
        m = robot.body.motion()
        heading = math.atan2(y - m.y, x - m.x)
        if abs(wrap(heading - m.yaw)) < tolerance:
            break
        robot.wish = Wish(heading=heading)
        yield
    robot.wish = STILL
    return ""


def step_nearer(robot: Computer, x: float, y: float) -> Run:
    """Close a gap of a few centimetres by eye: where a robot believes to stand may be a little off, what it sees is
    not. A greater gap, or no room for its body, is left as it is: then it does not stand where it should."""
    reach = robot.info.reach_m
    for _ in range(_SHUFFLES):
        m = robot.body.motion()
        apart = math.hypot(x - m.x, y - m.y)
        gap = apart - reach
        if not 0.0 < gap <= STEP_M:
            break
        nearer = m.x + (x - m.x) * gap / apart, m.y + (y - m.y) * gap / apart
        if not robot.world.grid.clear_line(m.x, m.y, *nearer):
            break
        robot.wish = Wish(
            vx=_SHUFFLE_MPS * (x - m.x) / apart,
            vy=_SHUFFLE_MPS * (y - m.y) / apart,
            heading=math.atan2(y - m.y, x - m.x),
        )
        yield
    robot.wish = STILL
    return ""


def stay(robot: Computer, seconds: float) -> Run:
    """Stand still."""
    robot.wish = STILL
    for _ in range(max(round(seconds / THINK_S), 1)):
        yield
    return ""


def work(robot: Computer, seconds: float) -> Run:
    """Stand and do something with the hands or eyes that usually takes `seconds`."""
    return (yield from stay(robot, seconds * robot.work_scale))


# Primitives


def walk(robot: Computer, p: Walk) -> Run:
    return (yield from go_to(robot, p.x_m, p.y_m, p.yaw_rad, p.speed_mps))


def wait(robot: Computer, p: Wait) -> Run:
    yield from stay(robot, p.seconds)
    return f"waited {p.seconds:g} s"


def dock(robot: Computer, p: Dock) -> Run:
    pose = robot.world.site.places[p.dock_id].approach
    yield from go_to(robot, pose.x, pose.y, pose.yaw)
    robot.docked_at = p.dock_id
    robot.world.record_effect(robot, p, "dock", None, p.dock_id)
    return f"charging at {p.dock_id}"


def pick(robot: Computer, p: Pick) -> Run:
    """Lift a box in reach. A box that is not here fails with what is here instead, so that nobody has to guess."""
    world = robot.world
    if (done := world.effect_of(p.command_id)) is not None:
        return f"holds {done.object_id}"
    crate = world.crates[p.object_id]
    if robot.believes_to_hold is not None:
        raise Failed("hands_full", f"{robot.id} holds {robot.believes_to_hold.id}; put it down first")
    yield from step_nearer(robot, *crate.pose()[0][:2])
    check_reach(robot, crate.pose()[0], f"box {crate.id}", "not_here", seen=world.crates_near(robot))
    if crate.holder is not None:
        raise Failed("not_here", f"{crate.id} is in the hands of {crate.holder}")
    if crate.mass_kg > robot.info.description.payload_kg + 1e-9:
        raise Failed(
            "too_heavy",
            f"{crate.id} weighs {crate.mass_kg:g} kg; {robot.id} carries at most "
            f"{robot.info.description.payload_kg:g} kg",
        )
    yield from face(robot, *crate.pose()[0][:2])
    start, turn = crate.pose()
    check_reach(robot, start, f"box {crate.id}", "not_here", seen=world.crates_near(robot))
    if robot.body.tier == "T1":
        yield from _pick_by_hand(robot, p, crate)
        return f"holds {crate.id}"
    crate.holder, crate.lifted_from = robot.id, (start, turn)
    try:
        yield from _guide(robot, crate, None, LIFT_S)
    except GeneratorExit:
        if robot.fallen:
            crate.lifted_from = None
        crate.put_back()
        raise
    crate.lifted_from = None
    robot.body.grasp(crate)
    robot.believes_to_hold = crate
    world.record_effect(robot, p, "pick", crate.id, world.site.place_near(start))
    return f"holds {crate.id}"


def place(robot: Computer, p: Place) -> Run:
    """Put the box down. A robot whose box slipped away unnoticed goes through the motions and reports success."""
    world = robot.world
    if (done := world.effect_of(p.command_id)) is not None:
        return f"put {done.object_id} down"
    believed = robot.believes_to_hold
    if believed is None:
        raise Failed("hands_empty", f"{robot.id} holds nothing; pick something first")
    spot = world.spot(p, believed)
    if p.place_id is None:  # a point of its own map; a named place it sees
        dx, dy, _ = world.localisation.error(robot.id)
        spot = (spot[0] - dx, spot[1] - dy, spot[2])
    name = p.place_id or "the floor"
    yield from step_nearer(robot, spot[0], spot[1])
    check_reach(robot, spot, name, "out_of_reach")
    yield from face(robot, spot[0], spot[1])
    if (there := world.crate_at(spot, but=believed)) is not None:
        raise Failed("place_occupied", f"{there.id} stands on {name}; choose a free place", retriable=True)
    real = believed if believed.holder == robot.id else None
    if real is not None and robot.body.tier == "T1":
        if (yield from manipulation.lower(robot, _upper_body(robot), real, spot)):
            world.record_effect(robot, p, "place", real.id, p.place_id)
    elif real is not None:
        robot.body.release()
        real.holder = robot.id
        try:
            yield from _guide(robot, real, spot, PUT_DOWN_S)
        except GeneratorExit:
            if robot.fallen:
                real.put_back()
            else:
                robot.body.grasp(real)
            raise
        real.put_back()
        world.record_effect(robot, p, "place", real.id, p.place_id)
    else:
        yield from work(robot, PUT_DOWN_S)
    robot.believes_to_hold = None
    return f"put {believed.id} down on {name}"


def give(robot: Computer, p: Give) -> Run:
    world = robot.world
    if (done := world.effect_of(p.command_id)) is not None:
        return f"gave {done.object_id} to {p.person_id}"
    believed = robot.believes_to_hold
    if believed is None:
        raise Failed("hands_empty", f"{robot.id} holds nothing; pick something first")
    person = world.people.state(p.person_id)
    m = robot.body.motion()
    apart = math.hypot(person.x - m.x, person.y - m.y)
    if person.posture == "lying":
        raise Failed("person_lies", f"{p.person_id} lies on the floor and cannot take anything; send for help")
    if apart > GIVE_REACH_M:
        raise Failed(
            "out_of_reach",
            f"{p.person_id} is {apart:.2f} m away, arms reach {GIVE_REACH_M} m; walk up to them first",
            True,
        )
    world.people.attend(p.person_id, world.time_s + HAND_OVER_S + 1.0)
    yield from face(robot, person.x, person.y)
    yield from work(robot, HAND_OVER_S)
    if believed.holder == robot.id:
        robot.body.release()
        world.hand_to(believed, p.person_id)
        world.record_effect(robot, p, "give", believed.id, p.person_id)
    robot.believes_to_hold = None
    return f"gave {believed.id} to {p.person_id}"


def look(robot: Computer, p: Look) -> Run:
    world = robot.world
    if p.target_id in world.site.zones:
        return (yield from _look_around(robot, p))
    x, y = world.whereabouts(p.target_id)
    m = robot.body.motion()
    if math.isfinite(x) and math.hypot(x - m.x, y - m.y) > 0.3:
        yield from face(robot, x, y)
    yield from work(robot, LOOK_S)
    seen = world.sensors.look(robot, p.target_id)
    robot.show("running", detections=seen.detections)
    world.record_effect(robot, p, "look", None, p.target_id)
    if not seen.covered:
        raise Failed("not_in_view", f"{p.target_id} cannot be seen from ({m.x:.1f}, {m.y:.1f}); go nearer", True)
    return f"saw {', '.join(d.subject_id for d in seen.detections) or 'nothing'} at {p.target_id}"


def _look_around(robot: Computer, p: Look) -> Run:
    """Look to all sides from where it stands; what was seen before for the same command counts."""
    sensors, command = robot.world.sensors, p.command_id.partition("/")[0]
    before, seen = robot.seen_floor
    seen = seen if before == command else frozenset()
    start, found = robot.body.motion(), robot.status.detections
    for side in range(_SIDES):
        yaw = start.yaw + side * math.tau / _SIDES
        yield from face(robot, start.x + 9.0 * math.cos(yaw), start.y + 9.0 * math.sin(yaw))
        yield from work(robot, LOOK_S)
        floor, view = sensors.look_over(robot, p.target_id, seen)
        seen |= floor
        robot.seen_floor = (command, seen)
        found = (*(d for d in found if d.subject_id not in {v.subject_id for v in view.detections}), *view.detections)
        robot.show("running", detections=found)
    robot.world.record_effect(robot, p, "look", None, p.target_id)
    share = len(seen) / len(sensors.samples[p.target_id])
    if not seen or (p.whole and share < ZONE_SHARE):
        detail = f"{share:.0%} of {p.target_id} seen, the last from ({start.x:.1f}, {start.y:.1f}); look from nearer"
        raise Failed("not_in_view", detail, True)
    return f"saw {', '.join(d.subject_id for d in found) or 'nothing'} in {share:.0%} of {p.target_id}"


def kneel(robot: Computer, _: Kneel) -> Run:
    robot.body.kneel(True)
    yield from stay(robot, KNEEL_S)
    return "kneels"


def stand(robot: Computer, _: Stand) -> Run:
    robot.body.kneel(False)
    yield from stay(robot, KNEEL_S)
    return "stands"


def _pick_by_hand(robot: Computer, p: Pick, crate: Crate) -> Run:
    """With physical arms. Once the box is held this has happened, even if the rest of the lift is cancelled."""
    place_id = robot.world.site.place_near(crate.pose()[0])

    def taken() -> None:
        robot.believes_to_hold = crate
        robot.world.record_effect(robot, p, "pick", crate.id, place_id)

    yield from manipulation.lift(robot, _upper_body(robot), crate, taken)
    return ""


def _upper_body(robot: Computer) -> UpperBody:
    assert isinstance(robot.body, UpperBody)
    return robot.body


def check_reach(robot: Computer, at: Any, what: str, code: str, seen: str = "") -> None:
    m = robot.body.motion()
    apart, reach = math.hypot(at[0] - m.x, at[1] - m.y), robot.info.reach_m + 0.05
    if apart > reach:
        here = f"; here: {seen or 'nothing'}" if code == "not_here" else f"; it is {apart:.2f} m away"
        raise Failed(
            code,
            f"{what} is not within {robot.id}'s reach of {robot.info.reach_m:g} m at ({m.x:.2f}, {m.y:.2f}){here}",
            retriable=True,
        )


def _guide(robot: Computer, crate: Crate, spot: tuple[float, float, float] | None, seconds: float) -> Run:
    """Move the box in a straight line from where it is to `spot`, or to the hands when that is None."""
    start, turn = crate.pose()
    steps = max(round(seconds * robot.work_scale / THINK_S), 1)
    robot.wish = STILL
    for i in range(1, steps + 1):
        hands, level = robot.body.hands()
        goal, share = spot or hands, i / steps
        crate.guide([a + (b - a) * share for a, b in zip(start, goal, strict=True)], level if share > 0.5 else turn)
        yield
    return ""


_RUNS: dict[type, Callable[[Computer, Any], Run]] = {
    Walk: walk,
    Wait: wait,
    Dock: dock,
    Pick: pick,
    Place: place,
    Give: give,
    Look: look,
    Kneel: kneel,
    Stand: stand,
}
