"""Previews come with the question and on the event stream; an answer names those that were on the screen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fleet.journal.sqlite import SqliteStore
from fleet.model.prediction import OptionPreview, Prediction, Replay
from fleet.model.requests import PreviewOptions, Role
from tests.api.hall import Hall, carry, until


def ask(client: httpx.Client) -> dict[str, Any]:
    task = carry(parameters={"object": {"colour": "blue"}, "to": "table_1"})
    assert client.post("/v1/tasks", json=task, headers={"Idempotency-Key": "ask"}).status_code == 201
    where = {"params": {"open": "true"}}
    return until(lambda: client.get("/v1/escalations", **where).json()["items"], "the question is raised")[0]


def previewed(hall: Hall, question: dict[str, Any], runs: int) -> str:
    """A round, as the previewer puts it past the API. Returns its digest once it is there."""
    replay = Replay(period_s=1.0, subjects=("r1",), kinds=("robot",), frames=(((1.0, 2.0),), ((2.0, 2.0),)))
    preview = OptionPreview(
        option_id=question["options"][0]["option_id"],
        prediction=Prediction(basis="test", success=0.5, success_low=0.2, success_high=0.8, runs=runs),
        replay=replay,
    )
    body = PreviewOptions(
        escalation_id=question["escalation_id"], shown_digest=question["shown_digest"], previews=(preview,)
    )
    client = hall.client()
    with SqliteStore(hall.folder / "fleet.db", checkpoints=False) as store:
        store.put("service:previewer", Role.SERVICE, f"round-{runs}", body, 0.0)

    def there() -> str:
        found = client.get(f"/v1/escalations/{question['escalation_id']}").json()
        ready = found["previews"] and found["previews"][0]["prediction"]["runs"] == runs
        return str(found["previews_digest"]) if ready else ""

    return str(until(there, f"the round of {runs} runs is there"))


def test_an_answer_names_the_round_that_was_on_the_screen_also_when_there_is_a_newer_one(own_hall: Hall):
    ana = own_hall.client("Ana Ruiz")
    question = ask(ana)
    where = f"/v1/escalations/{question['escalation_id']}"
    seen = previewed(own_hall, question, 4)
    shown = ana.get(where).json()
    assert shown["shown_digest"] == question["shown_digest"], "previews void no answer"
    assert shown["previews"][0]["replay"]["subjects"] == ["r1"]
    assert previewed(own_hall, question, 8) != seen
    body = {
        "option_id": question["options"][0]["option_id"],
        "reason": "it works more often",
        "shown_digest": question["shown_digest"],
    }
    wrong = ana.post(f"{where}/decision", json={**body, "previews_digest": "0" * 64})
    assert wrong.status_code == 422 and "previews_digest" in wrong.json()["detail"]
    answered = ana.post(f"{where}/decision", json={**body, "previews_digest": seen})
    assert answered.status_code == 200, answered.text
    assert answered.json()["escalation"]["decision"]["previews_digest"] == seen
    kinds = [e["kind"] for e in ana.get("/v1/events", params={"kind": "OptionsPreviewed"}).json()["items"]]
    assert kinds == ["OptionsPreviewed", "OptionsPreviewed"]


@pytest.mark.parametrize("digest", ["x", "F" * 64, "0" * 63])
def test_a_digest_that_is_none_is_refused_by_its_form(own_hall: Hall, digest: str):
    ana = own_hall.client()
    body = {"option_id": "a", "reason": "b", "shown_digest": "0" * 64, "previews_digest": digest}
    assert ana.post("/v1/escalations/E1/decision", json=body).status_code == 422


def test_services_have_no_login(own_hall: Hall):
    boss = own_hall.client("Root", Role.ADMIN)
    new = {"name": "Robbie", "role": "service", "password": "correct horse battery"}
    assert boss.post("/v1/users", json=new).status_code == 422
    named = boss.post("/v1/users", json={**new, "role": "viewer", "name": "service:previewer"})
    assert named.status_code == 422 and "service:" in named.json()["detail"]
