"""Commands from the bus to robots in another process, and what comes back."""

from __future__ import annotations

import pytest

from fleet.model.commands import CancelCommand, CommandStatus, GrantLease
from fleet.supervisor.state import EPOCH_STRIDE

pytestmark = pytest.mark.ros


def test_a_command_comes_back_as_a_claim(start_host, supervise):
    host, supervisor = start_host("host_a", "g1-1", "g1-2"), supervise()
    supervisor.ready("g1-1", "g1-2")
    assert supervisor.known == {"g1-1", "g1-2"}
    supervisor.bus.send([supervisor.command("c1", "g1-1")])
    end = supervisor.end("c1")
    assert end.status is CommandStatus.DONE
    assert end.claim.statement == {"waited_s": 0.4}
    assert end.claim.epoch == EPOCH_STRIDE
    assert [u.status for u in supervisor.updates][:2] == [CommandStatus.ACCEPTED, CommandStatus.RUNNING]
    assert host.times_done("c1") == 1
    supervisor.until(lambda: supervisor.observed)
    assert supervisor.observed[0].detections[0].place == "shelf"


def test_a_command_sent_again_by_a_new_supervisor_is_not_done_again(start_host, supervise):
    host, first = start_host("host_a", "r1"), supervise()
    first.ready("r1")
    first.bus.send([first.command("c1", "r1"), first.command("c1", "r1")])
    claim = first.end("c1").claim
    first.bus.close()
    second = supervise(epoch=2, name="second")
    second.ready("r1")
    second.bus.send([second.command("c1", "r1")])
    end = second.end("c1")
    assert (end.status, end.claim) == (CommandStatus.DONE, claim)
    assert host.times_done("c1") == 1


def test_a_command_under_way_is_taken_over_by_a_new_supervisor(start_host, supervise):
    host, first = start_host("host_a", "r1"), supervise()
    first.ready("r1")
    first.bus.send([first.command("c1", "r1", seconds=2.0)])
    first.until(lambda: any(u.status is CommandStatus.RUNNING for u in first.updates))
    first.bus.close()
    second = supervise(epoch=2, name="second")
    second.until(lambda: "r1" in second.states)
    second.bus.send([second.command("c1", "r1", seconds=2.0)])
    end = second.end("c1")
    assert (end.status, end.epoch) == (CommandStatus.DONE, 2 * EPOCH_STRIDE)
    assert host.times_done("c1") == 1


def test_an_overtaken_supervisor_is_not_obeyed(start_host, supervise):
    start_host("host_a", "r1")
    new, old = supervise(epoch=2, name="new"), supervise(epoch=1, name="old")
    new.ready("r1")
    old.beating = False
    old.until(lambda: "r1" in old.states)
    old.bus.send([old.command("c1", "r1")])
    old.until(lambda: (new.listen(), old.ends("c1"))[1])
    end = old.ends("c1")[0]
    assert end.status is CommandStatus.REJECTED
    assert "stale epoch" in end.reason


def test_what_is_refused_says_why(start_host, supervise):
    start_host("host_a", "r1")
    supervisor = supervise()
    supervisor.ready("r1")
    supervisor.bus.send(
        [
            supervisor.command("c1", "r1", skill="fly", parameters={}),
            supervisor.command("c2", "r1", skill="wait", parameters={"seconds": -1}),
        ]
    )
    first, second = supervisor.end("c1"), supervisor.end("c2")
    assert first.status is second.status is CommandStatus.REJECTED
    assert "fly" in first.reason
    assert "parameters.seconds" in second.reason
    assert not first.retriable


def test_a_cancelled_command_ends_cancelled(start_host, supervise):
    host, supervisor = start_host("host_a", "r1"), supervise()
    supervisor.ready("r1")
    supervisor.bus.send([supervisor.command("c1", "r1", seconds=30)])
    supervisor.until(lambda: supervisor.states["r1"].command_id == "c1")
    cancel = CancelCommand(command_id="c1", robot_id="r1", epoch=EPOCH_STRIDE, because="not needed")
    supervisor.bus.send([cancel])
    end = supervisor.end("c1")
    assert (end.status, end.reason) == (CommandStatus.CANCELLED, "not needed")
    assert host.times_done("c1") == 0


def test_a_command_of_a_supervisor_that_is_gone_can_be_cancelled(start_host, supervise):
    start_host("host_a", "r1")
    first = supervise()
    first.ready("r1")
    first.bus.send([first.command("c1", "r1", seconds=30)])
    first.until(lambda: first.states["r1"].command_id == "c1")
    first.bus.close()
    second = supervise(epoch=2, name="second")
    cancel = CancelCommand(command_id="c1", robot_id="r1", epoch=2 * EPOCH_STRIDE, because="its task is gone")
    second.bus.send([cancel])  # before it has heard of the robot: it waits until it has
    end = second.end("c1")
    assert (end.status, end.task_id) == (CommandStatus.CANCELLED, "t-c1")
    second.until(lambda: "r1" in second.states and second.states["r1"].command_id is None)


def test_a_person_who_has_the_lease_outranks_the_supervisor(start_host, supervise):
    start_host("host_a", "r1")
    supervisor = supervise()
    supervisor.ready("r1")
    supervisor.bus.send([GrantLease(robot_id="r1", holder="Ada", epoch=EPOCH_STRIDE + 1)])
    supervisor.until(lambda: supervisor.states["r1"].lease_holder == "Ada")
    supervisor.bus.send([supervisor.command("c1", "r1")])
    assert "stale epoch" in supervisor.end("c1").reason
    supervisor.bus.send([GrantLease(robot_id="r1", holder="supervisor", epoch=EPOCH_STRIDE + 2)])
    supervisor.until(lambda: supervisor.states["r1"].lease_holder == "supervisor")
    supervisor.bus.send([supervisor.command("c2", "r1", epoch=EPOCH_STRIDE + 2)])
    assert supervisor.end("c2").status is CommandStatus.DONE
