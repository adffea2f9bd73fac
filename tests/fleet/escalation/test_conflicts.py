"""Directives that contradict each other: nothing moves for the later one before it is decided which stands."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model import events as ev
from fleet.model.commands import CommandStatus
from fleet.model.escalation import Escalation
from fleet.model.instructions import GiveInstruction
from fleet.model.requests import SubmitMission
from fleet.model.tasks import Directive, MissionSpec, TaskSpec, TaskState
from tests.fleet.supervisor.building import Desk, a_robot, carry

S = TaskState


@pytest.fixture
def desk() -> Desk:
    return Desk(a_robot("r1"), a_robot("r2"), a_robot("r3", payload_kg=20.0))


def wants(desk: Desk, name: str, by: str, *tasks: TaskSpec, authority: str = "") -> None:
    directive = Directive(directive_id=f"{name}-d", objective=name, reason=f"{by} needs it", authority=authority)
    mission = MissionSpec(
        mission_id=name, title=name, tasks=tasks, why=f"{by} needs it", directive_id=directive.directive_id
    )
    assert desk.ask(SubmitMission(mission=mission, directive=directive), actor=by).accepted


def two_ends(desk: Desk, second_by: str = "eli", **more: Any) -> Escalation:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    wants(desk, "m2", second_by, carry("t2", to="table_3", **more))
    [question] = desk.questions()
    return question


def say(desk: Desk, text: str, by: str, name: str = "d9") -> ev.RequestSettled:
    return desk.ask(GiveInstruction(directive_id=name, text=text, why="plans changed"), actor=by)


def test_one_thing_for_two_ends_is_asked_about_and_the_first_goes_on(desk: Desk) -> None:
    question = two_ends(desk)
    assert (question.cause.value, question.decision_class) == ("directives_conflict", "which_directive_wins")
    assert question.ruled is not None and not question.ruled.ruling.act
    assert "dana wants box_a at table_1" in question.question and "eli wants box_a at table_3" in question.question
    assert [o.option_id for o in question.options] == ["later", "earlier", "in_turn", "corrected", "hold_safely"]
    assert not question.options[3].possible  # two people: nobody corrected themselves
    assert desk.task("t1").state is S.ASSIGNED
    assert desk.task("t2").state is S.ESCALATED


def test_the_options_say_what_the_loser_costs(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"), carry("t1b", what="box_b", depends_on=("t1",)))
    wants(desk, "m2", "eli", carry("t2", to="table_3"))
    later = desk.questions()[0].option("later")
    assert "cancels t1 (needed there), and t1b, which wait for it" in later.predicted.basis


def test_the_later_stands_and_the_earlier_is_cancelled(desk: Desk) -> None:
    two_ends(desk)
    assert desk.answer("later").accepted
    assert desk.task("t1").state is S.CANCELLED
    desk.wait(3)
    assert desk.task("t2").state in (S.QUEUED, S.ASSIGNED)
    assert desk.questions() == []


def test_the_earlier_stands_and_goes_on_undisturbed(desk: Desk) -> None:
    two_ends(desk)
    robot, attempt = desk.task("t1").robot_id, desk.task("t1").attempt
    assert desk.answer("earlier").accepted
    assert desk.task("t2").state is S.CANCELLED
    assert (desk.task("t1").state, desk.task("t1").robot_id, desk.task("t1").attempt) == (S.ASSIGNED, robot, attempt)


def test_both_in_turn_the_later_waits_for_the_earlier(desk: Desk) -> None:
    two_ends(desk)
    assert desk.answer("in_turn").accepted
    assert desk.task("t2").state is S.BLOCKED
    assert desk.state.yielding == {"t2": ("t1",)}
    desk.update("t1", CommandStatus.RUNNING)
    desk.wait(60, tick_s=5)
    assert desk.task("t2").state is S.BLOCKED
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    desk.wait(2)
    assert desk.task("t1").state is S.DONE
    assert desk.task("t2").state in (S.QUEUED, S.ASSIGNED)
    assert desk.state.yielding == {}


def test_who_corrects_themselves_is_offered_that(desk: Desk) -> None:
    question = two_ends(desk, second_by="dana")
    assert question.option("corrected").possible
    assert question.ruled.choice.scores[0] > question.ruled.choice.scores[1]
    assert question.ruled.choice.answers[0] == ("later", "corrected")
    assert desk.answer("corrected").accepted
    assert desk.task("t1").state is S.CANCELLED


def test_nobody_answers_and_the_later_one_is_held_and_asked_again(desk: Desk) -> None:
    two_ends(desk)
    desk.wait(185, tick_s=5)
    assert desk.task("t2").state is S.BLOCKED
    assert desk.questions() == [] or desk.questions()[0].cause.value != "directives_conflict"
    desk.wait(310, tick_s=10)
    assert "directives_conflict" in [q.cause.value for q in desk.questions()]


def test_it_falls_away_when_the_earlier_one_ends(desk: Desk) -> None:
    two_ends(desk)
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    desk.wait(2)
    assert desk.questions() == []
    assert desk.task("t2").state in (S.QUEUED, S.ASSIGNED)


def test_two_loads_for_one_place_are_asked_about(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    wants(desk, "m2", "eli", carry("t2", what="box_b", to="table_1"))
    [question] = desk.questions()
    assert "two loads are to go to table_1" in question.question
    assert "in_turn" not in [o.option_id for o in question.options]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (carry("t2", to="table_1"), "to the same end"),
        (carry("t2", what="box_b", to="table_3"), "another thing to another end"),
        (carry("t2", to="table_3", depends_on=("t1",)), "in order already"),
        (TaskSpec(task_id="t2", skill="inspect", parameters={"target": "table_1"}), "moves nothing"),
    ],
)
def test_what_does_not_contradict_is_not_asked_about(desk: Desk, second: TaskSpec, why: str) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    wants(desk, "m2", "eli", second)
    assert desk.questions() == [], why


def test_one_directive_does_not_contradict_itself(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"), carry("t2", to="table_3"))
    assert desk.questions() == []


def test_what_speaks_for_either_is_in_the_scores_and_without_past_cases_it_asks(desk: Desk) -> None:
    urgent = two_ends(desk, priority=100, deadline_s=400.0).ruled
    assert urgent.choice.features == (0.5, pytest.approx(0.333, abs=0.01), 0.0, 0.0)
    assert urgent.choice.scores[0] > 0.6 > urgent.choice.scores[1]
    assert not urgent.ruling.act and urgent.ruling.examples == 0


def test_the_same_journal_gives_the_same_question(desk: Desk) -> None:
    two_ends(desk)
    other = Desk(a_robot("r1"), a_robot("r2"), a_robot("r3", payload_kg=20.0))
    two_ends(other)
    assert desk.state.digest() == other.state.digest()


# ---- calling off --------------------------------------------------------------------------------------------


def test_who_takes_back_their_own_words_is_obeyed(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    assert say(desk, "don't bring box_a to table_1", "dana").accepted
    assert desk.task("t1").state is S.CANCELLED
    assert desk.state.instructions["d9"].state.value == "understood"
    assert desk.questions() == []


def test_calling_off_what_another_asked_for_is_asked_about(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"), carry("t1b", what="box_b", to="table_3", depends_on=("t1",)))
    assert say(desk, "don't bring box_a to table_1", "eli").accepted
    [question] = desk.questions()
    assert question.decision_class == "which_directive_wins"
    assert "dana asked for it, eli calls it off" in question.ruled.choice.conflicts
    assert "t1b, which wait for it" in question.options[0].predicted.basis
    assert desk.task("t1").state is S.ASSIGNED  # it goes on meanwhile
    assert desk.answer("call_off:t1").accepted
    assert desk.task("t1").state is S.CANCELLED
    desk.wait(1)
    assert desk.task("t1b").state is S.CANCELLED


def test_what_was_asked_for_may_stand(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    say(desk, "do not take box_a to table_1", "eli")
    assert desk.answer("cancel").accepted
    assert desk.task("t1").state is S.ASSIGNED
    assert desk.state.instructions["d9"].state.value == "dropped"


def test_what_has_ended_meanwhile_is_not_called_off(desk: Desk) -> None:
    wants(desk, "m1", "dana", carry("t1", to="table_1"))
    say(desk, "do not take box_a to table_1", "eli")
    desk.update("t1", CommandStatus.RUNNING)
    desk.claim("t1")
    desk.see_object("box_a", place="table_1")
    assert desk.task("t1").state is S.DONE
    assert desk.answer("call_off:t1").accepted
    assert desk.task("t1").state is S.DONE
    assert "had ended already" in desk.state.instructions["d9"].because
