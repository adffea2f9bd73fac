"""Is there room where something is to be put down? What is known to be taken is not walked to with a load."""

from __future__ import annotations

import math

from fleet.escalation import taken
from fleet.model.site import Place
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import Believed

_PUTS_DOWN = ("carry", "place")
_ELSEWHERE = 3  # other places that are offered
_UNDER_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.VERIFYING)


def waits_for_room(draft: Draft, task: Task) -> bool:
    """Whether the task must not be given out now because something stands where its load is to go.

    It waits while a task under way takes that away; otherwise a person is asked where else to put the load.
    """
    occupant = occupant_of(draft, task)
    if occupant is None:
        return False
    clearing = any(
        other.grounded.get("object") == occupant.object_id and other.grounded.get("to") != occupant.place
        for other in draft.state.tasks_in(*_UNDER_WAY)
    )
    if not clearing:
        taken.destination_taken(draft, task, occupant, free_instead(draft, task))
    return True


def occupant_of(draft: Draft, task: Task) -> Believed | None:
    """What is believed to stand where the task's load is to go, other than the load itself."""
    to, load = task.grounded.get("to"), task.grounded.get("object")
    place = draft.context.site.places.get(to) if isinstance(to, str) else None
    if task.spec.skill not in _PUTS_DOWN or place is None or place.surface is None:
        return None
    standing = (b for b in draft.state.objects.values() if b.place == to and not b.holder and b.object_id != load)
    return next(standing, None) or _by_inventory(draft, place, load)


def _by_inventory(draft: Draft, place: Place, load: object) -> Believed | None:
    """Until somebody has looked, the inventory says where things stand."""
    assert place.surface is not None
    for record in draft.context.site.objects.values():
        unseen = record.object_id not in draft.state.objects
        if record.place_id == place.place_id and record.object_id != load and unseen:
            return Believed(
                object_id=record.object_id,
                x=place.surface.x,
                y=place.surface.y,
                z=place.surface.z,
                zone=place.zone_id,
                place=place.place_id,
                holder="",
                source="inventory",
                observed_at_s=0.0,
                confidence=1.0,
            )
    return None


def free_instead(draft: Draft, task: Task) -> tuple[str, ...]:
    """The places nearest to the wanted one, in the same zone, that are believed to be free and promised to nobody."""
    site, travel = draft.context.site, draft.context.travel
    wanted = site.places[str(task.grounded["to"])]
    stands = {b.place for b in draft.state.objects.values() if b.place and not b.holder}
    promised = {t.grounded.get("to") for t in draft.state.open_tasks()}
    # Until somebody has looked, the inventory says where things stand.
    stands |= {o.place_id for o in site.objects.values() if o.place_id and o.object_id not in draft.state.objects}

    def away(place: Place) -> float:
        return round(travel.distance_m(wanted.approach, place.approach), 2)

    free = [
        p
        for p in site.places.values()
        if p.surface is not None and p.zone_id == wanted.zone_id and p.place_id not in stands | promised
    ]
    near = sorted((away(p), p.place_id) for p in free)
    return tuple(place_id for distance, place_id in near if math.isfinite(distance))[:_ELSEWHERE]
