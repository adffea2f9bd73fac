"""The accountable record of a shift: what is in it, that nothing is lost or comes twice, and what damage does."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.audit.canonical import canonical
from fleet.audit.casebook import CaseBook
from fleet.audit.exact import exact
from fleet.audit.log import LogBusy, LogDamaged
from fleet.audit.mending import continue_log
from fleet.audit.verify import verify_bundle
from fleet.audit.writer import JournalChanged
from fleet.journal.sqlite import SqliteStore
from fleet.model import events as ev
from fleet.model.errors import Conflict, InvalidField
from fleet.model.event_registry import EVENT_KINDS
from fleet.model.oversight import Canary
from fleet.model.wire import to_plain
from tests.fleet.audit.shift import SHIFT, Office, journal_of
from tests.fleet.supervisor.building import Desk


def kinds(office: Office) -> list[str]:
    return [r["kind"] for r in office.records()]


def of_kind(office: Office, kind: str) -> list[dict[str, Any]]:
    return [r for r in office.records() if r["kind"] == kind]


# ---- what is on record ------------------------------------------------------------------------------------------


def test_everything_that_somebody_answers_for_is_on_record(office: Office) -> None:
    found = kinds(office)
    assert found[0] == "log.opened"
    expected = {"supervisor.started": 1, "mission": 3, "question": 3, "decision": 3, "question.carried_out": 3}
    expected |= {"key.registered": 1, "request.refused": 1, "hold": 2, "outcome": 1}
    assert {k: found.count(k) for k in expected} == expected
    assert all(r["accountable"]["name"] for r in office.records() if r["kind"] not in ("log.opened",))


def test_a_decision_says_who_decided_what_and_having_seen_what(office: Office, desk: Desk) -> None:
    record = of_kind(office, "decision")[0]
    assert record["accountable"] == {"name": "dana", "role": "operator", "because": "answered it"}
    assert record["on_shift"] == {**to_plain(SHIFT), "people": [], "decider_is": None}
    assert record["decision"]["label"]
    assert record["question"]["order_shown"] == ["object:box_a", "object:box_b", "cancel", "hold_safely"]
    assert record["question"]["evidence"][0]["digest"]
    assert record["decision"]["shown_digest"] == record["answer"]["body"]["shown_digest"]
    assert record["instruction"][0]["why"] == "the nurse is waiting"
    assert record["ruled"]["ruling"]["sentence"]
    assert record["revalidation"]["held"] is True
    assert record["signature"] is None
    assert record["program"] == "test"
    assert record["written_at"].endswith("Z")


def test_the_record_names_the_journal_it_rests_on(office: Office, journal: SqliteStore) -> None:
    record = of_kind(office, "decision")[0]
    (there,) = journal.read(record["source"]["seq"] - 1, 1)
    assert there.checksum == record["source"]["checksum"]
    assert isinstance(there.event, ev.EscalationDecided)


def test_a_safe_default_names_an_accountable_person(office: Office) -> None:
    record = of_kind(office, "decision")[2]
    assert record["decision"]["how"] == "safe_default"
    assert record["accountable"]["name"] == "Sam Lead"
    assert record["answer"] is None


def test_a_refused_answer_is_on_record_with_why(office: Office) -> None:
    (record,) = of_kind(office, "request.refused")
    assert (record["accountable"]["name"], record["problem"]) == ("dana", "forbidden")
    assert record["request"]["body"]["type"] == "AnswerEscalation"


def test_the_outcome_of_a_decision_comes_later_and_names_it(office: Office) -> None:
    (record,) = of_kind(office, "outcome")
    assert record["decisions"] == ["E2.decision"]
    assert record["outcome"]["state"] == "cancelled"


def test_every_kind_of_event_has_a_place_or_is_kept_word_for_word() -> None:
    assert set(CaseBook(SHIFT)._handlers) <= set(EVENT_KINDS)
    book = CaseBook(SHIFT)
    made = book.take(ev.FloodBegan(questions=12, because="a zone is down"), 1.0)
    assert made is not None
    assert (made["kind"], made["event"]) == ("event", "FloodBegan")
    assert made["what"] == {"questions": 12, "because": "a zone is down"}


@pytest.mark.parametrize(
    "value", [1e300, 1e16, 2**60, -(2**60), 0.1, -0.0, 1e15, float("inf"), float("nan"), True, None]
)
def test_every_number_is_read_back_as_it_was_hashed(value: Any) -> None:
    kept = canonical({"a": exact({"b": [value]})})
    assert canonical(json.loads(kept)) == kept


def test_it_is_found_by_what_it_is_about(office: Office) -> None:
    log = office.log()
    found = [json.loads(log.entry(n))["kind"] for n in log.about("escalation:E2")]
    log.close()
    assert sorted(found) == ["decision", "outcome", "question", "question.carried_out", "request.refused"]


# ---- it can be checked ------------------------------------------------------------------------------------------


def test_the_whole_record_holds_with_the_signatures_of_people(office: Office) -> None:
    found = verify_bundle(office.bundle(), [office.signer().verifier])
    assert found.problems == ()
    assert found.complete
    assert (found.signed_answers, found.unsigned_answers) == (1, 1)


def test_a_selection_brings_the_entries_about_keys_with_it(office: Office) -> None:
    number = next(i for i, k in enumerate(kinds(office)) if k == "hold")
    bundle = office.bundle(number)
    assert [e["record"]["kind"] for e in bundle["entries"]] == ["log.opened", "key.registered", "hold"]
    assert verify_bundle(bundle, [office.signer().verifier]).problems == ()
    del bundle["entries"][1]
    (problem,) = verify_bundle(bundle, [office.signer().verifier]).problems
    assert "about keys" in problem


def test_an_entry_that_is_dropped_from_a_run_is_missed(office: Office) -> None:
    bundle = office.bundle()
    del bundle["entries"][-2]
    assert "is missing" in verify_bundle(bundle, [office.signer().verifier]).problems[-1]


# ---- exactly once -----------------------------------------------------------------------------------------------


def test_killed_at_any_moment_it_goes_on_and_nothing_is_lost_or_comes_twice(
    office: Office, desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    for batches in range(0, len(desk.batches) + 1, 3):
        (folder / "fleet.sqlite").unlink(missing_ok=True)
        journal = journal_of(desk, folder / f"{batches}.sqlite", batches)
        killed = Office(folder, journal)
        with killed.writer() as writer:
            writer.run_once()  # and killed: nothing is signed or put away in order
        journal.close()
    journal = journal_of(desk, folder / "all.sqlite")
    last = Office(folder, journal)
    last.follow()
    journal.close()

    def told(records: list[dict[str, Any]]) -> list[Any]:
        ignored = ("log", "written_at", "keys", "server_key", "origin")
        return [{k: v for k, v in r.items() if k not in ignored} for r in records]

    assert told(last.records()) == told(office.records())


def test_what_is_there_already_is_passed_over_when_the_place_was_lost(office: Office) -> None:
    before = kinds(office)
    with sqlite3.connect(office.folder / "audit.sqlite") as raw:
        kept = json.loads(raw.execute("SELECT value FROM meta WHERE name = 'progress'").fetchone()[0])
        empty: dict[str, Any] = {n: {} for n in kept["open"]}
        kept |= {"seq": 0, "checksum": "0" * 64, "open": empty}
        raw.execute("UPDATE meta SET value = ? WHERE name = 'progress'", (json.dumps(kept).encode(),))
    raw.close()
    office.follow()
    assert kinds(office) == before


def test_a_second_writer_is_refused(office: Office) -> None:
    with office.writer(), pytest.raises(Conflict, match="one writer"), office.writer():
        pass


def test_a_full_disk_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    journal = journal_of(desk, tmp_path / "fleet.sqlite")
    office = Office(tmp_path, journal)
    with office.writer() as writer:
        writer._log._db.execute("PRAGMA max_page_count = 20")
        with pytest.raises(LogBusy, match="full"):
            writer.run_once()
        writer._log._db.execute("PRAGMA max_page_count = 100000")
        writer.run_once()
        writer.close()
    assert kinds(office).count("decision") == 3
    assert verify_bundle(office.bundle(), [office.signer().verifier]).problems == ()
    journal.close()


# ---- what is wrong is said --------------------------------------------------------------------------------------


@pytest.mark.parametrize("batches", [10, 1])
def test_a_journal_that_lost_its_end_stops_the_record(office: Office, desk: Desk, batches: int) -> None:
    office.journal = journal_of(desk, office.folder / "older.sqlite", batches)
    with pytest.raises(JournalChanged, match="it ends at record"), office.writer():
        pass
    office.journal.close()


def test_another_journal_stops_the_record_until_a_person_says_why(office: Office, desk: Desk) -> None:
    before = kinds(office)
    with pytest.raises(Conflict, match="nothing to mend"):
        continue_log(office.folder, office.journal, CaseBook(SHIFT), "Ana", "to be sure", office.clock)
    other = journal_of(desk, office.folder / "older.sqlite", 12)
    epoch = other.take_lead("desk", 1e9, 0.0)
    assert epoch is not None
    shared = other.head()
    for i in range(600):
        because = f"another history {i}"
        other.append([ev.HoldSet(robot_id="r2", engaged=True, because=because, by="eve")], 500.0 + i, epoch)
    office.journal = other
    with pytest.raises(JournalChanged, match="has checksum"), office.writer():
        pass
    with pytest.raises(InvalidField, match="on record"):
        continue_log(office.folder, other, CaseBook(SHIFT), "Ana", " ", office.clock)
    after = continue_log(office.folder, other, CaseBook(SHIFT), "Ana", "restored from Monday's copy", office.clock)
    assert after <= shared
    office.follow()
    records = office.records()
    assert [r["kind"] for r in records[: len(before)]] == before
    assert records[len(before)]["kind"] == "journal.replaced"
    assert records[len(before)]["accountable"]["name"] == "Ana"
    assert sum(r["kind"] == "hold" and r["by"] == "eve" for r in records) == 600
    assert verify_bundle(office.bundle(), [office.signer().verifier]).problems == ()
    other.close()


def test_a_log_that_was_cut_is_not_gone_on_with(office: Office) -> None:
    with sqlite3.connect(office.folder / "audit.sqlite") as raw:
        raw.execute("DELETE FROM entries WHERE number > 5")
    raw.close()
    with pytest.raises(LogDamaged, match="cut"), office.writer():
        pass


def test_a_clock_that_was_set_is_on_record(office: Office, desk: Desk, tmp_path: Path) -> None:
    office.clock._now_s -= 3600.0
    office.journal.append(
        [ev.HoldSet(robot_id=None, engaged=True, because="a test", by="dana")],
        desk.now_s + 1,
        int(office.journal.take_lead("desk", 1e9, 0.0) or 0),
    )
    office.follow()
    jumped, hold = office.records()[-2:]
    assert (jumped["kind"], jumped["by_s"], hold["kind"]) == ("clock.jumped", -3600.0, "hold")


# ---- what others may know, and when -----------------------------------------------------------------------------


def test_a_planted_question_is_not_given_away_before_it_is_answered(desk: Desk) -> None:
    book = CaseBook(SHIFT)
    raised = next(e for e in desk.events if isinstance(e, ev.EscalationRaised))
    canary = Canary(escalation_id=raised.escalation.escalation_id, bad=("cancel",), because="a test", planted_at_s=1.0)
    assert book.take(ev.CanaryPlanted(canary=canary), 1.0) is None
    assert book.take(raised, 1.0) is not None
    assert book.take(ev.CanaryPlanted(canary=canary), 1.0) is None
    decided = next(e for e in desk.events if isinstance(e, ev.EscalationDecided))
    made = book.take(decided, 2.0)
    assert made is not None
    assert [h["event"] for h in made["history"]] == ["CanaryPlanted"]


def test_other_policies_are_on_record_when_they_are_first_used(desk: Desk) -> None:
    ruled = next(e.ruled for e in desk.events if isinstance(e, ev.RulingMade))
    asked = replace(ruled, ruling=replace(ruled.ruling, act=False))
    book = CaseBook(SHIFT)
    assert book.take(ev.RulingMade(ruled=replace(asked, policy="a" * 64)), 1.0) is None
    made = book.take(ev.RulingMade(ruled=replace(asked, policy="b" * 64)), 2.0)
    assert made is not None
    assert (made["kind"], made["policy_was"], made["policy"]) == ("policy.changed", "a" * 64, "b" * 64)
    assert book.take(ev.RulingMade(ruled=replace(asked, policy="b" * 64)), 3.0) is None
    acted = replace(ruled, ruling=replace(ruled.ruling, act=True), policy="b" * 64)
    done = book.take(ev.RulingMade(ruled=acted), 4.0)
    assert done is not None
    assert (done["kind"], done["accountable"]["name"]) == ("ruling", "Sam Lead")


def test_who_comes_and_goes_is_on_record_and_so_is_whether_the_decider_was_there(desk: Desk) -> None:
    book = CaseBook(SHIFT, lambda now_s: ("Ana", "dana") if now_s < 100 else ("Eve",))
    report = next(e for e in desk.events if isinstance(e, ev.RobotReported))
    came = book.take(report, 1.0)
    assert came is not None
    assert (came["kind"], came["people"], came["was"]) == ("shift.changed", ["Ana", "dana"], [])
    assert book.take(report, 90.0) is None
    decided = next(e for e in desk.events if isinstance(e, ev.EscalationDecided))
    made = book.take(decided, 95.0)
    assert made is not None
    assert made["on_shift"]["decider_is"] is True
    went = book.take(report, 160.0)
    assert went is not None
    assert (went["people"], went["was"]) == (["Eve"], ["Ana", "dana"])
