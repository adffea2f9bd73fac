"""Commands: what is taken, what is refused, what is reported, and that nothing happens twice."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus
from fleet.model.errors import FleetError, InvalidField, StaleEpoch, Unsupported
from fleet.model.skills import SKILLS
from robot_adapters.base import Rejected
from robot_adapters.conformance.rig import Rig, renamed


def test_a_command_is_taken_and_claimed_to_be_done(rig: Rig) -> None:
    command = rig.command()
    answer = rig.connected().execute(command)
    assert answer.update.status is CommandStatus.ACCEPTED
    assert not answer.repeated
    assert answer.parameters
    assert rig.run_to_end("c-1").status is CommandStatus.DONE


def test_nothing_is_done_at_the_moment_it_is_taken(rig: Rig) -> None:
    answer = rig.connected().execute(rig.command("long"))
    assert not answer.update.status.final
    assert not any(update.status.final for update in rig.run(1.0))


def test_a_claim_carries_all_ids_and_says_something(rig: Rig) -> None:
    command = rig.command(epoch=3)
    rig.connected().execute(command)
    claim = rig.run_to_end("c-1").claim
    assert claim is not None
    assert claim.claim_id
    assert (claim.robot_id, claim.task_id, claim.command_id) == (command.robot_id, command.task_id, "c-1")
    assert (claim.epoch, claim.skill) == (3, command.skill)
    assert claim.statement
    assert claim.claimed_at_s <= rig.adapter.state().observed_at_s


def test_every_update_carries_all_ids(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    updates = rig.run_until(lambda us: any(u.status.final for u in us), rig.done_within_s)
    for update in updates:
        assert (update.command_id, update.robot_id, update.task_id) == ("c-1", command.robot_id, command.task_id)
        assert 0.0 <= update.fraction <= 1.0
        assert (update.claim is not None) == (update.status is CommandStatus.DONE)


def test_an_end_is_reported_once_and_nothing_after_it(rig: Rig) -> None:
    rig.connected().execute(rig.command())
    rig.run_to_end("c-1")
    assert rig.run(1.0) == []


def test_its_state_names_the_command_it_works_on_and_then_no_more(rig: Rig) -> None:
    rig.connected().execute(rig.command(epoch=2))
    rig.run(rig.tick_s)
    if rig.adapter.state().command_id is not None:  # a very quick one may have ended
        assert (rig.adapter.state().command_id, rig.adapter.state().epoch) == ("c-1", 2)
        rig.run_to_end("c-1")
    assert rig.adapter.state().command_id is None


def test_the_same_command_while_it_runs_starts_nothing(rig: Rig) -> None:
    command = rig.command("long")
    rig.connected().execute(command)
    rig.run(1.0)
    answer = rig.adapter.execute(command)
    assert answer.repeated
    assert answer.update.command_id == "c-1"
    assert not answer.update.status.final


def test_the_same_command_after_its_end_answers_with_that_end(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    end = rig.run_to_end("c-1")
    answer = rig.adapter.execute(command)
    assert answer.repeated
    assert answer.update.status is CommandStatus.DONE
    assert answer.update.claim == end.claim
    assert rig.run(1.0) == []


def test_an_effect_happens_once_however_often_the_command_comes(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    rig.run_to_end("c-1")
    rig.adapter.execute(command)
    rig.run(1.0)
    assert rig.effects("c-1") == 1


def test_an_id_is_not_used_for_something_else(rig: Rig) -> None:
    command = rig.command("long")
    rig.connected().execute(command)
    with pytest.raises(InvalidField):
        rig.adapter.execute(renamed(command, task_id="another task"))


def test_a_second_command_while_one_runs_is_refused(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    with pytest.raises(Rejected) as refused:
        rig.adapter.execute(rig.command("long", "c-2"))
    assert "c-1" in str(refused.value)
    assert rig.adapter.state().command_id == "c-1"


def test_a_stale_epoch_is_refused(rig: Rig) -> None:
    rig.connected().execute(rig.command(epoch=5))
    rig.run_to_end("c-1")
    with pytest.raises(StaleEpoch, match="epoch"):
        rig.adapter.execute(rig.command("long", "c-2", epoch=4))
    assert rig.adapter.state().command_id is None


def test_a_lease_makes_older_epochs_stale(rig: Rig) -> None:
    rig.connected().grant("Ada", 7)
    with pytest.raises(StaleEpoch):
        rig.adapter.execute(rig.command(epoch=6))
    with pytest.raises(StaleEpoch):
        rig.adapter.grant("supervisor", 6)
    assert rig.adapter.state().lease_holder == "Ada"


def test_a_skill_it_has_not_got_is_unsupported(rig: Rig) -> None:
    able = {c.skill for c in rig.connected().describe().capabilities}
    missing = next((s for s in SKILLS if s not in able), "juggle")
    with pytest.raises(Unsupported, match=missing):
        rig.adapter.execute(renamed(rig.command(), skill=missing))
    assert rig.run(0.5) == []


def test_a_missing_parameter_is_named(rig: Rig) -> None:
    command = rig.command()
    required = [p.name for p in SKILLS[command.skill].parameters if p.required]
    if not required:
        pytest.skip(f"{command.skill} requires no parameter")
    with pytest.raises(InvalidField, match=required[0]):
        rig.connected().execute(renamed(command, parameters={}))
    assert rig.run(0.5) == []


def test_an_unknown_parameter_is_named(rig: Rig) -> None:
    command = rig.command()
    with pytest.raises(InvalidField, match="colour_of_the_sky"):
        rig.connected().execute(renamed(command, parameters={**command.parameters, "colour_of_the_sky": "blue"}))


def test_a_command_for_another_robot_is_refused(rig: Rig) -> None:
    with pytest.raises(InvalidField, match="robot_id"):
        rig.connected().execute(renamed(rig.command(), robot_id="somebody-else"))


def test_what_was_refused_is_not_done(rig: Rig) -> None:
    rig.connected().grant("supervisor", 9)
    with pytest.raises(FleetError):
        rig.adapter.execute(rig.command(epoch=1))
    assert rig.run(2.0) == []
    assert rig.adapter.state().command_id is None


def test_what_cannot_succeed_fails_with_a_reason_and_no_claim(rig: Rig) -> None:
    rig.connected().execute(rig.command("impossible"))
    end = rig.run_to_end("c-1")
    assert end.status is CommandStatus.FAILED
    assert end.reason
    assert end.claim is None


def test_a_cancelled_command_ends_and_the_robot_is_stable(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.0)
    rig.adapter.cancel("c-1", "changed my mind")
    end = rig.run_to_end("c-1")
    assert end.status is CommandStatus.CANCELLED
    assert end.claim is None
    rig.run(1.0)
    still = rig.adapter.state().pose
    rig.run(1.0)
    assert rig.adapter.state().pose.distance_to(still) < 0.1
    assert rig.adapter.state().stability > 0.3


def test_a_cancelled_command_never_comes_back(rig: Rig) -> None:
    command = rig.command("long")
    rig.connected().execute(command)
    rig.adapter.cancel("c-1", "changed my mind")
    rig.run_to_end("c-1")
    assert rig.adapter.execute(command).update.status is CommandStatus.CANCELLED
    assert rig.run(1.0) == []


def test_a_cancel_that_overtakes_its_command_still_counts(rig: Rig) -> None:
    rig.connected().cancel("c-1", "too late")
    assert [u.status for u in rig.run(0.5)] == [CommandStatus.CANCELLED]
    assert rig.adapter.execute(rig.command()).update.status is CommandStatus.CANCELLED
    assert rig.run(1.0) == []


def test_a_cancel_does_not_change_what_has_ended(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    rig.run_to_end("c-1")
    rig.adapter.cancel("c-1", "too late")
    assert rig.run(0.5) == []
    assert rig.adapter.execute(command).update.status is CommandStatus.DONE


def test_after_a_cancel_it_takes_other_work(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(0.5)
    rig.adapter.cancel("c-1", "something else first")
    rig.run_to_end("c-1")
    rig.adapter.execute(rig.command("quick", "c-2"))
    assert rig.run_to_end("c-2").status is CommandStatus.DONE


def test_a_new_adapter_goes_on_where_the_robot_is(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    rig.run(2 * rig.tick_s)
    rig.restart()
    rig.connected().execute(renamed(command, epoch=2))
    assert rig.run_to_end("c-1").status is CommandStatus.DONE
    assert rig.effects("c-1") == 1


def test_a_new_adapter_does_not_do_again_what_was_done(rig: Rig) -> None:
    command = rig.command()
    rig.connected().execute(command)
    rig.run_to_end("c-1")
    rig.restart()
    rig.connected().execute(renamed(command, epoch=2))
    assert rig.run_to_end("c-1").status is CommandStatus.DONE
    assert rig.effects("c-1") == 1
