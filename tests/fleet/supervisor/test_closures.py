"""What people close to robots: for how long, what follows for docks, and what traffic is told of it."""

from __future__ import annotations

import pytest

from fleet.bus.base import Facts
from fleet.model import events as ev
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.queue import Outage
from fleet.model.queue_requests import SetMaintenance
from fleet.supervisor.closures import closed_now, doubted_now
from fleet.supervisor.docks import docks_out_of_order
from fleet.supervisor.draft import Draft
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState
from fleet.supervisor.traffic_desk import TrafficDesk, shut_by
from fleet.traffic.floor import Directions, Floor
from tests.fleet.supervisor.building import Desk

WHY = "the floor is wet"


class Deaf:
    """Traffic that has nothing to say."""

    def direct(self, floor: Floor) -> Directions:
        return Directions()


def blocked(reason: str, status: CommandStatus = CommandStatus.BLOCKED) -> CommandUpdate:
    return CommandUpdate(command_id="c", robot_id="r1", task_id="t", epoch=1, status=status, reason=reason)


def test_a_zone_that_a_person_closed_is_closed_until_its_time_is_over(desk: Desk) -> None:
    assert desk.ask(CloseWay(what="hall", reason=WHY, until_s=desk.now_s + 20)).accepted
    (told,) = closed_now(desk.state, desk.now_s).items()
    assert told[0] == "hall" and WHY in told[1]
    desk.wait(25)
    assert closed_now(desk.state, desk.now_s) == {}
    (opened,) = [e for e in desk.events if isinstance(e, ev.WayOpened)]
    assert (opened.by, "over" in opened.because) == ("", True)


def test_what_was_closed_for_good_stays_so_until_somebody_opens_it(desk: Desk) -> None:
    desk.ask(CloseWay(what="hall", reason=WHY))
    desk.wait(100)
    assert "hall" in closed_now(desk.state, desk.now_s)
    assert desk.ask(OpenWay(what="hall", reason="dry again")).accepted
    assert desk.state.closures == {}


@pytest.mark.parametrize(
    ("body", "problem", "field", "said"),
    [
        (CloseWay(what="moon", reason=WHY), "invalid", "what", "no door, lift, zone, area or place 'moon'; has: "),
        (CloseWay(what="hall", reason=" "), "invalid", "reason", "a reason is needed"),
        (CloseWay(what="hall", reason=WHY, until_s=-1.0), "invalid", "until_s", "a time after now"),
        (CloseWay(what="hall", reason=WHY, until_s=1e12), "invalid", "until_s", "at most 365 days"),
        (OpenWay(what="hall", reason=WHY), "not_found", "what", "closed: nothing"),
        (SetMaintenance(window_id="w", robot_ids=("r1",), from_s=0, to_s=1e3, reason=WHY, closed=True), "invalid",
         "closed", "only a zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_closed_is_refused_with_what_would_be_right(
    desk: Desk, body: CloseWay, problem: str, field: str, said: str
) -> None:
    note = desk.ask(body)
    assert (note.accepted, note.problem, note.field) == (False, problem, field)
    assert said in note.detail


def test_nobody_closes_over_what_somebody_else_has_closed(desk: Desk) -> None:
    desk.ask(CloseWay(what="hall", reason=WHY))
    note = desk.ask(CloseWay(what="hall", reason="another"))
    assert (note.problem, WHY in note.detail) == ("conflict", True)


def test_a_dock_that_is_closed_is_out_of_order(desk: Desk) -> None:
    dock = desk.context.site.docks()[0].place_id
    assert dock not in docks_out_of_order(Draft(desk.state, desk.now_s, desk.context))
    desk.ask(CloseWay(what=dock, reason="its plug is burnt"))
    assert "its plug is burnt" in docks_out_of_order(Draft(desk.state, desk.now_s, desk.context))[dock]


def test_maintenance_closes_its_zone_only_where_it_says_so(desk: Desk) -> None:
    for n, closed in enumerate((False, True)):
        window = SetMaintenance(
            window_id=f"w{n}", zone="hall", from_s=0, to_s=desk.now_s + 30, reason=WHY, closed=closed
        )
        assert desk.ask(window).accepted
        assert ("hall" in closed_now(desk.state, desk.now_s)) is closed
    desk.wait(40)
    assert closed_now(desk.state, desk.now_s) == {}


def test_a_zone_in_which_robots_fell_silent_is_doubted() -> None:
    for kind, found in (("zone", {"hall": "outage O1"}), ("host", {})):
        outage = Outage(outage_id="O1", kind=kind, place="hall", robot_ids=("r1",), since_s=0.0)
        assert doubted_now(apply(FleetState(), ev.OutageBegan(outage=outage), 1.0)) == found


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("door server_door is locked", ["server_door"]),
        ("blocked for 30 s: door mail_door does not open", ["mail_door"]),
        ("lift lift_1 is out of order", ["lift_1"]),
        ("lift lift_1 is coming", []),
        ("door cold_door opens in 3 s", []),
        ("no way forward for 11 s", []),
        ("", []),
    ],
)
def test_robots_say_in_words_which_door_or_lift_does_not_let_them_through(reason: str, found: list[str]) -> None:
    assert [what for what, _ in shut_by(blocked(reason))] == found
    assert list(shut_by(blocked(reason, CommandStatus.RUNNING))) == []


def test_traffic_is_told_what_is_closed_and_for_a_while_what_robots_say_is_shut(desk: Desk) -> None:
    desk.ask(CloseWay(what="hall", reason=WHY))
    traffic = TrafficDesk(Deaf())
    traffic.hear(Facts(updates=(blocked("door d1 is locked"),)), 10.0)
    floor = traffic.floor(desk.state, desk.now_s, 20.0)
    assert (floor.closed, WHY in floor.because["hall"]) == (frozenset({"hall"}), True)
    assert dict(floor.doubted) == {"d1": "r1 says that door d1 is locked"}
    assert dict(traffic.floor(desk.state, desk.now_s, 140.0).doubted) == {}, "by then it is tried again"
