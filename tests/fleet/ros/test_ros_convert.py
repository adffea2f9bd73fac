"""Records survive the way through messages, and what messages cannot say is refused by name."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from humanoid_fleet_msgs import msg
from humanoid_fleet_msgs.action import ExecuteSkill as Action
from hypothesis import given, settings
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message

from fleet.model.commands import CommandStatus, CommandUpdate, ExecuteSkill, FollowRoute
from fleet.model.errors import InvalidField
from fleet.model.evidence import Claim, Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.robot import (
    Capability,
    Figure,
    FigureStatus,
    Health,
    OperatingMode,
    Posture,
    RobotDescription,
    RobotState,
)
from fleet.model.skills import SKILLS
from fleet.ros import convert, routes, skill_goals

pytestmark = pytest.mark.ros

ids = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
some_id = ids.filter(bool)
metres = st.floats(-1e4, 1e4)
shares = st.floats(0, 1)
amounts = st.floats(0, 1e5)
times = st.floats(0, 2e9)
epochs = st.integers(0, 2**63)
angles = st.floats(-math.pi + 1e-6, math.pi - 1e-6)
plain = st.dictionaries(
    some_id, st.one_of(ids, st.floats(-1e6, 1e6), st.booleans(), st.lists(ids, max_size=2)), max_size=4
)

poses = st.builds(Pose, x=metres, y=metres, z=metres, yaw=angles)
states = st.builds(
    RobotState,
    robot_id=ids,
    observed_at_s=times,
    pose=poses,
    posture=st.sampled_from(Posture),
    battery_fraction=shares,
    held=st.lists(some_id, max_size=3).map(tuple),
    stability=shares,
    e_stop=st.booleans(),
    health=st.sampled_from(Health),
    health_detail=ids,
    mode=st.sampled_from(OperatingMode),
    docked_at=st.none() | some_id,
    holding=st.booleans(),
    hold_because=ids,
    speed_mps=st.floats(0, 10),
    command_id=st.none() | some_id,
    epoch=epochs,
    lease_holder=ids,
    walking_to=st.none() | st.tuples(metres, metres),
    route=st.integers(0, 2**32 - 1),
    route_passed=st.integers(0, 2**32 - 1),
    awaits_way=st.booleans(),
)
capabilities = st.builds(
    Capability,
    skill=st.sampled_from(sorted(SKILLS)) | some_id,
    max_payload_kg=amounts,
    reach_m=amounts,
    speed_mps=amounts,
    hands=st.integers(0, 4),
    sensors=st.lists(ids, max_size=3).map(tuple),
)
figures = st.builds(Figure, value=metres, unit=ids, status=st.sampled_from(FigureStatus), source=ids)
descriptions = st.builds(
    RobotDescription,
    robot_id=ids,
    model=ids,
    vendor=ids,
    host=ids,
    capabilities=st.lists(capabilities, max_size=3).map(tuple),
    footprint_radius_m=amounts,
    follows_routes=st.booleans(),
    height_m=amounts,
    mass_kg=amounts,
    payload_kg=amounts,
    max_speed_mps=amounts,
    battery_wh=amounts,
    idle_power_w=amounts,
    walk_power_w=amounts,
    joint_names=st.lists(ids, max_size=3).map(tuple),
    figures=st.dictionaries(some_id, figures, max_size=3),
)
detections = st.builds(
    Detection,
    subject_id=ids,
    subject_kind=ids,
    x=metres,
    y=metres,
    z=metres,
    zone=ids,
    place=ids,
    holder=ids,
    attributes=st.dictionaries(some_id, ids, max_size=3),
    confidence=shares,
    class_probabilities=st.dictionaries(some_id, shares, max_size=3),
)
observations = st.builds(
    Observation,
    observation_id=ids,
    source=ids,
    source_kind=st.sampled_from(["camera", "robot", "person", "system"]),
    observed_at_s=times,
    covered=st.lists(ids, max_size=3).map(tuple),
    detections=st.lists(detections, max_size=3).map(tuple),
)
claims = st.builds(
    Claim,
    claim_id=some_id,
    robot_id=ids,
    task_id=ids,
    command_id=ids,
    epoch=epochs,
    skill=ids,
    statement=plain,
    claimed_at_s=times,
)
commands = st.builds(
    ExecuteSkill,
    command_id=some_id,
    robot_id=ids,
    task_id=ids,
    epoch=epochs,
    skill=ids,
    parameters=plain,
    deadline_s=st.none() | st.floats(1e-3, 2e9),
)


def over_the_wire(message):
    """As the other process gets it."""
    return deserialize_message(serialize_message(message), type(message))


def near(a: float, b: float) -> bool:
    return abs(a - b) <= 2e-9 + 1e-15 * abs(a)


@settings(max_examples=60, deadline=None)
@given(states)
def test_a_state_survives(state):
    back = convert.state_from_msg(over_the_wire(convert.state_to_msg(state)))
    assert near(back.observed_at_s, state.observed_at_s)
    assert back.pose.yaw == pytest.approx(state.pose.yaw, abs=1e-9)
    pose = replace(back.pose, yaw=state.pose.yaw)
    assert replace(back, observed_at_s=state.observed_at_s, pose=pose) == state


@settings(max_examples=60, deadline=None)
@given(descriptions)
def test_a_description_survives(known):
    assert convert.description_from_msg(over_the_wire(convert.description_to_msg(known))) == known


@settings(max_examples=60, deadline=None)
@given(observations)
def test_an_observation_survives(seen):
    back = convert.observation_from_msg(over_the_wire(convert.observation_to_msg(seen)))
    assert near(back.observed_at_s, seen.observed_at_s)
    assert replace(back, observed_at_s=seen.observed_at_s) == seen


@settings(max_examples=60, deadline=None)
@given(claims)
def test_a_claim_survives(claim):
    back = convert.claim_from_msg(over_the_wire(convert.claim_to_msg(claim)))
    assert near(back.claimed_at_s, claim.claimed_at_s)
    assert replace(back, claimed_at_s=claim.claimed_at_s) == claim


@settings(max_examples=60, deadline=None)
@given(commands)
def test_a_command_survives(command):
    back = skill_goals.command_of(over_the_wire(skill_goals.goal_of(command)))
    assert (back.deadline_s is None) == (command.deadline_s is None)
    assert command.deadline_s is None or near(back.deadline_s, command.deadline_s)
    assert replace(back, deadline_s=command.deadline_s) == command


@given(times)
def test_a_time_is_within_a_nanosecond_and_then_stays(seconds):
    once = convert.time_from_msg(convert.time_to_msg(seconds))
    assert near(once, seconds)
    assert convert.time_from_msg(convert.time_to_msg(once)) == once


@pytest.mark.parametrize("seconds", [-1e-9, math.nan, math.inf, 2.0**31])
def test_a_time_that_ros_cannot_hold_is_refused(seconds):
    with pytest.raises(InvalidField, match="observed_at_s"):
        convert.time_to_msg(seconds, "observed_at_s")


COMMAND = ExecuteSkill(command_id="c", robot_id="r", task_id="t", epoch=3, skill="wait")
CLAIM = Claim(
    claim_id="c/claim",
    robot_id="r",
    task_id="t",
    command_id="c",
    epoch=3,
    skill="wait",
    statement={"waited_s": 1.0},
    claimed_at_s=5.0,
)


def update(status: CommandStatus, **more: object) -> CommandUpdate:
    return CommandUpdate(command_id="c", robot_id="r", task_id="t", epoch=3, status=status, **more)


@pytest.mark.parametrize("status", [s for s in CommandStatus if not s.final])
def test_a_report_survives(status):
    told = update(status, phase="walk", fraction=0.5, reason="a trolley is in the way")
    back = convert.progress_from_msg(over_the_wire(convert.progress_to_msg(told, 4.0)), "t")
    assert back == told


@pytest.mark.parametrize(
    "told",
    [
        update(CommandStatus.DONE, claim=CLAIM, fraction=1.0),
        update(CommandStatus.FAILED, reason="it slipped", retriable=False),
        update(CommandStatus.REJECTED, reason="busy", retriable=True),
        update(CommandStatus.CANCELLED, reason="not needed", retriable=False),
    ],
    ids=lambda u: u.status.value,
)
def test_an_end_survives(told):
    assert skill_goals.update_of(COMMAND, over_the_wire(skill_goals.result_of(told))) == told


def test_a_result_that_does_not_say_how_it_ended_is_no_end():
    assert skill_goals.update_of(COMMAND, Action.Result()) is None


def test_an_end_is_no_report_and_a_report_is_no_end():
    with pytest.raises(InvalidField, match="done"):
        convert.progress_to_msg(update(CommandStatus.DONE), 0.0)
    with pytest.raises(InvalidField, match="running"):
        skill_goals.result_of(update(CommandStatus.RUNNING))


def test_what_a_foreign_host_leaves_open_is_read_on_the_safe_side():
    empty = msg.RobotState(battery_fraction=math.nan, stability=math.nan)
    state = convert.state_from_msg(empty)
    assert (state.battery_fraction, state.stability) == (0.0, 0.0)
    assert (state.health, state.mode) == (Health.DEGRADED, OperatingMode.SERVICE)
    assert state.posture is Posture.UNKNOWN


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "null"])
def test_what_is_no_json_object_is_refused_by_name(text):
    with pytest.raises(InvalidField, match="parameters_json"):
        skill_goals.command_of(Action.Goal(command_id="c", parameters_json=text))


def test_evidence_of_an_unknown_kind_of_source_is_refused():
    with pytest.raises(InvalidField, match="source_kind"):
        convert.observation_from_msg(msg.Observation(observation_id="o", source="crystal ball"))
    strange = Observation(observation_id="o", source="x", source_kind="crystal ball", observed_at_s=0.0)
    with pytest.raises(InvalidField, match="crystal ball"):
        convert.observation_to_msg(strange)


def test_every_skill_has_a_schema_that_names_what_it_requires():
    for skill in SKILLS.values():
        schema = json.loads(convert.parameters_schema(skill.name))
        assert set(schema["properties"]) == {p.name for p in skill.parameters}
        assert schema["required"] == [p.name for p in skill.parameters if p.required]
    assert json.loads(convert.parameters_schema("wait"))["properties"]["seconds"]["maximum"] == 3600
    assert convert.parameters_schema("juggle") == ""


@given(points=st.lists(st.tuples(metres, metres), max_size=5), epoch=epochs)
@settings(max_examples=15, deadline=None)
def test_routes_survive(points, epoch):
    ids_of = {"robot_id": "g1_1", "command_id": "c", "epoch": epoch, "route": 3}
    limits = tuple(0.5 for _ in points)
    route = FollowRoute(**ids_of, points=tuple(points), released=len(points), max_mps=limits)
    sent = deserialize_message(serialize_message(routes.route_to_msg(route)), msg.FollowRoute)
    assert routes.route_from_msg(sent) == route


def test_a_route_with_an_x_and_no_y_is_refused():
    with pytest.raises(InvalidField, match="as many as x_m: 2"):
        routes.route_from_msg(msg.FollowRoute(robot_id="g1_1", x_m=[1.0, 2.0], y_m=[1.0]))
