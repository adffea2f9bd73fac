"""What ROS tools find: managed nodes, diagnostics, services; and an action client that does not leak."""

from __future__ import annotations

import time

import pytest
from action_msgs.msg import GoalStatus
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from humanoid_fleet_msgs.action import ExecuteSkill
from humanoid_fleet_msgs.srv import Describe, Lease, Recover
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.action import ActionClient

from fleet.model.commands import CommandStatus
from fleet.ros import host_link
from fleet.ros.spin import RosSession
from robot_adapters.host_core import NOT_ACTIVE
from tests.ros_settling import answer_of, settle

pytestmark = pytest.mark.ros


@pytest.fixture
def tool(domain):
    session = RosSession("tool", domain_id=domain, arguments=[])
    yield session
    session.close()


def ask(session: RosSession, kind: type, name: str, **fields):
    """Call a service, from outside the session's thread; again, where the answer was lost."""
    client = session.node.create_client(kind, name)
    assert client.wait_for_service(20.0), f"no service {name}"
    time.sleep(0.2)  # for the server to find this client's reader: a change of state may be asked for only once
    return answer_of(lambda: client.call_async(kind.Request(**fields)), waits, name)


def waits(future, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not future.done() and time.monotonic() < end:
        time.sleep(0.01)
    return future.done()


def result_of(future):
    assert waits(future, 20.0), "no answer"
    return future.result()


def test_each_robot_is_a_managed_node(start_host, supervise, tool):
    start_host("host_a", "g1-1")
    supervisor = supervise()
    supervisor.ready("g1-1")
    assert ask(tool, GetState, "/g1_1/adapter/get_state").current_state.label == "active"
    change = "/g1_1/adapter/change_state"
    assert ask(tool, ChangeState, change, transition=Transition(id=Transition.TRANSITION_DEACTIVATE)).success
    supervisor.until(lambda: supervisor.states["g1-1"].hold_because == NOT_ACTIVE)
    supervisor.bus.send([supervisor.command("c1", "g1-1")])
    end = supervisor.end("c1")
    assert (end.status, end.retriable) == (CommandStatus.REJECTED, True)
    assert "not active" in end.reason
    assert ask(tool, ChangeState, change, transition=Transition(id=Transition.TRANSITION_ACTIVATE)).success
    supervisor.ready("g1-1")


def test_a_robot_that_does_not_answer_is_configured_when_it_does(start_host, supervise, tool, tmp_path):
    (tmp_path / "host_a").mkdir()
    (tmp_path / "host_a" / "silent-r1").touch()
    host = start_host("host_a", "r1", "r2")
    supervisor = supervise()
    supervisor.ready("r2")
    assert ask(tool, GetState, "/r1/adapter/get_state").current_state.label == "unconfigured"
    assert "r1" not in supervisor.states
    host.set_silent("r1", False)
    supervisor.ready("r1")


def test_diagnostics_name_each_robot_and_what_is_wrong(start_host, supervise, tool):
    latest: dict[str, DiagnosticStatus] = {}
    tool.node.create_subscription(
        DiagnosticArray, "/diagnostics", lambda m: latest.update({s.hardware_id: s for s in m.status}), 10
    )
    host, supervisor = start_host("host_a", "r1", "r2"), supervise()
    supervisor.ready("r1", "r2")
    supervisor.until(lambda: "r1" in latest and latest["host_a"].level == DiagnosticStatus.OK)
    assert latest["r1"].level == DiagnosticStatus.OK
    assert {v.key: v.value for v in latest["r1"].values}["lifecycle"] == "active"
    host.set_silent("r1", True)
    supervisor.until(lambda: latest["r1"].level == DiagnosticStatus.ERROR)
    assert "does not answer" in latest["r1"].message
    assert latest["r2"].level == DiagnosticStatus.OK


def test_the_services_answer_and_say_why_not(start_host, supervise, tool):
    start_host("host_a", "r1", "r2")
    supervise().ready("r1", "r2")
    known = ask(tool, Describe, "host_a/describe", robot_ids=["r2", "r9"])
    assert (known.host, [r.robot_id for r in known.robots], known.unknown) == ("host_a", ["r2"], ["r9"])
    assert len(ask(tool, Describe, "host_a/describe").robots) == 2
    refused = ask(tool, Recover, "host_a/recover", robot_id="r1")
    assert not refused.accepted
    assert "nothing to recover from" in refused.reason
    person, epoch = Lease.Request.HOLDER_PERSON, 1 << 30
    fields = {"robot_id": "r1", "holder_kind": person, "epoch": epoch}
    granted = ask(tool, Lease, "host_a/lease", holder="Ada", duration_s=60.0, **fields)
    assert (granted.granted, granted.holder, granted.epoch) == (True, "Ada", epoch)
    assert granted.until.sec > time.time() + 50
    late = ask(tool, Lease, "host_a/lease", holder="Bo", duration_s=60.0, **(fields | {"epoch": epoch - 1}))
    assert (late.granted, late.holder) == (False, "Ada")
    assert "stale epoch" in late.reason
    assert "duration_s" in ask(tool, Lease, "host_a/lease", holder="Ada", duration_s=-1.0, **fields).reason
    assert ask(tool, Lease, "host_a/lease", holder="Ada", release=True, **fields).holder == ""
    assert "r9" in ask(tool, Recover, "host_a/recover", robot_id="r9").reason


def test_any_action_client_can_command_and_cancel(start_host, supervise, tool):
    host, supervisor = start_host("host_a", "r1"), supervise()
    supervisor.ready("r1")
    client = ActionClient(tool.node, ExecuteSkill, "host_a/execute_skill")
    assert client.wait_for_server(20.0)
    bad = ExecuteSkill.Goal(robot_id="r1", command_id="c2", parameters_json="[")
    settle(client, bad, waits)
    heard = []
    goal = ExecuteSkill.Goal(
        robot_id="r1", command_id="c1", task_id="t", epoch=1 << 40, skill="wait", parameters_json='{"seconds": 30}'
    )
    handle = result_of(client.send_goal_async(goal, feedback_callback=heard.append))
    assert handle.accepted
    supervisor.until(lambda: supervisor.states["r1"].command_id == "c1")
    assert heard[0].feedback.progress.command_id == "c1"
    result_of(handle.cancel_goal_async())
    end = result_of(handle.get_result_async())
    assert end.status == GoalStatus.STATUS_CANCELED
    assert end.result.outcome == ExecuteSkill.Result.OUTCOME_CANCELLED
    refused = result_of(result_of(client.send_goal_async(bad)).get_result_async())
    assert refused.result.outcome == ExecuteSkill.Result.OUTCOME_REJECTED
    assert "parameters_json" in refused.result.reason
    assert host.times_done("c1") == 0


def test_a_batch_gets_through_at_once_and_nothing_of_it_is_kept(start_host, supervise, monkeypatch):
    start_host("host_a", "r1")
    supervisor = supervise()
    supervisor.ready("r1")
    supervisor.bus.send([supervisor.command("first", "r1", skill="fly", parameters={})])
    supervisor.end("first")
    supervisor.updates.clear()
    monkeypatch.setattr(host_link, "ANSWER_WITHIN_S", 600.0)  # nothing is sent again: what is lost stays lost
    ids = [f"c{number}" for number in range(60)]  # refused at once, so that it is quick
    supervisor.bus.send([supervisor.command(i, "r1", skill="fly", parameters={}) for i in ids])
    supervisor.until(lambda: len(supervisor.updates) >= 60)
    assert [u.command_id for u in supervisor.updates] == ids
    link = supervisor.bus._links["host_a"]
    supervisor.until(lambda: len(link._goals._futures) == 0)
    assert link._sent == {}
