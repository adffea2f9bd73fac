"""Time in which nobody led counts neither as a robot's silence nor as a plan's failure."""

from __future__ import annotations

from dataclasses import replace

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.geometry import Pose
from fleet.supervisor.settings import SupervisorSettings
from tests.fleet.supervisor.building import Desk, a_robot, carry

AWAY_S = 200.0


def causes(desk: Desk) -> list[str]:
    return [e.cause.value for e in desk.state.escalations.values()]


def another_leads(desk: Desk) -> None:
    desk.now_s += AWAY_S
    desk.take(started=ev.SupervisorStarted(supervisor_id="second", epoch=2))


def test_a_robot_that_was_silent_while_nobody_listened_gets_its_patience_anew() -> None:
    desk = Desk(a_robot("r1"), settings=SupervisorSettings(silent_patience_s=30.0))
    desk.submit(carry("t1"))
    desk.update("t1", CommandStatus.RUNNING)
    desk.silent_s = {"r1": 5.0}
    desk.wait(2.0)
    assert not desk.state.robots["r1"].in_contact
    another_leads(desk)
    desk.wait(25.0)
    assert causes(desk) == []
    desk.wait(10.0)
    assert causes(desk) == ["robot_silent"]


def test_a_deadline_is_asked_about_once_the_new_leader_has_looked_for_itself() -> None:
    desk = Desk(a_robot("r1"))
    desk.context = replace(desk.context, allocator=FleetPlanner(AllocationSettings(iterations=20)))
    desk.report("r1", pose=Pose(x=2, y=1))
    desk.submit(carry("t1", deadline_s=desk.now_s + AWAY_S + 25.0, hard_deadline=True, earliest_start_s=AWAY_S))
    another_leads(desk)
    desk.wait(2.0)
    assert causes(desk) == []
    desk.wait(3.0)
    assert causes(desk) == ["out_of_time"]
