"""Routes to messages and back."""

from __future__ import annotations

from humanoid_fleet_msgs import msg

from fleet.model.commands import FollowRoute
from fleet.model.errors import InvalidField


def route_to_msg(route: FollowRoute) -> msg.FollowRoute:
    """How far a robot may walk, and which way."""
    return msg.FollowRoute(
        robot_id=route.robot_id,
        command_id=route.command_id,
        epoch=route.epoch,
        route=route.route,
        x_m=[point[0] for point in route.points],
        y_m=[point[1] for point in route.points],
        released=route.released,
        max_mps=list(route.max_mps),
    )


def route_from_msg(message: msg.FollowRoute) -> FollowRoute:
    """How far a robot may walk, and which way. Raises `InvalidField` where a point has no y."""
    if len(message.x_m) != len(message.y_m):
        raise InvalidField("y_m", f"{len(message.y_m)} numbers", f"as many as x_m: {len(message.x_m)}")
    return FollowRoute(
        robot_id=message.robot_id,
        command_id=message.command_id,
        epoch=message.epoch,
        route=message.route,
        points=tuple(zip(message.x_m, message.y_m, strict=True)),
        released=message.released,
        max_mps=tuple(message.max_mps),
    )
