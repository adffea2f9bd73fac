"""Robot descriptions: every model weighs what its file says, and what cannot be simulated is refused with its line."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import pybullet as pb
import pytest

from sim_worlds.errors import SpecError
from sim_worlds.humanoids.urdf import Urdf, parse_urdf, read_urdf
from sim_worlds.humanoids.urdf_body import load, loaded_mass_kg, prepared_text
from sim_worlds.profiles import load_model, model_ids

DESCRIBED = [m for m in model_ids() if load_model(m).urdf is not None]
GOOD = """<robot name="r">
  <link name="base"><inertial><mass value="2"/><inertia ixx="1" ixy="0" ixz="0" iyy="1" iyz="0" izz="1"/></inertial>
    <visual><geometry><mesh filename="package://nobody/hand.stl"/></geometry></visual></link>
  <link name="camera"/>
  <joint name="neck" type="revolute"><parent link="base"/><child link="camera"/><axis xyz="0 0 1"/>
    <limit lower="-1" upper="1" effort="5" velocity="1"/></joint>
</robot>"""


def described(model: str) -> Urdf:
    source = load_model(model).urdf
    assert source is not None
    return source.read()


@pytest.fixture
def client() -> Iterator[int]:
    made = pb.connect(pb.DIRECT)
    yield made
    pb.disconnect(made)


def test_all_four_kinds_of_description_are_here() -> None:
    assert DESCRIBED == ["fourier_gr2", "jvrc1", "pal_talos", "unitree_g1"]


@pytest.mark.parametrize("model", DESCRIBED)
def test_a_model_weighs_in_the_physics_what_its_description_says(model: str, client: int) -> None:
    urdf = described(model)
    body = load(client, urdf, prepared_text(urdf))
    assert loaded_mass_kg(client, body) == pytest.approx(urdf.mass_kg, abs=0.005)
    assert load_model(model)["mass_kg"] == pytest.approx(urdf.mass_kg, abs=0.01)


@pytest.mark.parametrize("model", DESCRIBED)
def test_a_models_joints_are_those_that_its_description_can_move(model: str) -> None:
    assert sorted(load_model(model).joint_names) == sorted(described(model).actuated)


def test_without_the_fix_every_link_that_states_no_mass_would_weigh_a_kilogram(client: int) -> None:
    urdf = described("jvrc1")
    phantom = pb.loadURDF(urdf.path, physicsClientId=client)
    assert loaded_mass_kg(client, phantom) > urdf.mass_kg + 5


def test_a_body_that_weighs_something_else_is_refused(client: int) -> None:
    urdf = parse_urdf(GOOD, "r.urdf")
    with pytest.raises(SpecError, match=r"r\.urdf: loaded mass: got 3\.\d+ kg, expected the file's sum of 2\.000 kg"):
        load(client, urdf, prepared_text(urdf).replace('<mass value="2"', '<mass value="3"'))


def test_visuals_are_left_out_unless_they_are_asked_for() -> None:
    urdf = parse_urdf(GOOD, "r.urdf")
    assert "visual" not in prepared_text(urdf)
    with pytest.raises(SpecError, match=r"line 3: mesh filename: got 'package://nobody/hand.stl', expected an ex"):
        prepared_text(urdf, visual=True)


def test_meshes_are_found_in_installed_packages_and_beside_the_file() -> None:
    for model in DESCRIBED:
        assert 'filename="/' in prepared_text(described(model), visual=True)


def test_a_chain_leads_from_the_base_to_a_link() -> None:
    assert [j.name for j in parse_urdf(GOOD, "r.urdf").chain("camera")] == ["neck"]
    with pytest.raises(SpecError, match=r"r\.urdf: link: got 'hand', expected one of: base, camera"):
        parse_urdf(GOOD, "r.urdf").chain("hand")


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('mass value="2"', 'mass value="-2"', "line 2: mass of link base: got '-2', expected 0 kg or more"),
        ('mass value="2"', 'mass value="nan"', "line 2: mass of link base: got 'nan', expected a finite number"),
        ('mass value="2"', 'mass value="heavy"', "line 2: mass of link base: got 'heavy', expected a finite number"),
        ('ixx="1"', 'ixx="-1"', "line 2: inertia ixx of link base: got '-1', expected 0 kg m^2 or more"),
        ('<link name="camera"/>', '<link name="base"/>', "line 4: link name: got 'base', expected a name used once"),
        ('link="camera"/><axis', 'link="lens"/><axis', "line 5: child of joint neck: got 'lens', expected the name"),
        ('axis xyz="0 0 1"', 'axis xyz="0 0 x"', "line 5: axis of joint neck xyz: got '0 0 x', expected three finite"),
        ('axis xyz="0 0 1"', 'axis xyz="0 0 0"', "line 5: axis of joint neck: got '0 0 0', expected a direction"),
        ('type="revolute"', 'type="bendy"', "line 5: type of joint neck: got 'bendy', expected one of: revolute"),
        ('lower="-1" upper="1"', 'lower="2" upper="1"', "line 6: limits of joint neck: got '2 to 1', expected lower"),
        ("</robot>", '<link name="b"/></robot>', "links without a parent: got ['base', 'b'], expected exactly one"),
        ("</robot>", "", "not XML"),
        ("<robot", "<model", "not XML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(right: str, wrong: str, says: str) -> None:
    assert right in GOOD
    with pytest.raises(SpecError) as caught:
        parse_urdf(GOOD.replace(right, wrong), "r.urdf")
    assert "r.urdf, line" in str(caught.value)
    assert says in str(caught.value)


def test_a_joint_named_twice_is_refused_with_both_lines() -> None:
    start = GOOD.index("  <joint")
    twice = GOOD[:start] + GOOD[start:].replace("</robot>", "") + GOOD[start:]
    with pytest.raises(SpecError, match=r"line 7: joint name: got 'neck', expected a name used once; .* in line 5"):
        parse_urdf(twice, "r.urdf")


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(SpecError, match=r"nowhere\.urdf: cannot be read .* expected a URDF file"):
        read_urdf("nowhere.urdf")


def test_a_missing_package_is_refused_by_name() -> None:
    source = load_model("jvrc1").urdf
    assert source is not None
    with pytest.raises(SpecError, match="no-such-package is not installed"):
        dataclasses.replace(source, package="no-such-package").path()


def test_joint_limits_are_read() -> None:
    neck = parse_urdf(GOOD, "r.urdf").joints["neck"]
    assert (neck.lower, neck.upper, neck.effort) == (-1, 1, 5)
    assert math.isinf(parse_urdf(GOOD.replace("revolute", "continuous"), str(Path("r"))).joints["neck"].upper)
