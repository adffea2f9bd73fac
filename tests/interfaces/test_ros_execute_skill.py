"""The built interfaces carry a skill from one process to another and back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import rclpy
from humanoid_fleet_msgs.action import ExecuteSkill
from humanoid_fleet_msgs.msg import SkillProgress
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor

from tests.ros_settling import settle

pytestmark = pytest.mark.ros


class Caller:
    """An action client of its own context, spun by the test."""

    def __init__(self, domain: int) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=domain)
        self.node = rclpy.create_node("caller", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.client = ActionClient(self.node, ExecuteSkill, "execute_skill")
        self.progress: list[SkillProgress] = []

    def until(self, done, timeout_s: float = 20.0) -> None:
        end = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < end, "nothing came back from the other process"
            self.executor.spin_once(timeout_sec=0.1)

    def waits(self, future, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not future.done() and time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.1)
        return future.done()

    def result_of(self, future):
        self.until(future.done)
        return future.result()

    def send(self, **fields):
        goal = ExecuteSkill.Goal(robot_id="r1", command_id="c1", task_id="t1", **fields)
        return self.result_of(
            self.client.send_goal_async(goal, feedback_callback=lambda m: self.progress.append(m.feedback.progress))
        )

    def close(self) -> None:
        self.client.destroy()
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self.context)


@pytest.fixture
def caller(ros_env, ros_domain_id, monkeypatch) -> Iterator[Caller]:
    for name in ("ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOG_DIR"):
        monkeypatch.setenv(name, ros_env[name])
    host = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("skill_host.py"))], env=ros_env, stdout=subprocess.PIPE, text=True
    )
    caller = Caller(ros_domain_id)
    try:
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n"
        caller.until(caller.client.server_is_ready)
        settle(caller.client, ExecuteSkill.Goal(robot_id="r1", command_id="c0", epoch=0, skill="carry"), caller.waits)
        yield caller
    finally:
        caller.close()
        host.terminate()
        host.wait(10)


def test_a_skill_is_executed_and_claimed_by_another_process(caller):
    handle = caller.send(epoch=7, skill="carry", parameters_json='{"object": "box_7", "to": "shelf_2"}')
    assert handle.accepted
    result = caller.result_of(handle.get_result_async()).result
    assert result.outcome == ExecuteSkill.Result.OUTCOME_DONE
    assert (result.claim.claim_id, result.claim.robot_id, result.claim.epoch) == ("claim-c1", "r1", 7)
    assert result.claim.statement_json == '{"object": "box_7", "to": "shelf_2"}'
    assert result.claim.claimed_at.sec > 0
    caller.until(lambda: len(caller.progress) >= 4)
    assert [p.fraction for p in caller.progress] == [0.25, 0.5, 0.75, 1.0]
    assert {p.status for p in caller.progress} == {SkillProgress.STATUS_RUNNING}


def test_a_stale_epoch_is_refused(caller):
    assert not caller.send(epoch=6, skill="carry").accepted


def test_a_skill_is_cancelled(caller):
    handle = caller.send(epoch=8, skill="wait")
    caller.until(lambda: caller.progress)
    assert caller.result_of(handle.cancel_goal_async()).goals_canceling
    result = caller.result_of(handle.get_result_async()).result
    assert result.outcome == ExecuteSkill.Result.OUTCOME_CANCELLED
    assert result.claim.claim_id == ""
