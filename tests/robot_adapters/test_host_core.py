"""What a host does, without ROS and in virtual time."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus, ExecuteSkill
from fleet.model.errors import InvalidField, NotFound, StaleEpoch
from robot_adapters.base import Rejected
from robot_adapters.host_core import NO_SUPERVISOR, NOT_ACTIVE, HostCore
from robot_adapters.scripted import ScriptedHumanoid, scripted_description


class Bench:
    """A host with scripted robots, and time."""

    def __init__(self, *robots: str, make: type[ScriptedHumanoid] = ScriptedHumanoid) -> None:
        self.now_s = 50.0
        self.robots = {r: make(scripted_description(r, "h"), lambda: self.now_s) for r in robots}
        self.core = HostCore(list(self.robots.values()), lambda: self.now_s)
        self.updates = []
        self.supervised = True

    def up(self) -> Bench:
        for robot_id in self.robots:
            self.core.slot(robot_id).connect()
            self.core.activate(robot_id)
        return self.run(0.2)

    def run(self, seconds: float) -> Bench:
        for _ in range(round(seconds / 0.1)):
            if self.supervised:
                self.core.supervisor_heartbeat(1)
            self.now_s += 0.1
            self.updates += self.core.tick().updates
        return self

    def execute(self, command_id: str = "c1", robot_id: str = "r1", epoch: int = 1, seconds: float = 1.0):
        command = ExecuteSkill(
            command_id=command_id,
            robot_id=robot_id,
            task_id="t",
            epoch=epoch,
            skill="wait",
            parameters={"seconds": seconds},
        )
        return self.core.execute(command)

    def state(self, robot_id: str = "r1"):
        return self.core.slot(robot_id).last

    def ends(self, command_id: str = "c1") -> list[CommandStatus]:
        return [u.status for u in self.updates if u.command_id == command_id and u.status.final]


def test_two_robots_of_one_id_are_refused():
    with pytest.raises(InvalidField, match=r"adapters\[1\]\.robot_id"):
        HostCore([ScriptedHumanoid(scripted_description("r1"), lambda: 0.0)] * 2, lambda: 0.0)


def test_a_command_is_carried_out():
    bench = Bench("r1").up()
    assert bench.execute().status is CommandStatus.ACCEPTED
    assert bench.run(1.5).ends() == [CommandStatus.DONE]


def test_before_it_is_active_a_robot_holds_and_takes_nothing():
    bench = Bench("r1")
    bench.core.slot("r1").connect()
    bench.run(0.2)
    assert NOT_ACTIVE in bench.state().hold_because
    refused = bench.execute()
    assert (refused.status, refused.retriable) == (CommandStatus.REJECTED, True)
    bench.core.activate("r1")
    assert not bench.run(0.2).state().holding


def test_it_cannot_be_activated_before_it_is_connected():
    with pytest.raises(Rejected, match="not connected"):
        Bench("r1").core.activate("r1")


def test_what_was_refused_once_stays_refused():
    bench = Bench("r1")
    bench.execute()
    bench.up()
    assert bench.execute().status is CommandStatus.REJECTED  # somebody else may be doing it by now


def test_an_unknown_robot_is_named_with_those_there_are():
    update = Bench("r1", "r2").up().execute(robot_id="r9")
    assert update.status is CommandStatus.REJECTED
    assert "'r9'; known: r1, r2" in update.reason
    with pytest.raises(NotFound):
        Bench("r1").core.hold("r9", "x", "y")


def test_a_deactivated_robot_holds_and_its_command_waits():
    bench = Bench("r1").up()
    bench.execute(seconds=2.0)
    bench.run(0.5)
    bench.core.deactivate("r1")
    assert bench.run(3.0).ends() == []
    bench.core.activate("r1")
    assert bench.run(2.0).ends() == [CommandStatus.DONE]


# ---- supervisors and epochs


def test_without_a_heartbeat_for_two_seconds_all_robots_hold():
    bench = Bench("r1", "r2").up()
    bench.supervised = False
    assert not bench.run(1.8).state("r2").holding
    bench.run(0.4)
    assert [bench.state(r).hold_because for r in ("r1", "r2")] == [NO_SUPERVISOR, NO_SUPERVISOR]


def test_with_a_leader_again_they_go_on_unless_held_for_another_reason():
    bench = Bench("r1", "r2").up()
    bench.core.hold("r2", "limps", "Ada")
    bench.supervised = False
    bench.run(3.0)
    bench.supervised = True
    bench.run(0.3)
    assert not bench.state("r1").holding
    assert bench.state("r2").hold_because == "limps (by Ada)"


def test_an_overtaken_supervisor_neither_keeps_robots_going_nor_commands_them():
    bench = Bench("r1").up()
    assert bench.core.supervisor_heartbeat(5)
    bench.supervised = False
    for _ in range(30):
        assert not bench.core.supervisor_heartbeat(4)
        bench.run(0.1)
    assert bench.state().hold_because == NO_SUPERVISOR
    refused = bench.execute(epoch=4)
    assert refused.status is CommandStatus.REJECTED
    assert "stale epoch" in refused.reason
    with pytest.raises(StaleEpoch):
        bench.core.release("r1", 4, "old")
    with pytest.raises(StaleEpoch):
        bench.core.cancel("r1", "c1", 4, "old")


# ---- leases


def test_a_person_comes_before_the_supervisor():
    core = Bench("r1").up().core
    core.take_lease("r1", "Ada", person=True, epoch=3, duration_s=60)
    with pytest.raises(Rejected, match="Ada has r1"):
        core.take_lease("r1", "supervisor", person=False, epoch=3, duration_s=60)
    assert core.take_lease("r1", "supervisor", person=False, epoch=4, duration_s=60).holder == "supervisor"


def test_a_new_leader_does_not_end_a_persons_lease():
    bench = Bench("r1", "r2").up()
    bench.core.take_lease("r1", "Ada", person=True, epoch=3, duration_s=60)
    bench.core.supervisor_heartbeat(9)
    assert bench.core.slot("r1").floor == 3
    assert bench.core.slot("r2").floor == 9


def test_a_lease_expires_by_itself():
    bench = Bench("r1").up()
    bench.core.take_lease("r1", "Ada", person=True, epoch=3, duration_s=5)
    assert bench.run(1.0).state().lease_holder == "Ada"
    assert bench.run(5.0).state().lease_holder == ""
    assert bench.core.slot("r1").lease is None


@pytest.mark.parametrize(
    ("holder", "duration_s", "field"), [("", 1.0, "holder"), ("Ada", 0.0, "duration_s"), ("Ada", 1e9, "duration_s")]
)
def test_a_bad_lease_is_refused_by_name(holder, duration_s, field):
    with pytest.raises(InvalidField, match=field):
        Bench("r1").up().core.take_lease("r1", holder, person=True, epoch=3, duration_s=duration_s)


def test_only_the_holder_gives_a_lease_back():
    core = Bench("r1").up().core
    core.take_lease("r1", "Ada", person=True, epoch=3, duration_s=60)
    with pytest.raises(Rejected, match="Ada does"):
        core.release_lease("r1", "Bo")
    core.release_lease("r1", "Ada")
    assert core.slot("r1").lease is None


# ---- holds


def test_a_robot_goes_on_when_all_reasons_to_hold_are_gone():
    bench = Bench("r1").up()
    bench.core.hold("r1", "limps", "Ada")
    bench.core.hold_all(True, "smoke", "Bo", 10.0)
    assert bench.run(0.2).state().hold_because == "limps (by Ada); smoke (by Bo)"
    bench.core.hold_all(False, "toast", "Bo", 11.0)
    assert bench.run(0.2).state().hold_because == "limps (by Ada)"
    bench.core.release("r1", 0, "Ada")
    assert not bench.run(0.2).state().holding


def test_of_several_hold_all_messages_the_newest_counts():
    bench = Bench("r1").up()
    assert bench.core.hold_all(False, "over", "Bo", 11.0)
    assert not bench.core.hold_all(True, "smoke", "Ada", 10.0)
    assert not bench.run(0.2).state().holding


def test_a_hold_reaches_the_robot_at_once_not_with_the_next_tick():
    bench = Bench("r1").up()
    bench.core.hold("r1", "stop", "Ada")
    assert bench.robots["r1"].state().holding


def test_a_hold_of_a_robot_that_cannot_be_reached_is_delivered_when_it_can():
    bench = Bench("r1").up()
    bench.robots["r1"].silent = True
    bench.core.hold("r1", "stop", "Ada")
    bench.run(1.0)
    bench.robots["r1"].silent = False
    assert "stop" in bench.run(0.3).state().hold_because


def test_a_restarted_host_keeps_what_a_person_had_held_but_not_what_held_itself():
    bench = Bench("r1", "r2").up()
    bench.core.hold("r1", "limps", "Ada")
    bench.robots["r2"].hold(NO_SUPERVISOR)
    bench.core = HostCore(list(bench.robots.values()), lambda: bench.now_s)
    bench.up()
    assert "limps" in bench.state("r1").hold_because
    assert not bench.state("r2").holding


# ---- links and bugs


def test_a_command_for_a_robot_that_cannot_be_reached_waits_and_is_not_failed():
    bench = Bench("r1").up()
    bench.robots["r1"].silent = True
    assert bench.execute() is None
    assert bench.run(3.0).updates == []
    assert not bench.core.slot("r1").link_ok
    bench.robots["r1"].silent = False
    assert bench.run(2.0).ends() == [CommandStatus.DONE]


def test_a_command_that_waits_can_be_cancelled():
    bench = Bench("r1").up()
    bench.robots["r1"].silent = True
    bench.execute()
    assert bench.core.cancel("r1", "c1", 1, "too late") is None
    bench.robots["r1"].silent = False
    assert bench.run(2.0).ends() == [CommandStatus.CANCELLED]
    assert bench.robots["r1"].ledger == {}


def test_a_cancel_answers_with_what_became_of_the_command():
    bench = Bench("r1").up()
    bench.execute()
    assert bench.core.cancel("r1", "c1", 1, "not needed").status is CommandStatus.CANCELLED
    bench.execute("c2")
    bench.run(2.0)
    assert bench.core.cancel("r1", "c2", 1, "not needed").status is CommandStatus.DONE
    with pytest.raises(InvalidField, match="command_id"):
        bench.core.cancel("r1", "", 1, "x")


def test_one_robots_bug_is_its_own_and_makes_nothing_up(caplog):
    class Buggy(ScriptedHumanoid):
        def poll(self):
            if self.describe().robot_id == "r1":
                raise ZeroDivisionError("oops")
            return super().poll()

    bench = Bench("r1", "r2", make=Buggy).up()
    bench.execute("c1", "r1")
    bench.execute("c2", "r2")
    bench.run(3.0)
    assert bench.ends("c2") == [CommandStatus.DONE]
    assert bench.ends("c1") == []
    assert "ZeroDivisionError" in bench.core.slot("r1").problem
    assert caplog.text.count("Traceback") == 1  # said once, not twenty times a second


def test_a_bug_while_a_command_is_taken_is_neither_success_nor_failure():
    class Buggy(ScriptedHumanoid):
        broken = True

        def execute(self, command):
            answer = super().execute(command)
            if self.broken:
                raise ZeroDivisionError("after it had begun")
            return answer

    bench = Bench("r1", make=Buggy).up()
    assert bench.execute() is None
    bench.robots["r1"].broken = False
    assert bench.run(2.0).ends() == [CommandStatus.DONE]


def test_recover_passes_on_what_the_adapter_says():
    bench = Bench("r1").up()
    with pytest.raises(Rejected, match="nothing to recover from"):
        bench.core.recover("r1", 0)
    bench.robots["r1"].e_stopped = True
    bench.core.recover("r1", 1)
    assert not bench.robots["r1"].e_stopped
