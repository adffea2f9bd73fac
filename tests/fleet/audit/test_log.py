"""The log's file, bundles of it, and `fleet audit verify`: whatever is changed is seen."""

from __future__ import annotations

import copy
import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from fleet.audit.bundle import make_bundle
from fleet.audit.log import AuditLog, LogDamaged
from fleet.audit.notes import Signer
from fleet.audit.verify import verify_bundle
from fleet.cli.main import app
from fleet.model.errors import InvalidField, NotFound

SERVER = Signer("fleet.example/log", bytes(range(32)))
KEYS = [SERVER.verifier]


def record(i: int) -> dict[str, Any]:
    return {"kind": "decision", "who": f"operator {i % 3}", "what": {"task": f"t{i}", "score": i / 7}}


def filled(path: Path, sizes: tuple[int, ...] = (7, 20, 33)) -> AuditLog:
    """A log that was signed at these sizes."""
    log = AuditLog(path, SERVER.name)
    for size in sizes:
        log.append([(i + 1, record(i)) for i in range(log.size, size)])
        log.checkpoint([SERVER])
    return log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    made = filled(tmp_path / "audit.sqlite")
    yield made
    made.close()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    made = filled(tmp_path_factory.mktemp("log") / "audit.sqlite")
    return make_bundle(made, made.checkpoint([SERVER]), [0, 6, 19, 32], made.size)


def test_what_was_logged_is_there_and_holds(log: AuditLog) -> None:
    assert log.verify() == log.size == 33
    assert json.loads(log.entry(5)) == record(5)
    assert [size for size, _ in log.checkpoints()] == [7, 20, 33]


def test_what_was_logged_before_is_passed_over(log: AuditLog) -> None:
    """After a crash the journal is read again from where the log says it was, or from before."""
    assert log.append([(i + 1, record(i)) for i in range(30, 36)]) == 36
    assert log.verify() == 36


def test_nothing_of_a_batch_is_kept_when_one_cannot_be(log: AuditLog) -> None:
    with pytest.raises(InvalidField, match="record"):
        log.append([(50, record(1)), (51, {"x": math.nan})])
    with pytest.raises(InvalidField, match="rise"):
        log.append([(60, record(1)), (60, record(2))])
    assert log.size == 33


def test_a_log_is_gone_on_with_after_it_was_closed(tmp_path: Path) -> None:
    filled(tmp_path / "a.sqlite").close()
    again = AuditLog(tmp_path / "a.sqlite", SERVER.name)
    again.append([(34, record(33))])
    assert again.verify() == 34


def test_asking_for_what_is_not_there_is_an_error(log: AuditLog) -> None:
    for asked in (
        lambda: log.entry(33),
        lambda: log.inclusion(5, 34),
        lambda: log.inclusion(7, 7),
        lambda: log.consistency(0, 5),
        lambda: log.consistency(9, 8),
        lambda: log.root(34),
    ):
        with pytest.raises(NotFound):
            asked()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET body = replace(body, 'operator 1', 'operator 2') WHERE number = 4",
        "UPDATE tiles SET hashes = zeroblob(33 * 32) WHERE place = 0",
        "UPDATE tiles SET hashes = substr(hashes, 1, 32 * 32) WHERE place = 0",
        "UPDATE tiles SET hashes = hashes || zeroblob(32) WHERE place = 0",
        "DELETE FROM entries WHERE number = 12",
        "DELETE FROM entries WHERE number > 30",
        "DELETE FROM tiles WHERE place = 0",
        "UPDATE entries SET number = -1 WHERE number = 3; UPDATE entries SET number = 3 WHERE number = 4; "
        "UPDATE entries SET number = 4 WHERE number = -1",
        "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 7) WHERE size = 20",
        "UPDATE checkpoints SET note = replace(note, char(10) || '20' || char(10), char(10) || '21' || char(10))",
    ],
)
def test_damage_to_the_file_is_seen(tmp_path: Path, damage: str) -> None:
    filled(tmp_path / "a.sqlite").close()
    with sqlite3.connect(tmp_path / "a.sqlite") as raw:
        raw.executescript(damage)
    raw.close()
    log = AuditLog(tmp_path / "a.sqlite", SERVER.name)
    with pytest.raises(LogDamaged):
        log.verify()


@pytest.mark.parametrize("content", [b"rubbish" * 200, b""], ids=["rubbish", "empty"])
def test_another_file_is_not_taken_for_a_log(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(content)
    if content:
        with pytest.raises(LogDamaged):
            AuditLog(path, SERVER.name)
    else:
        assert AuditLog(path, SERVER.name).size == 0
    with sqlite3.connect(tmp_path / "b.sqlite") as other:
        other.execute("CREATE TABLE x(y)")
    other.close()
    with pytest.raises(LogDamaged, match="no audit log"):
        AuditLog(tmp_path / "b.sqlite", SERVER.name)


def test_a_bundle_holds_for_who_has_nothing_but_it_and_a_key(bundle: dict[str, Any]) -> None:
    found = verify_bundle(json.loads(json.dumps(bundle)), KEYS)
    assert found.problems == ()
    assert (found.size, found.entries, found.earlier, found.signed_by) == (33, 4, 2, (SERVER.name,))


SPOILED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a word of a record": lambda b: b["entries"][1]["record"].update(who="somebody else"),
    "a number in a record": lambda b: b["entries"][1]["record"]["what"].update(score=0.8571428571428572),
    "a field more": lambda b: b["entries"][1]["record"].update(more=1),
    "a field less": lambda b: b["entries"][1]["record"].pop("who"),
    "an entry's number": lambda b: b["entries"][1].update(number=7),
    "two entries changed over": lambda b: b["entries"][0].update(record=b["entries"][1]["record"]),
    "an entry twice": lambda b: b["entries"].append(b["entries"][0]),
    "a proof cut": lambda b: b["entries"][2]["proof"].pop(),
    "another proof": lambda b: b["entries"][2].update(proof=b["entries"][3]["proof"]),
    "no proof": lambda b: b["entries"][2].pop("proof"),
    "an earlier root": lambda b: b["earlier"][0].update(checkpoint=b["earlier"][1]["checkpoint"]),
    "an earlier proof": lambda b: b["earlier"][1]["proof"].reverse(),
    "the size": lambda b: b.update(checkpoint=b["checkpoint"].replace("\n33\n", "\n34\n")),
    "the signature": lambda b: b.update(checkpoint=b["checkpoint"][:-8] + "AAAAAA=\n"),
    "no checkpoint": lambda b: b.pop("checkpoint"),
    "entries that are none": lambda b: b.update(entries=[1, None, "x"]),
    "another format": lambda b: b.update(format="x"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_bundle_that_was_changed_does_not_hold(bundle: dict[str, Any], what: str) -> None:
    changed = copy.deepcopy(bundle)
    SPOILED[what](changed)
    assert verify_bundle(changed, KEYS).problems


def test_of_many_checkpoints_a_bundle_brings_some_and_those_with_most_signatures(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "a.sqlite", SERVER.name, durable=False)
    witness = Signer("witness.example", bytes(range(1, 33)))
    for i in range(300):
        log.append([(i + 1, record(i))])
        log.checkpoint([SERVER, witness] if i in (40, 250) else [SERVER])
    bundle = make_bundle(log, log.checkpoint([SERVER]), [7], log.size)
    log.close()
    sizes = [int(e["checkpoint"].split("\n")[1]) for e in bundle["earlier"]]
    assert len(sizes) == 64
    assert {1, 41, 251, 299} <= set(sizes)
    found = verify_bundle(bundle, KEYS)
    assert (found.problems, found.earlier) == ((), 64)


def test_a_fork_does_not_hold(tmp_path: Path, bundle: dict[str, Any]) -> None:
    """Another history of the same size, signed with the same key, does not go with the checkpoints of before."""
    other = AuditLog(tmp_path / "fork.sqlite", SERVER.name)
    other.append([(i + 1, record(i + 1)) for i in range(33)])
    forked = {**copy.deepcopy(bundle), "checkpoint": other.checkpoint([SERVER]), "entries": []}
    found = verify_bundle(forked, KEYS)
    assert len(found.problems) == 2 and "changed or forked" in found.problems[0]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_single_changed_byte_of_a_bundle_goes_unseen(bundle: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(bundle, ensure_ascii=True)
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.sampled_from('abc019{}[],:"\\ =+/'))
    changed = text[:at] + byte + text[at + 1 :]
    try:
        spoiled = json.loads(changed)
    except ValueError:
        return  # not even JSON any more
    if spoiled != bundle:
        assert verify_bundle(spoiled, KEYS).problems


@pytest.mark.parametrize("bundle", [None, [], 3, "x", {}, {"checkpoint": 3}], ids=str)
def test_what_is_no_bundle_does_not_hold(bundle: Any) -> None:
    assert verify_bundle(bundle, KEYS).problems


def test_the_command_says_what_holds_and_what_does_not(tmp_path: Path, bundle: dict[str, Any]) -> None:
    good, bad, keys = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "keys"
    good.write_text(json.dumps(bundle))
    keys.write_text(SERVER.verifier.text() + "\n")
    spoiled = copy.deepcopy(bundle)
    spoiled["entries"][0]["record"]["who"] = "nobody"
    bad.write_text(json.dumps(spoiled))
    run = CliRunner().invoke
    done = run(app, ["audit", "verify", str(good), "--key", str(keys)])
    assert (done.exit_code, "everything holds" in done.output) == (0, True)
    done = run(app, ["audit", "verify", str(bad), "--key", SERVER.verifier.text(), "--json"])
    assert done.exit_code == 1 and "entries[0]" in json.loads(done.output)["problems"][0]
    stranger = Signer.generate("stranger").verifier.text()
    assert run(app, ["audit", "verify", str(good), "--key", stranger]).exit_code == 1
    assert isinstance(run(app, ["audit", "verify", str(good), "--key", "rubbish"]).exception, InvalidField)
    assert isinstance(run(app, ["audit", "verify", str(keys), "--key", str(keys)]).exception, InvalidField)
