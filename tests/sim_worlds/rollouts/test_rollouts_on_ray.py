"""A local Ray cluster gives the same results as forked processes, for the same seeds."""

from __future__ import annotations

import threading

import pytest
from asking import AWAY, FETCH, HALT

from sim_worlds.rollouts import Fork, Ray, evaluate
from sim_worlds.world import World


@pytest.mark.slow
def test_ray_and_fork_agree_bit_for_bit(world: World) -> None:
    options = [FETCH, AWAY, HALT]
    forked = evaluate(world, options, 4.0, 2, seed=11, executor=Fork(start="checkpoint"))
    on_ray = evaluate(world, options, 4.0, 2, seed=11, executor=Ray(), workers=2)
    assert threading.active_count() == 1, "Ray's threads live in the forked sister"
    assert on_ray.complete and on_ray.done == forked.done == 8
    assert (on_ray.errors, on_ray.deaths) == ((), ())
    assert on_ray.start == forked.start == "checkpoint"
    assert on_ray.digest() == forked.digest()
    assert on_ray.options == forked.options
