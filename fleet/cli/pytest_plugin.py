"""pytest plugin: the fixtures `fleet_sim` and `scenario`, the marker `fleet_seeds`, and what a failing test shows.

Loaded by entry point in every pytest run of the environment, so nothing heavy is imported before a fixture is used.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from fleet.cli.testing.after import Tested
    from fleet.cli.testing.base import FleetUnderTest
    from fleet.cli.testing.scenario_over_ros import RosScenarioSim
    from fleet.cli.testing.sim import ScenarioSim

    Made = TypeVar("Made", bound=Tested)

_OURS = "fleet_seed"
"""The fixture that ours ask for: a test that has it uses them, and not some other fixture named scenario."""
_SEEDS = re.compile(r"(\d+)(?:\.\.(\d+))?")
_MOST_SEEDS = 10_000
_MADE: pytest.StashKey[list[Tested]] = pytest.StashKey()
_ROS_MODULES = ("rclpy", "humanoid_fleet_msgs")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("humanoid fleet")
    group.addoption(
        "--fleet-seeds",
        metavar="SEEDS",
        default=None,
        help="run every test that uses fleet_sim or scenario with each of these seeds, e.g. 1..20 or 1,4,7..9; goes "
        "before @pytest.mark.fleet_seeds",
    )
    group.addoption(
        "--fleet-report",
        metavar="DIR",
        default=None,
        help="keep journal, record and HTML report of failing tests below DIR instead of pytest's temporary folder",
    )
    group.addoption(
        "--fleet-bus",
        choices=("inprocess", "ros"),
        default="inprocess",
        help="what fleet_sim is made of: one process in virtual time, or the processes of `fleet up` over ROS 2",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; refuse early what cannot be."""
    config.addinivalue_line(
        "markers",
        "fleet_seeds(*seeds): run the test with each of these seeds, numbers or ranges such as '1..20' "
        "(needs the fixture fleet_sim or scenario)",
    )
    if config.getoption("--fleet-bus") == "ros":
        missing = [name for name in _ROS_MODULES if importlib.util.find_spec(name) is None]
        if missing:
            raise pytest.UsageError(
                f"--fleet-bus ros: {' and '.join(missing)} cannot be imported by this Python; source your ROS 2 "
                "workspace, or install the wheels (docs/how-to/ros-without-ros.md), or leave the option out"
            )
    if (seeds := config.getoption("--fleet-seeds")) is not None:
        read_seeds([seeds], "--fleet-seeds")


def read_seeds(given: list[int | str] | tuple[int | str, ...], where: str) -> list[int]:
    """Numbers and ranges such as `1..20` or `1,4,7..9`, each seed once.

    Raises:
        pytest.UsageError: for anything else, none, or more than 10,000.
    """
    found: list[int] = []
    for part in (p.strip() for entry in given for p in str(entry).split(",")):
        match = _SEEDS.fullmatch(part)
        last = int(match[2] or match[1]) if match else -1
        if match is None or last < int(match[1]):
            raise pytest.UsageError(f"{where}: got {part!r}, expected seeds such as 1, 2, 3 or '1..20'")
        if last - int(match[1]) + len(found) >= _MOST_SEEDS:
            raise pytest.UsageError(f"{where}: got {part!r}, expected at most {_MOST_SEEDS} seeds")
        found += range(int(match[1]), last + 1)
    if not found:
        raise pytest.UsageError(f"{where}: got no seeds, expected seeds such as 1, 2, 3 or '1..20'")
    return list(dict.fromkeys(found))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each seed."""
    marker = metafunc.definition.get_closest_marker("fleet_seeds")
    uses = _OURS in metafunc.fixturenames
    if marker is not None and not uses:
        nodeid = metafunc.definition.nodeid
        raise pytest.UsageError(f"{nodeid}: fleet_seeds needs the fixture fleet_sim or scenario, which it does not use")
    option = metafunc.config.getoption("--fleet-seeds")
    if not uses or (option is None and marker is None):
        return
    where = "--fleet-seeds" if option is not None else f"{metafunc.definition.nodeid}: fleet_seeds"
    seeds = read_seeds([option] if option is not None else marker.args if marker else [], where)
    metafunc.parametrize("fleet_seed", seeds, ids=[f"seed-{s}" for s in seeds], indirect=True)


@pytest.fixture
def fleet_seed(request: pytest.FixtureRequest) -> int | None:
    """The seed of this test: one of `fleet_seeds`, else None (then `fleet_sim` takes 1, a scenario its own)."""
    return getattr(request, "param", None)


@pytest.fixture
def fleet_sim(
    request: pytest.FixtureRequest, fleet_seed: int | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., FleetUnderTest]]:
    """Makes fleets under test: `sim = fleet_sim(site="ward", robots={"iron_1": "xpeng_iron"}, seed=3)`.

    Arguments are those of `fleet.cli.testing.sim.scenario_of`; all may be left out. Each fleet is closed after the
    test, when it has been checked that it kept the rules that hold in every run.
    """
    folder = Path(str(request.node.path)).parent

    def make(seed: int | None = None, **fields: Any) -> FleetUnderTest:
        chosen = next((s for s in (seed, fleet_seed) if s is not None), 1)
        run = tmp_path_factory.mktemp("fleet")
        options: dict[str, Any] = {"name": _name(request.node), "folder": folder, "seed": chosen, **fields}
        if request.config.getoption("--fleet-bus") == "ros":
            from fleet.cli.testing.ros import RosFleetSim

            return _note(request.node, RosFleetSim.make(run_dir=run, replay_command=_again(request.node), **options))
        from fleet.cli.testing.sim import FleetSim

        made = FleetSim.make(journal=run / "journal.sqlite", replay_command=_again(request.node), **options)
        return _note(request.node, made)

    yield make
    _close(request.node)


@pytest.fixture
def scenario(
    request: pytest.FixtureRequest, fleet_seed: int | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., ScenarioSim | RosScenarioSim]]:
    """Loads scenario files: `scenario("scenarios/false_claim.yaml").play()`.

    A relative path is looked for beside the test's file, then from pytest's root folder.
    """

    def load(file: str | Path, seed: int | None = None) -> ScenarioSim | RosScenarioSim:
        path, chosen = _found(Path(file), request), seed if seed is not None else fleet_seed
        run, again = tmp_path_factory.mktemp("fleet"), _again(request.node)
        if request.config.getoption("--fleet-bus") == "ros":
            from fleet.cli.testing.scenario_over_ros import RosScenarioSim

            return _note(request.node, RosScenarioSim(path, chosen, run, again))
        from fleet.cli.testing.sim import ScenarioSim

        journal = run / "journal.sqlite"
        return _note(request.node, ScenarioSim.load(path, seed=chosen, journal=journal, replay_command=again))

    yield load
    _close(request.node)


def _found(file: Path, request: pytest.FixtureRequest) -> Path:
    beside = Path(str(request.node.path)).parent / file
    return next((p for p in (beside, request.config.rootpath / file) if p.is_file()), beside)


def _note(node: pytest.Item, made: Made) -> Made:
    node.stash.setdefault(_MADE, []).append(made)
    return made


def _name(node: pytest.Item) -> str:
    """An id made from the test's name."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", node.name).strip("_") or "test"


def _again(node: pytest.Item) -> str:
    """The command that runs this test again, with the options that made it what it is."""
    options = ["--fleet-bus ros"] if node.config.getoption("--fleet-bus") == "ros" else []
    callspec = getattr(node, "callspec", None)
    seed = callspec.params.get(_OURS) if callspec is not None else None
    if seed is not None and node.config.getoption("--fleet-seeds") is not None:
        options.append(f"--fleet-seeds {seed}")  # the marker may not have it
    return " ".join(["python -m pytest", *options, shlex.quote(node.nodeid)])


def _close(node: pytest.Item) -> None:
    """Close what the test made. A test that passed must have kept the rules that hold in every run."""
    from fleet.cli.testing.after import closed

    made: list[Tested] = node.stash.get(_MADE, [])
    problems = closed(made, check=not node.stash.get(_FAILED, False))
    node.stash[_MADE] = []
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)


_FAILED: pytest.StashKey[bool] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failing test says what happened in its last minute, what was kept, and how to see it again."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    made: list[Tested] = item.stash.get(_MADE, [])
    if not report.failed or not made or call.when != "call":
        return
    item.stash[_FAILED] = True
    from fleet.cli.testing.after import sections

    problem = call.excinfo.value if call.excinfo is not None else None
    kept = item.config.getoption("--fleet-report")
    folder = Path(kept) / re.sub(r"[^A-Za-z0-9_.-]+", "_", item.nodeid) if kept else None
    for number, fleet in enumerate(made, start=1):
        title = "fleet" if len(made) == 1 else f"fleet {number}"
        below = folder / str(number) if folder and len(made) > 1 else folder
        report.sections.extend((f"{title}: {name}", text) for name, text in sections(fleet, below, problem))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Run `async def` tests that use our fixtures, unless a plugin for them was asked to."""
    function = pyfuncitem.obj
    ours = _OURS in pyfuncitem.fixturenames
    theirs = any(pyfuncitem.get_closest_marker(name) for name in ("asyncio", "anyio", "trio"))
    if not inspect.iscoroutinefunction(function) or not ours or theirs:
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    asyncio.run(function(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True
