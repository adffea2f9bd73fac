"""What a command need not import, it does not: every `fleet` call, and every process of a fleet, pays for imports."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_line_starts_without_the_libraries_that_few_commands_need() -> None:
    program = "import sys, fleet.cli.main; print([m for m in ('scipy', 'numba', 'onnx', 'ray') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
