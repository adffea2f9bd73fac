"""`fleet audit`: checking, exporting and looking after a record, as a person at a terminal sees it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.audit.export import export
from fleet.audit.notes import COSIGNATURE, Signer
from fleet.audit.wording import line_of
from fleet.cli.main import app
from fleet.model.errors import Conflict, InvalidField, NotFound
from tests.fleet.audit.shift import Office, a_shift, journal_of

run = CliRunner().invoke
_DESK = a_shift()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    store = journal_of(_DESK, tmp_path / "fleet.sqlite")
    made = Office(tmp_path, store)
    made.follow()
    yield made
    store.close()


@pytest.fixture
def key(office: Office) -> str:
    return office.signer().verifier.text()


def test_the_record_of_a_period_is_handed_out_with_its_proof(office: Office, key: str) -> None:
    out = office.folder / "out"
    done = run(app, ["audit", "export", str(office.folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert {p.name for p in out.iterdir()} == {"report.html", "entries.json", "bundle.json", "keys.txt", "README.txt"}
    page = (out / "report.html").read_text()
    for words in ("Who was accountable for what", "Sam Lead", "dana", "the nurse is waiting", "Signatures, order"):
        assert words in page
    checked = run(app, ["audit", "verify", str(out / "bundle.json"), "--keys", key, "--complete"])
    assert checked.exit_code == 0, checked.output
    assert "everything holds" in checked.output
    assert run(app, ["audit", "verify", str(out / "bundle.json"), "--keys", str(out / "keys.txt")]).exit_code == 0


def test_what_somebody_wrote_is_text_in_the_report_and_nothing_else(office: Office) -> None:
    log = office.log()
    export(log, office.folder / "out", None, None, datetime(2026, 11, 24, tzinfo=timezone.utc))
    log.close()
    record = {"kind": "hold", "because": "<script>alert(1)</script>", "robot_id": "r1"}
    assert "<script>" in line_of(3, record).what
    assert "<script" not in (office.folder / "out" / "report.html").read_text()


def test_a_period_has_its_neighbours_in_the_bundle_so_that_nothing_was_left_out(office: Office, key: str) -> None:
    office.clock.advance(86_400.0)
    office.journal.append(
        [_DESK.events[-1], *[e for e in _DESK.events if type(e).__name__ == "HoldSet"]],
        _DESK.now_s + 1,
        int(office.journal.take_lead("desk", 1e9, 0.0) or 0),
    )
    office.follow()
    out = office.folder / "out"
    day = datetime.fromtimestamp(office.clock.wall_s(), timezone.utc).date().isoformat()
    done = run(app, ["audit", "export", str(office.folder), "--out", str(out), "--from", day, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["entries"] == 2
    bundle = json.loads((out / "bundle.json").read_text())
    assert bundle["covers"][1] - bundle["covers"][0] == 3  # the two, and the one before
    whole = run(app, ["audit", "verify", str(out / "bundle.json"), "--keys", key, "--complete"])
    assert whole.exit_code == 1
    assert "NOT COMPLETE" in whole.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "yesterday"], "a date or time such as"),
        (["--from", "2026-11-02", "--to", "2026-11-01"], "a time after"),
        (["--from", "2031-01-01"], "in this period"),
    ],
)
def test_a_period_that_cannot_be_is_refused(office: Office, options: list[str], says: str) -> None:
    done = run(app, ["audit", "export", str(office.folder), "--out", str(office.folder / "x"), *options])
    assert isinstance(done.exception, (InvalidField, NotFound))
    assert says in str(done.exception)
    assert not (office.folder / "x").exists()


def test_an_export_overwrites_nothing(office: Office) -> None:
    done = run(app, ["audit", "export", str(office.folder), "--out", str(office.folder)])
    assert isinstance(done.exception, InvalidField)
    nothing = run(app, ["audit", "export", str(office.folder / "nothing"), "--out", "x"])
    assert "accountable record" in str(nothing.exception)


def test_the_file_is_looked_through(office: Office) -> None:
    assert run(app, ["audit", "check", str(office.folder)]).exit_code == 0
    with sqlite3.connect(office.folder / "audit.sqlite") as raw:
        raw.execute("UPDATE entries SET body = replace(body, 'dana', 'eve1') WHERE number = 5")
    raw.close()
    done = run(app, ["audit", "check", str(office.folder), "--json"])
    assert done.exit_code == 1
    assert "entry 5" in json.loads(done.output)["problem"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "the public keys"),
        (["--keys", "rubbish"], "name.hash.key"),
        (["--keys", "KEY", "--witness", "nobody"], "a name among the keys"),
    ],
)
def test_checking_needs_proper_keys(office: Office, key: str, options: list[str], says: str) -> None:
    bundle = office.folder / "b.json"
    bundle.write_text(json.dumps(office.bundle()))
    given = [key if o == "KEY" else o for o in options]
    done = run(app, ["audit", "verify", str(bundle), *given])
    assert isinstance(done.exception, InvalidField)
    assert says.replace("name.hash.key", "name+hash+key") in str(done.exception)


def test_a_bundle_that_says_something_twice_is_no_bundle(office: Office, key: str) -> None:
    bundle = office.folder / "b.json"
    bundle.write_text(json.dumps(office.bundle()).replace('"covers"', '"format": "x", "covers"', 1))
    done = run(app, ["audit", "verify", str(bundle), "--keys", key])
    assert "comes twice" in str(done.exception)


def test_keys_are_made_for_files_that_are_not_there(tmp_path: Path) -> None:
    file = tmp_path / "witness.key"
    done = run(app, ["audit", "new-key", str(file), "--name", "witness.example", "--witness"])
    assert done.exit_code == 0
    assert Signer.parse(file.read_text()).kind == COSIGNATURE
    assert done.output.strip() == Signer.parse(file.read_text()).verifier.text()
    again = run(app, ["audit", "new-key", str(file), "--name", "witness.example"])
    assert "never overwritten" in str(again.exception)
    spaces = run(app, ["audit", "new-key", str(tmp_path / "x"), "--name", "a b"])
    assert isinstance(spaces.exception, InvalidField)


def test_the_key_is_rotated_under_a_name_while_nobody_writes(office: Office) -> None:
    arguments = ["audit", "rotate-key", str(office.folder), "--by", "Ana", "--because", "a year has passed"]
    with office.writer():
        assert isinstance(run(app, arguments).exception, Conflict)
    done = run(app, arguments)
    assert done.exit_code == 0
    assert office.signer().verifier.text() in done.output.replace("\n", "")
    assert office.records()[-1]["accountable"]["name"] == "Ana"
    nothing = run(app, ["audit", "rotate-key", str(office.folder / "x"), "--by", "Ana", "--because", "y"])
    assert isinstance(nothing.exception, NotFound)


def test_a_journal_that_had_no_record_gets_one_afterwards(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "built"
    out.mkdir()
    arguments = ["audit", "build", str(tmp_path / "fleet.sqlite"), "--out", str(out), "--accountable", "Sam Lead"]
    done = run(app, arguments)
    assert done.exit_code == 0, done.output
    assert run(app, ["audit", "check", str(out)]).exit_code == 0
    built = Office(out, office.journal)
    assert [r["kind"] for r in built.records()] == [r["kind"] for r in office.records()]
    assert run(app, arguments).exit_code == 0  # again: nothing more to add
    assert len(built.records()) == len(office.records())
    nothing = run(app, ["audit", "build", "nothing", "--out", str(out), "--accountable", "x"])
    assert isinstance(nothing.exception, InvalidField)
