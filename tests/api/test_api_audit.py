"""The accountable record over HTTP: entries, proofs, bundles, people's keys and outside witnesses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.audit import merkle
from fleet.audit.canonical import canonical, from_text
from fleet.audit.notes import COSIGNATURE, Note, Signer, Verifier
from fleet.audit.operator_signing import OperatorSigner
from fleet.audit.verify import verify_bundle
from fleet.audit.witness import Witness, WitnessRefuses
from fleet.model.requests import Role
from tests.api.hall import Hall, carry, until

WITNESS = Signer.generate("witness.example", COSIGNATURE)
BLUE = {"skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "table_1"}}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    made = Hall(tmp_path_factory.mktemp("hall"), audited=True, witnesses=[WITNESS.verifier])
    made.start()
    yield made
    made.stop()


_number = iter(range(1, 1000))


def entries(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/audit/entries", params=query).json()["items"]
    return found


def question(client: httpx.Client) -> dict[str, Any]:
    """A new question: which blue box?"""
    known = {e["escalation_id"] for e in client.get("/v1/escalations").json()["items"]}
    task_id = f"blue-{next(_number)}"
    body = {"task_id": task_id, **BLUE, "why": "bed 1 is changed at ten"}
    done = client.post("/v1/tasks", json=body, headers={"Idempotency-Key": task_id})
    assert done.status_code == 201, done.text

    def new() -> dict[str, Any] | None:
        listed = client.get("/v1/escalations", params={"open": True}).json()["items"]
        return next((e for e in listed if e["escalation_id"] not in known), None)

    found: dict[str, Any] = until(new, "a question")
    return found


def answer_to(asked: dict[str, Any], option: str = "cancel") -> dict[str, str]:
    return {"option_id": option, "reason": "not needed any more", "shown_digest": asked["shown_digest"]}


def decide(client: httpx.Client, asked: dict[str, Any], body: dict[str, str]) -> httpx.Response:
    return client.post(f"/v1/escalations/{asked['escalation_id']}/decision", json=body)


def decided(client: httpx.Client, asked: dict[str, Any]) -> dict[str, Any]:
    """The entry of the question's decision, once it is on record and signed."""
    about = f"escalation:{asked['escalation_id']}"

    def there() -> dict[str, Any] | None:
        kinds = {e["record"]["kind"]: e for e in entries(client, about=about)}
        return kinds.get("decision") if "outcome" in kinds else None

    entry: dict[str, Any] = until(there, "the decision on record")
    until(lambda: size(client) > entry["number"], "a checkpoint")
    return entry


def size(client: httpx.Client) -> int:
    return Note.parse(client.get("/v1/audit/checkpoint").text).checkpoint().size


def keys(client: httpx.Client) -> list[Verifier]:
    return [Verifier.parse(client.get("/v1/audit").json()["server_key"])]


def test_a_decision_comes_on_record_and_its_bundle_holds_offline(ana: httpx.Client) -> None:
    asked = question(ana)
    assert decide(ana, asked, answer_to(asked)).status_code == 200
    entry = decided(ana, asked)
    assert entry["record"]["accountable"]["name"] == "Ana"
    bundle = ana.get("/v1/audit/bundle", params={"about": f"escalation:{asked['escalation_id']}"}).json()
    found = verify_bundle(bundle, keys(ana))
    assert found.problems == ()
    whole = verify_bundle(ana.get("/v1/audit/bundle").json(), keys(ana))
    assert (whole.problems, whole.complete) == ((), True)


def test_proofs_lead_from_an_entry_to_the_signed_root(vic: httpx.Client) -> None:
    until(lambda: size(vic) > 3, "some entries")
    point = Note.parse(vic.get("/v1/audit/checkpoint").text).checkpoint()
    proof = vic.get("/v1/audit/proof/inclusion", params={"index": 2, "size": point.size}).json()
    (entry,) = entries(vic, start=2, limit=1)
    leaf = merkle.leaf_hash(canonical(entry["record"]))
    path = [from_text(t) for t in proof["proof"]]
    merkle.verify_inclusion(leaf, 2, point.size, path, point.root)
    grown = vic.get("/v1/audit/proof/consistency", params={"from": 2, "to": point.size}).json()
    hashes = [from_text(t) for t in grown["proof"]]
    merkle.verify_consistency(2, point.size, from_text(grown["old_root"]), point.root, hashes)


def test_monitors_make_the_root_of_tiles_themselves(vic: httpx.Client) -> None:
    until(lambda: size(vic) > 3, "some entries")
    point = Note.parse(vic.get("/v1/audit/checkpoint").text).checkpoint()
    tile = vic.get(f"/v1/audit/tile/0/000.p/{point.size}")
    assert tile.headers["content-type"] == "application/octet-stream"
    leaves = [tile.content[i : i + 32] for i in range(0, len(tile.content), 32)]
    assert merkle.root_of(leaves) == point.root


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/audit/tile/0/000", 404),
        ("/v1/audit/tile/0/0", 404),
        ("/v1/audit/tile/x", 404),
        ("/v1/audit/tile/0/000.p/999", 404),
        ("/v1/audit/proof/inclusion?index=999999", 404),
        ("/v1/audit/proof/inclusion?index=-1", 422),
        ("/v1/audit/proof/inclusion?index=x", 422),
        ("/v1/audit/proof/inclusion", 422),
        ("/v1/audit/proof/consistency?from=0", 422),
        ("/v1/audit/proof/consistency?from=3&to=2", 404),
        ("/v1/audit/proof/consistency?from=1&to=999999", 404),
        ("/v1/audit/bundle?start=5&end=2", 422),
        ("/v1/audit/bundle?end=999999", 422),
        ("/v1/audit/entries?limit=0", 422),
    ],
)
def test_what_cannot_be_proved_is_a_problem(vic: httpx.Client, path: str, status: int) -> None:
    answer = vic.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_nobody_reads_the_record_without_a_login(hall: Hall) -> None:
    for path in ("", "/checkpoint", "/entries", "/bundle", "/proof/inclusion?index=0"):
        assert hall.stranger().get(f"/v1/audit{path}").status_code == 401


def test_a_hall_without_a_record_says_so(own_hall: Hall) -> None:
    answer = own_hall.client().get("/v1/audit")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# ---- people's keys ----------------------------------------------------------------------------------------------


def test_who_has_a_key_signs_and_the_signature_is_in_the_record(hall: Hall) -> None:
    kim = hall.client("Kim", Role.OPERATOR)
    key = OperatorSigner.generate("Kim")
    done = kim.post("/v1/keys", json=key.registration("laptop"))
    assert (done.status_code, done.json()["key"]["active"]) == (201, True)
    asked = question(kim)
    bare = answer_to(asked)
    refused = decide(kim, asked, bare)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "signature")
    statement = {**bare, "escalation_id": asked["escalation_id"], "previews_digest": ""}
    assert decide(kim, asked, {**bare, **key.signed({**statement, "reason": "another"})}).status_code == 403
    assert decide(kim, asked, {**bare, **key.signed(statement)}).status_code == 200
    entry = decided(kim, asked)
    assert entry["record"]["signature"]["key_id"] == key.key_id
    found = verify_bundle(kim.get("/v1/audit/bundle").json(), keys(kim))
    assert (found.problems, found.signed_answers) == ((), 1)


def test_a_key_is_revoked_by_its_owner_or_an_admin_and_by_nobody_else(hall: Hall, root: httpx.Client) -> None:
    lee, eve = hall.client("Lee", Role.OPERATOR), hall.client("Eve", Role.OPERATOR)
    key = OperatorSigner.generate("Lee")
    lee.post("/v1/keys", json=key.registration())
    path, reason = f"/v1/keys/{key.key_id}/revoke", {"reason": "the laptop was stolen"}
    assert eve.post(path, json=reason).status_code == 403
    assert root.post(path, json=reason).json()["key"]["active"] is False
    assert root.post(path, json=reason).status_code == 409
    assert root.post("/v1/keys/nothing/revoke", json=reason).status_code == 404
    (listed,) = root.get("/v1/keys", params={"operator": "Lee"}).json()["items"]
    assert listed["revoked_because"] == "the laptop was stolen"
    asked = question(lee)
    statement = {**answer_to(asked), "escalation_id": asked["escalation_id"]}
    refused = decide(lee, asked, {**answer_to(asked), **key.signed(statement)})
    assert "was revoked by Root" in refused.json()["detail"]
    assert decide(lee, asked, answer_to(asked)).status_code == 200


@pytest.mark.parametrize("changes", [{"proof": "AAAA"}, {"public": "x"}, {"operator": "Somebody"}, {"more": "x"}])
def test_what_is_no_proper_registration_is_refused(ana: httpx.Client, changes: dict[str, str]) -> None:
    body = {**OperatorSigner.generate("Ana").registration(), **changes}
    assert ana.post("/v1/keys", json=body).status_code in (403, 422)


# ---- outside witnesses ------------------------------------------------------------------------------------------


class HttpSource:
    """The log as a witness sees it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def checkpoint(self) -> str:
        return self.client.get("/v1/audit/checkpoint").text

    def consistency(self, old: int, new: int) -> list[bytes]:
        proof = self.client.get("/v1/audit/proof/consistency", params={"from": old, "to": new}).json()["proof"]
        return [from_text(t) for t in proof]


def test_a_witness_signs_what_only_grew_and_its_signature_is_required(vic: httpx.Client, tmp_path: Path) -> None:
    witness = Witness(WITNESS, keys(vic), tmp_path / "seen.json")
    first = witness.look(HttpSource(vic), 1_795_500_000.0)
    before = verify_bundle(vic.get("/v1/audit/bundle").json(), [*keys(vic), WITNESS.verifier], ["witness.example"])
    assert any("lacks the signature of witness.example" in p for p in before.problems)
    done = vic.post("/v1/audit/cosignatures", json={"note": first.note})
    assert done.status_code == 200, done.text
    part = {"start": 0, "end": first.checkpoint.size}
    after = verify_bundle(
        vic.get("/v1/audit/bundle", params=part).json(), [*keys(vic), WITNESS.verifier], ["witness.example"]
    )
    assert after.problems == ()
    assert after.witnessed == (("witness.example", first.checkpoint.size, 1_795_500_000),)


def test_a_stranger_is_no_witness(vic: httpx.Client, tmp_path: Path) -> None:
    stranger = Witness(Signer.generate("x", COSIGNATURE), keys(vic), tmp_path / "seen.json")
    lines = stranger.look(HttpSource(vic), 1.0).note.splitlines(keepends=True)
    note = "".join(line for line in lines if "witness.example" not in line)
    assert vic.post("/v1/audit/cosignatures", json={"note": note}).status_code == 422
    assert vic.post("/v1/audit/cosignatures", json={"note": "rubbish"}).status_code == 422


def test_a_witness_refuses_a_fork_and_a_log_that_was_cut(vic: httpx.Client, tmp_path: Path) -> None:
    state = tmp_path / "seen.json"
    witness = Witness(WITNESS, keys(vic), state)
    seen = witness.look(HttpSource(vic), 1.0).checkpoint
    forged = {seen.origin: {"size": seen.size, "root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}
    state.write_text(json.dumps(forged))
    with pytest.raises(WitnessRefuses, match="fork"):
        witness.look(HttpSource(vic), 2.0)
    state.write_text(json.dumps({seen.origin: {**forged[seen.origin], "size": seen.size + 5}}))
    with pytest.raises(WitnessRefuses, match="cut"):
        witness.look(HttpSource(vic), 2.0)
    other = Witness(WITNESS, [Signer.generate("x").verifier], tmp_path / "other.json")
    with pytest.raises(WitnessRefuses, match="no given key"):
        other.look(HttpSource(vic), 2.0)


def test_an_ordinary_task_makes_no_question(ana: httpx.Client) -> None:
    done = ana.post("/v1/tasks", json={"task_id": "plain", **carry()}, headers={"Idempotency-Key": "plain"})
    assert done.status_code == 201
    until(lambda: any("plain" in str(e["record"].get("mission", "")) for e in entries(ana, limit=500)), "its mission")
