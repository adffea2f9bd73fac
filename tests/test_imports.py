"""The dependency direction of docs/DESIGN: who may import whom, and who may look at the clock or throw dice.

api -> fleet        robot_adapters -> fleet.model        sim_worlds -> robot_adapters.base, fleet.model
fleet -> none of them, except in fleet/cli, the one place where things are put together
rclpy and messages only under a ros/ folder or in ros_*.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "fleet", "robot_adapters", "sim_worlds")

# What each package may import from the others. A module stands for everything below it.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "api": ("fleet",),
    "robot_adapters": ("fleet.model", "fleet.ros"),  # both ends of the wire share names, QoS and conversions
    "sim_worlds": ("robot_adapters.base", "fleet.model"),
    "fleet": (),
}
FLEET_NEVER = ("fastapi", "starlette", "nicegui", "pybullet", "pybullet_data")
ROS_MODULES = (
    "rclpy",
    "std_srvs",
    "tf2_ros",
    "launch_ros",
    "lifecycle_msgs",
    "ament_index_python",
    "rosidl_runtime_py",
)
CLOCKS = {
    *(f"time.{f}{ns}" for f in ("time", "monotonic", "perf_counter", "clock_gettime") for ns in ("", "_ns")),
    *(f"datetime.datetime.{f}" for f in ("now", "utcnow", "today")),
    "datetime.date.today",
}
DICE = {"uuid.uuid1", "uuid.uuid4", "os.urandom", "random.SystemRandom"}
DICE_MODULES = ("secrets", "random", "numpy.random")
SEEDED = {"Random", "default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "PCG64DXSM", "Philox"}


def below(module: str, *roots: str) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def imports(nodes: list[ast.AST], module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Every module imported, `a.b` for `from a import b` too, by statement or by a literal name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parents = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parents, *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def names_used(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Every dotted name that is read, written out in full: `t.time` after `import time as t` is `time.time`."""
    full: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                full[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            full.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    for node in nodes:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            parts: list[str] = []
            part: ast.AST = node
            while isinstance(part, ast.Attribute):
                parts.append(part.attr)
                part = part.value
            if isinstance(part, ast.Name) and part.id in full:
                yield node.lineno, ".".join([full[part.id], *reversed(parts)])


def violations(path: str, source: str) -> list[str]:
    """What in the file at `path` (relative to the root) breaks a rule, one sentence each."""
    file = Path(path)
    package = file.parts[0]
    module = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
    nodes = list(ast.walk(ast.parse(source, path)))
    in_cli = below(module, "fleet.cli") or module == "fleet.__main__"
    ros_allowed = "ros" in file.parts[:-1] or file.name.startswith("ros_") or package == "launch"
    found: list[tuple[int, str]] = []

    for line, name in imports(nodes, module, file.name == "__init__.py"):
        if package in MAY_IMPORT and not in_cli and below(name, *PACKAGES) and not below(name, package):
            allowed = MAY_IMPORT[package]
            if not below(name, *allowed):
                found.append((line, f"{package} may import {' and '.join(allowed) or 'no other package'}, not {name}"))
        if below(name, "fleet.cli") and not in_cli:
            found.append((line, f"fleet.cli puts everything together, nothing imports it: {name}"))
        if package == "fleet" and below(name, *FLEET_NEVER):
            found.append((line, f"fleet does without {name.split('.')[0]}"))
        if not ros_allowed and (below(name, *ROS_MODULES) or name.split(".")[0].endswith(("_msgs", "_interfaces"))):
            found.append((line, f"ROS is imported under a ros/ folder or in ros_*.py only: {name}"))

    if package == "fleet" and not in_cli and not below(module, "fleet.ros", "fleet.clock"):
        for line, name in names_used(nodes):
            if name in CLOCKS:
                found.append((line, f"time comes from a Clock that is handed in, not from {name}"))
            dice = next((m for m in DICE_MODULES if name.startswith(m + ".")), None)
            if name in DICE or (dice and name.removeprefix(dice + ".").split(".")[0] not in SEEDED):
                found.append((line, f"randomness comes from a seeded generator that is handed in, not from {name}"))

    return [f"{path}:{line}: {what}" for line, what in sorted(set(found))]


def source_files() -> list[Path]:
    return sorted(p for package in (*PACKAGES, "launch") for p in (ROOT / package).rglob("*.py"))


def test_every_file_keeps_the_dependency_direction():
    files = source_files()
    assert files, "no source files found"
    bad = [v for p in files for v in violations(str(p.relative_to(ROOT)), p.read_text(encoding="utf-8"))]
    assert not bad, "\n" + "\n".join(bad)


def test_launch_is_not_a_package():
    assert not list((ROOT / "launch").rglob("__init__.py")), "launch/__init__.py would hide ROS's own launch"


@pytest.mark.parametrize(
    ("path", "source", "says"),
    [
        ("api/app.py", "import sim_worlds.world", "api may import fleet, not sim_worlds.world"),
        ("api/app.py", "from robot_adapters import base", "not robot_adapters.base"),
        ("api/app.py", "from fleet.cli.main import main", "nothing imports it"),
        ("robot_adapters/g1.py", "from fleet import supervisor", "robot_adapters may import fleet.model"),
        ("robot_adapters/g1.py", "import fleet", "robot_adapters may import fleet.model"),
        ("robot_adapters/g1.py", "from fleet.modelling import x", "robot_adapters may import fleet.model"),
        ("robot_adapters/g1.py", "from sim_worlds.link import Link", "not sim_worlds.link"),
        ("sim_worlds/world.py", "from robot_adapters.scripted import X", "robot_adapters.base and fleet.model"),
        ("sim_worlds/world.py", "def f():\n    import fleet.journal", "world.py:2: "),
        ("sim_worlds/world.py", "from importlib import import_module\nimport_module('fleet.bus')", "not fleet.bus"),
        ("fleet/supervisor/step.py", "from api import app", "no other package"),
        ("fleet/supervisor/step.py", "from ...api import app", "no other package"),
        ("fleet/supervisor/step.py", "if TYPE_CHECKING:\n    import robot_adapters.base", "no other package"),
        ("fleet/journal/sqlite.py", "from fleet.cli import main", "nothing imports it"),
        ("fleet/cli/main.py", "from fastapi import FastAPI", "does without fastapi"),
        ("fleet/whatif.py", "import pybullet as p", "does without pybullet"),
        ("fleet/bus/base.py", "import rclpy", "under a ros/ folder"),
        ("robot_adapters/host.py", "from humanoid_fleet_msgs.msg import RobotState", "under a ros/ folder"),
        ("sim_worlds/clock.py", "from builtin_interfaces.msg import Time", "under a ros/ folder"),
        ("fleet/bus/rose.py", "import rclpy.node", "under a ros/ folder"),
        ("fleet/leases.py", "import time\nx = time.time()", "leases.py:2: time comes from a Clock"),
        ("fleet/leases.py", "import time as t\nx = t.monotonic()", "not from time.monotonic"),
        ("fleet/leases.py", "from time import monotonic as m\ndef f(now=m): ...", "not from time.monotonic"),
        ("fleet/leases.py", "import datetime\ndatetime.datetime.now()", "not from datetime.datetime.now"),
        ("fleet/leases.py", "from datetime import datetime as d\nd.now(tz=None)", "not from datetime.datetime.now"),
        ("fleet/clocks.py", "import time\ntime.perf_counter_ns()", "time comes from a Clock"),
        ("fleet/ids.py", "import uuid\nuuid.uuid4()", "seeded generator"),
        ("fleet/ids.py", "import random\nrandom.random()", "not from random.random"),
        ("fleet/ids.py", "import numpy as np\nnp.random.rand()", "not from numpy.random.rand"),
    ],
)
def test_what_is_not_allowed_is_found(path, source, says):
    found = violations(path, source)
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("api/app.py", "from fleet.journal import base\nfrom fastapi import FastAPI\nimport time\ntime.time()"),
        ("api/routes/robots.py", "from ..app import x\nfrom api import auth"),
        ("robot_adapters/__init__.py", "from .base import HumanoidAdapter\nfrom fleet.model.robot import RobotState"),
        ("robot_adapters/ros/host.py", "import rclpy\nfrom humanoid_fleet_msgs.msg import Claim\nfrom ..base import X"),
        (
            "sim_worlds/world.py",
            "import pybullet, numpy\nfrom robot_adapters.base import Progress\nfrom fleet import model",
        ),
        ("sim_worlds/ros_clock.py", "from rosgraph_msgs.msg import Clock"),
        ("fleet/cli/main.py", "import api.app, sim_worlds.world, robot_adapters.registry\nimport time\ntime.time()"),
        ("fleet/__main__.py", "from fleet.cli.main import main"),
        ("fleet/ros/bus.py", "import rclpy, time\ntime.monotonic()"),
        ("fleet/clock.py", "import time\ntime.monotonic()"),
        ("fleet/supervisor/step.py", "from ..model import tasks\nfrom . import state\ntime = 3\ntime.time"),
        (
            "fleet/supervisor/step.py",
            "from datetime import datetime, timezone\ndatetime.fromtimestamp(0, timezone.utc)",
        ),
        ("fleet/allocate.py", "import numpy as np, random\nnp.random.default_rng(7)\nrandom.Random(7)"),
        ("launch/fleet.launch.py", "from launch_ros.actions import LifecycleNode"),
    ],
)
def test_what_is_allowed_is_not_found(path, source):
    assert violations(path, source) == []
