"""What the packaging files say agrees, the lock file is clean, and the documents name only what exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
LOCK = (ROOT / "requirements.lock").read_text()


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", ["package.xml", "interfaces/humanoid_fleet_msgs/package.xml"])
def test_every_package_has_the_version_of_the_project(path):
    manifest = ElementTree.parse(ROOT / path).getroot()
    version = re.search(r'^version = "(.+)"$', PYPROJECT, re.MULTILINE)
    assert version
    assert manifest.findtext("version") == version[1]
    assert manifest.get("format") == "3"


def unfit(lock: str) -> list[str]:
    """The lines of a lock file that name a registry or a path, or that lack a hash."""
    requirements = [r for r in re.sub(r"\\\n", "", lock).splitlines() if r and not r.startswith("#")]
    return [r for r in requirements if "--hash=sha256:" not in r or re.search(r"://|^-|\s/|@\s", r)]


def test_the_lock_file_has_hashes_and_names_no_registry_and_no_path():
    assert unfit(LOCK) == []
    assert len(re.findall("^ros-rclpy==", LOCK, re.MULTILINE)) == 1


@pytest.mark.parametrize(
    "line", ["numpy==2.0", "--index-url https://x.example", "numpy @ file:///tmp/n.whl --hash=sha256:00"]
)
def test_an_unfit_lock_file_is_found(line):
    assert unfit(line) == [line]


def test_every_document_names_only_what_exists():
    check_docs = load(ROOT / "tools" / "check_docs.py")
    documents = [p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if p.is_file()]
    assert documents
    assert [problem for p in documents for problem in check_docs.problems(p)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a](missing.md)", "no such file: missing.md"),
        ("[a](other.md#not-there)", "no such heading: other.md#not-there"),
        ("[a](#gone)", "no such heading: #gone"),
        ("see `fleet/never_was.py`", "no such file: fleet/never_was.py"),
    ],
)
def test_what_a_document_names_wrongly_is_found(tmp_path, text, says):
    check_docs = load(ROOT / "tools" / "check_docs.py")
    (tmp_path / "other.md").write_text("# There it is\n")
    (tmp_path / "good.md").write_text(
        "[a](other.md#there-it-is) [b](https://x.example/y) `[c](no.md)`\n```\n[d](e)\n```\n"
    )
    (tmp_path / "bad.md").write_text(f"\n{text}\n")
    assert check_docs.problems(tmp_path / "good.md", tmp_path) == []
    assert check_docs.problems(tmp_path / "bad.md", tmp_path) == [f"bad.md:2: {says}"]
