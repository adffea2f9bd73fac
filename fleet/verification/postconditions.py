"""What must be so when a skill is done, who could tell, and how soon. One table; the judge works from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fleet.model.evidence import Claim
from fleet.model.site import SiteMap
from fleet.model.spots import spot_pose


class Subject(str, Enum):
    """Whose whereabouts tell whether it was done."""

    OBJECT_AT = "object_at"  # the object rests at a place
    OBJECT_WITH = "object_with"  # the object is in somebody's hands
    ROBOT_NEAR = "robot_near"  # the robot stands, or stood, where the skill ends
    NOTHING = "nothing"  # nothing that could be seen has changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Postcondition:
    """What a skill leaves behind.

    Args:
        subject: whose whereabouts tell.
        expects: what a claim must say, by the task's parameter it must equal; `@robot` is the claimant itself.
        near_m: a robot this near the place's approach is there; twice as far away it is not.
        absent_s: what is not seen where it should be must stay unseen for so long: eyes miss things.
        settle_s: what is seen elsewhere must be seen so long after the claim: hands and cameras take a moment.
        look_at: the statement's entry that another robot can be sent to look at; empty if that is pointless.
    """

    subject: Subject
    expects: Mapping[str, str]
    near_m: float = 1.0
    absent_s: float = 3.0
    settle_s: float = 1.0
    look_at: str = ""

    @property
    def changes_nothing(self) -> bool:
        """Whether there is nothing to be seen: the claim cannot matter to anybody."""
        return self.subject is Subject.NOTHING


_AT = Postcondition(subject=Subject.OBJECT_AT, expects={"object": "object", "at": "to"}, look_at="at")
POSTCONDITIONS: dict[str, Postcondition] = {
    "carry": _AT,
    "place": _AT,
    "pick": Postcondition(subject=Subject.OBJECT_WITH, expects={"object": "object", "with": "@robot"}),
    "hand_over": Postcondition(subject=Subject.OBJECT_WITH, expects={"object": "object", "with": "person"}),
    "walk_to": Postcondition(subject=Subject.ROBOT_NEAR, expects={"robot_at": "place"}),
    "dock": Postcondition(subject=Subject.ROBOT_NEAR, expects={"robot_at": "dock"}),
    # From farther away too it can see what is there.
    "inspect": Postcondition(subject=Subject.ROBOT_NEAR, expects={"seen": "target"}, near_m=4.0),
    "wait": Postcondition(subject=Subject.NOTHING, expects={}),
}


_MADE_ROOM = Postcondition(subject=Subject.NOTHING, expects={"robot_at": "place"})


def postcondition_of(claim: Claim) -> Postcondition | None:
    """What must be so for the claim to be true; None for a skill of which nobody has said. Whether a robot that makes
    room has made it shows in traffic: nobody has to see that it stands at a spot that has no name."""
    where = claim.statement.get("robot_at")
    if isinstance(where, str) and spot_pose(where) is not None:
        return _MADE_ROOM
    return POSTCONDITIONS.get(claim.skill)


def beside_the_point(claim: Claim, parameters: Mapping[str, Any]) -> str:
    """What is wrong with a claim that is not about what was asked for, in words; empty if it is about that.

    Args:
        parameters: of the command that the robot was given.
    """
    condition = postcondition_of(claim)
    if condition is None:
        return f"it claims {claim.skill}, and nobody has said how that could be checked"
    for said, parameter in condition.expects.items():
        wanted = claim.robot_id if parameter == "@robot" else parameters.get(parameter)
        got = claim.statement.get(said)
        if wanted is not None and got != wanted:
            return f"it claims that {said} is {got!r}, and {wanted!r} was asked for"
    return ""


def sensors_that_cover(claim: Claim, site: SiteMap) -> tuple[str, ...]:
    """The site's sensors that look at where the claim could be checked."""
    condition = POSTCONDITIONS.get(claim.skill)
    where = claim.statement.get(condition.look_at) if condition is not None and condition.look_at else None
    return tuple(source for source, covered in site.cameras.items() if where in covered)
