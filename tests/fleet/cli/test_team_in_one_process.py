"""Two robots that carry together, with the real world, adapters, bus and journal in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.cli.scenario.build import build
from fleet.cli.scenario.play import Play
from fleet.journal.replay import replay_state
from fleet.model.tasks import TaskState
from fleet.scenario.load import load_scenario

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


@pytest.mark.slow
def test_a_host_that_dies_while_two_carry_costs_time_and_nothing_else(tmp_path: Path) -> None:
    play = Play(build(load_scenario(SCENARIOS / "team_host_killed.yaml"), 1), tmp_path / "journal.sqlite")
    try:
        dead, both_kept = 0, True
        while not play.settled and play.now_s < 200:
            play.step()
            if not play.stack.hosted:
                dead += 1
                carried = {r.carries for r in play.stack.world.truth().robots.values()}
                both_kept = both_kept and carried == {"fluids_2"}
        assert dead > 50
        assert both_kept
        task = play.state.tasks["fluids"]
        assert task.state is TaskState.DONE
        assert play.stack.world.truth().boxes["fluids_2"].place_id == "shelf_a3"
        effects = [(e.kind, e.robot_id) for e in play.stack.world.effects()]
        assert sorted(effects) == sorted((kind, robot) for kind in ("pick", "place") for robot in ("iron_1", "iron_2"))
        assert replay_state(play.stack.store).digest() == play.state.digest()
    finally:
        play.close()
