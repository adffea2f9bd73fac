"""Calibration data in files: what is written is read, and what was changed by hand is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.deployment.fields import FileError
from fleet.deployment.load import deployment_from_text
from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import NONE_OF_THESE, Choice, Example
from fleet.escalation.gate.settings import (
    NONE,
    SHIPPED_FILE,
    SITES,
    GateSettings,
    PromiseSettings,
    data_of,
    gate_of,
    with_path,
)
from fleet.escalation.gate.store import CalibrationData, Case, Source, key_of, key_text, read_data, write_data
from fleet.model.errors import InvalidField
from fleet.model.severity import Severity

KEY = ("which_object", Severity.MEDIUM)
SHIFT = Source(kind="simulation", name="random_shift", seed=3, site="ward", version="0.1.0")
PAST = Source(kind="review", name="fleet.sqlite")


def data(count: int = 60) -> CalibrationData:
    sure = [
        Case(key=KEY, example=Example(scores=(0.9, 0.05), acceptable=(0,), features=(2.0, i / 7)), source=SHIFT)
        for i in range(count)
    ]
    odd = Example(scores=(0.2, 0.1), acceptable=(NONE_OF_THESE,), features=(2.0, 0.5), weight=20.0, at_s=12.5)
    return CalibrationData(
        cases=(*sure, Case(key=KEY, example=odd, source=PAST)),
        promises={KEY: Promise(epsilon=0.15, alpha=0.1)},
        features={KEY: ("candidates", "gap")},
    )


def test_what_is_written_is_read_and_is_the_same_every_time(tmp_path: Path) -> None:
    first, again = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    digest = write_data(data(), first)
    found = read_data(first)
    assert write_data(found, again) == digest
    assert first.read_bytes() == again.read_bytes()
    assert found.promises == {KEY: Promise(epsilon=0.15, alpha=0.1)} and found.classes() == (KEY,)
    assert found.cases[-1].source == PAST
    last = found.examples(KEY)[-1]
    assert (last.acceptable, last.weight, last.at_s, last.source) == ((-1,), 20.0, 12.5, "review:fleet.sqlite")


def test_the_header_tells_where_the_examples_come_from(tmp_path: Path) -> None:
    write_data(data(), tmp_path / "a.jsonl")
    header = json.loads((tmp_path / "a.jsonl").read_text().splitlines()[0])
    assert header["sources"][0] == {
        "kind": "simulation",
        "name": "random_shift",
        "seed": 3,
        "site": "ward",
        "version": "0.1.0",
    }
    assert (header["examples"], header["features"]) == (61, {"which_object/medium": ["candidates", "gap"]})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda t: t.replace('"scores":[0.9', '"scores":[0.8', 1), "line 1, digest"),
        (lambda t: "\n".join(t.splitlines()[:-1]) + "\n", "line 1, digest"),
        (lambda t: t.replace("humanoid-fleet-calibration/1", "humanoid-fleet-calibration/9"), "line 1, format"),
        (lambda t: "", "line 1"),
        (lambda t: "[1]\n" + t, "line 1"),
    ],
    ids=["changed", "cut", "version", "empty", "no header"],
)
def test_a_file_that_was_changed_or_cut_is_refused(tmp_path: Path, change: object, field: str) -> None:
    file = tmp_path / "a.jsonl"
    write_data(data(), file)
    file.write_text(change(file.read_text()))  # type: ignore[operator]
    with pytest.raises(InvalidField, match=field):
        read_data(file)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"scores": [1.5]}, "line 3, scores"),
        ({"scores": []}, "line 3, scores"),
        ({"scores": ["a"]}, "line 3, scores"),
        ({"acceptable": [4]}, "line 3, acceptable"),
        ({"acceptable": []}, "line 3, acceptable"),
        ({"weight": 0}, "line 3, weight"),
        ({"class": 4}, "line 3, class"),
        ({"class": "which_object"}, "line 3, class"),
        ({"features": [1.0]}, "line 3, features"),
        ({"source": 7}, "line 3, source"),
    ],
    ids=str,
)
def test_an_example_that_cannot_be_is_named_by_its_line(tmp_path: Path, line: dict[str, object], field: str) -> None:
    import hashlib

    file = tmp_path / "a.jsonl"
    write_data(data(3), file)
    lines = file.read_text().splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **line})
    body = "".join(f"{text}\n" for text in lines[1:])
    header = {**json.loads(lines[0]), "digest": hashlib.sha256(body.encode()).hexdigest()}
    file.write_text(json.dumps(header) + "\n" + body)
    with pytest.raises(InvalidField, match=field):
        read_data(file)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=r"gate\.calibration"):
        with_path(GateSettings(calibration="nowhere.jsonl"), tmp_path)
    with pytest.raises(InvalidField, match="nowhere"):
        data_of(GateSettings(calibration=str(tmp_path / "nowhere.jsonl")))


def test_settings_make_a_gate_and_their_promises_go_before_the_files(tmp_path: Path) -> None:
    write_data(data(), tmp_path / "a.jsonl")
    plain = with_path(GateSettings(calibration="a.jsonl"), tmp_path)
    stricter = GateSettings(calibration=plain.calibration, promises={"which_object": PromiseSettings(alpha=0.02)})
    assert gate_of(plain).promise(*KEY) == Promise(epsilon=0.15, alpha=0.1)
    assert gate_of(stricter).promise(*KEY) == Promise(epsilon=0.15, alpha=0.02)
    assert gate_of(plain).digest != gate_of(stricter).digest


def test_without_calibration_it_asks() -> None:
    choice = Choice(decision_class=KEY[0], severity=KEY[1], options=("a", "b"), scores=(0.99, 0.01))
    assert not gate_of(GateSettings(calibration=NONE)).rule(choice).act


def test_fewer_examples_are_a_random_choice_that_is_always_the_same() -> None:
    some = data().at_most(20)
    assert len(some.cases) == 20 and some.cases == data().at_most(20).cases
    assert some.at_most(100) == some


def test_files_whose_features_differ_do_not_go_together() -> None:
    other = CalibrationData(features={KEY: ("candidates", "unknown words")})
    with pytest.raises(InvalidField, match="which_object/medium"):
        data().plus(other)
    assert len(data().plus(CalibrationData(cases=data(5).cases)).cases) == 67


def test_keys_are_read_as_they_are_written() -> None:
    assert key_of(key_text(KEY)) == KEY
    with pytest.raises(InvalidField, match="severity"):
        key_of("which_object")


def test_none_of_these_is_an_option_that_the_sets_know() -> None:
    """The scores leave much to "none of these", and often nothing that was offered was right: it asks."""
    unsure = Example(scores=(0.5, 0.1), acceptable=(NONE_OF_THESE,))
    sure = Example(scores=(0.97, 0.01), acceptable=(0,))
    gate = Gate({KEY: CalibrationData(cases=tuple(Case(key=KEY, example=e) for e in [sure] * 80 + [unsure] * 20))
                 .calibrations()[KEY]})  # fmt: skip
    choice = Choice(decision_class=KEY[0], severity=KEY[1], options=("a", "b"), scores=(0.5, 0.1))
    ruling = gate.rule(choice)
    assert not ruling.act and "none of these" in ruling.conditions[1].detail
    assert gate.rule(Choice(decision_class=KEY[0], severity=KEY[1], options=("a", "b"), scores=(0.97, 0.01))).act


def test_a_deployment_names_its_calibration_from_where_it_lies(tmp_path: Path) -> None:
    write_data(data(), tmp_path / "ours.jsonl")
    text = (Path(__file__).parents[4] / "deployments" / "demo.yaml").read_text(encoding="utf-8")
    plan = deployment_from_text(text + "\ngate: {calibration: ours.jsonl, question_s: 60}\n", folder=tmp_path)
    assert plan.gate == GateSettings(calibration=str(tmp_path / "ours.jsonl"), question_s=60.0)
    wrong = text + "\ngate:\n  calibration: theirs.jsonl\n"
    with pytest.raises(FileError, match=rf"line {len(wrong.splitlines())}.*gate\.calibration.*theirs.*shipped, none"):
        deployment_from_text(wrong, folder=tmp_path)


@pytest.mark.parametrize("site", SITES)
def test_a_site_may_have_examples_of_its_own_beside_what_is_shipped(site: str, tmp_path: Path) -> None:
    ours, every = data_of(GateSettings(calibration=site)), data_of(GateSettings())
    assert (ours.promises, ours.features) == (every.promises, every.features)
    assert all(made.enough for made in ours.calibrations().values())
    claims = [c for c in ours.cases if c.key == ("is_the_claim_true", Severity.MEDIUM)]
    assert {c.source.site for c in claims} == {site}, "where there are enough, the site is judged by itself"
    assert ours.examples(KEY) == every.examples(KEY), "what shifts say nothing about stays as it is"
    settings = GateSettings(calibration=site)
    assert with_path(settings, tmp_path) is settings
    assert gate_of(settings) is gate_of(settings) is not gate_of(GateSettings())


def test_what_is_shipped_can_be_read_and_is_small() -> None:
    assert gate_of(GateSettings()) is gate_of(GateSettings())
    assert SHIPPED_FILE.stat().st_size < 300_000
