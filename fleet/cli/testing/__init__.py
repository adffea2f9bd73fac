"""A fleet under test: what the pytest fixtures `fleet_sim` and `scenario` hand out.

How to use them: docs/how-to/test-a-fleet-with-pytest.md.
"""

from fleet.cli.testing.base import FleetUnderTest, Instant
from fleet.cli.testing.errors import ExpectationBroken, NotInTime, RequestRefused
from fleet.cli.testing.sim import FleetSim, ScenarioSim

__all__ = [
    "ExpectationBroken",
    "FleetSim",
    "FleetUnderTest",
    "Instant",
    "NotInTime",
    "RequestRefused",
    "ScenarioSim",
]
