"""The peer of `sim.py`: its environment is made once, and its robots run in a process of their own."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_HERE = Path(__file__).resolve().parent / "peers" / "pybullet_fleet"
_PYTHON = ROOT / "out" / "peers" / "pybullet_fleet" / "bin" / "python"


def peer_python() -> Path:
    """The peer's Python; its environment is made the first time (this fetches packages, pinned in requirements.txt).

    Raises:
        subprocess.CalledProcessError: it could not be made.
    """
    if not _PYTHON.exists():
        folder = _PYTHON.parents[1]
        subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(_PYTHON)]
        try:
            subprocess.run([*install, "-r", str(_HERE / "requirements.txt")], check=True)
        except subprocess.CalledProcessError:
            _PYTHON.unlink()  # a half-made environment is made again
            raise
    return _PYTHON


def walkers(count: int, seconds: float, dynamic: int = 0) -> dict[str, Any]:
    """So many robots in rows 2 m apart on open floor (closer where 100 m do not suffice), each with a far goal."""
    side, dice = math.ceil(math.sqrt(count)), random.Random(count)
    step = min(2.0, 96 / side)
    half = max(step * side / 2, 10.0)
    starts = [(step * (i % side - side / 2), step * (i // side - side / 2)) for i in range(count)]
    goals = []
    for start in starts:
        goal = start
        while math.dist(goal, start) < 8:
            goal = dice.uniform(-half, half), dice.uniform(-half, half)
        goals.append(goal)
    # Two seconds to get going, and for our compiler to be done.
    return {
        "starts": starts,
        "goals": goals,
        "speed_mps": 0.6,
        "warm_s": 2.0,
        "seconds": seconds,
        "dynamic": dynamic,
    }


def ours(task: dict[str, Any]) -> dict[str, float]:
    """Our world's numbers for the task, from a process of its own."""
    return _run([sys.executable, "-m", "benchmarks.peers.ours"], task)


def theirs(task: dict[str, Any]) -> dict[str, float]:
    """The peer's numbers for the same task."""
    return _run([str(peer_python()), str(_HERE / "walk.py")], task)


def _run(command: list[str], task: dict[str, Any]) -> dict[str, float]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, input=json.dumps(task), capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result
