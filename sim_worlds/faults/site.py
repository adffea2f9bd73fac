"""Faults of the building, and of what is seen in it: obstacles, doors, wrong perception."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet.model.evidence import Detection, Observation
from sim_worlds.bullet import pb
from sim_worlds.faults.kinds import Act, Kind, Scene, Wrong, need_between
from sim_worlds.faults.spec import FaultSpec
from sim_worlds.physics import PERSON

if TYPE_CHECKING:
    from sim_worlds.onboard.traffic import Mover
    from sim_worlds.world import World

RADIUS_M = 0.4
_HEIGHT_M = 1.1
_SUBJECTS = ("object", "robot", "person")


# Blocked corridor


class Obstacles:
    """What stands in the way and was not there before. A `Part` of the world; the faults say what is there."""

    name = "fault_obstacles"

    def __init__(self, world: World) -> None:
        self.world = world
        self.there: dict[str, tuple[float, float, float]] = {}
        self.bodies: dict[str, int] = {}

    def become(self, there: dict[str, tuple[float, float, float]]) -> None:
        """Set obstacles (x, y, radius) up and take others away."""
        physics = self.world.physics
        for name in [n for n in self.there if n not in there]:
            body = self.bodies.pop(name)
            physics.names.pop(body, None)
            pb.removeBody(body, physicsClientId=physics.client)
            physics.rearranged += 1
        for name in [n for n in there if n not in self.there]:
            x, y, radius = there[name]
            half = radius / math.sqrt(2)  # a square block inside the circle that robots keep out of
            body = physics.box([half, half, _HEIGHT_M / 2], [x, y, _HEIGHT_M / 2], group=PERSON)
            physics.names[body] = name
            self.bodies[name] = body
        self.there = dict(there)

    def think(self, world: World) -> None:
        """They stand."""

    def movers(self) -> Iterable[Mover]:
        from sim_worlds.onboard.traffic import Mover  # slow to import: brings Numba

        return [Mover(name, x, y, radius) for name, (x, y, radius) in self.there.items()]

    def digest(self) -> bytes:
        h = hashlib.sha256()
        for name, at in self.there.items():
            h.update(name.encode() + struct.pack("<3d", *at))
        return h.digest()

    def snapshot(self) -> dict[str, Any]:
        return {}  # follows from the faults' states

    def restore(self, data: dict[str, Any]) -> None:
        """Nothing: see `snapshot`."""


def _check_obstacle(spec: FaultSpec, scene: Scene) -> None:
    if spec.radius_m is not None:
        need_between(spec, "radius_m", 0.1, 3, "m")
    assert spec.at_m is not None
    x, y = spec.at_m
    if not scene.site.zone_at(x, y):
        raise Wrong("at_m", list(spec.at_m), "a point inside one of the site's zones")


def _circle(spec: FaultSpec) -> tuple[float, float, float]:
    assert spec.at_m is not None
    return spec.at_m[0], spec.at_m[1], spec.radius_m or RADIUS_M


def _place_is_free(act: Act) -> bool:
    """It does not appear inside a robot or a person."""
    x, y, radius = _circle(act.spec)
    return all(math.hypot(m.x - x, m.y - y) > m.radius + radius for m in act.world.movers)


def _settle_obstacles(world: World, acts: Sequence[Act]) -> None:
    for part in world.parts:
        if isinstance(part, Obstacles):
            part.become({a.spec.fault_id: _circle(a.spec) for a in acts})


# Doors


def _check_door(spec: FaultSpec, scene: Scene) -> None:
    if spec.door not in scene.doors:
        raise Wrong(
            "door", spec.door, "one of: " + (", ".join(scene.doors) or "none: this site has no door with a leaf")
        )


def _settle_doors(world: World, acts: Sequence[Act]) -> None:
    from sim_worlds.doors import Doors  # slow to import: brings Numba

    stuck = {a.spec.door for a in acts}
    for part in world.parts:
        if isinstance(part, Doors):
            for name, leaf in part.leaves.items():
                leaf.stuck = name in stuck


# Wrong perception


def _check_sight(spec: FaultSpec, scene: Scene) -> None:
    if (spec.robot is None) == (spec.camera is None):
        raise Wrong("camera", spec.camera, "either camera or robot, which sees wrongly")
    if spec.camera is not None and spec.camera not in scene.cameras:
        raise Wrong("camera", spec.camera, "one of: " + (", ".join(scene.cameras) or "none: this site has no cameras"))
    if spec.object not in scene.site.boxes:
        raise Wrong("object", spec.object, f"one of: {', '.join(scene.site.boxes)}")
    ways = [w for w in ("seen_at", "seen_as", "unseen", "offset_m") if getattr(spec, w) is not None]
    if len(ways) != 1:
        raise Wrong("seen_at", ", ".join(ways) or None, "exactly one of seen_at, seen_as, unseen and offset_m")
    places = [k for k, p in scene.site.places.items() if p.surface is not None]
    if spec.seen_at is not None and spec.seen_at not in places:
        raise Wrong("seen_at", spec.seen_at, f"a place where boxes stand: {', '.join(places)}")
    if spec.unseen is False:
        raise Wrong("unseen", False, "true")
    if spec.seen_as is not None and spec.seen_as.get("kind", "object") not in _SUBJECTS:
        raise Wrong("seen_as", spec.seen_as, f"kind: one of {', '.join(_SUBJECTS)}")


def as_seen(world: World, seen: Observation, specs: Sequence[FaultSpec]) -> Observation:
    """What the source reports instead, as these faults have it."""
    for spec in specs:
        if seen.source in (spec.robot, spec.camera):
            seen = replace(seen, detections=tuple(_seen_wrongly(world, seen, spec)))
    return seen


def _seen_wrongly(world: World, seen: Observation, spec: FaultSpec) -> Iterable[Detection]:
    found = False
    for detection in seen.detections:
        if detection.subject_id != spec.object:
            yield detection
            continue
        found = True
        changed = _changed(world, detection, spec)
        if changed is not None:
            yield changed
    if not found and spec.seen_at in seen.covered:
        # It looks at that place and takes something for the object.
        box = world.site.boxes[str(spec.object)]
        ghost = Detection(
            subject_id=box.record.object_id, subject_kind="object", x=0, y=0, attributes=box.record.attributes
        )
        yield _at_place(world, ghost, str(spec.seen_at))


def _changed(world: World, detection: Detection, spec: FaultSpec) -> Detection | None:
    if spec.unseen:
        return None
    if spec.seen_at is not None:
        return _at_place(world, detection, spec.seen_at)
    if spec.offset_m is not None:
        x, y = detection.x + spec.offset_m[0], detection.y + spec.offset_m[1]
        place = world.site.place_near((x, y, detection.z)) or ""
        return replace(detection, x=x, y=y, zone=world.site.zone_at(x, y), place=place)
    wrong = dict(spec.seen_as or {})
    kind = wrong.pop("kind", detection.subject_kind)
    return replace(detection, subject_kind=kind, attributes={**detection.attributes, **wrong})


def _at_place(world: World, detection: Detection, place_id: str) -> Detection:
    place = world.site.places[place_id]
    spot = place.surface
    assert spot is not None
    return replace(detection, x=spot.x, y=spot.y, z=spot.z, zone=place.zone_id, place=place_id, holder="")


KINDS = (
    Kind(
        name="blocked_corridor",
        effect="An obstacle of `radius_m` stands at `at_m`: robots must go around or wait, eyes do not see through it "
        "(it is 1.1 m high). It waits until nobody stands there.",
        recovery="It is taken away.",
        lasts="may",
        needs=("at_m",),
        takes=("radius_m",),
        family="obstacles",
        check=_check_obstacle,
        start=_place_is_free,
        settle=_settle_obstacles,
    ),
    Kind(
        name="door_stuck",
        effect="The door's leaf stays where it is: one that is shut does not open, one that is open does not shut.",
        recovery="It moves as before.",
        lasts="may",
        needs=("door",),
        family="doors",
        check=_check_door,
        settle=_settle_doors,
    ),
    Kind(
        name="wrong_perception",
        effect="A camera or a robot reports the box `object` elsewhere (`seen_at` a place, or off by `offset_m`), with "
        "other attributes or as another class (`seen_as`), or not at all (`unseen`). With `seen_at` it also reports "
        "the box when it looks at that place and the box is not there.",
        recovery="It reports what it sees.",
        lasts="may",
        needs=("object",),
        takes=("robot", "camera", "seen_at", "offset_m", "seen_as", "unseen"),
        check=_check_sight,
    ),
)
