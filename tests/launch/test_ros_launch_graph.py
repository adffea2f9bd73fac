"""What the launch files start is really started here, and looked for on the ROS graph."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import rclpy

from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import node_specs
from tests.launch.recording import carried_out, recording_launch

pytestmark = [pytest.mark.ros, pytest.mark.slow]

SMALL = """\
format: humanoid-fleet-deployment/1
name: small
site: ward
run_directory: {folder}
shift: {{accountable: Mia Berger}}
world: {{seed: 7}}
hosts:
  - name: ward
    robots:
      - {{id: iron_1, model: xpeng_iron, adapter: sim_kinematic, start: dock_2}}
      - {{id: gr2_1, model: fourier_gr2, adapter: sim_kinematic, start: dock_3}}
api: {{port: {port}}}
ros: {{domain_id: {domain}}}
"""


@pytest.fixture
def started(tmp_path: Path, ros_domain_id: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    from fleet.cli.ports import free_port

    file = tmp_path / "small.yaml"
    file.write_text(SMALL.format(folder=tmp_path / "run", port=free_port("127.0.0.1"), domain=ros_domain_id))
    with recording_launch():
        processes = carried_out("fleet.launch.py", deployment=str(file))
        children = []
        try:
            for process in processes:
                env = {**os.environ, **process.named["additional_env"]}
                log = (tmp_path / f"{len(children)}.log").open("wb")
                children.append(subprocess.Popen(process.command(), env=env, stdout=log, stderr=log))
            yield children
        finally:
            for child in children:
                child.terminate()
            for child in children:
                try:
                    child.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    child.kill()
            for lock in sys.modules["fleet.deployment.ros_launch"]._locks:
                lock.__exit__(None, None, None)


def test_every_process_of_the_launch_file_is_found_on_the_graph(
    started: list[subprocess.Popen[bytes]], tmp_path: Path, ros_domain_id: int
) -> None:
    specs = node_specs(load_deployment(tmp_path / "run" / "deployment.json"))
    expected = {name for spec in specs if spec.ros is not None for name in spec.ros.names}
    assert {"/supervisor", "/api", "/ward", "/iron_1/adapter", "/gr2_1/adapter"} == expected
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=ros_domain_id)
    node = rclpy.create_node("looker", context=context)
    try:
        end = time.monotonic() + 60
        while True:
            found = {f"{space.rstrip('/')}/{name}" for name, space in node.get_node_names_and_namespaces()}
            if expected <= found:
                break
            ended = [c.args for c in started if c.poll() is not None]
            assert not ended, f"ended by itself: {ended}"
            assert time.monotonic() < end, f"not on the graph: {expected - found}"
            time.sleep(0.1)
    finally:
        node.destroy_node()
        rclpy.shutdown(context=context)
