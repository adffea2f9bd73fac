"""Traffic over HTTP: live, with its age, and honest about what nobody has reported."""

from __future__ import annotations

import httpx
import pytest

from fleet.model.commands import FollowRoute
from fleet.model.errors import InvalidField
from fleet.model.requests import Role
from fleet.traffic.floor import Directions, NoteKind, Reservation, TrafficNote
from fleet.traffic.seen import TrafficSeen, read_report, report_of
from tests.api.hall import Hall

SAID = Directions(
    orders=(FollowRoute(robot_id="g1", command_id="c", epoch=1, route=1, points=((1.0, 2.0),), released=1),),
    notes=(TrafficNote(key="k", kind=NoteKind.NO_WAY, robots=("g1",), because="walled in", since_s=2.0),),
    reservations=(Reservation(resource="lane", robot_id="g1", order=0, since_s=1.0),),
    routes={"g1": ((1.0, 2.0), (3.0, 4.0))},
    released={"g1": 1},
    waits={"g1": "g2"},
    closed=("cold_door",),
)


def test_nothing_reported_is_said_to_be_so(hall: Hall, ana: httpx.Client) -> None:
    hall.traffic = None
    seen = ana.get("/v1/traffic").json()
    assert (seen["enabled"], seen["age_s"], seen["routes"], seen["jams"]) == (None, None, {}, [])


def test_what_traffic_said_is_shown_with_its_age(hall: Hall, ana: httpx.Client) -> None:
    hall.traffic = TrafficSeen(enabled=True, report=read_report(report_of(SAID)), age_s=0.3)
    seen = ana.get("/v1/traffic").json()
    assert (seen["enabled"], seen["age_s"]) == (True, 0.3)
    assert seen["routes"] == {"g1": [[1.0, 2.0], [3.0, 4.0]]}
    assert (seen["released"], seen["waits"], seen["closed"]) == ({"g1": 1}, {"g1": "g2"}, ["cold_door"])
    assert seen["reservations"][0]["resource"] == "lane"
    assert seen["notes"][0]["because"] == "walled in"


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="report_json"):
        read_report(text)


def test_what_is_closed_to_robots_is_listed_until_it_is_opened(own_hall: Hall) -> None:
    ana, vic = own_hall.client("Ana"), own_hall.client("Vic", Role.VIEWER)
    done = ana.post("/v1/closures", json={"what": "hall", "for_s": 900, "reason": "the floor is wet"})
    assert done.status_code == 201, done.text
    made = done.json()["closure"]
    assert (made["what"], made["by"], made["until_s"] - made["since_s"]) == ("hall", "Ana", pytest.approx(900, abs=5))
    assert [c["what"] for c in vic.get("/v1/closures").json()["items"]] == ["hall"]
    assert vic.post("/v1/closures/hall/open", json={"reason": "dry"}).status_code == 403
    opened = ana.post("/v1/closures/hall/open", json={"reason": "dry"})
    assert (opened.status_code, opened.json()["closure"]) == (200, None)
    assert ana.get("/v1/closures").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"what": "moon", "reason": "x"}, "what"),
        ({"what": "hall", "reason": " "}, "reason"),
        ({"what": "hall", "reason": "x", "for_s": 5, "until_s": 5}, "for_s"),
        ({"what": "hall", "reason": "x", "for_s": -5}, "for_s"),
        ({"what": "hall", "reason": "x", "until_s": 0}, "until_s"),
        ({"reason": "x"}, "what"),
    ],
)
def test_what_cannot_be_closed_is_a_problem_that_names_the_field(
    hall: Hall, body: dict[str, object], field: str
) -> None:
    answer = hall.client("Ana").post("/v1/closures", json=body)
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])
    assert hall.client("Ana").post("/v1/closures/hall/open", json={"reason": "x"}).status_code == 404
