from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fleet.deployment.load import deployment_from_text, load_deployment
from fleet.deployment.nodes import NodeKind, RosNode, local_url, node_specs, supervisor_spec
from fleet.deployment.processes import STOP_ORDER
from tests.fleet.deployment.sample import REAL, SIMULATED


def test_a_simulated_deployment_is_a_world_its_host_a_supervisor_and_an_api() -> None:
    specs = {s.name: s for s in node_specs(deployment_from_text(SIMULATED))}
    assert list(specs) == ["world", "host_ward", "supervisor", "api"]
    assert specs["host_ward"].after == ("world",)
    assert specs["supervisor"].after == ("host_ward",)


def test_the_world_is_not_on_the_ros_graph() -> None:
    world = node_specs(deployment_from_text(SIMULATED))[0]
    assert world.ros is None
    assert not [name for name in world.env if name.startswith("ROS")]
    assert "--ros-args" not in world.command("python")


def test_a_deployment_of_real_robots_has_a_host_for_each_and_no_world() -> None:
    specs = node_specs(deployment_from_text(REAL))
    assert [s.kind for s in specs] == [NodeKind.HOST, NodeKind.HOST, NodeKind.SUPERVISOR, NodeKind.API]
    assert specs[2].ros is not None
    assert specs[2].ros.parameters == {"use_sim_time": False}


def test_every_process_gets_the_domain_of_the_deployment() -> None:
    for spec in node_specs(deployment_from_text(SIMULATED))[1:]:
        assert spec.env["ROS_DOMAIN_ID"] == "17"
        assert spec.env["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"


def test_names_are_unique_and_every_dependency_comes_before() -> None:
    for text in (SIMULATED, REAL):
        started: set[str] = set()
        for spec in node_specs(deployment_from_text(text)):
            assert spec.name not in started
            assert started.issuperset(spec.after)
            started.add(spec.name)


def test_the_same_deployment_gives_the_same_processes() -> None:
    assert node_specs(deployment_from_text(SIMULATED)) == node_specs(deployment_from_text(SIMULATED))


def test_a_standby_supervisor_waits_for_nobody() -> None:
    assert supervisor_spec(deployment_from_text(SIMULATED), "supervisor_2").after == ()


def test_ros_arguments_end_the_command_line() -> None:
    node = RosNode(names=("/a",), name="a", namespace="/f", parameters={"use_sim_time": True, "rate": 2.5})
    expected = "--ros-args -r __node:=a -r __ns:=/f -p rate:=2.5 -p use_sim_time:=true"
    assert " ".join(node.arguments()) == expected
    assert RosNode(names=("/a", "/b")).arguments() == ()


def test_an_api_on_all_addresses_is_reached_on_loopback() -> None:
    text = SIMULATED.replace("{port: 8123}", "{port: 8123, host: 0.0.0.0, allow_remote: true}")
    assert local_url(deployment_from_text(text)) == "http://127.0.0.1:8123"
    text = SIMULATED.replace("{port: 8123}", "{port: 8123, host: '::1'}")
    assert local_url(deployment_from_text(text)) == "http://[::1]:8123"


def test_a_previewer_comes_with_a_simulated_world_that_asks_for_previews() -> None:
    demo = load_deployment(Path(__file__).resolve().parents[3] / "deployments" / "demo.yaml")
    names = [s.name for s in node_specs(demo)]
    assert names[-1] == "previewer"
    assert "previewer" not in [s.name for s in node_specs(replace(demo, previews=None))]
    assert "previewer" not in [s.name for s in node_specs(replace(demo, world=None))], "real robots have no copies"


def test_the_deployment_outlives_its_previewer() -> None:
    demo = load_deployment(Path(__file__).resolve().parents[3] / "deployments" / "demo.yaml")
    previewer = node_specs(demo)[-1]
    assert previewer.restart.limit > 10_000 and all("previewer" not in s.after for s in node_specs(demo))


def test_every_kind_of_process_is_ended() -> None:
    assert set(STOP_ORDER) == set(NodeKind)
