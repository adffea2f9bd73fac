"""Who the robot is, before and after it is connected, and how it reports itself."""

from __future__ import annotations

import pytest

from fleet.model.errors import LinkDown
from fleet.model.robot import Posture
from fleet.model.skills import SKILLS
from robot_adapters.base import HumanoidAdapter
from robot_adapters.conformance.rig import Rig


def test_it_is_a_humanoid_adapter(rig: Rig) -> None:
    assert isinstance(rig.adapter, HumanoidAdapter)


def test_it_describes_itself_before_it_is_connected(rig: Rig) -> None:
    known = rig.adapter.describe()
    assert known.robot_id
    assert known.model
    assert known.vendor
    assert known.capabilities


def test_its_description_never_changes(rig: Rig) -> None:
    before = rig.adapter.describe()
    assert rig.connected().describe() == before


def test_its_skills_are_those_of_the_fleet_and_listed_once(rig: Rig) -> None:
    skills = [c.skill for c in rig.adapter.describe().capabilities]
    assert set(skills) <= set(SKILLS)
    assert len(skills) == len(set(skills))


def test_its_figures_are_physically_possible(rig: Rig) -> None:
    known = rig.adapter.describe()
    assert known.footprint_radius_m > 0
    assert known.height_m > 0
    assert known.payload_kg >= 0
    assert known.max_speed_mps >= 0
    assert known.battery_wh > 0
    assert all(c.max_payload_kg <= known.payload_kg for c in known.capabilities)


def test_it_has_no_state_before_it_was_heard(rig: Rig) -> None:
    with pytest.raises(LinkDown):
        rig.adapter.state()


def test_it_takes_no_command_before_it_is_connected(rig: Rig) -> None:
    with pytest.raises(LinkDown):
        rig.adapter.execute(rig.command())


def test_connecting_moves_nothing(rig: Rig) -> None:
    rig.adapter.connect()
    before = rig.adapter.state().pose
    rig.run(1.0)
    assert rig.adapter.state().pose.distance_to(before) < 0.1


def test_connecting_again_is_no_error(rig: Rig) -> None:
    rig.connected().connect()
    assert rig.adapter.state().robot_id == rig.adapter.describe().robot_id


def test_disconnecting_never_raises(rig: Rig) -> None:
    rig.adapter.disconnect()
    rig.connected().disconnect()
    rig.adapter.disconnect()


def test_its_state_is_its_own_and_within_range(rig: Rig) -> None:
    state = rig.connected().state()
    assert state.robot_id == rig.adapter.describe().robot_id
    assert 0.0 <= state.battery_fraction <= 1.0
    assert 0.0 <= state.stability <= 1.0
    assert state.posture is not Posture.UNKNOWN
    assert state.command_id is None


def test_the_time_of_its_state_goes_on(rig: Rig) -> None:
    before = rig.connected().state().observed_at_s
    rig.run(1.0)
    assert rig.adapter.state().observed_at_s > before


def test_it_may_have_eyes_and_they_are_its_own(rig: Rig) -> None:
    for seen in rig.connected().observations():
        assert seen.source == rig.adapter.describe().robot_id
        assert seen.source_kind == "robot"
