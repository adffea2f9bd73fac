from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from fleet.cli.process import Start
from fleet.cli.run_world import arguments
from fleet.cli.site import map_of
from fleet.cli.world import world_parts
from fleet.deployment.load import deployment_from_text, load_deployment, with_changes
from fleet.model.errors import InvalidField, NotFound
from sim_worlds.faults import load_faults
from sim_worlds.profiles import load_robots
from tests.fleet.deployment.sample import REAL, SIMULATED

DEMO = Path(__file__).resolve().parents[3] / "deployments" / "demo.yaml"


def test_the_demos_world_can_be() -> None:
    parts = world_parts(load_deployment(DEMO))
    assert len(parts.robots) == 12
    assert sum(r.body == "dynamic" for r in parts.robots) == 3
    assert {r.model for r in parts.robots} >= {"unitree_g1", "tesla_optimus_gen2", "xpeng_iron"}
    assert {f.kind for f in parts.faults} == {"false_claim", "torque_loss", "silent"}


def test_the_worlds_process_reads_back_what_the_deployment_says(tmp_path: Path) -> None:
    plan = with_changes(load_deployment(DEMO), run_directory=tmp_path, rate=4)
    line = arguments(Start(deployment=plan, name="world", host="", ros_arguments=(), ending=Event()))
    options = dict(zip(line[::2], line[1::2], strict=True))
    parts = world_parts(plan)
    robots = load_robots(options["--robots"], parts.site)
    assert robots == parts.robots
    assert load_faults(options["--faults"], robots, parts.site) == parts.faults
    assert options["--rate"] == "4.0"
    assert options["--watchdog"] == "4.0"  # one real second


def test_a_robot_can_start_at_a_station() -> None:
    parts = world_parts(deployment_from_text(SIMULATED.replace("start: dock_2", "start: ward_west")))
    assert parts.robots[1].dock is None
    assert parts.robots[1].start is not None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("start: dock_2", "start: dock_99", "robot iron_1: start: got 'dock_99', expected a dock or station"),
        ("start: dock_2", "start: shelf_a1", "expected a dock or station of the site: store_entrance"),
        ("xpeng_iron", "xpeng_gold", "xpeng_gold"),
        ("model: xpeng_iron", "model: xpeng_iron, body: dynamic", "body"),
        ("rate: 2}", "faults: [{id: a, kind: dance, robot: g1_1, at_s: 1}]}", "kind: got 'dance'"),
        ("rate: 2}", "faults: [{id: a, kind: silent, robot: g1_1, at_s: 1}]}", "duration_s"),
    ],
)
def test_a_world_that_cannot_be_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(InvalidField) as caught:
        world_parts(deployment_from_text(SIMULATED.replace(old, new)))
    assert said in str(caught.value)


def test_a_site_that_is_not_there_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="no site named 'moon'; known: .*ward"):
        map_of(deployment_from_text(SIMULATED.replace("site: ward", "site: moon")))


def test_a_deployment_of_real_robots_has_no_world() -> None:
    with pytest.raises(InvalidField, match="a deployment with a simulated world"):
        world_parts(deployment_from_text(REAL))


def test_people_and_conditions_come_from_files_beside_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("people: {count: 2, routine: wander, zones: [lab]}")
    (tmp_path / "c.yaml").write_text("sensing: {cameras: {detect_far: 0.5}}")
    text = SIMULATED.replace("rate: 2}", "rate: 2, people: p.yaml, conditions: c.yaml}")
    plan = with_changes(deployment_from_text(text, folder=tmp_path), run_directory=tmp_path)
    parts = world_parts(plan)
    assert [p.person_id for p in parts.people] == ["visitor_1", "visitor_2"]
    assert parts.conditions.sensing.cameras.detect_far == 0.5
    line = arguments(Start(deployment=plan, name="world", host="", ros_arguments=(), ending=Event()))
    assert line[line.index("--people") + 1] == str(tmp_path / "p.yaml")


def test_a_people_file_that_is_not_there_or_cannot_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=r"world.people: got 'p.yaml', expected a file that is there"):
        deployment_from_text(SIMULATED.replace("rate: 2}", "rate: 2, people: p.yaml}"), folder=tmp_path)
    (tmp_path / "p.yaml").write_text("people: [{id: g1_1, routine: wander}]")
    plan = deployment_from_text(SIMULATED.replace("rate: 2}", "rate: 2, people: p.yaml}"), folder=tmp_path)
    with pytest.raises(InvalidField, match=r"p.yaml, line 1: .*'g1_1' is already used"):
        world_parts(plan)
