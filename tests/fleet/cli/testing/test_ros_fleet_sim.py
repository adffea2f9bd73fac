"""The same test of a fleet over ROS 2: real processes, driven through the HTTP API."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]
pytestmark = [pytest.mark.ros, pytest.mark.slow, pytest.mark.timeout(240)]

WALK = """
format: humanoid-fleet-scenario/2
name: walk
protects: a robot goes where it is sent
within_s: 300
site: ward
fleet: [{id: iron_1, model: xpeng_iron}]
arrivals: [{tasks: [{task_id: go, skill: walk_to, parameters: {place: dock_3}}]}]
expect:
  - {bound: tasks_done == 1}
  - {bound: falls == 0}
"""


def test_a_test_of_a_fleet_runs_over_ros_unchanged(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
    import pytest
    from fleet.cli.testing import RequestRefused
    from fleet.model.errors import InvalidField

    async def test_it(fleet_sim):
        sim = fleet_sim(robots={"iron_1": "xpeng_iron"})
        with pytest.raises(RequestRefused, match="no such parameter"):
            sim.submit({"skill": "walk_to", "parameters": {"to": "dock_3"}})
        sim.submit({"task_id": "go", "skill": "walk_to", "parameters": {"place": "dock_3"}})
        sim.hold_all("somebody shouts")
        assert sim.state.hold_all
        sim.release_all()
        await sim.forward(until=lambda s: s.tasks["go"].state.terminal, at_most_s=200)
        sim.expect("tasks_done == 1", "never: {event: EscalationRaised}")
        with pytest.raises(InvalidField, match="what the journal tells"):
            sim.expect("falls <= 0")
        assert sim.record().bus == "ros"
        with pytest.raises(InvalidField, match="no people with --fleet-bus ros"):
            fleet_sim(people={"amy": 1})
        assert False, "to see what a failure shows"

    def test_file(scenario):
        record = scenario("walk.yaml").play()
        assert (record.bus, record.verdict.value) == ("ros", "kept")
        assert [f.evaluated for f in record.findings[:2]] == [True, False]
    """)
    pytester.makefile(".yaml", walk=WALK)
    result = pytester.runpytest_subprocess("--fleet-bus", "ros", "-p", "no:cacheprovider", timeout=220)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "E*to see what a failure shows*",
            "*fleet: the last minute before*",
            "*CommandReported go, iron_1, done*",
            "replay:  python -m pytest --fleet-bus ros *::test_it",
            "report:  */report.html",
        ]
    )
