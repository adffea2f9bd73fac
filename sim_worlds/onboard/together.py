"""Primitives that several robots do together: each one's part of a lift, of a walk, of putting the load down."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from sim_worlds.onboard.computer import STILL, THINK_S, Computer, Failed, Run, Wish
from sim_worlds.onboard.primitives import check_reach, face, go_to, step_nearer
from sim_worlds.records import Pick, Place, Walk
from sim_worlds.teamwork import Effort, Load

ALONE_S = 30.0
"""So long a robot waits, its hands on a load, for the others of its team."""
_PACE = 0.8
"""Of the slowest one's speed: who follows must be able to catch up."""


def lift_together(robot: Computer, p: Pick) -> Run:
    """Take hold of a box, wait until all have, and lift it."""
    world = robot.world
    if (done := world.effect_of(p.command_id)) is not None:
        return f"holds {done.object_id}"
    crate = world.crates[p.object_id]
    load = world.teamwork.load_of(robot.id)
    if load is not None and load.crate is crate:
        return f"holds {crate.id}"
    if robot.body.tier != "T0":
        raise Failed("unsupported", f"{robot.id} moves in tier {robot.body.tier}; only in T0 it can lift with others")
    if robot.believes_to_hold is not None:
        raise Failed("hands_full", f"{robot.id} holds {robot.believes_to_hold.id}; put it down first")
    yield from step_nearer(robot, *crate.pose()[0][:2])
    check_reach(robot, crate.pose()[0], f"box {crate.id}", "not_here", seen=world.crates_near(robot))
    share_kg, most_kg = crate.mass_kg / len(p.team), robot.info.description.payload_kg
    if share_kg > most_kg + 1e-9:
        text = f"{crate.id}: {share_kg:g} kg for each of {len(p.team)}; {robot.id} carries at most {most_kg:g} kg"
        raise Failed("too_heavy", text)
    yield from face(robot, *crate.pose()[0][:2])
    yield from _with_hands_on(robot, world.teamwork.put_hands_on(robot.id, "lift", crate, p.team))
    world.record_effect(robot, p, "pick", crate.id, world.site.place_near(crate.pose()[0]))
    return f"holds {crate.id} together with {', '.join(r for r in p.team if r != robot.id)}"


def walk_together(robot: Computer, p: Walk) -> Run:
    """Walk with the load: ahead, or behind who walks ahead and, once that one is there, to one's own place."""
    load = yield from _complete(robot, p.team)
    if robot.id == p.team[0]:
        speeds = [robot.world.computers[r].info.description.max_speed_mps for r in p.team]
        return (yield from go_to(robot, p.x_m, p.y_m, p.yaw_rad, _PACE * min(speeds)))
    world, ahead = robot.world, robot.world.computers[p.team[0]]
    while True:
        if world.teamwork.load_of(robot.id) is not load:
            raise Failed("slipped", f"{load.crate.id} slipped from their hands on the way", retriable=True)
        vx, vy, heading = world.teamwork.follow(robot, load)
        if ahead.leg is None and world.teamwork.may_join(load, p.x_m, p.y_m):
            break
        robot.wish = Wish(vx, vy, heading)
        yield
    return (yield from go_to(robot, p.x_m, p.y_m, p.yaw_rad))


def lower_together(robot: Computer, p: Place) -> Run:
    """Stand at one's own side, wait until all do, and put the box down."""
    world = robot.world
    if (done := world.effect_of(p.command_id)) is not None:
        return f"put {done.object_id} down"
    load = yield from _complete(robot, p.team)
    crate = load.crate
    spot = world.spot(p, crate)
    yield from step_nearer(robot, spot[0], spot[1])
    check_reach(robot, spot, p.place_id or "the floor", "out_of_reach")
    yield from face(robot, spot[0], spot[1])
    if (there := world.crate_at(spot, but=crate)) is not None:
        text = f"{there.id} stands on {p.place_id or 'the floor'}; choose a free place"
        raise Failed("place_occupied", text, retriable=True)
    yield from _with_hands_on(robot, world.teamwork.put_hands_on(robot.id, "lower", crate, p.team, spot))
    world.record_effect(robot, p, "place", crate.id, p.place_id)
    return f"put {crate.id} down on {p.place_id or 'the floor'}"


def _complete(robot: Computer, team: tuple[str, ...]) -> Generator[None, None, Load]:
    """The load, once all of the team hold it."""
    robot.wish = STILL
    waited = 0.0
    while True:
        load = robot.world.teamwork.load_of(robot.id)
        if load is None:
            raise Failed("hands_empty", f"{robot.id} holds nothing together with {', '.join(team)}; lift it first")
        if not load.tilted and set(load.robots) == set(team):
            robot.world.teamwork.lead_by(load, team)
            return load
        if waited >= ALONE_S:
            missing = ", ".join(r for r in team if r not in load.robots)
            others = ", ".join(r for r in load.robots if r not in team)
            wrong = f"{missing} did not lift {load.crate.id}" if missing else f"{others} holds {load.crate.id}, too"
            raise Failed("alone", f"{wrong}, {ALONE_S:g} s long", retriable=True)
        waited += THINK_S
        yield


def _with_hands_on(robot: Computer, effort: Effort) -> Run:
    """Wait until the lift or the lowering is done."""
    robot.wish = STILL
    teamwork, waited = robot.world.teamwork, 0.0
    try:
        while not effort.done:
            if effort.broken:
                raise Failed("not_together", effort.broken, retriable=True)
            missing = teamwork.missing(effort)
            waited = waited + THINK_S if missing else 0.0
            if waited >= ALONE_S:
                text = f"{', '.join(missing)} did not come to {effort.kind} {effort.crate.id} in {ALONE_S:g} s"
                raise Failed("alone", text, retriable=True)
            yield
    finally:
        teamwork.take_hands_off(robot.id, effort, "it gave up")
    return ""


TOGETHER: dict[type, Callable[[Computer, Any], Run]] = {
    Pick: lift_together,
    Walk: walk_together,
    Place: lower_together,
}
"""What primitives are to those of a team."""
