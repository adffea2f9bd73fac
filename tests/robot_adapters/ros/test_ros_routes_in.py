"""Routes that come to a host faster than it can hand them over: only the newest of a robot is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import rclpy
from humanoid_fleet_msgs.msg import FollowRoute

from robot_adapters.ros.host import AdapterHost
from robot_adapters.ros.settings import HostSettings
from robot_adapters.scripted import Script, ScriptedHumanoid, scripted_description

pytestmark = pytest.mark.ros


@pytest.fixture
def host(ros_domain_id: int) -> Iterator[AdapterHost]:
    context = rclpy.Context()
    rclpy.init(args=[], context=context, domain_id=ros_domain_id)
    robots = [ScriptedHumanoid(scripted_description(name, "hall"), lambda: 0.0, Script()) for name in ("r1", "r2")]
    host = AdapterHost(robots, HostSettings(host="hall"), context)
    yield host
    host.close()
    context.destroy()


def _route(robot: str, route: int, epoch: int = 1) -> FollowRoute:
    return FollowRoute(
        robot_id=robot, command_id="c", epoch=epoch, route=route, x_m=[float(route)], y_m=[0.0], released=1
    )


def test_the_newest_route_of_each_robot_is_handed_over_once(host: AdapterHost, monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[tuple[str, int]] = []
    monkeypatch.setattr(host.core, "follow", lambda route: followed.append((route.robot_id, route.route)))
    for message in (_route("r1", 1), _route("r2", 7), _route("r1", 2), _route("r1", 3), _route("else", 4)):
        host._on_route(message)
    assert followed == [], "not from the callback: an answer may take long"
    host.tick()
    host.tick()
    assert followed == [("r1", 3), ("r2", 7)]


def test_a_late_route_of_a_leader_before_does_not_displace_that_of_the_new_one(
    host: AdapterHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[int] = []
    monkeypatch.setattr(host.core, "follow", lambda route: followed.append(route.route))
    host._on_route(_route("r1", 2, epoch=2))
    host._on_route(_route("r1", 9, epoch=1))
    host.tick()
    assert followed == [2]


def test_a_route_that_is_none_is_refused_and_the_others_are_handed_over(
    host: AdapterHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[str] = []
    monkeypatch.setattr(host.core, "follow", lambda route: followed.append(route.robot_id))
    broken = _route("r1", 1)
    broken.y_m = []
    host._on_route(broken)
    host._on_route(_route("r2", 1))
    host.tick()
    assert followed == ["r2"]
