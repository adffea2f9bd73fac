"""Taking previews of a question's options: only of an open question as it is asked now, and only better ones."""

from __future__ import annotations

from fleet.escalation.answers import Refusal
from fleet.model.errors import InvalidField
from fleet.model.escalation import Escalation
from fleet.model.prediction import OptionPreview, check_replay, digest_of_previews
from fleet.model.preview_events import OptionsPreviewed
from fleet.model.requests import PreviewOptions, Request
from fleet.supervisor.draft import Draft

MOST_ROUNDS = 64
"""Of one question: what state keeps of it is bounded."""


def take_previews(draft: Draft, request: Request, body: PreviewOptions) -> None:
    """Put a round of previews beside the options of its question.

    Raises:
        Refusal: and nothing has changed. `stale` when the question is closed or not the one that was previewed,
            `conflict` when there is a round that rests on as many runs already, `invalid` for what does not fit.
    """
    escalation = draft.state.escalations.get(body.escalation_id)
    if escalation is None:
        raise Refusal("not_found", f"no escalation named {body.escalation_id!r}", "escalation_id")
    if not escalation.open:
        raise Refusal("stale", f"{body.escalation_id} is {escalation.state.value}; nothing to preview", "escalation_id")
    if body.shown_digest != escalation.shown_digest:
        raise Refusal("stale", "the question has changed since the rollouts began; preview it anew", "shown_digest")
    for preview in body.previews:
        _check(escalation, preview)
    if len({p.option_id for p in body.previews}) != len(body.previews) or not body.previews:
        raise Refusal("invalid", "previews: expected at least one, and one for each option", "previews")
    if escalation.previews and runs_of(body.previews) <= runs_of(escalation.previews):
        known = runs_of(escalation.previews)
        raise Refusal("conflict", f"there is a preview of {known} runs already; expected more than that", "previews")
    if len(escalation.preview_digests) >= MOST_ROUNDS:
        raise Refusal("conflict", f"there were {MOST_ROUNDS} rounds of previews, which is the most", "previews")
    before = escalation.previews_digest
    draft.emit(
        OptionsPreviewed(
            escalation_id=body.escalation_id,
            previews=body.previews,
            digest=digest_of_previews(before, body.previews),
            by=request.actor,
        )
    )


def runs_of(previews: tuple[OptionPreview, ...]) -> int:
    """On how many rollouts of each option a round rests; 0 where there is none."""
    return max((p.prediction.runs for p in previews), default=0)


def _check(escalation: Escalation, preview: OptionPreview) -> None:
    where = f"previews[{preview.option_id}]"
    if escalation.option(preview.option_id) is None:
        offered = ", ".join(o.option_id for o in escalation.options)
        raise Refusal("invalid", f"{where}: no option of this question; offered: {offered}", "previews")
    found = preview.prediction
    for name in ("success", "success_low", "success_high", "falls"):
        value = getattr(found, name)
        if value is not None and not 0.0 <= value <= 1.0:
            raise Refusal(
                "invalid", f"{where}.prediction.{name}: got {value}, expected a share from 0 to 1", "previews"
            )
    for name in ("runs", "duration_s", "closest_person_m"):
        value = getattr(found, name)
        if value is not None and value < 0:
            raise Refusal("invalid", f"{where}.prediction.{name}: got {value}, expected 0 or more", "previews")
    if preview.replay is not None:
        try:
            check_replay(preview.replay, f"{where}.replay")
        except InvalidField as error:
            raise Refusal("invalid", str(error), "previews") from error
