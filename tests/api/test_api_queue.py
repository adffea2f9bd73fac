"""The queue over HTTP: order, places, handing on, putting aside, maintenance; and who may not answer what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx

from fleet.model.requests import Role
from fleet.policy.load import default_policy
from fleet.policy.policy import Policy
from fleet.policy.records import PolicyFile, Rule
from tests.api.hall import Hall, carry, until
from tests.api.test_api_escalations import answer_to, ask, open_questions


def place(client: httpx.Client, question: dict[str, Any]) -> dict[str, Any]:
    return client.get(f"/v1/escalations/{question['escalation_id']}/place").json()


def act(client: httpx.Client, question: dict[str, Any], what: str, **body: Any) -> httpx.Response:
    return client.post(f"/v1/escalations/{question['escalation_id']}/{what}", json=body)


def errors(response: httpx.Response) -> list[str]:
    return [e["field"] for e in response.json().get("errors", [])]


def test_a_question_has_a_place_in_the_queue(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    found = place(ana, question)
    assert (found["policy"], found["tier"], found["zone"]) == ("standard", 0, "hall")
    assert [t["to"] for t in found["tiers"]] == [["role:operator"], ["accountable"]]
    assert found["tiers"][0]["told_at_s"] is not None
    assert found["tiers"][1]["told_at_s"] is None
    assert found["next_tier_at_s"] < question["deadline_s"]
    queue = ana.get("/v1/queue").json()
    assert [p["escalation_id"] for p in queue["waiting"]] == [question["escalation_id"]]
    assert "task waits" in queue["waiting"][0]["cost_words"]
    assert queue["load"] == 0.5
    assert queue["flood"] is None
    assert ana.get("/v1/escalations/E99/place").status_code == 404


def test_a_question_is_handed_on_to_somebody_who_may_log_in(own_hall: Hall):
    ana, _, vic = own_hall.client("Ana"), own_hall.client("Ben"), own_hall.client("Vic", Role.VIEWER)
    question = ask(own_hall, ana)
    done = act(ana, question, "delegate", to="Ben", reason="he stands beside it")
    assert done.status_code == 200, done.text
    assert done.json()["place"]["delegated_to"] == "Ben"
    assert done.json()["place"]["tiers"][0]["people"] == ["role:operator", "Ben"]
    nobody = act(ana, question, "delegate", to="Zoe", reason="x")
    assert (nobody.status_code, errors(nobody)) == (422, ["to"])
    assert "Ben" in nobody.json()["errors"][0]["expected"]
    assert errors(act(ana, question, "delegate", to="Vic", reason="x")) == ["to"], "viewers do not answer"
    assert errors(act(ana, question, "delegate", to="Ana", reason="x")) == ["to"]
    assert errors(act(ana, question, "delegate", to="Ben", reason=" ")) == ["reason"]
    assert act(vic, question, "delegate", to="Ben", reason="x").status_code == 403


def test_a_question_is_put_aside_for_a_while_and_never_beyond_its_deadline(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    done = act(ana, question, "shelve", for_s=100_000, reason="after the round")
    assert done.status_code == 200, done.text
    shelved = done.json()["place"]["shelved"]
    assert shelved["by"] == "Ana"
    assert shelved["until_s"] <= question["deadline_s"] - 30
    queue = ana.get("/v1/queue").json()
    assert (queue["waiting"], len(queue["shelved"])) == ([], 1)
    again = act(ana, question, "shelve", for_s=10, reason="again")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert act(ana, question, "unshelve", reason="I have time").status_code == 200
    assert len(ana.get("/v1/queue").json()["waiting"]) == 1


def test_rubbish_is_refused_with_the_field(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"reason": "x"}, "for_s"),
        ({"reason": "x", "for_s": 5, "until_s": 9}, "for_s"),
        ({"reason": "x", "for_s": -5}, "for_s"),
        ({"reason": "x", "for_s": "soon"}, "for_s"),
        ({"reason": "x", "until_s": 3}, "until_s"),
        ({"for_s": 5}, "reason"),
        ({"reason": "x", "for_s": 5, "colour": "red"}, "colour"),
    ]
    for body, field in bad:
        answer = act(ana, question, "shelve", **body)
        assert (answer.status_code, errors(answer)) == (422, [field]), answer.text
    assert act(ana, {"escalation_id": "E99"}, "shelve", for_s=5, reason="x").status_code == 404


def test_an_answered_question_cannot_be_moved_any_more(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    question = ask(own_hall, ana)
    assert act(ana, question, "decision", **answer_to(question)).status_code == 200
    for what, body in (("shelve", {"for_s": 5}), ("delegate", {"to": "Ana"})):
        late = act(ben, question, what, reason="x", **body)
        assert (late.status_code, late.json()["code"]) == (409, "already_answered")


def test_maintenance_silences_and_lists_what_it_silences(own_hall: Hall):
    ana = own_hall.client()
    body = {"window_id": "cleaning", "zone": "hall", "for_s": 600, "reason": "wet floor"}
    made = ana.post("/v1/maintenance", json=body, headers={"Idempotency-Key": "m"})
    assert made.status_code == 201, made.text
    question = ask(own_hall, ana)
    until(lambda: ana.get("/v1/queue").json()["silenced"], "it is silenced")
    (window,) = ana.get("/v1/maintenance").json()["items"]
    assert (window["by"], window["escalation_ids"]) == ("Ana", [question["escalation_id"]])
    (source,) = ana.get("/v1/queue").json()["sources"]
    assert (source["kind"], source["escalation_ids"]) == ("maintenance", [question["escalation_id"]])
    assert open_questions(ana), "it is still open, with its deadline"
    assert ana.post("/v1/maintenance/cleaning/end", json={"reason": "dry"}).json()["window"] is None
    until(lambda: ana.get("/v1/queue").json()["waiting"], "it comes back")
    assert ana.post("/v1/maintenance/cleaning/end", json={"reason": "dry"}).status_code == 404


def test_maintenance_that_makes_no_sense_is_refused(own_hall: Hall):
    ana, vic = own_hall.client(), own_hall.client("Vic", Role.VIEWER)
    good = {"window_id": "w", "zone": "hall", "for_s": 600, "reason": "x"}
    bad: list[tuple[dict[str, Any], str]] = [
        ({"zone": "moon"}, "zone"),
        ({"zone": None}, "zone"),
        ({"robot_ids": ["r9"]}, "robot_ids"),
        ({"for_s": None}, "for_s"),
        ({"for_s": None, "to_s": 1.0}, "to_s"),
        ({"window_id": "a b"}, "window_id"),
        ({"reason": ""}, "reason"),
    ]
    for number, (changes, field) in enumerate(bad):
        answer = ana.post("/v1/maintenance", json={**good, **changes}, headers={"Idempotency-Key": f"k{number}"})
        assert (answer.status_code, errors(answer)) == (422, [field]), answer.text
    assert vic.post("/v1/maintenance", json=good, headers={"Idempotency-Key": "v"}).status_code == 403


def test_a_replayed_answer_is_the_same_answer_and_a_forged_one_is_none(own_hall: Hall):
    """Replaying somebody's old answer, with or without their key, never decides anything anew."""
    ana, eve = own_hall.client("Ana"), own_hall.client("Eve")
    first = ask(own_hall, ana)
    old = answer_to(first)
    assert act(ana, first, "decision", **old).status_code == 200
    task = carry(parameters={"object": {"colour": "blue"}, "to": "table_3"})
    assert ana.post("/v1/tasks", json=task, headers={"Idempotency-Key": "again"}).status_code == 201
    second = until(lambda: open_questions(ana), "a question like it")[0]
    assert second["shown_digest"] != first["shown_digest"]
    replayed = act(eve, second, "decision", **old)
    assert (replayed.status_code, replayed.json()["code"]) == (409, "stale")
    forged = act(eve, second, "decision", **{**old, "shown_digest": "f" * 64})
    assert (forged.status_code, forged.json()["code"]) == (409, "stale")
    assert act(eve, first, "decision", **old).json()["code"] == "already_answered"
    assert [q["escalation_id"] for q in open_questions(ana)] == [second["escalation_id"]]
    body = {"operator": "Ana", **answer_to(second)}
    assert errors(act(eve, second, "decision", **body)) == ["operator"], "nobody answers in another's name"


def test_an_unauthenticated_call_does_nothing(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    for what, body in (("shelve", {"for_s": 5}), ("delegate", {"to": "Ana"}), ("decision", answer_to(question))):
        assert act(own_hall.stranger(), question, what, **{"reason": "x", **body}).status_code == 401
    assert own_hall.stranger().get("/v1/queue").status_code == 401


def test_nobody_approves_their_own_request_over_http(own_hall: Hall):
    """A site's policy reserves it; whoever asked may give it up, somebody else may approve it."""
    rule = Rule(name="blue", when='decision_class.startsWith("which_")', because="blue boxes hold samples")
    policy = Policy(
        (*default_policy().files, PolicyFile(format="humanoid-fleet-policy/1", name="site", reserved=(rule,)))
    )
    own_hall._runner._context = replace(own_hall._runner._context, policy=policy)
    ana, ben = own_hall.client("Ana"), own_hall.client("Ben")
    question = ask(own_hall, ana)
    own = act(ana, question, "decision", **answer_to(question))
    assert (own.status_code, own.json()["code"]) == (403, "forbidden"), own.text
    assert "Ana asked for it and may not approve it" in own.json()["detail"]
    assert "blue boxes hold samples" in own.json()["detail"]
    assert open_questions(ana), "it is still to be answered"
    assert act(ben, question, "decision", **answer_to(question)).status_code == 200


def test_two_people_who_answer_at_the_very_same_time_get_one_yes_and_one_no(own_hall: Hall):
    people = [own_hall.client("Ana"), own_hall.client("Ben")]
    question = ask(own_hall, people[0])
    both = Barrier(2)

    def decide(client: httpx.Client) -> httpx.Response:
        both.wait(5)
        return act(client, question, "decision", **answer_to(question))

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, people))
    assert sorted(a.status_code for a in answers) == [200, 409]
    (no,) = [a.json() for a in answers if a.status_code == 409]
    (yes,) = [a.json()["escalation"]["decision"]["operator"] for a in answers if a.status_code == 200]
    assert no["code"] == "already_answered"
    assert yes in no["detail"], "whoever was later is told who was first"
