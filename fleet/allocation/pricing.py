"""A plan from nothing but its routes: batteries, terms and cost filled in. For the methods that do not search."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.allocation.instance import Instance, Solution, Visit
from fleet.allocation.verify_route import Route
from fleet.allocation.verify_terms import terms_of


def priced(
    instance: Instance, routes: Mapping[str, tuple[Visit, ...]], unplaced: Mapping[str, str], seconds: float = 0.0
) -> Solution:
    """The plan of those routes, every robot's, with what it costs by the verifier's own reckoning."""
    lived = {r.robot_id: Route(instance, r, 1e-6).live(routes[r.robot_id]) for r in instance.robots}
    bare = Solution(routes=routes, unplaced=unplaced, cost=0.0, terms={}, seconds=seconds)
    terms = terms_of(instance, bare, lived)
    return Solution(routes=routes, unplaced=unplaced, cost=sum(terms.values()), terms=terms, seconds=seconds)
