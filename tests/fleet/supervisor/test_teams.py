from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.model import events as ev
from fleet.model.commands import CancelCommand, CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.evidence import Claim
from fleet.model.geometry import Pose
from fleet.model.requests import CancelTask, ReturnLease, TakeLease
from fleet.model.robot import Posture, RobotDescription
from fleet.model.skills import SKILLS
from fleet.model.tasks import Stage, TaskSpec, TaskState
from fleet.supervisor.stands import stands_around
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState


def in_teams(robot_id: str, payload_kg: float = 7.0, most: int = 2) -> RobotDescription:
    alone = a_robot(robot_id, payload_kg)
    able = tuple(replace(c, team=most if c.skill == "carry" else 1, reach_m=0.7) for c in alone.capabilities)
    assert len(able) == len(SKILLS)
    return replace(alone, capabilities=able)


class TeamDesk(Desk):
    """A desk whose robots work in teams, and answer each for itself."""

    def told(self, robot_id: str) -> ExecuteSkill:
        return [c for c in self.commands if isinstance(c, ExecuteSkill) and c.robot_id == robot_id][-1]

    def says(self, robot_id: str, status: CommandStatus, **more: Any) -> None:
        command = self.told(robot_id)
        self.now_s += 0.1
        ids = {"command_id": command.command_id, "robot_id": robot_id, "task_id": command.task_id}
        self.take(updates=[CommandUpdate(**ids, epoch=command.epoch, status=status, **more)])

    def done(self, robot_id: str, **statement: Any) -> None:
        command = self.told(robot_id)
        ids = {"command_id": command.command_id, "robot_id": robot_id, "task_id": command.task_id}
        claim = Claim(
            **ids,
            claim_id=f"{command.command_id}/claim",
            epoch=command.epoch,
            skill=command.skill,
            statement=statement,
            claimed_at_s=self.now_s + 0.1,
        )
        self.says(robot_id, CommandStatus.DONE, claim=claim)

    def gathered(self, *robots: str) -> None:
        for robot_id in robots:
            self.done(robot_id, ready="crate")

    def lifted(self, *robots: str) -> None:
        for robot_id in robots:
            self.says(robot_id, CommandStatus.RUNNING, phase="walk_to_goal")
            self.report(robot_id, held=("crate",))

    def cancelled(self, since: int = 0) -> set[str]:
        return {c.robot_id for c in self.commands[since:] if isinstance(c, CancelCommand)}


@pytest.fixture
def desk() -> TeamDesk:
    return TeamDesk(in_teams("r1"), in_teams("r2"), in_teams("r3"))


def heavy(task_id: str = "t1", **more: Any) -> TaskSpec:
    return carry(task_id, what="crate", to="table_3", **{"team": 2, **more})


def at_it(desk: TeamDesk) -> tuple[str, str]:
    """The two robots that carry the crate now, who walks ahead first."""
    assert desk.submit(heavy()).accepted
    lead, other = desk.task("t1").robot_ids
    desk.gathered(lead, other)
    desk.lifted(lead, other)
    return lead, other


def test_what_is_too_heavy_for_one_goes_to_two_at_once_each_with_its_own_command_and_place(desk: TeamDesk) -> None:
    assert desk.submit(heavy()).accepted
    task = desk.task("t1")
    assert task.state is S.ASSIGNED
    assert task.stage is Stage.GATHER
    lead, other = task.robot_ids
    first, second = desk.told(lead), desk.told(other)
    assert first.command_id != second.command_id
    assert first.parameters["object_team"] == {"stage": "gather", "robots": [lead, other]}
    here, there = (
        Pose(x=c.parameters["object_approach"]["x"], y=c.parameters["object_approach"]["y"]) for c in (first, second)
    )
    assert here.distance_to(there) > 0.7
    assert {desk.state.robots[r].task_id for r in (lead, other)} == {"t1"}
    assert (task.robot_id, task.command_id) == (lead, first.command_id)


def test_nobody_lifts_before_all_are_ready_and_then_all_are_told_in_one_step(desk: TeamDesk) -> None:
    desk.submit(heavy())
    lead, other = desk.task("t1").robot_ids
    desk.says(lead, CommandStatus.RUNNING, phase="walk_to_object")
    desk.gathered(other)
    desk.wait(30, tick_s=5.0)
    assert desk.task("t1").stage is Stage.GATHER
    before = len(desk.batches)
    desk.gathered(lead)
    assert desk.task("t1").stage is Stage.CARRY
    (told,) = [b.commands for b in desk.batches[before:] if b.commands]
    assert {c.robot_id for c in told} == {lead, other}


def test_it_is_done_when_both_claim_it_and_somebody_else_has_seen_it(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    desk.done(lead, object="crate", at="table_3")
    assert desk.task("t1").state is S.EXECUTING
    desk.done(other, object="crate", at="table_3")
    assert desk.task("t1").state is S.VERIFYING
    desk.see_object("crate", place="table_3", source=other, kind="robot")  # it has carried it: no witness
    assert desk.task("t1").state is S.VERIFYING
    desk.see_object("crate", place="table_3")
    assert desk.task("t1").state is S.DONE
    checked = {v.claim_id for v in desk.state.verifications.values()}
    assert checked == {f"t1#1.carry.{lead}/claim", f"t1#1.carry.{other}/claim"}
    assert desk.state.robots[lead].task_id is desk.state.robots[other].task_id is None


def test_a_robot_that_says_done_where_it_was_to_be_ready_is_not_believed(desk: TeamDesk) -> None:
    desk.submit(heavy())
    lead, _ = desk.task("t1").robot_ids
    desk.done(lead, object="crate", at="table_3")
    task = desk.task("t1")
    assert lead in task.excluded_robots
    assert lead not in task.robot_ids


def test_when_one_falls_the_other_stops_keeps_its_end_and_a_person_says_how_to_go_on(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    since = len(desk.commands)
    desk.report(other, posture=Posture.FALLEN, held=())
    assert desk.cancelled(since) == {lead}
    assert desk.task("t1").state is S.BLOCKED
    desk.says(lead, CommandStatus.CANCELLED, reason="told so")
    desk.see_object("crate")
    (asked,) = desk.questions()
    assert asked.cause.value == "robot_fallen"
    assert f"takes the place of {other} beside {lead}" in asked.options[0].label
    assert asked.options[0].possible
    since = len(desk.commands)
    assert desk.answer("reassign").accepted
    members = desk.task("t1").members
    assert {m.robot_id for m in members} == {lead, *({"r1", "r2", "r3"} - {lead, other})}
    told = {c.robot_id for c in desk.commands[since:] if isinstance(c, ExecuteSkill)}
    assert lead not in told  # it holds its end and waits
    assert next(m for m in members if m.robot_id == lead).ready


def test_when_one_is_silent_the_other_stops_and_both_go_on_together_when_it_is_back(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    since = len(desk.commands)
    desk.silent_s = {other: 3.0}
    desk.wait(1)
    assert desk.cancelled(since) == {lead, other}
    assert "nothing is heard of" in desk.task("t1").because
    desk.silent_s = {other: 0.0}
    desk.wait(1)
    assert desk.task("t1").state is S.BLOCKED  # they have not yet said that they gave it up
    since = len(desk.commands)
    for robot_id in (lead, other):
        desk.says(robot_id, CommandStatus.CANCELLED)
    assert desk.task("t1").state is S.EXECUTING
    told = [c for c in desk.commands[since:] if isinstance(c, ExecuteSkill)]
    assert {c.robot_id for c in told} == {lead, other}
    assert all("#1-1.carry." in c.command_id for c in told)


def test_a_silence_that_lasts_with_the_load_in_their_hands_is_asked_about_soon(desk: TeamDesk) -> None:
    _, other = at_it(desk)
    desk.silent_s = {other: 3.0}
    desk.wait(25)
    (asked,) = desk.questions()
    assert asked.cause.value == "robot_silent"
    assert [o.option_id for o in asked.options if not o.possible] == ["reassign"]


def test_when_one_is_taken_over_the_other_stops_and_they_go_on_when_it_is_handed_back(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    since = len(desk.commands)
    assert desk.ask(TakeLease(robot_id=other, reason="I want to see its hands")).accepted
    assert desk.cancelled(since) == {lead, other}
    assert desk.task("t1").state is S.BLOCKED
    for robot_id in (lead, other):
        desk.says(robot_id, CommandStatus.CANCELLED)
    assert desk.ask(ReturnLease(robot_id=other, reason="they are fine")).accepted
    task = desk.task("t1")
    assert task.stage is Stage.CARRY  # the load is in their hands already
    assert set(task.robot_ids) == {lead, other}


def test_cancelling_is_told_to_all_and_what_they_hold_together_is_put_back_together(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    since = len(desk.commands)
    assert desk.ask(CancelTask(task_id="t1", reason="not wanted any more")).accepted
    assert desk.cancelled(since) == {lead, other}
    for robot_id in (lead, other):
        desk.now_s += 0.1
        command = f"t1#1.carry.{robot_id}"
        ids = {"command_id": command, "robot_id": robot_id, "task_id": "t1", "epoch": 0}
        desk.take(updates=[CommandUpdate(**ids, status=CommandStatus.CANCELLED)])
    desk.wait(1)
    (back,) = [t for t in desk.state.tasks.values() if t.task_id.endswith("put-back")]
    assert back.spec.team == 2
    assert back.stage is Stage.CARRY
    assert set(back.robot_ids) == {lead, other}


def test_a_member_that_fails_on_the_way_is_replaced_and_the_others_are_told(desk: TeamDesk) -> None:
    desk.submit(heavy())
    lead, other = desk.task("t1").robot_ids
    since = len(desk.commands)
    desk.says(lead, CommandStatus.FAILED, reason="its shoe is off", retriable=False)
    assert desk.cancelled(since) == {other}
    assert lead in desk.task("t1").excluded_robots


def test_a_team_that_can_never_come_together_is_asked_about_with_a_reason_for_every_robot() -> None:
    desk = TeamDesk(in_teams("r1"), in_teams("r2", most=1), in_teams("r3", payload_kg=2.0))
    desk.submit(heavy())
    desk.wait(12)
    (asked,) = desk.questions()
    assert asked.question.startswith("No team of 2 robots can do t1")
    said = dict(u.split(": ", 1) for u in asked.unknowns)
    assert said["r1"] == "it could, and 1 more are needed"
    assert "only alone" in said["r2"]
    assert "payload 6 kg of 12 kg in all > 2 kg" in said["r3"]


def test_a_free_robot_is_kept_for_a_team_that_lacks_one_but_only_by_what_is_more_urgent(desk: TeamDesk) -> None:
    for robot_id in ("r2", "r3"):
        desk.report(robot_id, e_stop=True)
    desk.submit(heavy(priority=80))
    desk.submit(carry("t2"), mission_id="m2")
    assert desk.task("t2").state is S.QUEUED
    desk.report("r2", e_stop=False)
    assert set(desk.task("t1").robot_ids) == {"r1", "r2"}


@pytest.mark.parametrize(
    ("spec", "field", "word"),
    [
        (heavy(team=0), "team", "1 to 4 robots"),
        (heavy(team=9), "team", "1 to 4 robots"),
        (TaskSpec(task_id="t1", skill="wait", parameters={"seconds": 1}, team=2), "team", "do not wait in teams"),
        (heavy(robot_id="r1"), "robot_id", "not one robot"),
        (carry("t1", resources=("bench", "bench")), "resources[1]", "each once"),
        (carry("t1", resources=(" ",)), "resources[0]", "letters"),
    ],
)
def test_what_makes_no_team_or_no_resource_is_refused(desk: TeamDesk, spec: TaskSpec, field: str, word: str) -> None:
    settled = desk.submit(spec)
    assert not settled.accepted
    assert settled.field == f"tasks[0].{field}"
    assert word in settled.detail


def test_stands_are_on_opposite_sides_where_there_is_room_and_none_off_the_floor(desk: TeamDesk) -> None:
    middle = stands_around(desk, 5.0, 5.0, ("r1", "r2"), skill="carry")  # type: ignore[arg-type]
    assert middle is not None
    assert middle[0].distance_to(middle[1]) == pytest.approx(1.2, abs=0.01)
    assert stands_around(desk, -5.0, 5.0, ("r1", "r2"), skill="carry") is None  # type: ignore[arg-type]


def test_a_new_supervisor_tells_every_member_its_own_command_again(desk: TeamDesk) -> None:
    lead, other = at_it(desk)
    since = len(desk.commands)
    desk.take(started=ev.SupervisorStarted(supervisor_id="next", epoch=2))
    told = {c.robot_id: c.command_id for c in desk.commands[since:] if isinstance(c, ExecuteSkill)}
    assert told == {r: f"t1#1.carry.{r}" for r in (lead, other)}
