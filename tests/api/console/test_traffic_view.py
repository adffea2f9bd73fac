"""Traffic in the terms of the floor plan and of the table beside it."""

from __future__ import annotations

from api.console.views.traffic import traffic_now
from fleet.model.closures import Closure
from fleet.traffic.seen import NOTHING, TrafficSeen


def test_before_anything_was_reported_nothing_is_claimed() -> None:
    said = traffic_now(None, {})
    assert (said["enabled"], said["routes"], said["lanes"], said["closed"]) == (None, [], [], [])


def test_a_route_is_told_with_what_is_given_and_a_robot_that_waits_without_one_too() -> None:
    report = {
        **NOTHING,
        "routes": {"b": [[0.0, 0.0], [3.0, 4.0]]},
        "released": {"b": 7},
        "waits": {"a": "b"},
    }
    a, b = traffic_now(TrafficSeen(enabled=True, report=report, age_s=0.1), {})["routes"]
    assert (a["robot"], a["points"], a["given"], a["waits"]) == ("a", [], 0, "b")
    assert (b["given"], b["planned_m"]) == (2, 5.0), "no more is given than there is"


def test_a_lane_says_who_has_it_and_who_is_next_in_order() -> None:
    taken = [{"resource": "lane", "robot_id": r, "order": n, "since_s": 0.0} for n, r in ((2, "a"), (0, "c"), (1, "b"))]
    said = traffic_now(TrafficSeen(enabled=True, report={**NOTHING, "reservations": taken}, age_s=0.1), {})
    assert said["lanes"] == [{"id": "lane", "has": "c", "next": ["b", "a"]}]


def test_what_people_closed_is_shown_with_why_whether_or_not_traffic_is_heard() -> None:
    closed = {"lab": "Ana: wet floor"}
    assert traffic_now(None, closed)["closed"] == [{"id": "lab", "because": "Ana: wet floor"}]
    heard = TrafficSeen(enabled=True, report={**NOTHING, "closed": ["cold_door", "lab"]}, age_s=0.1)
    assert traffic_now(heard, closed)["closed"] == [
        {"id": "cold_door", "because": ""},
        {"id": "lab", "because": "Ana: wet floor"},
    ]


def test_of_what_people_closed_it_is_said_until_when_and_maintenance_is_not_theirs_to_open() -> None:
    closure = Closure(what="lab", by="Ana", reason="wet floor", since_s=1.0, until_s=901.0)
    said = traffic_now(None, {"lab": closure.because, "store": "Bo: shelves are moved"}, {"lab": closure})
    assert said["closed"] == [
        {"id": "lab", "because": "Ana: wet floor", "until_s": 901.0},
        {"id": "store", "because": "Bo: shelves are moved"},
    ]
