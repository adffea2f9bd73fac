"""The definitions stay complete: each is built, each field is explained, the package is plain ament_cmake."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "interfaces" / "humanoid_fleet_msgs"
DEFINITIONS = sorted(p for kind in ("msg", "srv", "action") for p in PACKAGE.glob(f"{kind}/*.{kind}"))
FLOAT = re.compile(r"^float\d+(\[\])?\s+(\w+)\s*(#.*)?$")
UNIT_OF_SUFFIX = {"_kg": "kg", "_m": "m,", "_mps": "m/s", "_s": "s,", "_w": "W,", "_wh": "Wh", "_fraction": "0..1"}


def test_there_are_definitions():
    assert len(DEFINITIONS) >= 16


def test_every_definition_is_built():
    listed = set(re.findall(r'"((?:msg|srv|action)/\w+\.\w+)"', (PACKAGE / "CMakeLists.txt").read_text()))
    assert listed == {str(p.relative_to(PACKAGE)) for p in DEFINITIONS}


def unexplained(text: str) -> list[str]:
    """The float fields whose comment is missing or does not name the unit that the field's name promises."""
    bad = []
    for line in text.splitlines():
        if match := FLOAT.match(line):
            name, comment = match[2], match[3] or ""
            unit = next((u for suffix, u in UNIT_OF_SUFFIX.items() if name.endswith(suffix)), "0..1")
            if unit not in comment:
                bad.append(name)
    return bad


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda p: p.name)
def test_every_definition_says_what_it_is_and_every_number_its_unit(path):
    text = path.read_text()
    assert text.startswith("# "), "the first line is a comment that says what it is"
    assert unexplained(text) == []
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize(
    "line", ["float64 mass_kg", "float64 mass_kg  # heavy", "float64 confidence", "float32[] a_m # cm"]
)
def test_a_number_without_its_unit_is_found(line):
    assert unexplained(line) != []


def test_every_dependency_of_the_build_is_declared():
    cmake = (PACKAGE / "CMakeLists.txt").read_text()
    used = set(re.findall(r"find_package\((\w+) REQUIRED\)", cmake))
    declared = {e.text for e in ElementTree.parse(PACKAGE / "package.xml").getroot() if e.tag.endswith("depend")}
    assert used <= declared
