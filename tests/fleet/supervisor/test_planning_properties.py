"""Whatever happens to a fleet that plans ahead: nothing is planned twice, and nothing that waits is forgotten."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.escalation.gate.gate import Gate
from fleet.model import events as ev
from fleet.model.tasks import TaskState
from tests.fleet.supervisor.building import Desk, a_robot
from tests.fleet.supervisor.test_properties import GATES, ROBOTS, AnyShift

WAITING = (TaskState.REQUESTED, TaskState.QUEUED)


class AnyPlannedShift(AnyShift):
    @initialize(gate=st.sampled_from(GATES))
    def open_the_building(self, gate: Gate) -> None:
        planner = FleetPlanner(AllocationSettings(iterations=8))
        self.desk = Desk(*(a_robot(r, payload_kg=20 if r == "r3" else 2) for r in ROBOTS), allocator=planner)
        self.desk.context = replace(self.desk.context, gate=gate)
        self.count = 0
        self.ended: dict[str, TaskState] = {}

    @invariant()
    def nothing_is_planned_twice(self) -> None:
        planned = [v.task_id for visits in self.desk.state.plan.routes.values() for v in visits if v.task_id]
        assert len(planned) == len(set(planned))

    @precondition(lambda self: not self.desk.state.hold_all and self._planned_lately())
    @invariant()
    def whatever_waits_is_in_the_plan_or_it_says_why_not(self) -> None:
        state, at = self.desk.state, self.desk.batches[-1]
        planned = {v.task_id for visits in state.plan.routes.values() for v in visits}
        for task in state.tasks_in(*WAITING):
            fresh = any(getattr(e, "task_id", None) == task.task_id for e in at.decisions)  # came to this after it
            assert task.task_id in planned | state.plan.unplaced.keys() or fresh, (task, state.plan)

    @invariant()
    def who_cannot_be_given_work_has_none_in_a_new_plan(self) -> None:
        for event in self.desk.batches[-1].decisions:
            if isinstance(event, ev.PlanMade):
                for robot_id, visits in event.routes.items():
                    robot = self.desk.state.robots[robot_id]
                    if robot.fallen or robot.lease_person or not robot.in_contact:
                        assert all(v.given for v in visits)

    def _planned_lately(self) -> bool:
        return any(isinstance(e, ev.PlanMade) for e in self.desk.batches[-1].decisions)


AnyPlannedShift.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
TestAnyPlannedShift = AnyPlannedShift.TestCase
