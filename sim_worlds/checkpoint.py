"""Checkpoints: what a world process needs to go on after it was killed. Physics restarts from rest."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from sim_worlds.conditions import Conditions
from sim_worlds.errors import CheckpointError
from sim_worlds.faults import FaultSpec
from sim_worlds.people.spec import PersonSpec
from sim_worlds.profiles import specs_from_plain
from sim_worlds.promotion import PromotionRule
from sim_worlds.records import AnyPrimitive, Effect, PrimitiveStatus
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.crates import Crate
    from sim_worlds.onboard.computer import Computer
    from sim_worlds.world import World

VERSION = 3
PERIOD_S = 1.0
"""Between two checkpoints, at the latest; of simulated time."""


def take(world: World) -> dict[str, Any]:
    """The world as plain data (dicts, lists, strings, numbers)."""
    return {
        "version": VERSION,
        "site": world.site_plain,
        "robots": msgspec.to_builtins(world.specs),
        "fault_specs": msgspec.to_builtins(world.faults.specs),
        "seed": world.seed,
        "watchdog_s": world.watchdog_s,
        "people": msgspec.to_builtins(world.people.specs),
        "conditions": msgspec.to_builtins(world.conditions),
        "promotion": msgspec.to_builtins(world.promotion.rule),
        "tick": world.tick,
        "random": _generator(world.rng),
        "faults": world.faults.snapshot(),
        "computers": {r.id: _computer(r) for r in world.computers.values()},
        "parts": {p.name: p.snapshot() for p in world.parts},
        "crates": {c.id: _crate(c) for c in world.crates.values()},
        "ledger": msgspec.to_builtins(world.ledger),
        "outcomes": msgspec.to_builtins(world.outcomes),
    }


def _computer(robot: Computer) -> dict[str, Any]:
    return {
        "body": robot.body.snapshot(),
        "battery_wh": robot.battery_wh,
        "docked_at": robot.docked_at,
        "status": msgspec.to_builtins(robot.status),
        "primitive": msgspec.to_builtins(robot.primitive),
        "holding_because": robot.holding_because,
        "e_stopped": robot.e_stopped,
        "link_up": robot.link_up,
        "believes_to_hold": robot.believes_to_hold.id if robot.believes_to_hold else None,
        "guided_at_s": robot.guided_at_s,
        "seen_floor": [robot.seen_floor[0], sorted(robot.seen_floor[1])],
    }


def _generator(rng: np.random.Generator) -> list[Any]:
    """The state of PCG64; its 128-bit numbers as text, because msgpack ends at 64."""
    state = rng.bit_generator.state
    return [str(state["state"]["state"]), str(state["state"]["inc"]), state["has_uint32"], state["uinteger"]]


def _restore_generator(rng: np.random.Generator, saved: list[Any]) -> None:
    rng.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": int(saved[0]), "inc": int(saved[1])},
        "has_uint32": saved[2],
        "uinteger": saved[3],
    }


def _crate(crate: Crate) -> dict[str, Any]:
    # A lift that was under way is forgotten: the box stands where it stood, and the primitive lifts it again.
    pose, holder = (crate.lifted_from, None) if crate.lifted_from else (crate.pose(), crate.holder)
    return {"position": list(pose[0]), "rotation": list(pose[1]), "holder": holder}


def rebuild(data: dict[str, Any], visual: bool = False) -> World:
    """A world from `take`'s data. All robots hold until they are resumed."""
    from sim_worlds.world import World

    if not isinstance(data, dict) or data.get("version") != VERSION:
        found = data.get("version") if isinstance(data, dict) else type(data).__name__
        raise CheckpointError(f"checkpoint: version: got {found!r}, expected {VERSION}")
    try:
        world = World(
            Site.from_plain(data["site"]),
            specs_from_plain(data["robots"]),
            msgspec.convert(data["fault_specs"], type=tuple[FaultSpec, ...]),
            data["seed"],
            data["watchdog_s"],
            visual,
            msgspec.convert(data["people"], type=tuple[PersonSpec, ...]),
            msgspec.convert(data["conditions"], type=Conditions),
            msgspec.convert(data["promotion"], type=PromotionRule | None),
        )
        world.tick = data["tick"]
        _restore_generator(world.rng, data["random"])
        world.faults.restore(data["faults"])
        world.ledger = msgspec.convert(data["ledger"], type=list[Effect])
        world.outcomes = msgspec.convert(data["outcomes"], type=dict[str, PrimitiveStatus])
        for part in world.parts:
            part.restore(data["parts"][part.name])
        world.faults.settle(world)
        for name, saved in data["crates"].items():
            _restore_crate(world, world.crates[name], saved)
        for name, saved in data["computers"].items():
            _restore_computer(world, world.computers[name], saved, data["crates"])
        world.teamwork.settle()
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise CheckpointError(f"checkpoint: got {error!r}, expected data written by World.checkpoint()") from error
    return world


def _restore_crate(world: World, crate: Crate, saved: dict[str, Any]) -> None:
    crate.guide(saved["position"], saved["rotation"])
    if saved["holder"] in world.people:
        crate.holder = saved["holder"]
    else:
        crate.let_go()


def _restore_computer(world: World, robot: Computer, saved: dict[str, Any], crates: dict[str, Any]) -> None:
    robot.body.restore(saved["body"])
    robot.battery_wh, robot.docked_at = saved["battery_wh"], saved["docked_at"]
    robot.e_stopped, robot.link_up = saved["e_stopped"], saved["link_up"]
    robot.seen_floor = (saved["seen_floor"][0], frozenset(saved["seen_floor"][1]))
    robot.status = msgspec.convert(saved["status"], type=PrimitiveStatus)
    robot.heard_at_s = world.time_s
    robot.guided_at_s = saved.get("guided_at_s", -math.inf)
    robot.holding_because = saved["holding_because"] or "the simulation was restarted"
    believed = saved["believes_to_hold"]
    if believed is not None:
        robot.believes_to_hold = world.crates[believed]
        if crates[believed]["holder"] == robot.id and believed not in world.teamwork.saved:
            robot.body.grasp(world.crates[believed])
    if saved["primitive"] is not None:
        robot.resume_with(msgspec.convert(saved["primitive"], type=AnyPrimitive))
    robot.reported = robot.report()


def write_atomically(path: Path, data: dict[str, Any]) -> None:
    """Replace the file by `data` (msgpack), or leave it as it was: there is no moment with half a checkpoint."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        file.write(msgspec.msgpack.encode(data))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read(path: Path) -> dict[str, Any]:
    """A checkpoint file's data. Raises `CheckpointError`."""
    try:
        data: dict[str, Any] = msgspec.msgpack.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise CheckpointError(f"{path}: got {error}, expected a checkpoint file") from None
    return data
