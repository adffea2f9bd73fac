from __future__ import annotations

import pytest

from fleet.grounding.steps import orders_in


@pytest.mark.parametrize(
    ("said", "team"),
    [
        ("carry the fluids to shelf a3 together", 2),
        ("with two robots bring fluids_2 to shelf_a3, please", 2),
        ("Carry fluids_2 to shelf_a3 as a team because ward 2 runs out", 2),
        ("take the blue box to station 1", 1),
        ("take the two blue boxes to station 1", 1),
    ],
)
def test_together_means_two_robots_and_names_nothing(said: str, team: int) -> None:
    (order,) = orders_in(said).orders
    assert order.team == team
    assert "together" not in order.what + order.target
    assert "team" not in order.target


def test_only_the_order_that_says_so_is_for_two() -> None:
    first, second = orders_in("take the crate to table 1 together and then inspect the corridor").orders
    assert (first.team, second.team) == (2, 1)
