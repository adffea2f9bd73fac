"""The question of a load that has nowhere to go: something else stands there."""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question, cancel_option
from fleet.model.escalation import Cause, GroundingCheck, Option, Prediction, Severity
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import Believed


def destination_taken(draft: Draft, task: Task, occupant: Believed, instead: tuple[str, ...]) -> None:
    """Where to put it? `instead` are places that are believed to be free, the nearest first."""
    to, load = str(task.grounded["to"]), str(task.grounded.get("object", "its load"))
    ask_always(
        draft,
        Question(
            cause=Cause.DESTINATION_TAKEN,
            decision_class="where_instead",
            severity=Severity.LOW,
            text=f"{load} is to go to {to}, but {occupant.object_id} stands there. Where to?",
            unknowns=(f"whether {occupant.object_id} may stay at {to}",),
            options=(*(_instead(load, p) for p in instead), cancel_option("Cancel the task")),
            evidence=(of.of_task(task), of.of_belief(occupant)),
            zone=occupant.zone,
            subject=to,
            tasks=(task,),
            object_ids=(occupant.object_id,),
        ),
        {"task": task.task_id, "object": load, "place": to},
        conflicts=(f"it is to go to {to}, and {occupant.object_id} stands there",),
    )


def _instead(load: str, place_id: str) -> Option:
    return Option(
        option_id=f"to:{place_id}",
        label=f"Put {load} down at {place_id} instead",
        action={"do": "redirect", "to": place_id},
        predicted=Prediction(basis="free as far as anybody has seen, and promised to nobody"),
        if_wrong=f"whoever wants {load} has to look for it",
        checks=(GroundingCheck(name="is free", ok=True, detail=f"nothing was seen at {place_id}"),),
    )
