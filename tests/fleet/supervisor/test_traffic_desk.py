"""What traffic is told of the floor, and what becomes of what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.bus.base import Facts
from fleet.model.commands import FollowRoute
from fleet.model.evidence import Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.robot import Posture, RobotDescription, RobotState
from fleet.model.spots import spot_id, spot_pose
from fleet.model.tasks import Member, Stage, Task, TaskSpec, TaskState
from fleet.supervisor.jam_inputs import traffic_inputs
from fleet.supervisor.state import Believed, FleetState, Robot
from fleet.supervisor.traffic_desk import FreeWays, TrafficDesk
from fleet.traffic.floor import Directions, Floor, Move, NoteKind, TrafficNote

WALKS = RobotState(
    robot_id="g1", observed_at_s=1.0, pose=Pose(x=1.0, y=2.0), posture=Posture.WALKING, command_id="c",
    walking_to=(5.0, 2.0),
)  # fmt: skip
KNOWN = Robot(description=RobotDescription(robot_id="g1", model="m", vendor="v", follows_routes=True), epoch=7)
NOTE = TrafficNote(
    key="k", kind=NoteKind.PERSON_IN_THE_WAY, robots=("g1",), because="in the way", since_s=3.0, at=(1.0, 1.0)
)  # fmt: skip


class Sends:
    """Traffic that always gives the same directions."""

    def __init__(self, directions: Directions = Directions()) -> None:
        self.directions, self.floors = directions, list[Floor]()

    def direct(self, floor: Floor) -> Directions:
        self.floors.append(floor)
        given, self.directions = self.directions, Directions()
        return given


def fleet(robot: Robot = KNOWN, report: RobotState = WALKS) -> FleetState:
    return FleetState(robots={"g1": replace(robot, state=report)})


def test_it_looks_a_few_times_a_second_and_at_once_when_a_walk_begins() -> None:
    traffic = Sends()
    desk = TrafficDesk(traffic)
    desk.hear(Facts(states=(replace(WALKS, walking_to=None),)), 0.0)
    desk.direct(fleet(), 0.0, 0.0)
    desk.direct(fleet(), 0.1, 0.1)
    assert len(traffic.floors) == 1
    desk.hear(Facts(states=(WALKS,)), 0.1)
    desk.direct(fleet(), 0.1, 0.1)
    desk.direct(fleet(), 0.31, 0.31)
    assert len(traffic.floors) == 3
    assert traffic.floors[-1].robots[0].walking_to == (5.0, 2.0)
    assert traffic.floors[-1].robots[0].epoch == 7


def test_a_route_that_was_lost_is_sent_again_and_one_that_arrived_is_not() -> None:
    route = FollowRoute(robot_id="g1", command_id="c", epoch=7, route=4, points=((5.0, 2.0),), released=1)
    desk = TrafficDesk(Sends(Directions(orders=(route,))))
    desk.hear(Facts(states=(WALKS,)), 0.0)
    assert desk.direct(fleet(), 0.0, 0.0) == (route,)
    assert desk.direct(fleet(), 0.5, 0.5) == ()
    assert desk.direct(fleet(), 1.2, 1.2) == (route,)
    desk.hear(Facts(states=(replace(WALKS, observed_at_s=2.0, route=4),)), 1.3)
    assert desk.direct(fleet(), 3.0, 3.0) == ()


@pytest.mark.parametrize(("older_s", "x"), [(0.8, 1.0), (3600.0, 0.0)])
def test_a_report_that_was_overtaken_puts_no_robot_back_but_a_clock_may_be_set(older_s: float, x: float) -> None:
    now = replace(WALKS, observed_at_s=5000.0)
    desk = TrafficDesk(Sends())
    desk.hear(Facts(states=(now,)), 0.0)
    desk.hear(Facts(states=(replace(now, observed_at_s=5000.0 - older_s, pose=Pose(x=0.0, y=2.0)),)), 0.1)
    assert desk.floor(fleet(), 0.1, 0.1).robots[0].x == x


@pytest.mark.parametrize(
    ("robot", "report", "obeys", "moves"),
    [
        (KNOWN, WALKS, True, True),
        (KNOWN, replace(WALKS, posture=Posture.FALLEN), True, False),
        (KNOWN, replace(WALKS, holding=True), True, False),
        (replace(KNOWN, in_contact=False), WALKS, False, False),
        (replace(KNOWN, lease_person="Mia"), WALKS, False, True),
    ],
)
def test_who_obeys_and_who_stays_where_it_is(robot: Robot, report: RobotState, obeys: bool, moves: bool) -> None:
    desk = TrafficDesk(Sends())
    desk.hear(Facts(states=(report,)), 0.0)
    (seen,) = desk.floor(fleet(robot, report), 0.0, 0.0).robots
    assert (seen.obeys, seen.moves) == (obeys, moves)


def test_people_are_where_they_were_seen_walk_as_they_did_and_are_forgotten() -> None:
    desk = TrafficDesk(Sends())
    for at_s, x in ((10.0, 3.0), (10.5, 3.5)):
        seen = Detection(subject_id="visitor", subject_kind="person", x=x, y=1.0)
        look = Observation(
            observation_id=f"o{at_s}", source="cam", source_kind="camera", observed_at_s=at_s, detections=(seen,)
        )
        desk.hear(Facts(observations=(look,)), at_s)
    (person,) = desk.floor(FleetState(), 10.5, 10.5).people
    assert (person.x, person.vx) == (3.5, pytest.approx(1.0))
    assert desk.floor(FleetState(), 3610.5, 10.6).people, "a clock that jumps forgets nobody"
    assert desk.floor(FleetState(), 20.0, 20.0).people == ()


def test_what_lies_on_the_floor_is_there_also_while_somebody_comes_to_fetch_it() -> None:
    lies = Believed(object_id="box", x=3.0, y=2.0, z=0.2, zone="", place="", holder="", source="cam",
                    observed_at_s=0.0, confidence=1.0)  # fmt: skip
    spec = TaskSpec(task_id="t", skill="carry", parameters={"object": "box", "to": "table"})
    fetched = Task(spec=spec, mission_id="m", state=TaskState.EXECUTING, because="", robot_id="g1",
                   requested_by="dana", requested_at_s=0.0, grounded={"object": "box"})  # fmt: skip
    desk = TrafficDesk(Sends(), {"box": 0.3}.get)
    desk.hear(Facts(states=(WALKS,)), 0.0)
    floor = desk.floor(replace(fleet(), objects={"box": lies}, tasks={"t": fetched}), 0.0, 0.0)
    assert floor.dropped == ((3.0, 2.0, 0.3),)
    held = replace(lies, holder="g1", z=1.0)
    assert not desk.floor(replace(fleet(), objects={"box": held}, tasks={"t": fetched}), 0.0, 0.0).dropped


def test_where_traffic_is_off_a_robot_on_an_old_route_gets_leave_to_find_its_own_way_once() -> None:
    desk = TrafficDesk(FreeWays())
    desk.hear(Facts(states=(replace(WALKS, route=9),)), 0.0)
    (order,) = desk.direct(fleet(), 0.0, 0.0)
    assert (order.points, order.released, order.route) == (((5.0, 2.0),), 1, 10)
    assert desk.direct(fleet(), 0.5, 0.5) == ()


def test_a_jam_becomes_an_input_once_and_its_end_another() -> None:
    state = fleet()
    (noted,) = traffic_inputs(state, Facts(jams=(NOTE,)))
    state = replace(state, jams={"k": noted.jam})  # type: ignore[union-attr]
    assert list(traffic_inputs(state, Facts(jams=(NOTE,)))) == []
    assert [type(e).__name__ for e in traffic_inputs(state, Facts(jams=()))] == ["TrafficEased"]
    assert list(traffic_inputs(state, Facts())) == [], "nobody has looked"


def test_who_should_make_room_becomes_an_input() -> None:
    move = Move(robot_id="g1", x=1.5, y=2.0, because="it stands in the way")
    (wanted,) = traffic_inputs(fleet(), Facts(jams=(), room=(move,)))
    assert (wanted.room.robot_id, wanted.room.x) == ("g1", 1.5)  # type: ignore[union-attr]


def test_a_spot_has_a_name_that_no_place_has() -> None:
    assert spot_pose(spot_id(1.25, -2.0)) == Pose(x=1.25, y=-2.0)
    assert [spot_pose(name) for name in ("dock_1", "@1", "@a,b", "@nan,1", "1,2")] == [None] * 5


def a_team(stage: Stage, lead: RobotState, follower: RobotState) -> FleetState:
    """g1 and g2 carry a box: who walks ahead is named first."""
    task = Task(
        mission_id="m", because="", requested_by="dana", requested_at_s=0.0,
        spec=TaskSpec(task_id="t", skill="carry", team=2), state=TaskState.EXECUTING,
        robot_id="g1", members=(Member(robot_id="g1"), Member(robot_id="g2")), stage=stage,
    )  # fmt: skip
    robots = {
        s.robot_id: replace(KNOWN, description=replace(KNOWN.description, robot_id=s.robot_id), state=s, task_id="t")
        for s in (lead, follower)
    }
    return FleetState(robots=robots).with_task(task)


AHEAD = replace(WALKS, held=("box",))
BEHIND = replace(AHEAD, robot_id="g2", pose=Pose(x=-0.2, y=2.0), walking_to=None)


def test_a_team_that_walks_with_its_load_is_led_as_one_with_a_tail() -> None:
    desk = TrafficDesk(Sends())
    desk.hear(Facts(states=(AHEAD, BEHIND)), 0.0)
    (led,) = desk.floor(a_team(Stage.CARRY, AHEAD, BEHIND), 0.0, 0.0).robots
    assert (led.robot_id, led.obeys, led.tail) == ("g1", True, ((-0.2, 2.0),))


@pytest.mark.parametrize(
    ("stage", "ahead", "behind"),
    [
        (Stage.GATHER, AHEAD, BEHIND),
        (Stage.CARRY, replace(AHEAD, walking_to=None), BEHIND),
        (Stage.CARRY, AHEAD, replace(BEHIND, walking_to=(5.0, 3.0))),
        (Stage.CARRY, AHEAD, replace(BEHIND, pose=Pose(x=-9.0, y=2.0))),
        (Stage.CARRY, AHEAD, replace(BEHIND, held=())),
    ],
)
def test_a_team_that_is_no_column_is_given_room_robot_by_robot(
    stage: Stage, ahead: RobotState, behind: RobotState
) -> None:
    desk = TrafficDesk(Sends())
    desk.hear(Facts(states=(ahead, behind)), 0.0)
    seen = desk.floor(a_team(stage, ahead, behind), 0.0, 0.0).robots
    assert [(r.robot_id, r.obeys, r.tail) for r in seen] == [("g1", False, ()), ("g2", False, ())]
