"""What a finished skill says about the world, in the form that `fleet.model.evidence.Claim` documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GATHER = "gather"
"""The stage at which a team's members only walk to their places at the load."""


def is_gathering(parameters: Mapping[str, Any]) -> bool:
    """Whether a robot is to stand at a team's load, ready to lift it, and no more."""
    team = parameters.get("object_team")
    return isinstance(team, Mapping) and team.get("stage") == GATHER


def statement(robot_id: str, skill: str, parameters: Mapping[str, Any], found: Iterable[str] = ()) -> dict[str, Any]:
    """The claim's statement. `found` are ids that an inspection saw.

    Raises:
        KeyError: a parameter that the skill requires is missing; check the command first.
        ValueError: nobody has said what this skill claims.
    """
    given = parameters
    if is_gathering(given):
        return {"ready": given["object"]}
    if skill in ("carry", "place"):
        return {"object": given["object"], "at": given["to"]}
    if skill == "pick":
        return {"object": given["object"], "with": robot_id}
    if skill == "hand_over":
        return {"object": given["object"], "with": given["person"]}
    if skill == "walk_to":
        return {"robot_at": given["place"]}
    if skill == "dock":
        return {"robot_at": given["dock"]}
    if skill == "inspect":
        return {"seen": given["target"], "found": sorted(set(found))}
    if skill == "wait":
        return {"waited_s": float(given["seconds"])}
    raise ValueError(f"skill {skill!r} has no claim; add it to robot_adapters/claims.py")
