"""Plans: one value for everything that an instruction leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.grounding.interpret import WHICH_OBJECT, WHICH_PLACE, WHICH_SKILL, Interpretation, Meant, StepRead
from fleet.grounding.world import Known

_KEPT, _OF_EACH = 24, 6  # plans kept after each step; values looked at for each part of a step
_NOTHING = (Meant(value="", score=1.0, because=""),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One task to be: `object_id` and `target` are empty where the skill has no such part."""

    skill: str
    object_id: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done, and its score: the smallest of its steps', each the product of its parts'."""

    steps: tuple[PlanStep, ...]
    score: float
    because: str = ""

    def values(self, decision_class: str, steps: tuple[int, ...]) -> tuple[str, ...]:
        """The plan's values for one decision, in the order of its slot."""
        part = {WHICH_SKILL: "skill", WHICH_OBJECT: "object_id", WHICH_PLACE: "target"}[decision_class]
        return tuple(str(getattr(self.steps[i], part)) for i in steps)


def plans(read: Interpretation, known: Known, fixed: Mapping[str, tuple[str, ...]], most: int = 6) -> tuple[Plan, ...]:
    """The plans that fit, best first, with what is decided already (`fixed`, by decision class) left as it is. None
    where a part is missing."""
    decided = {
        (slot.decision_class, step): value
        for slot in read.slots
        for step, value in zip(slot.steps, fixed.get(slot.decision_class, ()), strict=False)
    }
    if any(step.missing for step in read.steps):
        return ()
    beam = [Plan(steps=(), score=1.0)]
    for index, step in enumerate(read.steps):
        grown = [p for before in beam for p in _with_step(before, step, index, decided, known)]
        beam = sorted(grown, key=lambda p: (-p.score, [(s.skill, s.object_id, s.target) for s in p.steps]))[:_KEPT]
    return tuple(beam[:most])


def _with_step(
    before: Plan, step: StepRead, index: int, decided: Mapping[tuple[str, int], str], known: Known
) -> list[Plan]:
    skills = _allowed(step.skills, decided.get((WHICH_SKILL, index)))
    objects = _allowed(step.objects or _NOTHING, decided.get((WHICH_OBJECT, index)))
    targets = _allowed(step.targets or _NOTHING, decided.get((WHICH_PLACE, index)))
    if step.it:
        objects = (Meant(value=_last(before, "object_id"), score=1.0, because="spoken of before"),)
    if step.there:
        targets = (Meant(value=_last(before, "target"), score=1.0, because="spoken of before"),)
    made = []
    for skill in skills:
        for thing in objects:
            for target in targets:
                if _goes_together(skill.value, target.value, known):
                    score = min(before.score, skill.score * thing.score * target.score)
                    new = PlanStep(skill=skill.value, object_id=thing.value, target=target.value)
                    because = "; ".join(b for b in (before.because, thing.because, target.because) if b)
                    made.append(Plan(steps=(*before.steps, new), score=round(score, 6), because=because))
    return made


def _allowed(values: tuple[Meant, ...], decided: str | None) -> tuple[Meant, ...]:
    return values[:_OF_EACH] if decided is None else tuple(m for m in values if m.value == decided)


def _last(plan: Plan, part: str) -> str:
    return next((str(getattr(s, part)) for s in reversed(plan.steps) if getattr(s, part)), "")


def _goes_together(skill: str, target: str, known: Known) -> bool:
    thing = known.things.get(target)
    kind = thing.kind if thing is not None else ""
    if skill == "hand_over":
        return kind == "person"
    if skill == "carry":
        return kind in ("place", "zone") and thing is not None and thing.holds
    if skill in ("walk_to", "inspect"):
        return kind in ("place", "zone")
    return True
