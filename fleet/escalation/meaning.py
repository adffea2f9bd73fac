"""Which object does a description mean? Candidates with scores, through the gate; then an id, or a question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fleet.escalation import questions
from fleet.escalation.deciding import decide_or_ask
from fleet.model import events as ev
from fleet.model.ruling import Choice, Ruled
from fleet.model.severity import Severity
from fleet.model.site import ObjectRecord
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.grounding import candidates, say, ungrounded
from fleet.supervisor.needs import liftable_by

CLASS = "which_described_object"  # plain language is another class: `which_object`, with features of its own
_SOMETHING_FITS = 0.98  # that one of the things that fit all that was said is meant, and none that nobody knows of
_CANNOT_BE_LIFTED, _IS_WANTED = 0.1, 0.3  # how much less likely it is meant than one that could be brought at once
_LOSS_S = 300.0  # of a person's time, when the wrong object is brought: somebody notices, and asks again
_HURRY_S = 30.0
_MOST = 10


def which_object(draft: Draft, task: Task) -> None:
    """Turn the task's description into an object, or ask which one is meant."""
    description = ungrounded(task.spec.parameters)
    if description is None:
        # An id leaves nothing to interpret, so that nothing is decided here.
        _ground(draft, task, {}, "named outright")
        return
    fitting = candidates(draft.context.site, description)
    said = say(description)

    def act(chosen: int) -> None:
        meant = fitting[chosen].object_id
        only = f"only {meant} fits {said}"
        _ground(draft, task, {"object": meant}, only if len(fitting) == 1 else f"{meant} fits {said} best")

    def ask(ruled: Ruled) -> str:
        return questions.ambiguous_instruction(draft, task, fitting, said, ruled)

    subject = {"task": task.task_id, "mission": task.mission_id, "skill": task.spec.skill}
    decide_or_ask(draft, _choice(draft, task, description, fitting), subject, act=act, ask=ask)


def _ground(draft: Draft, task: Task, found: Mapping[str, str], because: str) -> None:
    grounded = {**task.spec.parameters, **found}
    draft.emit(ev.TaskGrounded(task_id=task.task_id, grounded=grounded, because=because))
    task = draft.state.tasks[task.task_id]
    if task.state is not TaskState.QUEUED:
        draft.change(task, TaskState.QUEUED, "ready")


def _choice(draft: Draft, task: Task, description: Mapping[str, str], fitting: list[ObjectRecord]) -> Choice:
    open_tasks = draft.state.open_tasks()
    return described(
        description,
        fitting,
        liftable={c.object_id for c in fitting if liftable_by(draft, task, c)},
        wanted={str(t.grounded["object"]) for t in open_tasks if "object" in t.grounded},
        seen=set(draft.state.objects),
        conflicts=_conflicts(draft, tuple(c.object_id for c in fitting)),
        hurry=task.spec.deadline_s is not None,
    )


def described(
    description: Mapping[str, str],
    fitting: Sequence[ObjectRecord],
    *,
    liftable: Collection[str],
    wanted: Collection[str],
    seen: Collection[str],
    conflicts: tuple[str, ...] = (),
    hurry: bool = False,
) -> Choice:
    """The choice between the objects that fit all that was said. Pure, so that it can be calibrated on any inventory.

    Scores are shares that add up to 0.98 (the rest: none of these is meant); people rarely mean what cannot be brought.

    Args:
        liftable: ids of objects that some robot could bring.
        wanted: ids of objects that an open task is about.
        seen: ids of objects that somebody has seen.
        hurry: somebody waits for it.
    """
    ids = tuple(c.object_id for c in fitting)
    weights = [(1.0 if i in liftable else _CANNOT_BE_LIFTED) * (_IS_WANTED if i in wanted else 1.0) for i in ids]
    scores = tuple(_SOMETHING_FITS * weight / sum(weights) for weight in weights)
    top, second = (*sorted(scores, reverse=True), 0.0, 0.0)[:2]
    share_seen = sum(1 for i in ids if i in seen) / len(ids) if ids else 0.0
    features = (min(len(ids), _MOST), top, top - second, min(len(description), _MOST), share_seen)
    return Choice(
        decision_class=CLASS,
        severity=Severity.MEDIUM,
        options=ids,
        scores=scores,
        features=tuple(round(float(f), 3) for f in features),
        conflicts=conflicts,
        loss_if_wrong=_LOSS_S,
        delay_cost=_HURRY_S if hurry else 0.0,
        proof=f"Nothing else on the site's inventory fits {say(description)}" if len(ids) == 1 else "",
        answers=tuple((f"object:{i}",) for i in ids),
    )


def _conflicts(draft: Draft, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Sources that see one of the things in different places at nearly the same time."""
    return tuple(text for object_id in ids for text in seen_apart(draft, object_id))


_TOGETHER_S = 3.0


def seen_apart(draft: Draft, object_id: str) -> tuple[str, ...]:
    """Where the newest observations of two sources, at most 3 s apart, put the object at different places or in
    different hands; in words, the first such pair."""
    found = [
        (seen.observed_at_s, seen.source, detection)
        for seen in draft.state.observations.values()
        for detection in seen.detections
        if detection.subject_id == object_id
    ]
    newest = max((at_s for at_s, _, _ in found), default=0.0)
    recent = sorted((f for f in found if newest - f[0] <= _TOGETHER_S), key=lambda f: f[1])
    for _, source, detection in recent[1:]:
        _, first_source, first = recent[0]
        here, there = ((d.holder or d.place or d.zone) for d in (first, detection))
        if here != there:
            return (f"{first_source} sees {object_id} at {here}, {source} sees it at {there}",)
    return ()
