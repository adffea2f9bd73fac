"""JUnit XML as Jenkins, GitLab and GitHub's reporters read it: a suite a scenario, a case a run and expectation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from fleet.scenario.record import Finding, RunRecord, Verdict
from fleet.scenario.reports.story import failure_text, judged, last_minute, outcome

# What XML 1.0 cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(records: Sequence[RunRecord]) -> bytes:
    """The report; `time` is processor time of the run in s, shared evenly by its cases."""
    root = ET.Element("testsuites", name="fleet sim")
    for scenario in dict.fromkeys(r.scenario for r in records):
        _suite(root, scenario, [r for r in records if r.scenario == scenario])
    _count(root, root.iter("testcase"))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: ET.Element, scenario: str, records: Sequence[RunRecord]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_clean(scenario))
    properties = ET.SubElement(suite, "properties")
    told = {"protects": records[0].protects, "file": records[0].scenario_file, **records[0].versions}
    for name, value in told.items():
        ET.SubElement(properties, "property", name=_clean(name), value=_clean(value))
    for record in records:
        _run(suite, record)
    _count(suite, suite.iter("testcase"))


def _run(suite: ET.Element, record: RunRecord) -> None:
    whole = record.verdict in (Verdict.ERROR, Verdict.INTERRUPTED)
    share = record.took_s / max(len(record.findings) + whole, 1)
    if whole:
        case = _case(suite, record, "the run came to its end", share)
        lines = [outcome(record), *last_minute(record.timeline, record.simulated_s), f"Replay: {record.replay_command}"]
        if record.verdict is Verdict.ERROR:
            _because(case, "error", outcome(record), "RunError", lines)
        else:
            ET.SubElement(case, "skipped", message=_clean(outcome(record)))
    for finding in record.findings:
        case = _case(suite, record, _name(finding), share)
        if not judged(record, finding):
            why = finding.detail if not finding.evaluated else "not known: the run did not come to its end"
            ET.SubElement(case, "skipped", message=_clean(why))
        elif not finding.kept:
            message = finding.detail or f"not kept: {finding.what}"
            _because(case, "failure", message, finding.kind, [failure_text(record, finding)])
    if not whole and not record.findings:
        _case(suite, record, "the run came to its end", share)


def _name(finding: Finding) -> str:
    return f"{finding.index + 1}. {finding.what}"


def _case(suite: ET.Element, record: RunRecord, name: str, time_s: float) -> ET.Element:
    # Names must tell runs apart: readers merge cases of one class and name.
    return ET.SubElement(
        suite,
        "testcase",
        classname=_clean(f"{record.scenario}.seed_{record.seed}" + (".ros" if record.bus == "ros" else "")),
        name=_clean(name),
        file=_clean(record.scenario_file),
        time=f"{time_s:.3f}",
    )


def _because(case: ET.Element, tag: str, message: str, kind: str, lines: Sequence[str]) -> None:
    ET.SubElement(case, tag, message=_clean(message), type=_clean(kind)).text = _clean("\n".join(lines))


def _count(element: ET.Element, cases: Iterable[ET.Element]) -> None:
    listed = list(cases)
    element.set("tests", str(len(listed)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if attribute != "skipped" or element.tag == "testsuite":
            element.set(attribute, str(sum(case.find(tag) is not None for case in listed)))
    element.set("time", f"{sum(float(case.get('time', 0)) for case in listed):.3f}")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
