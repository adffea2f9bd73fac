"""What every test can use, and a clear word when the environment lacks something."""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROS_MODULES = ("rclpy", "humanoid_fleet_msgs")


def _missing_ros() -> list[str]:
    return [name for name in ROS_MODULES if importlib.util.find_spec(name) is None]


# Without ROS the modules that import it cannot even be collected.
collect_ignore_glob = ["*/ros/*", "*/test_ros_*.py"] if _missing_ros() else []


def pytest_configure(config: pytest.Config) -> None:
    missing = _missing_ros()
    if missing and "not ros" not in config.getoption("markexpr", ""):
        pytest.exit(
            f"{' and '.join(missing)} cannot be imported by this Python: run `make setup` and use "
            "`.venv/bin/python -m pytest`, or leave the ROS tests out with `-m 'not ros'`",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )


_NAMED_FOR = {"ros": "test_ros_", "browser": "test_browser_"}
_WAITING = "ros or browser"  # what tools/run_tests.py runs apart
# The longest of these, which the workers of that run are given first, so that none is left with one at the end.
_FIRST = ("crashes", "small_site", "faults", "demo", "traffic", "fleet_sim", "latency")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of what needs ROS or a browser imports no other tests: they are found by the names of their files."""
    if config.getoption("markexpr", "") != _WAITING or not collection_path.name.startswith("test_"):
        return None
    named = collection_path.is_dir() or collection_path.name.startswith(tuple(_NAMED_FOR.values()))
    return None if named else True


@pytest.hookimpl(tryfirst=True)  # before any is left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for mark, prefix in _NAMED_FOR.items():
            if (item.get_closest_marker(mark) is not None) != item.path.name.startswith(prefix):
                raise pytest.UsageError(f"{item.nodeid}: tests marked {mark}, and no others, are in files {prefix}*.py")
    if config.getoption("markexpr", "") == _WAITING:
        ranks = {f"test_ros_{name}.py": rank for rank, name in enumerate(_FIRST)}
        items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _each_command_line_is_built_once() -> Iterator[None]:
    """Typer builds the tree of all commands anew whenever one is run. A process runs one; these tests run hundreds."""
    import typer.main
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        built_once = functools.cache(typer.main.get_command)
        patch.setattr(typer.main, "get_command", built_once)
        patch.setattr(typer.testing, "_get_command", built_once)
        yield


@pytest.fixture
def ros_domain_id() -> Iterator[int]:
    """A ROS domain that no other test on this machine uses while this one runs."""
    from domain_coordinator import domain_id

    with domain_id() as domain:
        yield domain


@pytest.fixture
def ros_env(ros_domain_id: int, tmp_path: Path) -> dict[str, str]:
    """The environment for processes that are to talk ROS to each other and to nobody else."""
    return {
        **os.environ,
        "ROS_DOMAIN_ID": str(ros_domain_id),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "ROS_LOG_DIR": str(tmp_path / "ros_log"),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium. In a container it needs --no-sandbox."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.fail("no Chromium found: run `tools/setup.sh --chromium` (Debian: apt-get install chromium)", pytrace=False)
