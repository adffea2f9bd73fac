"""Same seed, same world: in fresh processes, in forks, and as far as a checkpoint promises after a kill."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import pytest
from driving import Hands, robot

from sim_worlds.errors import CheckpointError
from sim_worlds.faults import FaultSpec
from sim_worlds.records import Give, Pick, Place, Wait, Walk
from sim_worlds.rollouts import RolloutFailed
from sim_worlds.site import bundled_site, load_site
from sim_worlds.world import World

Make = Callable[..., Hands]


def busy(seed: int, seconds: float) -> str:
    """A walking G1 with a box, two kinematic robots in each other's way; the digest at the end."""
    world = World(
        load_site(bundled_site()),
        [robot("g1_walking", 1.85, 1.25, -1.57), robot("iron_1", 2, 8), robot("gr2_1", 8, 8.2, 3.14)],
        seed=seed,
        watchdog_s=1e9,
    )
    world.start("g1_walking", Pick(command_id="p", object_id="blue_1"))
    world.start("iron_1", Walk(command_id="a", x_m=8, y_m=8.2))
    world.start("gr2_1", Walk(command_id="b", x_m=2, y_m=8))
    world.advance(3)
    world.start("g1_walking", Walk(command_id="w", x_m=4, y_m=4))
    world.advance(seconds - 3)
    return world.digest()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_digest_in_fresh_processes() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(busy, [(5, 6.0), (5, 6.0)])
    assert first == second


@pytest.mark.slow
def test_a_fork_runs_ahead_exactly_as_the_world_then_goes(hands: Make) -> None:
    h = hands(robot("g1_walking", 1.85, 1.25, -1.57), robot("iron_1", 2, 8), watchdog_s=1e9)
    h.world.start("g1_walking", Pick(command_id="p", object_id="blue_1"))
    h.world.advance(2.5)
    h.world.start("iron_1", Walk(command_id="w", x_m=10, y_m=8))
    before = h.world.digest()

    def ahead(world: World) -> str:
        world.advance(3)
        return world.digest()

    predicted = h.world.fork_rollout(ahead)
    assert h.world.digest() == before, "a rollout leaves the world as it was"
    h.world.advance(3)
    assert h.world.digest() == predicted


def test_a_rollout_that_fails_says_why(hands: Make) -> None:
    h = hands(robot("iron_1", 2, 8))

    def wrong(world: World) -> None:
        world.start("nobody", Wait(command_id="w", seconds=1))

    with pytest.raises(RolloutFailed, match="'nobody'"):
        h.world.fork_rollout(wrong)


def restored(h: Hands) -> Hands:
    return Hands(World.restore(h.world.checkpoint()), next(h.numbers))


def test_a_restored_world_has_everything_where_it_was(hands: Make) -> None:
    h = hands(robot("optimus_1", 1.85, 1.3, -1.57), robot("iron_1", 6.25, 1.3, -1.57, battery_fraction=0.6))
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.fetch("iron_1", "blue_2", "shelf_b2")
    h.go("iron_1", "nurse_amy")
    h.do("iron_1", Give, person_id="nurse_amy")
    again = restored(h)
    old, new = h.world.truth(), again.world.truth()
    assert new.time_s == old.time_s
    assert {k: b.holder for k, b in new.boxes.items()} == {k: b.holder for k, b in old.boxes.items()}
    assert new.robots == old.robots
    assert again.world.effects() == h.world.effects()
    assert again.world.computer("iron_1").battery_wh == h.world.computer("iron_1").battery_wh
    assert again.world.body_state("optimus_1").holding_because == "the simulation was restarted"
    again.world.resume("optimus_1")
    assert again.deliver("optimus_1", "station_1").state == "done"


def test_a_primitive_goes_on_after_a_restart_and_takes_effect_once(hands: Make) -> None:
    h = hands(robot("optimus_1", 1.85, 1.13, -1.57))
    pick = Pick(command_id="p", object_id="blue_1")
    h.world.start("optimus_1", pick)
    h.advance(1)
    again = restored(h)
    assert again.world.truth().boxes["blue_1"].place_id == "shelf_a2", "the unfinished lift is forgotten"
    again.world.resume("optimus_1")
    again.advance(4)
    assert again.world.status("optimus_1").state == "done"
    third = restored(again)
    assert third.world.outcome("p") is not None
    assert [e.command_id for e in third.world.effects()] == ["p"]
    assert third.world.truth().boxes["blue_1"].holder == "optimus_1"


def test_a_kill_between_the_effect_and_the_report_does_not_repeat_the_effect(hands: Make) -> None:
    h = hands(robot("optimus_1", 1.85, 1.13, -1.57))
    h.fetch("optimus_1", "blue_1", "shelf_a2")
    h.world.start("optimus_1", Place(command_id="put", place_id="shelf_a2"))
    while not any(e.command_id == "put" for e in h.world.effects()):
        h.beat()
        h.world.step()
    data = h.world.checkpoint()
    # As if it had been killed before the robot could say that it is done.
    del data["outcomes"]["put"]
    data["computers"]["optimus_1"]["status"] |= {"state": "running", "ended_s": None}
    data["computers"]["optimus_1"]["primitive"] = {"kind": "place", "command_id": "put", "place_id": "shelf_a2"}
    again = Hands(World.restore(data))
    again.world.resume("optimus_1")
    again.advance(3)
    assert again.world.status("optimus_1").state == "done"
    assert [e.kind for e in again.world.effects()] == ["pick", "place"]
    assert again.world.truth().boxes["blue_1"].place_id == "shelf_a2"


def test_a_fallen_robot_is_still_fallen_after_a_restart(hands: Make) -> None:
    fault = FaultSpec(fault_id="knee", kind="torque_loss", robot="g1_walking", at_s=1, joint="left_knee_joint")
    h = hands(robot("g1_walking", 3, 8), faults=[fault])
    h.world.start("g1_walking", Walk(command_id="w", x_m=9, y_m=8))
    h.advance(5)
    again = restored(h)
    again.advance(2)
    lies, lay = again.world.truth().robots["g1_walking"], h.world.truth().robots["g1_walking"]
    assert lies.posture == "fallen"
    assert (lies.x, lies.y) == pytest.approx((lay.x, lay.y), abs=0.3)
    assert again.world.truth().faults["knee"].phase == "active"


def test_a_standing_g1_stands_after_a_restart(hands: Make) -> None:
    h = hands(robot("g1_walking", 1.85, 1.25, -1.57))
    h.fetch("g1_walking", "blue_1", "shelf_a2")
    again = restored(h)
    again.world.resume("g1_walking")
    again.advance(2)
    assert again.world.truth().robots["g1_walking"].posture == "standing"
    assert again.world.truth().boxes["blue_1"].holder == "g1_walking"
    assert again.world.truth().boxes["blue_1"].position[2] > 0.5


@pytest.mark.parametrize("data", [{}, {"version": 99}, {"version": 1}, "text"])
def test_what_is_no_checkpoint_is_refused(data: object) -> None:
    with pytest.raises(CheckpointError, match="expected"):
        World.restore(data)  # type: ignore[arg-type]
