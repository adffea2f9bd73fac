"""The pytest plugin, in pytest runs of its own: what passes, what fails, and what a failure shows."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from fleet.cli import pytest_plugin
from fleet.cli.testing import FleetSim
from fleet.cli.testing.after import closed, sections

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


pytest_plugins = ["pytester"]

SHORT = """
    def short(fleet_sim, **options):
        sim = fleet_sim(robots={"iron_1": "xpeng_iron"}, **options)
        sim.submit({"task_id": "go", "skill": "walk_to", "parameters": {"place": "dock_3"}})
        return sim
"""


@pytest.fixture(scope="module", autouse=True)
def _imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What an inner run imports is forgotten after it, and numpy cannot be imported twice: import all of it here."""
    folder = tmp_path_factory.mktemp("imported")
    sim = FleetSim.make(name="first", folder=folder, seed=1, journal=folder / "j.sqlite", replay_command="")
    sim.submit({"skill": "walk_to", "parameters": {"place": "dock_2"}})
    sim.forward(seconds=1)
    assert sections(sim, folder, None)
    assert closed([sim], check=True) == []


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Runs a test file with the plugin, in this process."""
    loaded = any(p is pytest_plugin for _, p in _registered(pytester))

    def go(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(dedent(SHORT) + dedent(source))
        with_plugin = [] if loaded else ["-p", "fleet.cli.pytest_plugin"]
        return pytester.runpytest_inprocess(*with_plugin, "-p", "no:cacheprovider", *options)

    return go


def _registered(pytester: pytest.Pytester):
    return pytester._request.config.pluginmanager.list_name_plugin()


def test_the_same_test_reads_with_and_without_await(run) -> None:
    result = run("""
    async def test_awaited(fleet_sim):
        sim = short(fleet_sim)
        now = await sim.forward(seconds=2)
        assert now == sim.now_s and 2.1 < now < 2.5
        assert (await sim.forward(until=lambda s: s.tasks["go"].state.terminal)) > now
        sim.expect("tasks_done == 1", {"never": {"event": "collision"}}, "at_end: {task: go}\\nis: {robot_id: iron_1}")

    def test_called(fleet_sim):
        sim = short(fleet_sim)
        sim.forward(until=lambda s: s.tasks["go"].state.terminal)
        assert sim.task("go").robot_id == "iron_1"
        assert sim.truth().robots["iron_1"].posture == "standing"
    """)
    result.assert_outcomes(passed=2)


def test_each_seed_is_a_test_and_the_same_seed_the_same_run_bit_for_bit(run) -> None:
    result = run(
        """
    import pytest
    seen = {}

    @pytest.mark.fleet_seeds(1, "2..2")
    @pytest.mark.parametrize("time", ["first", "again"])
    def test_seeds(fleet_sim, fleet_seed, time):
        sim = short(fleet_sim)
        sim.forward(seconds=1)
        assert sim.seed == fleet_seed
        record = sim.record()
        digests = record.journal_digest, record.poses_digest
        assert seen.setdefault(fleet_seed, digests) == digests
    """,
        "-v",
    )
    result.assert_outcomes(passed=4)
    assert {m for line in result.outlines for m in re.findall(r"seed-\d", line)} == {"seed-1", "seed-2"}


def test_seeds_of_the_command_line_go_before_those_of_the_marker(run) -> None:
    source = """
    import pytest

    @pytest.mark.fleet_seeds(1)
    def test_seeds(fleet_seed, fleet_sim):
        assert fleet_seed in (4, 5, 6, 9)
    """
    run(source, "--fleet-seeds", "4..6,9").assert_outcomes(passed=4)


def test_a_failure_shows_the_last_minute_and_how_to_see_it_again(run, pytester: pytest.Pytester) -> None:
    result = run(
        """
    import pytest

    @pytest.mark.fleet_seeds(7)
    def test_broken(fleet_sim):
        sim = short(fleet_sim)
        sim.forward(seconds=2)
        sim.expect("tasks_done == 1", "never: {event: TaskAssigned}")
    """,
        "--fleet-report",
        "kept",
    )
    result.assert_outcomes(failed=1)
    assert "def expect" not in result.stdout.str(), "our own frames are hidden"
    result.stdout.fnmatch_lines(
        [
            "E*ExpectationBroken: not kept: tasks_done == 1: 0 (at 2.2 s)",
            "E*not kept: never TaskAssigned: it did: TaskAssigned at 0.2 s*",
            "*fleet: the last minute before 0.2 s*",
            "*0.2 s*journal*TaskAssigned go, iron_1*",
            "*fleet: to see it again*",
            "replay:  python -m pytest '*::test_broken[[]seed-7[]]'",
            "seed:    7",
            "journal: kept/*/journal.sqlite",
            "report:  kept/*/report.html",
        ]
    )
    [folder] = (pytester.path / "kept").iterdir()
    page = (folder / "report.html").read_text()
    assert "not every expectation kept" in page
    assert "never TaskAssigned" in page
    assert {p.name for p in folder.iterdir()} >= {
        "journal.sqlite",
        "run.json",
        "report.html",
        "junit.xml",
        "report.json",
    }


def test_a_plain_assertion_shows_the_timeline_too(run) -> None:
    result = run("""
    def test_broken(fleet_sim):
        sim = short(fleet_sim)
        sim.forward(seconds=1)
        assert sim.task("go").state.value == "done"
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fleet: the last minute before 1.2 s*", "*TaskAssigned go, iron_1*"])
    journal = re.search(r"journal: (\S+)", result.stdout.str())
    assert journal is not None
    assert Path(journal[1]).is_file(), "the journal is kept"


def test_waiting_in_vain_says_for_what_and_how_long(run) -> None:
    result = run("""
    def test_waits(fleet_sim):
        short(fleet_sim).forward(until=lambda s: s.hold_all == "never", at_most_s=1)
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['E*NotInTime: not within 1 s of fleet time (now 1.2 s): *s.hold_all == "never"*'])


def test_questions_are_answered_by_what_an_option_does(run) -> None:
    result = run("""
    import pytest
    from fleet.model.errors import InvalidField
    from fleet.cli.testing import RequestRefused

    def test_asks(fleet_sim):
        sim = fleet_sim(robots={"optimus_1": "tesla_optimus_gen2"})
        with pytest.raises(InvalidField, match="none is open"):
            sim.answer(choose={"do": "requeue"})
        sim.submit({"skill": "carry", "parameters": {"object": {"colour": "blue", "size": "small"}, "to": "station_3"}})
        sim.forward(until=lambda s: s.open_escalations(), at_most_s=30)
        with pytest.raises(InvalidField, match="one of the options of"):
            sim.answer("ambiguous_instruction", choose={"do": "dance"})
        sim.answer("ambiguous_instruction", choose={"do": "ground", "object": "blue_2"}, reason="counted out")
        assert sim.task("test-1-1").grounded["object"] == "blue_2"

    def test_refused(fleet_sim):
        sim = fleet_sim(robots={"optimus_1": "tesla_optimus_gen2"})
        with pytest.raises(RequestRefused, match="no such parameter") as caught:
            sim.submit({"skill": "walk_to", "parameters": {"to": "dock_3"}})
        assert caught.value.problem == "invalid"

    def test_holds(fleet_sim):
        sim = short(fleet_sim)
        sim.forward(seconds=1)
        sim.hold_all("somebody shouts")
        before = sim.truth().robots["iron_1"]
        sim.forward(seconds=2)
        after = sim.truth().robots["iron_1"]
        assert abs(after.x - before.x) + abs(after.y - before.y) < 0.5
        sim.release_all()
        sim.forward(until=lambda s: s.tasks["go"].state.terminal)
        sim.expect("tasks_done == 1")
    """)
    result.assert_outcomes(passed=3)


def test_a_scenario_file_is_played(run, pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".yaml",
        walk="""
format: humanoid-fleet-scenario/2
name: walk
protects: a robot goes where it is sent
within_s: 60
site: ward
fleet: [{id: iron_1, model: xpeng_iron}]
arrivals: [{tasks: [{task_id: go, skill: walk_to, parameters: {place: dock_3}}]}]
expect:
  - {bound: tasks_done == 1}
  - {bound: falls >= FALLS}
""".replace("FALLS", "0"),
    )
    text = (pytester.path / "walk.yaml").read_text()
    (pytester.path / "broken.yaml").write_text(text.replace("falls >= 0", "falls >= 1"))
    result = run("""
    def test_kept(scenario):
        record = scenario("walk.yaml", seed=5).play()
        assert (record.verdict.value, record.seed) == ("kept", 5)

    def test_broken(scenario):
        scenario("broken.yaml").play()

    def test_missing(scenario):
        scenario("nowhere.yaml")
    """)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["E*ExpectationBroken: not kept: falls >= 1: 0*", "*nowhere.yaml*"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ('site="nowhere"', "*site: got 'nowhere', expected*ward*"),
        ('robots={"r": "teapot"}', "*teapot*"),
        ('faults=[{"id": "f", "kind": "silent", "robot": "nobody", "at_s": 1}]', "*nobody*"),
        ("speed=3", "*speed*"),
    ],
)
def test_a_fleet_that_cannot_be_says_what_would_be_right(run, options: str, says: str) -> None:
    result = run(f"""
    def test_it(fleet_sim):
        fleet_sim({options})
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E  {says}"])


def test_a_broken_rule_fails_a_test_that_did_not_look(run) -> None:
    result = run("""
    from dataclasses import replace
    from fleet.scenario.rules import rule

    def test_it(fleet_sim, monkeypatch):
        sim = short(fleet_sim)
        record = sim.record()
        broken = rule(0, "a question is decided once", "esc-1", 1.0)
        sim.record = lambda expectations=(): replace(record, findings=(broken,))
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*not kept: a question is decided once: esc-1 (at 1.0 s)*"])


def test_seeds_without_a_fleet_and_seeds_that_are_none_are_refused(run) -> None:
    marked = """
    import pytest

    @pytest.mark.fleet_seeds({})
    def test_it({}):
        pass
    """
    run(marked.format("1", "")).stdout.fnmatch_lines(["*fleet_seeds needs the fixture fleet_sim or scenario*"])
    run(marked.format("'9..1'", "fleet_sim")).stdout.fnmatch_lines(["*got '9..1', expected seeds such as*"])
    run(marked.format("", "fleet_sim")).stdout.fnmatch_lines(["*got no seeds*"])
    result = run(marked.format("1", "fleet_sim"), "--fleet-seeds", "some")
    result.stderr.fnmatch_lines(["*--fleet-seeds: got 'some', expected seeds*"])


def test_without_ros_the_bus_is_refused_before_any_test(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest_plugin, "_ROS_MODULES", ("rclpy_that_is_not_here",))
    result = run("def test_it(fleet_sim): pass", "--fleet-bus", "ros")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--fleet-bus ros: rclpy_that_is_not_here cannot be imported*"])


def test_an_async_test_that_asked_for_another_plugin_is_left_to_it(run) -> None:
    result = run(
        """
    import pytest

    @pytest.mark.asyncio
    async def test_it(fleet_sim):
        pass
    """,
        "-W",
        "ignore",
        "-o",
        "markers=asyncio",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])


def test_the_plugin_imports_nothing_heavy_until_a_fleet_is_made(pytester: pytest.Pytester) -> None:
    code = "import sys, fleet.cli.pytest_plugin; print(sorted({'numpy', 'pybullet', 'typer'} & set(sys.modules)))"
    assert pytester.run(pytester._getpytestargs()[0], "-c", code).outlines == ["[]"]


def test_the_example_of_the_guide_runs_as_it_stands_there(pytester: pytest.Pytester, run) -> None:
    guide = Path(__file__).parents[4] / "docs" / "how-to" / "test-a-fleet-with-pytest.md"
    [example] = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    run(example, "--fleet-seeds", "1").assert_outcomes(passed=1)
