"""Runs the whole suite as two runs of pytest. Options of pytest given here go to both.

    python tools/run_tests.py [--side-by-side] [PYTEST_OPTION...]

What drives robots over ROS or a browser mostly waits; the rest computes. Each of the two has two workers, and one comes
after the other; `--side-by-side` both at once: what computes takes what is idle, at a lower priority, so that the other
run hardly feels it. That is sooner done, but what computes for minutes may then reach its time limits on a machine that
does other things too. The runs are told apart by what stands before their lines.
The exit code is 0 when both runs passed, else the first other one: a run without any test (5) did not pass.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

RUNS = {
    "computing": ["-n", "2", "--dist", "loadscope", "-m", "not ros and not browser"],
    # A module's tests stay together: they share a fleet or a browser. Each has its own ROS domain and ports.
    "waiting": ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder", "-m", "ros or browser"],
}
# A tenth of a processor's time while something of ordinary priority wants all of it, and all of it otherwise.
NICENESS = {"computing": 10, "waiting": 0}  # side by side


class Run:
    """One run of pytest, which is told of line by line."""

    def __init__(self, name: str, options: list[str], niceness: int = 0) -> None:
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        command = [sys.executable, "-m", "pytest", *colour, *RUNS[name], *options]
        self.name = name
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=lambda: os.nice(niceness),  # whatever the tests start inherits it
        )
        self._teller = threading.Thread(target=self._tell)
        self._teller.start()

    def _tell(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            print(f"{self.name:>9} | {line.rstrip()}", flush=True)

    def code(self) -> int:
        """How it ended, once it has."""
        code = self._process.wait()
        self._teller.join()
        if code != 0:
            print(f"error: the {self.name} tests ended with {code}", file=sys.stderr)
        return code if code >= 0 else 128 - code


def main(options: list[str]) -> int:
    """Both runs, to their ends."""
    # Ctrl-C reaches the runs too, being in the same terminal: they end and say what they had found.
    signal.signal(signal.SIGINT, lambda *_: None)
    if options[:1] == ["--side-by-side"]:
        codes = [run.code() for run in [Run(name, options[1:], NICENESS[name]) for name in RUNS]]
    else:
        codes = [Run(name, options).code() for name in RUNS]
    return next((code for code in codes if code != 0), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
