"""A scenario file under test over ROS 2: played as `fleet sim run --ros` plays it, then judged by its journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fleet.cli.scenario.over_ros import play_over_ros
from fleet.cli.testing.errors import ExpectationBroken
from fleet.model.errors import InvalidField
from fleet.scenario.expect import Expectation
from fleet.scenario.load import load_scenario
from fleet.scenario.record import Finding, RunRecord


class RosScenarioSim:
    """Can be played, and afterwards looked at; there is no stepping through real time."""

    def __init__(self, file: Path, seed: int | None, folder: Path, replay_command: str) -> None:
        self.scenario = load_scenario(file)
        self.seed = self.scenario.spec.seed if seed is None else seed
        self.replay_command, self._folder = replay_command, folder
        self._record: RunRecord | None = None

    @property
    def journal(self) -> Path:
        """The journal's file; there is one once it was played."""
        return self._folder / "run" / "fleet.sqlite"

    def play(self) -> RunRecord:
        """Run it to its end. Expectations that need the world itself are not evaluated.

        Raises:
            ExpectationBroken: one of the others, or a rule that holds in every run, was not kept.
            FileError: the scenario has something that cannot be over ROS.
            ProcessFailed: the processes did not come up, or one keeps crashing.
        """
        __tracebackhide__ = True
        played = play_over_ros(self.scenario, self.seed, self._folder)
        self._record = run = replace(played, replay_command=self.replay_command)
        if run.broken:
            raise ExpectationBroken(run.broken)
        return run

    def record(self, expectations: Sequence[Expectation] = ()) -> RunRecord:
        """The record of the run. Raises `InvalidField` before it was played, and for further expectations."""
        if self._record is None:
            raise InvalidField("record", self.scenario.name, "a scenario that was played: call play() first")
        if expectations:
            raise InvalidField("record", len(expectations), "the expectations of the scenario file alone")
        return self._record

    def broken_rules(self, record: RunRecord) -> tuple[Finding, ...]:
        """None: `play` has raised for them."""
        return ()

    def close(self) -> None:
        """Nothing is left running."""
