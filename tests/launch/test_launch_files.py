"""The launch files, evaluated against a recording stand-in for ROS 2's `launch`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import node_specs
from fleet.deployment.rundir import RunDirectoryBusy
from fleet.model.errors import InvalidField
from tests.launch.recording import DeclareLaunchArgument, ExecuteProcess, Node, carried_out, described, recording_launch

DEMO = str(Path(__file__).resolve().parents[2] / "deployments" / "demo.yaml")
FILES = ("fleet.launch.py", "simulation.launch.py")


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    with recording_launch():
        yield
        ros_launch = sys.modules.get("fleet.deployment.ros_launch")
        for lock in getattr(ros_launch, "_locks", []):
            lock.__exit__(None, None, None)


@pytest.mark.parametrize("file", FILES)
def test_every_argument_is_declared_with_a_description(file: str) -> None:
    declared = [e for e in described(file).entities if isinstance(e, DeclareLaunchArgument)]
    assert declared
    for argument in declared:
        assert len(argument.named["description"]) > 20
        assert argument.named["default_value"] == ""


def test_the_processes_are_those_of_fleet_up(tmp_path: Path) -> None:
    started = carried_out("fleet.launch.py", deployment=DEMO, run_dir=str(tmp_path / "run"))
    specs = node_specs(load_deployment(tmp_path / "run" / "deployment.json"))
    assert [p.command() for p in started] == [s.command(sys.executable) for s in specs]
    for process, spec in zip(started, specs, strict=True):
        assert process.named["additional_env"] == spec.env
        assert process.named["respawn"] is True


def test_one_node_is_a_node_action_and_several_are_a_process(tmp_path: Path) -> None:
    started = carried_out("fleet.launch.py", deployment=DEMO, run_dir=str(tmp_path / "run"))
    kinds = {p.named.get("name"): type(p) for p in started}
    assert kinds["supervisor"] is Node
    assert kinds["host_ward"] is ExecuteProcess
    assert kinds["world"] is ExecuteProcess


def test_arguments_override_the_file(tmp_path: Path) -> None:
    carried_out("fleet.launch.py", deployment=DEMO, run_dir=str(tmp_path), port="9001", domain_id="9", rate="2.5")
    resolved = json.loads((tmp_path / "deployment.json").read_text())
    assert (resolved["api"]["port"], resolved["ros"]["domain_id"], resolved["world"]["rate"]) == (9001, 9, 2.5)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "http", "port: got 'http', expected a number from 1 to 65535"),
        ("domain_id", "102", "domain_id: got '102', expected a number from 0 to 101"),
        ("rate", "nan", "rate: got 'nan'"),
        ("deployment", "", "deployment: got '', expected the path of a deployment file"),
        ("deployment", "none.yaml", "none.yaml, line 1"),
    ],
)
def test_a_bad_argument_is_named(tmp_path: Path, name: str, value: str, said: str) -> None:
    arguments = {"deployment": DEMO, "run_dir": str(tmp_path), name: value}
    with pytest.raises(InvalidField) as caught:
        carried_out("fleet.launch.py", **arguments)
    assert said in str(caught.value)


def test_a_run_directory_in_use_is_refused(tmp_path: Path) -> None:
    carried_out("fleet.launch.py", deployment=DEMO, run_dir=str(tmp_path))
    with pytest.raises(RunDirectoryBusy):
        carried_out("fleet.launch.py", deployment=DEMO, run_dir=str(tmp_path))


def test_the_simulation_alone_needs_a_deployment_with_a_world(tmp_path: Path) -> None:
    started = carried_out("simulation.launch.py", world_of=DEMO)
    assert [p.named["name"] for p in started] == ["world"]
    with pytest.raises(InvalidField, match="world_of: got ''"):
        carried_out("simulation.launch.py")
