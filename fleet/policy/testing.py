"""Tests that policy files carry: facts, and what must come of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from fleet.deployment.fields import FileError, read_yaml
from fleet.model.errors import InvalidField
from fleet.policy.facts import checked
from fleet.policy.load import DEFAULT, policy_of
from fleet.policy.policy import Policy
from fleet.policy.records import PolicyFile, PolicyTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one test: `wrong` is empty if it was what was expected."""

    file: str
    test: str
    found: tuple[str, ...]
    wrong: str


def run_tests(paths: Sequence[Path]) -> list[Outcome]:
    """The tests of every file of these paths. Each sees the package's policies, all files before it, and itself.

    Raises:
        FileError: a file that does not check out, or a test whose facts cannot be.
    """
    outcomes: list[Outcome] = []
    policy = policy_of([p for p in paths if p.resolve() != DEFAULT])
    of_files = [DEFAULT, *(f for p in paths if p.resolve() != DEFAULT for f in _expanded(p))]
    shown_default = any(p.resolve() == DEFAULT for p in paths) or not paths
    for i, (path, file) in enumerate(zip(of_files, policy.files, strict=True)):
        if i == 0 and not shown_default:
            continue
        here = Policy(policy.files[: i + 1])
        outcomes += [_run(here, file, test, path, n) for n, test in enumerate(file.tests)]
    return outcomes


def _expanded(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _run(policy: Policy, file: PolicyFile, test: PolicyTest, path: Path, number: int) -> Outcome:
    try:
        facts = checked(test.facts)
    except InvalidField as error:
        where = read_yaml(path).find(f"tests[{number}].facts.{error.field.split('[')[0]}")
        where.fail(error.expected, error.value)
    unknown = [name for name in test.by if name not in policy.rules]
    if unknown:
        known = ", ".join(policy.rules)
        at = read_yaml(path).find(f"tests[{number}].by")
        raise FileError(str(path), int(at.node.start_mark.line) + 1, at.path, unknown[0], f"rules in force: {known}")
    found = tuple(r.rule for r in policy.explain(facts))
    return Outcome(file=file.name, test=test.name, found=found, wrong=_wrong(test, found))


def _wrong(test: PolicyTest, found: tuple[str, ...]) -> str:
    said = f"reserved by {', '.join(found)}" if found else "free"
    if (test.expect == "reserved") != bool(found):
        return f"expected {test.expect}, found {said}"
    if test.by and set(test.by) != set(found):
        return f"expected reserved by {', '.join(test.by)}, found {said}"
    return ""


def junit(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as JUnit XML: a suite a file, a case a test."""
    root = ElementTree.Element("testsuites", name="fleet policy test")
    for file in dict.fromkeys(o.file for o in outcomes):
        cases = [o for o in outcomes if o.file == file]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=file,
            tests=str(len(cases)),
            failures=str(sum(1 for o in cases if o.wrong)),
        )
        for outcome in cases:
            case = ElementTree.SubElement(suite, "testcase", classname=f"policy.{file}", name=outcome.test)
            if outcome.wrong:
                ElementTree.SubElement(case, "failure", message=outcome.wrong)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
