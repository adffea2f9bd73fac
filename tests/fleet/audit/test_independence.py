"""Who checks a bundle has to trust little: the verifier is a few files, the standard library, and two packages."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.audit.bundle import make_bundle
from tests.fleet.audit.test_log import SERVER, filled

AUDIT = Path(__file__).parents[3] / "fleet" / "audit"
PARTS = ("__init__", "canonical", "merkle", "notes", "statements", "keyring", "verify")

LOADED = """
import json, sys
before = set(sys.modules)  # what the interpreter's own start has loaded
import fleet.audit.verify
new = set(sys.modules) - before
print(json.dumps(sorted({name.partition('.')[0] for name in new if name.partition('.')[0] not in
    sys.stdlib_module_names} | {name for name in new if name.startswith('fleet')})))
"""
CHECK = """
import sys
from fleet.audit.notes import Verifier
from fleet.audit.verify import parse_bundle, verify_bundle
found = verify_bundle(parse_bundle(open(sys.argv[1]).read()), [Verifier.parse(sys.argv[2])])
print(found.problems, found.entries)
"""


def test_the_verifier_loads_nothing_but_the_standard_library_and_two_packages() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    ours = {f"fleet.audit.{p}" for p in PARTS if p != "__init__"} | {"fleet", "fleet.audit"}
    assert {name for name in loaded if name.startswith("fleet")} == ours
    foreign = {name for name in loaded - ours if not name.startswith(("_", "fleet"))}
    assert foreign <= {"cryptography", "rfc8785", "cffi"}, foreign


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The verifier's files by themselves, as somebody outside would take them."""
    for part in PARTS:
        target = tmp_path / "fleet" / "audit" / f"{part}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(AUDIT / f"{part}.py", target)
    (tmp_path / "fleet" / "__init__.py").touch()
    return tmp_path


def test_its_files_alone_check_a_bundle(alone: Path, tmp_path: Path) -> None:
    log = filled(tmp_path / "a.sqlite")
    bundle: dict[str, Any] = make_bundle(log, log.checkpoint([SERVER]), [3, 4], log.size)
    log.close()
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle))
    command = [sys.executable, "-c", CHECK, str(file), SERVER.verifier.text()]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "() 2"
