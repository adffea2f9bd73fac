"""How people decide, over HTTP: recommendations are kept back by the server, and people see first what is known of
them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall, until
from tests.api.test_api_escalations import answer_to, ask

DIGEST = "0" * 64


@pytest.fixture
def blind_hall(tmp_path):
    hall = Hall(tmp_path, supervisor={"blind_share": 1.0})
    hall.start()
    yield hall
    hall.stop()


def events(client: httpx.Client, *kinds: str) -> list[dict[str, Any]]:
    return client.get("/v1/events", params={"kind": list(kinds), "limit": 1000}).json()["items"]


def test_a_recommendation_is_kept_back_until_the_person_has_said_what_they_would_choose(blind_hall: Hall):
    ana, ben = blind_hall.client("Ana"), blind_hall.client("Ben")
    question = ask(blind_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}"
    assert question["blind"]
    assert question["ruled"] is None
    assert question["previews"] == []
    assert {o["predicted"]["duration_s"] for o in question["options"]} == {None}
    assert all("kept back" in o["predicted"]["basis"] for o in question["options"])
    refused = ana.post(f"{where}/decision", json=answer_to(question))
    assert (refused.status_code, refused.json()["code"]) == (409, "commit_first")
    said = {"option_id": "object:box_a", "shown_digest": question["shown_digest"]}
    done = ana.post(f"{where}/commit", json=said)
    assert done.status_code == 200, done.text
    shown = done.json()["escalation"]
    assert (shown["blind"], shown["committed"]) == (False, "object:box_a")
    assert shown["ruled"]["ruling"]["sentence"]
    assert shown["shown_digest"] == question["shown_digest"]
    assert ben.get(where).json()["blind"]
    assert ben.get(where).json()["ruled"] is None
    assert ana.post(f"{where}/commit", json=said).status_code == 409
    assert ana.post(f"{where}/decision", json=answer_to(shown)).status_code == 200
    mine = ana.get("/v1/me/oversight").json()
    assert (mine["answered"], mine["blind"], mine["changed"]) == (1, 1, 1)


def test_neither_the_journal_nor_the_list_tells_it_either(blind_hall: Hall):
    ana = blind_hall.client("Ana")
    question = ask(blind_hall, ana)
    (raised,) = events(ana, "EscalationRaised")
    assert raised["event"]["escalation"]["ruled"] is None
    assert all("kept back" in o["predicted"]["basis"] for o in raised["event"]["escalation"]["options"])
    ruled = [r for r in events(ana, "RulingMade") if r["event"]["ruled"]["escalation_id"]]
    assert [list(r["event"]["ruled"]) for r in ruled] == [["escalation_id", "sentence"]]
    (listed,) = ana.get("/v1/escalations").json()["items"]
    assert listed == question
    body = {"option_id": "cancel", "shown_digest": question["shown_digest"]}
    ana.post(f"/v1/escalations/{question['escalation_id']}/commit", json=body)
    (raised,) = events(ana, "EscalationRaised")
    assert raised["event"]["escalation"]["ruled"] is not None


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"option_id": "object:nothing"}, 422, "is not possible here"),
        ({"shown_digest": DIGEST}, 409, "not the one you were shown"),
        ({"shown_digest": "x"}, 422, "shown_digest"),
        ({"why": "x"}, 422, "no such field"),
    ],
)
def test_what_cannot_be_said_first_is_a_problem(blind_hall: Hall, body, status, says):
    ana = blind_hall.client("Ana")
    question = ask(blind_hall, ana)
    good = {"option_id": "cancel", "shown_digest": question["shown_digest"]}
    answer = ana.post(f"/v1/escalations/{question['escalation_id']}/commit", json={**good, **body})
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_a_person_sees_first_how_they_decide_and_admins_after_them(own_hall: Hall):
    ana, root = own_hall.client("Ana"), own_hall.client("Root", Role.ADMIN)
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}"
    looked = {"looked": [{"ref": "question", "seconds": 0.5}, {"ref": question["evidence"][0]["ref"], "seconds": 0.2}]}
    assert ana.post(f"{where}/looked", json=looked).status_code == 200
    assert ana.post(f"{where}/decision", json=answer_to(question)).status_code == 200
    until(lambda: root.get("/v1/people/oversight").json()["items"], "Ana is listed")
    assert root.get("/v1/people/Ana/oversight").json()["answered"] == 0
    mine = ana.get("/v1/me/oversight").json()
    assert (mine["answered"], mine["measured"], mine["median_evidence_s"]) == (1, 1, 0.2)
    assert ana.post("/v1/me/oversight/seen", json={"until_s": mine["until_s"]}).status_code == 200
    theirs = until(
        lambda: [p for p in [root.get("/v1/people/Ana/oversight").json()] if p["answered"]], "it is told on"
    )[0]
    assert (theirs["answered"], theirs["seen_until_s"]) == (1, mine["until_s"])


def test_after_a_week_admins_see_it_all_the_same(own_hall: Hall):
    ana, root = own_hall.client("Ana"), own_hall.client("Root", Role.ADMIN)
    question = ask(own_hall, ana)
    ana.post(f"/v1/escalations/{question['escalation_id']}/decision", json=answer_to(question))
    until(lambda: root.get("/v1/people/oversight").json()["items"], "Ana is listed")
    own_hall.clock.ahead_s += 8 * 86_400.0
    root = own_hall.client("Other", Role.ADMIN)
    assert root.get("/v1/people/Ana/oversight").json()["answered"] == 1


def test_only_admins_see_others(hall: Hall, ana, vic, root):
    assert ana.get("/v1/people/oversight").status_code == 403
    assert vic.get("/v1/me/oversight").json()["answered"] == 0
    assert root.get("/v1/people/Nobody/oversight").status_code == 404


@pytest.mark.parametrize(
    ("looked", "says"),
    [
        ([{"ref": "a dream", "seconds": 1}], "is not evidence of this question"),
        ([{"ref": "question", "seconds": 4000}], "but it was there for"),
        ([{"ref": "question", "seconds": -1}], "greater than or equal to 0"),
        ([], "at least 1 item"),
    ],
)
def test_looks_that_cannot_be_are_refused(own_hall: Hall, looked, says):
    ana = own_hall.client("Ana")
    question = ask(own_hall, ana)
    answer = ana.post(f"/v1/escalations/{question['escalation_id']}/looked", json={"looked": looked})
    assert answer.status_code == 422, answer.text
    assert says in answer.json()["detail"]


def test_nobody_is_told_of_a_canary_before_it_is_answered(tmp_path):
    hall = Hall(tmp_path, supervisor={"canary_every_s": 1.0})
    hall.start()
    try:
        ana = hall.client("Ana")
        real = ask(hall, ana)
        ana.post(f"/v1/escalations/{real['escalation_id']}/decision", json=answer_to(real, "cancel"))
        canary = until(lambda: ana.get("/v1/escalations", params={"open": "true"}).json()["items"], "one is planted")[0]
        assert canary["canary"] is None
        assert events(ana, "CanaryPlanted") == []
        where = f"/v1/escalations/{canary['escalation_id']}"
        assert ana.post(f"{where}/decision", json=answer_to(canary, "cancel")).status_code == 200
        told = until(lambda: [c for c in [ana.get(where).json()["canary"]] if c], "it is told")[0]
        assert (told["outcome"], told["by"]) == ("caught", "Ana")
        assert [e["event"]["canary"]["escalation_id"] for e in events(ana, "CanaryPlanted")][:1] == [
            canary["escalation_id"]
        ]
        mine = ana.get("/v1/me/oversight").json()
        assert (mine["answered"], mine["canaries"]) == (1, {"caught": 1, "missed": 0})
    finally:
        hall.stop()
