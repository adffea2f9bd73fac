"""JUnit XML: what Jenkins, GitLab and GitHub's reporters accept, and what a person finds in a failure."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from fleet.scenario.record import Verdict
from fleet.scenario.reports.junit import junit_xml
from tests.fleet.scenario.reports.recorded import EVIL, a_run, not_done

# The common ground of the readers: Jenkins' junit-10.xsd is the strictest, GitLab reads a part of it.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "file"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "time", "file", "assertions", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
}


def check(element: ET.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes, element.tag
    for child in element:
        assert child.tag in children, f"{child.tag} in {element.tag}"
        check(child)
    for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if count in element.attrib:
            assert int(element.attrib[count]) == len(list(element.iter(tag)))


def parsed(*records: object) -> ET.Element:
    return ET.fromstring(junit_xml(records))  # type: ignore[arg-type]


def test_every_reader_accepts_it() -> None:
    interrupted = a_run(4, verdict=Verdict.INTERRUPTED, error="stopped by Ctrl-C")
    root = parsed(a_run(1), a_run(2, broken=True), interrupted, not_done(), a_run(1, scenario="other", bus="ros"))
    check(root)
    assert [(s.get("name"), s.get("tests")) for s in root] == [("fall_with_load", "11"), ("other", "3")]
    assert (root.get("failures"), root.get("errors")) == ("2", "1")
    cases = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(set(cases)) == len(cases), "readers merge cases of one name"
    assert cases[0] == ("fall_with_load.seed_1", "1. never collision")


def test_a_failure_shows_the_last_minute_before_it_and_the_command_that_replays() -> None:
    failures = {c.get("name"): c.find("failure") for c in parsed(a_run(2, broken=True)).iter("testcase")}
    late = failures["3. within 60 s of robot_fallen then TaskDone"]
    assert late is not None
    assert late.get("message") == "fetch was not done by 91.0 s"
    assert late.text is not None
    assert "scenarios/fall.yaml:14: broke at 91.0 s" in late.text
    assert "43.5 s  operator  Mia Berger: again" in late.text
    assert "iron_1 touches a wall" not in late.text, "that came later"
    assert "g1_1 falls" not in late.text, "that was more than a minute before"
    assert late.text.endswith("Replay: fleet sim run --replay out/fall-seed-2/run.json")


def test_a_run_that_could_not_be_done_is_an_error_and_an_interrupted_one_is_not_called_kept() -> None:
    [case] = parsed(not_done()).iter("testcase")
    error = case.find("error")
    assert error is not None
    assert error.get("message") == "could not be done: the worker died with signal 9, twice"
    cases = list(parsed(a_run(4, verdict=Verdict.INTERRUPTED, error="Ctrl-C", findings=())).iter("testcase"))
    assert [c.find("skipped") is not None for c in cases] == [True]


def test_of_an_interrupted_run_only_what_had_already_broken_is_a_failure() -> None:
    run = a_run(2, broken=True, verdict=Verdict.INTERRUPTED, error="stopped by Ctrl-C at 120.0 s")
    results = [[child.tag for child in case] for case in parsed(run).iter("testcase")]
    assert results == [["skipped"], ["skipped"], ["skipped"], ["failure"]], "the bound may yet have been kept"


def test_text_that_xml_cannot_hold_is_replaced() -> None:
    root = parsed(a_run(1, protects=EVIL), not_done(error=EVIL))
    [value] = [p.get("value") for p in root.iter("property") if p.get("name") == "protects"]
    assert value == EVIL.replace("\x07", "\ufffd")


def test_what_could_not_be_evaluated_is_skipped_and_not_called_kept() -> None:
    run = a_run(1, bus="ros")
    open_one = replace(run.findings[0], evaluated=False, detail="only the world can tell")
    first = next(parsed(replace(run, findings=(open_one, *run.findings[1:]))).iter("testcase"))
    skipped = first.find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "only the world can tell"
