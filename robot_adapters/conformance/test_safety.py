"""Stopping, lost links, falls: what must hold whatever else is going on."""

from __future__ import annotations

import pytest

from fleet.model.commands import CommandStatus
from fleet.model.errors import FleetError, LinkDown, Unsupported
from fleet.model.robot import Posture
from robot_adapters.base import Rejected
from robot_adapters.conformance.rig import Rig


def moved_m(rig: Rig, seconds: float, *, heartbeats: bool = True) -> float:
    before = rig.adapter.state().pose
    rig.run(seconds, heartbeats=heartbeats)
    return rig.adapter.state().pose.distance_to(before)


def test_a_hold_stops_it_within_the_bound(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.5)
    rig.adapter.hold("somebody in the way")
    rig.run(rig.hold_within_s)
    state = rig.adapter.state()
    assert state.holding
    assert "somebody in the way" in state.hold_because
    assert moved_m(rig, 2.0) < 0.1


def test_a_held_robot_is_stable_and_not_powered_off(rig: Rig) -> None:
    rig.connected().hold("look out")
    rig.run(3.0)
    state = rig.adapter.state()
    assert state.posture in (Posture.STANDING, Posture.KNEELING, Posture.SITTING)
    assert state.stability > 0.3


def test_a_hold_is_not_the_end_of_the_command(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.0)
    rig.adapter.hold("wait")
    assert not any(u.status.final for u in rig.run(2.0))
    assert rig.adapter.state().command_id == "c-1"


def test_after_resume_it_goes_on_and_finishes(rig: Rig) -> None:
    rig.connected().execute(rig.command())
    rig.adapter.hold("wait")
    rig.run(1.0)
    rig.adapter.resume()
    assert rig.run_to_end("c-1").status is CommandStatus.DONE


def test_heartbeats_do_not_end_a_hold(rig: Rig) -> None:
    rig.connected().hold("wait")
    rig.run(rig.watchdog_within_s + 2.0)
    assert rig.adapter.state().holding


def test_holding_again_and_resuming_when_free_are_no_errors(rig: Rig) -> None:
    adapter = rig.connected()
    adapter.hold("one")
    adapter.hold("two")
    adapter.resume()
    adapter.resume()
    rig.run(0.5)
    assert not adapter.state().holding


def test_with_nobody_in_charge_it_holds_by_itself(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.0)
    rig.run(rig.watchdog_within_s, heartbeats=False)
    assert rig.adapter.state().holding
    assert moved_m(rig, 1.5, heartbeats=False) < 0.1
    assert rig.adapter.state().command_id == "c-1"


def test_with_somebody_in_charge_again_it_goes_on(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(rig.watchdog_within_s + 0.5, heartbeats=False)
    assert rig.adapter.state().holding
    reported = rig.run(1.0)
    assert not rig.adapter.state().holding
    assert not any(u.status is CommandStatus.FAILED for u in reported)
    assert rig.adapter.state().command_id == "c-1"


def test_a_lost_link_shows_as_age_and_makes_nothing_up(rig: Rig) -> None:
    rig.connected()
    rig.cut_link()
    before = rig.adapter.state()
    rig.run(3.0)
    assert rig.adapter.state().observed_at_s - before.observed_at_s <= 0.5


def test_over_a_lost_link_nothing_is_ordered(rig: Rig) -> None:
    rig.connected()
    rig.cut_link()
    rig.run(0.5)
    for order in (rig.adapter.heartbeat, rig.adapter.resume):
        with pytest.raises(LinkDown):
            order()


def test_over_a_lost_link_the_lease_moves_all_the_same(rig: Rig) -> None:
    rig.connected()
    rig.cut_link()
    rig.run(0.5)
    rig.adapter.grant("Ada", 4)
    with pytest.raises(FleetError):
        rig.adapter.execute(rig.command(epoch=3))


def test_a_robot_that_was_cut_off_holds_by_itself(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.0)
    rig.cut_link()
    rig.run(rig.watchdog_within_s + 0.5)
    rig.mend_link()
    rig.adapter.poll()
    rig.advance(rig.tick_s)
    before = rig.adapter.state().pose
    rig.cut_link()
    rig.run(3.0)
    rig.mend_link()
    rig.advance(rig.tick_s)
    assert rig.adapter.state().pose.distance_to(before) < 0.15


def test_a_lost_link_is_not_a_failure_of_the_command(rig: Rig) -> None:
    rig.connected().execute(rig.command())
    rig.cut_link()
    assert not any(u.status is CommandStatus.FAILED for u in rig.run(3.0))
    rig.mend_link()
    assert rig.run_to_end("c-1").status is CommandStatus.DONE


def test_a_hold_that_could_not_be_delivered_is_delivered_later(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(0.5)
    rig.cut_link()
    rig.run(0.5)
    with pytest.raises(LinkDown):
        rig.adapter.hold("look out")
    rig.mend_link()
    rig.run(1.0)
    assert rig.adapter.state().holding


def test_a_fall_fails_the_command_and_is_not_retriable(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(1.0)
    rig.make_fall()
    end = rig.run_until(lambda us: any(u.status.final for u in us), 20.0)[-1]
    assert end.status is CommandStatus.FAILED
    assert "fallen" in end.reason
    assert not end.retriable
    assert rig.adapter.state().posture is Posture.FALLEN


def test_a_fallen_robot_takes_no_command_and_says_so(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.make_fall()
    rig.run_until(lambda us: any(u.status.final for u in us), 20.0)
    with pytest.raises(Rejected, match="fallen"):
        rig.adapter.execute(rig.command("quick", "c-2"))


def test_recovering_from_a_fall_is_either_done_or_refused(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.make_fall()
    rig.run_until(lambda us: any(u.status.final for u in us), 20.0)
    try:
        rig.adapter.recover()
    except Unsupported:
        return
    rig.run_until(lambda _: rig.adapter.state().posture is Posture.STANDING, 60.0)


def test_a_robot_that_is_well_does_not_claim_to_have_recovered(rig: Rig) -> None:
    with pytest.raises(FleetError):
        rig.connected().recover()


def test_an_e_stop_ends_the_command_and_refuses_others_until_recovered(rig: Rig) -> None:
    rig.connected().execute(rig.command("long"))
    rig.run(0.5)
    rig.engage_e_stop()
    rig.run(1.0)
    assert rig.adapter.state().e_stop
    with pytest.raises(Rejected):
        rig.adapter.execute(rig.command("quick", "c-2"))
    rig.adapter.recover()
    rig.run(1.0)
    assert not rig.adapter.state().e_stop
