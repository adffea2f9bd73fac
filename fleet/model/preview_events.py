"""Events of previews: what copies of the live world showed of a question's options."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.event_registry import event
from fleet.model.prediction import OptionPreview


@event
@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsPreviewed:
    """A round of rollouts of an open question's options; it takes the place of the one before. `digest` chains over
    all rounds of the question (`digest_of_previews`): an answer names the one that was on the screen."""

    escalation_id: str
    previews: tuple[OptionPreview, ...]
    digest: str
    by: str
