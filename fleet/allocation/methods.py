"""The ways to make a plan that can be asked for by name. The compiled solver is loaded when one of its ways is."""

from __future__ import annotations

from fleet.allocation.instance import Instance, Solution
from fleet.model.errors import InvalidField

METHODS = {
    "lns": "insertion, then large-neighbourhood search",
    "regret": "insertion alone: by due time, or by regret where that is cheaper",
    "append": "each task at the end of the route of whoever is done with it first",
    "auction": "each task in turn to the robot that it costs least, wherever in its route; plain instances only",
}


def plan_by(
    method: str, instance: Instance, *, seconds: float | None = None, iterations: int | None = None, seed: int = 0
) -> Solution:
    """A plan of the instance, by the method of that name. Raises `InvalidField` for an unknown method, and for an
    instance that the method (or any) cannot plan."""
    if method == "append":
        from fleet.allocation.appending import append

        return append(instance)
    if method == "auction":
        from fleet.allocation.auction import auction

        return auction(instance)
    if method not in METHODS:
        raise InvalidField("method", method, "one of " + ", ".join(METHODS))
    from fleet.allocation.solver import solve

    if method == "regret":
        return solve(instance, iterations=0, seed=seed)
    return solve(instance, seconds=seconds, iterations=iterations, seed=seed)
