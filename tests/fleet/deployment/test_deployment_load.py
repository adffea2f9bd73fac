from __future__ import annotations

from pathlib import Path

import pytest

from fleet.deployment.fields import FileError
from fleet.deployment.load import deployment_from_text, load_deployment, save_resolved, with_changes
from fleet.model.errors import InvalidField
from tests.fleet.deployment.sample import REAL, SIMULATED


def complaint(text: str) -> str:
    with pytest.raises(FileError) as caught:
        deployment_from_text(text, "d.yaml")
    return str(caught.value)


def test_a_good_file_is_read_with_its_defaults() -> None:
    deployment = deployment_from_text(SIMULATED)
    assert [r.id for r in deployment.robots()] == ["g1_1", "iron_1"]
    assert deployment.clock == "sim"
    assert deployment.api.host == "127.0.0.1"
    assert deployment.world is not None
    assert deployment.world.rate == 2.0
    assert deployment.supervisor.shift.accountable == "Mia Berger"
    assert Path(deployment.run_directory).is_absolute()


def test_a_deployment_without_a_world_needs_no_start_places() -> None:
    assert deployment_from_text(REAL).world is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rate: 2", "rate: .nan", "d.yaml, line 6: world.rate: got nan, expected a finite number from 0.05 to 100"),
        ("rate: 2", "rate: fast", "line 6: world.rate: got 'fast'"),
        ("rate: 2", "rate: true", "line 6: world.rate: got True"),
        ("seed: 7", "seed: 1.5", "world.seed: got 1.5, expected a whole number"),
        ("seed: 7", "sede: 7", "line 6: world.sede: got 'unknown field sede', expected one of the fields seed, rate"),
        ("seed: 7", "seed: 7, seed: 8", "world.seed: got 'seed', expected each field once"),
        ("port: 8123", "port: 0", "line 12: api.port: got 0, expected a whole number from 1 to 65535"),
        ("port: 8123", "port: 8123, host: 0.0.0.0", "api.host: got '0.0.0.0', expected an address of this machine"),
        ("domain_id: 17", "domain_id: 102", "ros.domain_id: got 102"),
        ("id: iron_1", "id: g1_1", "line 11: hosts[0].robots[1].id: got 'g1_1', expected a value used once"),
        ("start: dock_2", "start: dock_1", "hosts[0].robots[1].start: got 'dock_1'"),
        (", start: dock_2", "", "hosts[0].robots[1]: got 'no field start'"),
        ("name: ward\n", "name: ward-3\n", "hosts[0].name: got 'ward-3', expected letters, digits and '_'"),
        (
            "rate: 2}",
            "faults: [{id: a, kind: silent, robot: r9, at_s: 1}]}",
            "line 6: world.faults[0].robot: got 'r9', expected one of g1_1, iron_1",
        ),
        (
            "rate: 2}",
            "faults: [{id: a, kind: silent, robot: g1_1}]}",
            "world.faults[0]: got 'neither of at_s and when'",
        ),
        (
            "rate: 2}",
            "faults: [{id: a, kind: silent, robot: g1_1, at_s: 1, delay_s: [2, 1]}]}",
            "world.faults[0].delay_s: got [2.0, 1.0], expected [least, most]",
        ),
        ("id: iron_1", "id: 'iron 1'", "expected an id of letters, digits"),
        ("battery: 0.5", "battery: 1.5", "battery: got 1.5, expected a finite number from 0 to 1"),
        ("name: small", "name: 5", "line 2: name: got 5"),
        ("deployment/1", "deployment/2", "line 1: format: got 'humanoid-fleet-deployment/2'"),
        ("shift: {accountable: Mia Berger}\n", "", "got 'no field shift', expected the field shift: who answers"),
        ("accountable: Mia Berger", "accountable: ''", "line 5: shift.accountable"),
        ("site: ward", "site: no_such.yaml", "line 3: site: got 'no_such.yaml', expected a file that is there"),
        ("api:", "clock: system\napi:", "clock: got 'system', expected clock: sim"),
        ("api:", "supervisor: {shift: {accountable: x}}\napi:", "supervisor.shift: got 'a mapping', expected no shift"),
        ("api:", "supervisor: {dock_below: 2}\napi:", "supervisor.dock_below: got 2.0, expected a fraction"),
        ("api:", "supervisor: {retry_delay_s: -1}\napi:", "line 12: supervisor.retry_delay_s: got -1.0"),
        ("api:", "supervisor: {retry_dealy_s: 1}\napi:", "supervisor.retry_dealy_s"),
        ("world: {seed: 7, rate: 2}\n", "", "clock: got 'sim', expected clock: system, or a world"),
        ("hosts:", "hosts: []\nothers:", "others"),
        ("{port: 8123}", "[8123]", "api: got 'a list', expected a mapping"),
        ("domain_id: 17", "domain_id: *a", "d.yaml, line 13"),
    ],
)
def test_a_bad_value_is_named_with_line_field_value_and_what_would_be_right(old: str, new: str, said: str) -> None:
    assert old in SIMULATED
    assert said in complaint(SIMULATED.replace(old, new))


def test_aliases_are_refused_because_they_could_nest_without_end() -> None:
    assert "no aliases" in complaint(
        SIMULATED.replace("name: small", "name: &a small").replace("port: 8123", "host: *a")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "line 1: the file: got 'nothing'"), ("a: [", "expected well-formed YAML"), ("- 1", "got 'a list'")],
)
def test_what_is_no_mapping_is_refused(text: str, said: str) -> None:
    assert said in complaint(text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.yaml, line 1: .*No such file"):
        load_deployment(tmp_path / "none.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"x\.yaml, line 1"):
        load_deployment(tmp_path / "x.yaml")


def test_a_site_file_is_looked_for_beside_the_deployment_file(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("x")
    deployment = deployment_from_text(SIMULATED.replace("site: ward", "site: s.yaml"), folder=tmp_path)
    assert deployment.site == str(tmp_path / "s.yaml")


@pytest.mark.parametrize("text", [SIMULATED, REAL])
def test_what_was_saved_reads_back_the_same(text: str, tmp_path: Path) -> None:
    deployment = with_changes(
        deployment_from_text(text), run_directory=tmp_path / "run", port=9001, domain_id=3, rate=4
    )
    assert load_deployment(save_resolved(deployment)) == deployment
    assert (deployment.api.port, deployment.ros.domain_id) == (9001, 3)


def test_a_navigation_graph_is_found_from_the_file_and_read_before_anything_starts(tmp_path: Path) -> None:
    text = SIMULATED + "traffic: {enabled: true, nav_graph: nav.yaml}\n"
    with pytest.raises(FileError, match=r"line 14: traffic.nav_graph: got 'nav.yaml', expected a file that is there"):
        deployment_from_text(text, "d.yaml", tmp_path)
    (tmp_path / "nav.yaml").write_text("levels: {L1: {vertices: [[0, 0], [1, 0]], lanes: [[0, 2]]}}\n")
    with pytest.raises(InvalidField, match=r"nav.yaml:1: levels.L1.lanes\[0\].to: got '2', expected the number of"):
        deployment_from_text(text, "d.yaml", tmp_path)
    (tmp_path / "nav.yaml").write_text("levels: {L1: {vertices: [[0, 0], [1, 0]], lanes: [[0, 1]]}}\n")
    assert deployment_from_text(text, "d.yaml", tmp_path).traffic.nav_graph == str(tmp_path / "nav.yaml")


def test_a_level_without_a_navigation_graph_is_refused() -> None:
    said = complaint(SIMULATED + "traffic: {nav_level: L1}\n")
    assert "line 14: traffic.nav_level: got 'L1', expected nav_graph beside it" in said


def test_who_is_certified_is_a_robot_or_a_model_of_this_deployment() -> None:
    good = deployment_from_text(SIMULATED + "allocation: {certified: [iron_1, unitree_g1]}\n")
    assert good.allocation.certified == ("iron_1", "unitree_g1")
    said = complaint(SIMULATED + "allocation: {certified: [iron_1, iron_9]}\n")
    assert "allocation.certified[1]: got 'iron_9', expected a robot or a model of robots: g1_1" in said
