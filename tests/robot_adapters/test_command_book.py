"""The rules about command ids and epochs that all adapters share."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus, ExecuteSkill
from fleet.model.errors import InvalidField, StaleEpoch, Unsupported
from robot_adapters.base import Rejected
from robot_adapters.claims import statement
from robot_adapters.commands import KEPT_FINAL, CommandBook, check_command
from robot_adapters.scripted import scripted_description


def command(command_id: str = "c1", epoch: int = 1, **more) -> ExecuteSkill:
    fields = {"skill": "wait", "parameters": {"seconds": 1}, "task_id": f"t-{command_id}"} | more
    return ExecuteSkill(command_id=command_id, robot_id="r1", epoch=epoch, **fields)


def taken(book: CommandBook, one: ExecuteSkill):
    return book.repeated(one) or book.start(one, one.parameters)


def test_a_command_goes_from_accepted_to_done_and_its_end_is_reported_once():
    book = CommandBook("r1")
    assert taken(book, command()).update.status is CommandStatus.ACCEPTED
    book.report(CommandStatus.RUNNING, fraction=0.5)
    book.report(CommandStatus.RUNNING, fraction=0.5)
    book.done({"waited_s": 1.0}, 12.0)
    assert [u.status for u in book.take_news()] == [CommandStatus.RUNNING, CommandStatus.DONE]
    assert book.take_news() == []
    assert book.active is None


def test_a_repeated_command_is_answered_with_its_status_and_executed_parameters():
    book = CommandBook("r1")
    book.start(command(), {"seconds": 0.5})
    again = book.repeated(command())
    assert again.repeated
    assert again.parameters == {"seconds": 0.5}


def test_a_new_leaders_repetition_raises_the_epoch_of_what_is_reported():
    book = CommandBook("r1")
    taken(book, command(epoch=1))
    assert taken(book, command(epoch=4)).update.epoch == 4
    book.done({}, 1.0)
    assert book.take_news()[-1].epoch == 4
    with pytest.raises(StaleEpoch):
        taken(book, command("c2", epoch=3))


def test_a_stale_repetition_is_told_the_status_and_lowers_nothing():
    book = CommandBook("r1")
    taken(book, command(epoch=4))
    assert taken(book, command(epoch=2)).update.epoch == 4
    assert book.epoch == 4


def test_one_command_at_a_time():
    book = CommandBook("r1")
    taken(book, command())
    with pytest.raises(Rejected, match="busy with command c1"):
        taken(book, command("c2"))


def test_a_report_without_an_active_command_is_a_bug():
    with pytest.raises(RuntimeError, match="none is active"):
        CommandBook("r1").report(CommandStatus.RUNNING)


def test_old_commands_are_forgotten_but_never_the_active_one():
    book = CommandBook("r1")
    taken(book, command("active"))
    for number in range(KEPT_FINAL + 10):
        book.cancelled(f"x{number}", "test")
    assert book.status("active") is not None
    assert book.status("x0") is None
    assert book.status(f"x{KEPT_FINAL + 9}") is not None


def test_what_the_supervisor_looked_up_is_not_taken_for_an_unknown_parameter():
    known = scripted_description("r1")
    given = {"object": "box", "to": "shelf", "object_at": {}, "object_approach": {}, "to_approach": {}}
    check_command(command(skill="carry", parameters=given), known)
    with pytest.raises(InvalidField, match=r"parameters\.sky_at"):
        check_command(command(skill="carry", parameters={**given, "sky_at": {}}), known)


@pytest.mark.parametrize(
    ("bad", "error", "says"),
    [
        ({"robot_id": "r2"}, InvalidField, "robot_id"),
        ({"command_id": ""}, InvalidField, "command_id"),
        ({"skill": "juggle"}, Unsupported, "cannot juggle; it can "),
        ({"parameters": {"seconds": "long"}}, InvalidField, "parameters.seconds"),
    ],
)
def test_bad_commands_are_refused_by_name(bad, error, says):
    fields = {"command_id": "c1", "robot_id": "r1", "task_id": "t", "epoch": 1, "skill": "wait"}
    fields |= {"parameters": {"seconds": 1}} | bad
    with pytest.raises(error, match=says):
        check_command(ExecuteSkill(**fields), scripted_description("r1"))


def test_every_skill_has_a_statement_and_others_say_that_they_have_none():
    given = {"object": "o", "to": "p", "place": "p", "person": "m", "target": "z", "dock": "d", "seconds": 2}
    for skill in scripted_description("r1").capabilities:
        assert statement("r1", skill.skill, given, ["b", "a"])
    assert statement("r1", "inspect", given, ["b", "a", "b"]) == {"seen": "z", "found": ["a", "b"]}
    with pytest.raises(ValueError, match="juggle"):
        statement("r1", "juggle", {})
