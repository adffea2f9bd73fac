"""What simulation says was so: the world decides, not the robot and not the supervisor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fleet.cli.calibrating.collect import collect
from fleet.cli.calibrating.truth import TruthWatch
from fleet.escalation.gate.store import CalibrationData
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.tasks import TaskState
from fleet.supervisor.state import FleetState
from tests.fleet.escalation.test_reviews import ruled

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


@pytest.mark.slow
def test_a_robot_that_lies_is_known_to_lie_and_one_that_delivers_to_deliver() -> None:
    run = collect(SCENARIOS / "lying_claim.yaml", 1)
    claims = [c.example for c in run.cases if c.key[0] == "is_the_claim_true"]
    assert [e.acceptable for e in claims].count((1,)) >= 1, "it lay at least once"
    assert claims[-1].acceptable == (0,), "and in the end the box is where it should be"
    assert all(e.scores[0] < 0.9 for e in claims if e.acceptable == (1,)), "nobody was fooled"
    robots = [c.example.acceptable for c in run.cases if c.key[0] == "which_robot"]
    assert robots and set(robots) <= {(0,), (1,)}
    assert {c.source.text for c in run.cases} == {"simulation:lying_claim#1@ward"}
    CalibrationData(cases=run.cases).calibrations()


def follow(*events: ev.Event) -> TruthWatch:
    watch = TruthWatch()
    records = [Record(seq=i, batch=i, epoch=1, at_s=float(i), event=e, checksum="") for i, e in enumerate(events, 1)]
    watch.look(records, FleetState(), world=None)  # type: ignore[arg-type]
    return watch


def tried(number: int, name: str) -> ev.RulingMade:
    one = ruled(number)
    return ev.RulingMade(ruled=replace(one, choice=replace(one.choice, decision_class=name)))


def changed(state: TaskState) -> ev.TaskChanged:
    return ev.TaskChanged(task_id="t", state=state, because="")


def assigned() -> ev.TaskAssigned:
    return ev.TaskAssigned(task_id="t", robot_id="r", command_id="c", epoch=1, parameters={})


def test_a_robot_whose_task_comes_back_did_not_do_it() -> None:
    watch = follow(tried(1, "which_robot"), assigned(), changed(TaskState.QUEUED))
    assert [right for _, right in watch.known] == [(1,)]


def test_a_step_counts_only_once_a_robot_has_tried() -> None:
    """Putting the task back into the queue is the step itself, and not its failure."""
    watch = follow(tried(1, "which_recovery"), changed(TaskState.QUEUED))
    assert watch.known == []
    watch = follow(tried(1, "which_recovery"), changed(TaskState.QUEUED), assigned(), changed(TaskState.ESCALATED))
    assert [right for _, right in watch.known] == [(1,)]


def test_a_second_step_says_that_the_first_was_in_vain() -> None:
    watch = follow(tried(1, "which_recovery"), assigned(), tried(2, "which_recovery"))
    assert [(r.ruling_id, right) for r, right in watch.known] == [("R1", (1,))]


def test_what_somebody_cancels_says_nothing() -> None:
    watch = follow(tried(1, "which_robot"), changed(TaskState.CANCELLED))
    assert watch.known == [] and watch.left["cancelled before it showed"] == 1


def test_what_is_not_over_at_the_end_says_nothing() -> None:
    watch = follow(tried(1, "which_robot"))
    watch.close()
    assert watch.known == [] and watch.left["not over at the end of the run"] == 1
