"""The adapter in docs/how-to/write-an-adapter.md is complete and passes the conformance suite."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "write-an-adapter.md"


@pytest.mark.slow
def test_the_guides_adapter_conforms(tmp_path):
    files = re.findall(r"```python file=(\w+\.py)\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    assert [name for name, _ in files] == ["my_robot.py", "my_bench.py"]
    for name, code in files:
        (tmp_path / name).write_text(code)
    told = re.search(r"^pytest (--pyargs .*)$", GUIDE.read_text(), flags=re.MULTILINE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *told[1].split()]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout
    passed = int(re.search(r"(\d+) passed", run.stdout)[1])
    assert passed >= 40
