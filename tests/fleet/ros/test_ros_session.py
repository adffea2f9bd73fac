"""The session: its own context and thread, both executors, names, and the clock."""

from __future__ import annotations

import threading
import time

import pytest
from rosgraph_msgs.msg import Clock
from std_msgs.msg import Int32

from fleet.model.errors import InvalidField, LinkDown
from fleet.ros import names
from fleet.ros.clock import RosClock
from fleet.ros.spin import EXECUTORS, RosSession

pytestmark = pytest.mark.ros


@pytest.fixture
def domain(ros_domain_id, ros_env, monkeypatch):
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOG_DIR"):
        monkeypatch.setenv(name, ros_env[name])
    return ros_domain_id


def until(happened, within_s=5.0):
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_both_executors_deliver_and_end(domain, executor):
    session = RosSession("talker", domain_id=domain, executor=executor, arguments=[])
    heard: list[int] = []
    session.node.create_subscription(Int32, "numbers", lambda m: heard.append(m.data), 10)
    numbers = session.node.create_publisher(Int32, "numbers", 10)
    # Said again until heard: at first only one of the two ends may know of the other.
    until(lambda: (numbers.publish(Int32(data=7)), 7 in heard)[1])
    before = time.process_time()
    time.sleep(0.5)
    assert time.process_time() - before < 0.25, "it burns the core while nothing happens"
    session.close()
    session.close()
    assert not session.is_open
    assert not [t for t in threading.enumerate() if t.name == "ros-talker"]


def test_a_callback_that_raises_does_not_make_the_process_deaf(domain, caplog):
    session = RosSession("talker", domain_id=domain, arguments=[])
    done = threading.Event()
    session.post(lambda: 1 / 0)
    session.post(done.set)
    assert done.wait(5)
    assert "division by zero" in caplog.text
    session.close()
    with pytest.raises(LinkDown):
        session.post(done.set)


def test_an_unknown_executor_is_named():
    with pytest.raises(InvalidField, match="events"):
        RosSession("x", executor="quantum")


def test_fleet_time_is_the_simulators_and_steady_time_is_not(domain):
    source = RosSession("world", domain_id=domain, arguments=[])
    session = RosSession("listener", domain_id=domain, use_sim_time=True, arguments=[])
    try:
        clock = RosClock(session.node)
        with pytest.raises(LinkDown, match="/clock"):
            clock.wait_until_set(0.1)
        told = source.node.create_publisher(Clock, names.CLOCK, 10)
        message = Clock()
        message.clock.sec, message.clock.nanosec = 12, 500_000_000
        until(lambda: (told.publish(message), clock.now_s() > 0)[1])
        assert clock.wait_until_set(5.0) == 12.5
        assert abs(clock.steady_s() - time.monotonic()) < 1.0
        assert abs(clock.wall_s() - time.time()) < 1.0
    finally:
        session.close()
        source.close()


@pytest.mark.parametrize(("robot_id", "namespace"), [("g1-1", "g1_1"), ("7of9", "r_7of9"), ("ward/a b", "ward_a_b")])
def test_every_robot_gets_a_namespace_that_ros_takes(robot_id, namespace):
    assert names.namespace_of(robot_id) == namespace


@pytest.mark.parametrize("robot_id", ["", "---"])
def test_an_id_of_which_nothing_is_left_is_refused(robot_id):
    with pytest.raises(InvalidField, match="robot_id"):
        names.namespace_of(robot_id)


@pytest.mark.parametrize("host", ["", "1st", "a-b", "a/b"])
def test_a_host_name_that_ros_does_not_take_is_refused(host):
    with pytest.raises(InvalidField, match="host"):
        names.check_host_name(host)
