"""Whatever robots, cameras and people do, in whatever order: these always hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fleet.escalation.gate.calibration import Calibration, Promise
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Example
from fleet.escalation.reserved import ALWAYS
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.commands import CommandStatus, ExecuteSkill
from fleet.model.evidence import Verdict
from fleet.model.robot import Posture
from fleet.model.severity import Severity
from fleet.model.tasks import MissionState, RecoveryPolicy, TaskSpec, TaskState
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState
from tests.fleet.supervisor.building import Desk, a_robot, carry

ROBOTS = ("r1", "r2", "r3")
UNDER_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING)
OBJECTS: tuple[Any, ...] = ("box_a", "box_b", "crate", {"colour": "blue"}, {"colour": "green"})


CLASSES = ("which_described_object", "is_the_claim_true", "which_recovery", "which_robot", *ALWAYS)


def acts_from(score: float) -> Gate:
    """A gate with many past cases of every class, all as sure as this."""
    cases = [Example(scores=(score, 1.0 - score), acceptable=(0,))] * 60
    promise = Promise(epsilon=0.2, alpha=0.2, gamma=0.05)
    return Gate({(name, severity): Calibration(cases, promise) for name in CLASSES for severity in Severity})


GATES = (Gate({}), acts_from(0.51), acts_from(0.95))


class AnyShift(RuleBasedStateMachine):
    @initialize(gate=st.sampled_from(GATES))
    def open_the_building(self, gate: Gate) -> None:
        self.desk = Desk(*(a_robot(r, payload_kg=20 if r == "r3" else 2) for r in ROBOTS))
        self.desk.context = replace(self.desk.context, gate=gate)
        self.count = 0
        self.ended: dict[str, TaskState] = {}

    def some_task(self, pick: int, *states: TaskState) -> str | None:
        tasks = [t.task_id for t in self.desk.state.tasks.values() if not states or t.state in states]
        return tasks[pick % len(tasks)] if tasks else None

    @rule(
        what=st.sampled_from(OBJECTS),
        to=st.sampled_from(["table_1", "table_2"]),
        chain=st.booleans(),
        ask=st.booleans(),
    )
    def submit(self, what: Any, to: str, chain: bool, ask: bool) -> None:
        self.count += 1
        before = self.some_task(self.count)
        recovery = RecoveryPolicy(retries=1, reassignments=1, ask_human=ask)
        depends = (before,) if chain and before else ()
        name = f"t{self.count}"
        self.desk.submit(carry(name, what, to, depends_on=depends, recovery=recovery), mission_id=f"m{self.count}")

    @rule(place=st.sampled_from(["table_1", "shelf_1"]))
    def submit_walk(self, place: str) -> None:
        self.count += 1
        spec = TaskSpec(task_id=f"t{self.count}", skill="walk_to", parameters={"place": place})
        self.desk.submit(spec, mission_id=f"m{self.count}")

    @rule(pick=st.integers(0, 20), status=st.sampled_from(list(CommandStatus)), retriable=st.booleans())
    def robot_reports(self, pick: int, status: CommandStatus, retriable: bool) -> None:
        task_id = self.some_task(pick)
        if task_id is None or not any(isinstance(c, ExecuteSkill) and c.task_id == task_id for c in self.desk.commands):
            return
        if status is CommandStatus.DONE:
            self.desk.claim(task_id)
        else:
            self.desk.update(task_id, status, reason="for a test", retriable=retriable)

    @rule(robot=st.sampled_from(ROBOTS), posture=st.sampled_from([Posture.STANDING, Posture.FALLEN, Posture.WALKING]))
    def posture(self, robot: str, posture: Posture) -> None:
        self.desk.report(robot, posture=posture)

    @rule(robot=st.sampled_from(ROBOTS), held=st.sampled_from([(), ("box_a",), ("box_b",)]))
    def hands(self, robot: str, held: tuple[str, ...]) -> None:
        self.desk.report(robot, held=held)

    @rule(robot=st.sampled_from(ROBOTS), silent=st.booleans())
    def silence(self, robot: str, silent: bool) -> None:
        self.desk.silent_s[robot] = 10.0 if silent else 0.0
        self.desk.wait(0.5)

    @rule(what=st.sampled_from(["box_a", "box_b"]), place=st.sampled_from(["", "table_1", "table_2", "shelf_1"]))
    def camera(self, what: str, place: str) -> None:
        self.desk.see_object(what, place=place)

    @rule(pick=st.integers(0, 20), choice=st.integers(0, 5))
    def answer(self, pick: int, choice: int) -> None:
        questions = self.desk.questions()
        if questions:
            question = questions[pick % len(questions)]
            option = question.options[choice % len(question.options)]
            self.desk.ask(
                rq.AnswerEscalation(
                    escalation_id=question.escalation_id,
                    option_id=option.option_id,
                    reason="because",
                    shown_digest=question.shown_digest,
                )
            )

    @rule(pick=st.integers(0, 20))
    def cancel(self, pick: int) -> None:
        task_id = self.some_task(pick)
        if task_id is not None:
            self.desk.ask(rq.CancelTask(task_id=task_id, reason="for a test"))

    @rule(robot=st.sampled_from(ROBOTS), kind=st.sampled_from([rq.TakeLease, rq.ReturnLease, rq.ReportRecovered]))
    def person(self, robot: str, kind: Any) -> None:
        self.desk.ask(kind(robot_id=robot, reason="for a test"))

    @rule(engage=st.booleans())
    def hold_all(self, engage: bool) -> None:
        self.desk.ask(rq.SetHold(robot_id=None, engage=engage, reason="for a test"))

    @rule(seconds=st.sampled_from([1.0, 10.0, 70.0, 400.0]))
    def time(self, seconds: float) -> None:
        self.desk.wait(seconds, tick_s=max(0.5, seconds / 20))

    @invariant()
    def every_question_has_a_ruling_and_nothing_reserved_or_contested_is_acted_on(self) -> None:
        assert all(e.ruled is not None for e in self.desk.state.escalations.values())
        fresh = self.desk.batches[-1].decisions
        for ruled in (e.ruled for e in fresh if isinstance(e, ev.RulingMade)):
            contested = ruled.choice.reserved or ruled.choice.conflicts or ruled.choice.decision_class in ALWAYS
            assert not (ruled.ruling.act and contested), ruled

    @invariant()
    def a_robots_honesty_is_what_was_found_out_about_its_claims(self) -> None:
        state = self.desk.state
        counted = sum(tally.count for table in state.honesty.values() for tally in table.values())
        known = [
            v
            for v in state.verifications.values()
            if v.found_true is not None
            or (v.verdict is Verdict.CONFIRMED and v.sources)
            or (v.verdict is Verdict.CONTRADICTED and not v.disagree)
        ]
        assert counted == len(known)

    @invariant()
    def robots_and_tasks_agree(self) -> None:
        state = self.desk.state
        for robot_id, robot in state.robots.items():
            if robot.task_id is not None:
                assert state.tasks[robot.task_id].robot_id == robot_id
        holders = [t.robot_id for t in state.tasks_in(*UNDER_WAY)]
        assert None not in holders
        assert len(holders) == len(set(holders))

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for task in self.desk.state.tasks.values():
            if task.task_id in self.ended:
                assert task.state is self.ended[task.task_id]
            elif task.state.terminal:
                self.ended[task.task_id] = task.state

    @invariant()
    def nothing_that_waits_for_a_person_is_forgotten(self) -> None:
        for task in self.desk.state.tasks_in(TaskState.ESCALATED):
            escalation = self.desk.state.escalations[str(task.escalation_id)]
            assert escalation.open, f"{task.task_id} waits for {escalation.escalation_id}: {escalation.state}"
            assert task.task_id in escalation.task_ids

    @invariant()
    def no_command_id_is_ever_given_to_two_robots(self) -> None:
        given: dict[str, str] = {}
        for command in self.desk.commands:
            if isinstance(command, ExecuteSkill):
                assert given.setdefault(command.command_id, command.robot_id) == command.robot_id

    @invariant()
    def missions_end_with_their_tasks(self) -> None:
        for mission in self.desk.state.missions.values():
            ended = all(self.desk.state.tasks[t].state.terminal for t in mission.task_ids)
            assert ended == (mission.state is not MissionState.ACTIVE)

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        state = FleetState()
        for batch in self.desk.batches:
            for event in batch.events:
                state = apply(state, event, batch.state.now_s)
        assert state.digest() == self.desk.state.digest()


AnyShift.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
TestAnyShift = pytest.mark.slow(AnyShift.TestCase)
