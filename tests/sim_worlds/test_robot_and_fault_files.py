"""Robot models, robots files and faults: what cannot be is refused before anything moves."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.model.robot import FigureStatus
from sim_worlds.calibration import load_calibration
from sim_worlds.errors import SpecError
from sim_worlds.faults import Faults, FaultSpec, When, check_faults, load_faults
from sim_worlds.profiles import RobotSpec, Tier, check_specs, load_model, load_robots, model_ids, robot_info
from sim_worlds.site import Site, WallLine, bundled_site

G1 = RobotSpec(robot_id="g1_1", model="unitree_g1", body="dynamic", dock="dock_1")
OPTIMUS = RobotSpec(robot_id="opt", model="tesla_optimus_gen2", dock="dock_2")


def test_every_figure_of_every_model_says_where_it_comes_from() -> None:
    assert {"unitree_g1", "tesla_optimus_gen2", "xpeng_iron", "fourier_gr2"} <= set(model_ids())
    for name in model_ids():
        for figure in load_model(name).figures.values():
            assert figure.source
    tesla = load_model("tesla_optimus_gen2").figures
    assert tesla["height_m"].status is FigureStatus.REPORTED
    assert tesla["max_speed_mps"].status is FigureStatus.ASSUMED


def test_only_the_large_models_may_carry_the_heavy_boxes(ward: Site) -> None:
    heavy = ward.boxes["linen_1"].record.mass_kg
    able = {m for m in model_ids() if load_model(m)["payload_kg"] >= heavy}
    assert able == {"tesla_optimus_gen2", "xpeng_iron"}


def test_the_description_lists_capabilities_with_limits() -> None:
    info = robot_info(OPTIMUS, load_calibration())
    carry = info.description.capability("carry")
    assert carry is not None
    assert carry.max_payload_kg == 15
    assert "kneel" in info.primitives
    assert not info.dynamic


def test_the_demos_robots_and_faults_load(ward: Site) -> None:
    folder = bundled_site().parent
    robots = load_robots(folder / "ward_robots.yaml", ward)
    assert len(robots) == 12
    assert sum(r.body == "dynamic" for r in robots) == 3
    assert {f.kind for f in load_faults(folder / "ward_faults.yaml", robots, ward)} == {
        "torque_loss",
        "false_claim",
        "silent",
    }


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (RobotSpec(robot_id="a", model="r2d2", dock="dock_1"), ["r2d2", "unitree_g1"]),
        (RobotSpec(robot_id="a", model="xpeng_iron", body="dynamic", dock="dock_1"), ["dynamic", "kinematic"]),
        (RobotSpec(robot_id="a", model="unitree_g1", dock="dock_99"), ["dock_99", "dock_1"]),
        (RobotSpec(robot_id="a", model="unitree_g1"), ["neither", "'dock' or 'start'"]),
        (RobotSpec(robot_id="a", model="unitree_g1", start=(9.0, 3.0, 0.0)), ["free floor", "the wall from"]),
        (RobotSpec(robot_id="a", model="unitree_g1", start=(1.0, 0.5, 0.0)), ["free floor", "shelf_a"]),
        (RobotSpec(robot_id="a", model="unitree_g1", start=(float("nan"), 0.5, 0.0)), ["finite"]),
        (RobotSpec(robot_id="a", model="unitree_g1", dock="dock_1", battery_fraction=0), ["battery_fraction"]),
    ],
)
def test_a_robot_that_cannot_be_here_is_refused(spec: RobotSpec, says: list[str], ward: Site) -> None:
    with pytest.raises(SpecError) as caught:
        check_specs([spec], ward)
    for part in says:
        assert part in str(caught.value)


def test_two_robots_that_would_stand_in_each_other_are_refused(ward: Site) -> None:
    specs = [RobotSpec(robot_id=n, model="xpeng_iron", start=(x, 8.0, 0.0)) for n, x in (("a", 2.0), ("b", 2.5))]
    with pytest.raises(SpecError, match=r"robots\[1\] \(b\): start: got \(2.5, 8\).*a stands at \(2, 8\)"):
        check_specs(specs, ward)


def test_a_robot_that_is_walled_in_is_refused(ward: Site) -> None:
    cell = ((20.5, 7.0), (22.5, 7.0), (22.5, 9.0), (20.5, 9.0), (20.5, 7.0))
    walls = tuple(WallLine(start=a, end=b) for a, b in itertools.pairwise(cell))
    prison = replace(ward, walls=ward.walls + walls)
    with pytest.raises(SpecError, match="there is no way out"):
        check_specs([RobotSpec(robot_id="a", model="xpeng_iron", start=(21.5, 8.0, 0.0))], prison)


@pytest.mark.parametrize("tier", ["T1", "T2"])
def test_a_tier_that_the_model_lacks_is_refused(tier: Tier, ward: Site) -> None:
    with pytest.raises(SpecError, match=f"tier: got '{tier}'.*expected one of: T0"):
        check_specs([RobotSpec(robot_id="a", model="xpeng_iron", tier=tier, dock="dock_1")], ward)


def test_tier_and_body_must_not_contradict_each_other() -> None:
    assert RobotSpec(robot_id="a", model="unitree_g1", tier="T2", dock="dock_1").body == "dynamic"
    with pytest.raises(SpecError, match="'kinematic' with tier T2"):
        RobotSpec(robot_id="a", model="unitree_g1", tier="T2", body="kinematic", dock="dock_1")


def test_two_robots_at_one_dock_are_refused(ward: Site) -> None:
    with pytest.raises(SpecError, match="opt is there"):
        check_specs([OPTIMUS, RobotSpec(robot_id="b", model="xpeng_iron", dock="dock_2")], ward)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (FaultSpec(fault_id="f", kind="explode", robot="opt", at_s=1), ["kind", "explode", "torque_loss"]),
        (FaultSpec(fault_id="f", kind="silent", robot="who", at_s=1, duration_s=1), ["robot", "who", "g1_1, opt"]),
        (FaultSpec(fault_id="f", kind="silent", robot="opt", at_s=1), ["duration_s", "above 0"]),
        (FaultSpec(fault_id="f", kind="silent", robot="opt", duration_s=1), ["either 'at_s' or 'when'"]),
        (FaultSpec(fault_id="f", kind="torque_loss", robot="g1_1", at_s=1, joint="nose"), ["nose", "left_knee_joint"]),
        (FaultSpec(fault_id="f", kind="torque_loss", robot="opt", at_s=1, joint="left_knee_joint"), ["kinematic"]),
        (FaultSpec(fault_id="f", kind="battery_drop", robot="opt", at_s=1, fraction=2), ["fraction", "0 to 1"]),
        (FaultSpec(fault_id="f", kind="false_claim", robot="opt", when=When(in_zone="moon")), ["moon", "corridor"]),
        (FaultSpec(fault_id="f", kind="false_claim", robot="opt", at_s=1, delay_s=(2, 1)), ["delay_s"]),
    ],
)
def test_a_fault_that_cannot_happen_is_refused(fault: FaultSpec, says: list[str], ward: Site) -> None:
    with pytest.raises(SpecError) as caught:
        check_faults([fault], [G1, OPTIMUS], ward)
    for part in says:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("faults:\n  - {id: f, kind: silent, robot: opt, at_s: soon}", ["line 2", "at_s", "soon"]),
        ("faults:\n  - {id: f, kind: silent, robot: opp, at_s: 1}", ["line 2", "opp", "opt"]),
        ("faults:\n  - {id: f, kind: silent, robt: opt, at_s: 1}", ["line 2", "robt", "unknown field"]),
        ("faults:\n  - {id: f, kind: silent, robot: opt, when: {carying: true}}", ["line 2", "carying"]),
    ],
)
def test_a_mistake_in_a_faults_file_is_named_with_its_line(
    text: str, says: list[str], ward: Site, tmp_path: Path
) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text(text)
    with pytest.raises(SpecError) as caught:
        load_faults(file, [OPTIMUS], ward)
    for part in says:
        assert part in str(caught.value)


def test_a_mistake_in_a_robots_file_is_named_with_its_line(ward: Site, tmp_path: Path) -> None:
    file = tmp_path / "robots.yaml"
    file.write_text("robots:\n  - {id: a, model: unitree_g2, body: dynamic, dock: dock_1}")
    with pytest.raises(SpecError, match=r"line 2.*unitree_g2.*unitree_g1"):
        load_robots(file, ward)


def test_another_fault_does_not_move_the_times_of_the_first() -> None:
    one = FaultSpec(fault_id="one", kind="silent", robot="opt", at_s=1, duration_s=1, delay_s=(0, 10))
    two = FaultSpec(fault_id="two", kind="silent", robot="opt", at_s=1, duration_s=1, delay_s=(0, 10))
    assert Faults([one], 7).delays["one"] == Faults([two, one], 7).delays["one"]
    assert Faults([one], 7).delays["one"] != Faults([one], 8).delays["one"]
