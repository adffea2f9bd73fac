"""Hosts that die, robots that go silent, supervisors that stop: what is not known stays unknown, robots hold."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus, HoldRobot, ReleaseHold
from fleet.model.errors import NotFound
from fleet.ros.hold import HoldLine
from fleet.ros.spin import RosSession
from fleet.ros.telemetry import RobotTelemetry
from fleet.supervisor.state import EPOCH_STRIDE
from robot_adapters.host_core import NO_SUPERVISOR

pytestmark = pytest.mark.ros


def test_without_a_supervisor_all_robots_hold_and_with_one_they_go_on(start_host, supervise):
    start_host("host_a", "r1", "r2")
    supervisor = supervise()
    supervisor.until(lambda: "r1" in supervisor.states)
    supervisor.ready("r1", "r2")
    supervisor.bus.send([supervisor.command("c1", "r1", seconds=3.0)])
    supervisor.until(lambda: supervisor.states["r1"].command_id == "c1")
    supervisor.beating = False
    supervisor.until(lambda: all(s.hold_because == NO_SUPERVISOR for s in supervisor.states.values()), 4.0)
    assert supervisor.ends("c1") == []
    supervisor.beating = True
    supervisor.ready("r1", "r2")
    assert supervisor.end("c1").status is CommandStatus.DONE


def test_all_robots_of_all_hosts_are_held_without_any_supervisor(start_host, supervise, domain):
    start_host("host_a", "r1")
    start_host("host_b", "r2")
    api = RosSession("api", domain_id=domain, arguments=[])
    try:
        line, telemetry = HoldLine(api), RobotTelemetry(api)
        watcher = supervise()
        watcher.ready("r1", "r2")
        watcher.until(lambda: line.listeners == 2)  # how long discovery takes is not in question
        watcher.beating = False
        line.hold_all("smoke in the corridor", "Ada")
        watcher.until(lambda: all("smoke" in s.hold_because for s in watcher.states.values()), 1.0)
        assert set(telemetry.robots()) == {"r1", "r2"}
        watcher.beating = True  # a leader that is back does not end what a person asked for
        watcher.until(lambda: all("supervisor" not in s.hold_because for s in watcher.states.values()))
        assert all(s.holding for s in watcher.states.values())
        line.release_all("it was toast", "Ada")
        watcher.ready("r1", "r2")
        assert telemetry.leader().supervisor_id == "s"
        assert telemetry.leader().epoch == 1
    finally:
        api.close()


def test_a_robot_that_joins_later_is_held_too(start_host, supervise, domain):
    start_host("host_a", "r1")
    api = RosSession("api", domain_id=domain, arguments=[])
    try:
        line, watcher = HoldLine(api), supervise()
        watcher.ready("r1")
        line.hold_all("visitors", "Ada")
        start_host("host_b", "r2")
        watcher.until(lambda: "r2" in watcher.states and "visitors" in watcher.states["r2"].hold_because)
    finally:
        api.close()


def test_one_robot_is_held_by_a_person_and_only_that_hold_is_released(start_host, supervise, domain):
    start_host("host_a", "r1", "r2")
    api = RosSession("api", domain_id=domain, arguments=[])
    try:
        line, watcher = HoldLine(api), supervise()
        watcher.ready("r1", "r2")
        watcher.until(lambda: _can_hold(line, "r1"))
        watcher.until(lambda: "look at its hand" in watcher.states["r1"].hold_because)
        assert not watcher.states["r2"].holding
        line.hold_all("fire drill", "Bo")
        watcher.until(lambda: watcher.states["r2"].holding)
        line.release("r1", "hand is fine", "Ada")
        watcher.until(lambda: watcher.states["r1"].hold_because == "fire drill (by Bo)")
        line.release_all("drill is over", "Bo")
        watcher.ready("r1", "r2")
    finally:
        api.close()


def _can_hold(line: HoldLine, robot_id: str) -> bool:
    try:
        line.hold(robot_id, "look at its hand", "Ada")
    except NotFound:
        return False
    return True


def test_a_host_that_was_killed_goes_on_where_its_robots_are(start_host, supervise):
    host, supervisor = start_host("host_a", "r1"), supervise()
    supervisor.ready("r1")
    supervisor.bus.send([supervisor.command("c0", "r1")])
    supervisor.end("c0")
    supervisor.bus.send([supervisor.command("c1", "r1", seconds=1.5)])
    supervisor.until(lambda: supervisor.states["r1"].command_id == "c1")
    host.kill()
    supervisor.until(lambda: supervisor.heard.silent_s["r1"] > 1.5)
    assert supervisor.ends("c1") == []  # lost contact is not failed
    host.start()
    assert supervisor.end("c1").status is CommandStatus.DONE
    assert (host.times_done("c0"), host.times_done("c1")) == (1, 1)
    assert len(supervisor.ends("c0")) == 1


def test_a_hold_outlives_the_host_that_was_told(start_host, supervise):
    host, supervisor = start_host("host_a", "r1"), supervise()
    supervisor.ready("r1")
    supervisor.bus.send([HoldRobot(robot_id="r1", because="it limps", by="Ada")])
    supervisor.until(lambda: "it limps" in supervisor.states["r1"].hold_because)
    host.kill()
    supervisor.states.clear()
    host.start()
    supervisor.until(lambda: "r1" in supervisor.states and "it limps" in supervisor.states["r1"].hold_because)
    supervisor.bus.send([ReleaseHold(robot_id="r1", epoch=EPOCH_STRIDE, by="Ada")])
    supervisor.ready("r1")


def test_silence_is_age_and_the_command_goes_on_after_it(start_host, supervise):
    host, supervisor = start_host("host_a", "r1", "r2"), supervise()
    supervisor.ready("r1", "r2")
    supervisor.bus.send([supervisor.command("c1", "r1", seconds=3.0)])
    supervisor.until(lambda: supervisor.states["r1"].command_id == "c1")
    host.set_silent("r1", True)
    supervisor.until(lambda: supervisor.heard.silent_s["r1"] > 2.0)
    assert supervisor.heard.silent_s["r2"] < 1.0
    supervisor.bus.send([supervisor.command("c2", "r1")])  # nobody knows whether it gets there
    assert supervisor.ends("c1") == []
    host.set_silent("r1", False)
    assert supervisor.end("c1").status is CommandStatus.DONE
    assert supervisor.heard.silent_s["r1"] < 1.0
    assert host.times_done("c1") == 1
    assert len(supervisor.ends("c2")) <= 1


def test_a_host_that_is_told_to_end_ends(start_host):
    assert start_host("host_a", "r1").stop() == 0
