"""The conformance suite: all our adapters pass it, and adapters with a fault do not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from robot_adapters.conformance import test_commands, test_safety
from robot_adapters.conformance.rig import load_rig

HERE = Path(__file__).parent


def suite(adapter: str, *options: str, within_s: float = 100.0) -> tuple[int, dict[str, int], str]:
    """Run the published suite as anyone would: exit code, counts by outcome, output."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--pyargs", "robot_adapters.conformance"]
    run = subprocess.run(
        [*command, "--adapter", adapter, *options], capture_output=True, text=True, timeout=within_s, cwd=HERE
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", run.stdout)}
    return run.returncode, counts, run.stdout + run.stderr


@pytest.mark.slow
def test_the_scripted_humanoid_conforms_and_nothing_is_skipped():
    code, counts, output = suite("scripted")
    assert code == 0, output
    assert counts["passed"] >= 50
    assert "skipped" not in counts


@pytest.mark.slow
def test_the_kinematic_humanoid_conforms():
    code, counts, output = suite("sim_kinematic")
    assert code == 0, output
    assert counts["passed"] >= 50


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_walking_g1_conforms_and_really_falls():
    code, counts, output = suite("sim_g1", within_s=590)
    assert code == 0, output
    assert "skipped" not in counts


FAULTS = {
    "done_by_default": test_commands.test_nothing_is_done_at_the_moment_it_is_taken,
    "does_it_twice": test_commands.test_an_effect_happens_once_however_often_the_command_comes,
    "ignores_epochs": test_commands.test_a_stale_epoch_is_refused,
    "claims_without_ids": test_commands.test_a_claim_carries_all_ids_and_says_something,
    "does_not_hold": test_safety.test_a_hold_stops_it_within_the_bound,
    "makes_up_states": test_safety.test_a_lost_link_shows_as_age_and_makes_nothing_up,
    "fails_when_cut_off": test_safety.test_a_lost_link_is_not_a_failure_of_the_command,
    "recovers_from_nothing": test_safety.test_a_robot_that_is_well_does_not_claim_to_have_recovered,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_adapter_is_caught(fault):
    FAULTS[fault](load_rig("scripted")())
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        FAULTS[fault](load_rig(f"bad_adapters:{fault}")())


@pytest.mark.slow
def test_the_suite_fails_for_a_bad_adapter():
    code, counts, output = suite("bad_adapters:does_not_hold", "-k", "hold")
    assert code == 1, output
    assert counts["failed"] >= 2


@pytest.mark.slow
def test_an_unknown_adapter_is_named_with_those_there_are():
    code, _, output = suite("sim_unicorn", "-k", "test_it_is_a_humanoid_adapter")
    assert code == 1
    assert "'sim_unicorn'" in output
    assert "scripted, sim_g1, sim_kinematic" in output


@pytest.mark.slow
def test_without_an_adapter_the_suite_says_what_is_missing():
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "--pyargs", "robot_adapters.conformance"]
    run = subprocess.run([*command, "-k", "test_it_is_a_humanoid_adapter"], capture_output=True, text=True, timeout=60)
    assert "--adapter NAME" in run.stdout
