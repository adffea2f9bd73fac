"""The parameters a robot gets: ids, and beside each the positions it needs, so that a robot needs no map of names."""

from __future__ import annotations

from typing import Any

from fleet.model.geometry import Pose
from fleet.model.tasks import Task
from fleet.supervisor.approach import floor_approach
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import view_of
from fleet.supervisor.needs import object_pose, target_pose
from fleet.supervisor.viewpoints import in_walking_order

_POINTS = {"to": "to_approach", "place": "place_approach", "target": "target_approach", "person": "person_approach"}


def resolve(draft: Draft, task: Task, robot_id: str, dock: str | None = None) -> dict[str, Any]:
    """`task`'s grounded parameters with positions added for `robot_id`, as in the adapters' how-to.

    `object_at` {x, y, z, place} is where the object is believed to be, `object_approach` where to stand for it;
    `<name>_approach` {x, y, yaw} is where to stand for a place, person or target. A zone to be inspected has
    `target_views` [{x, y}, ...]: where to look around, in this order, to have seen all of it.
    """
    site = draft.context.site
    resolved: dict[str, Any] = dict(task.grounded)
    wanted = task.grounded.get("object")
    if isinstance(wanted, str):
        resolved |= _object(draft, wanted, robot_id)
    for name, key in _POINTS.items():
        if isinstance(task.grounded.get(name), str):
            pose = target_pose(draft, task)
            if pose is not None:
                resolved[key] = _point(pose)
    if task.spec.skill == "inspect" and resolved.get("target") in site.zones:
        resolved |= _views(draft, str(resolved["target"]), robot_id)
    elif task.spec.skill == "inspect" and resolved.get("target") in site.places:
        view = view_of(draft, str(resolved["target"]), robot_id)
        if view is not None:
            resolved["target_approach"] = _point(view)
    if dock is not None:
        resolved["dock"] = dock
        resolved["dock_approach"] = _point(site.places[dock].approach)
    return resolved


def _object(draft: Draft, object_id: str, robot_id: str) -> dict[str, Any]:
    believed = draft.state.objects.get(object_id)
    record = draft.context.site.objects.get(object_id)
    place_id = believed.place if believed is not None else (record.place_id if record is not None else None)
    place = draft.context.site.places.get(place_id or "")
    found: dict[str, Any] = {}
    if believed is not None:
        found["object_at"] = {"x": believed.x, "y": believed.y, "z": believed.z, "place": believed.place}
    elif place is not None and place.surface is not None:
        surface = place.surface
        found["object_at"] = {"x": surface.x, "y": surface.y, "z": surface.z, "place": place.place_id}
    pose = object_pose(draft, object_id) if place is not None else floor_approach(draft, object_id, robot_id)
    if pose is not None:
        found["object_approach"] = _point(pose)
    return found


def _views(draft: Draft, zone_id: str, robot_id: str) -> dict[str, Any]:
    robot, travel = draft.state.robots[robot_id], draft.context.travel
    poses = draft.context.viewpoints.of(zone_id)
    if robot.state is None or not poses:
        return {}  # the middle of the zone will have to do
    ordered = in_walking_order(travel, robot.state.pose, poses)
    return {
        "target_approach": {"x": ordered[0].x, "y": ordered[0].y},
        "target_views": [{"x": p.x, "y": p.y} for p in ordered],
    }


def _point(pose: Pose) -> dict[str, float]:
    return {"x": pose.x, "y": pose.y, "yaw": pose.yaw}
