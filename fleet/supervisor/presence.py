"""Where people are, and whom work there would disturb: what plans weigh, not what keeps anybody safe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.problem import Allocator, Job
from fleet.bus.base import Facts
from fleet.model.events import PeopleSeen
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import FleetState

_AGAIN_S = 30.0  # while people stay somewhere that is told so often
_LATELY_S = 120.0  # where nobody was seen for so long nobody is


def weighs_people(allocator: Allocator) -> bool:
    """Whether it makes a difference to plans where people are: only where the site names robots that disturb nobody."""
    if not isinstance(allocator, FleetPlanner):
        return False
    return bool(allocator.settings.certified) and allocator.settings.weights.people > 0


def people_seen(state: FleetState, facts: Facts, now_s: float) -> Iterator[PeopleSeen]:
    """Zones in which somebody is seen and has not been for a while."""
    told: set[str] = set()
    for observation in facts.observations:
        for seen in observation.detections:
            zone = seen.zone
            if seen.subject_kind != "person" or not zone or zone in told:
                continue
            last_s = state.people_seen.get(zone)
            if last_s is None or not last_s <= now_s < last_s + _AGAIN_S:
                told.add(zone)
                yield PeopleSeen(zone=zone, source=observation.source, observed_at_s=observation.observed_at_s)


def zones_with_people(draft: Draft) -> tuple[str, ...]:
    """Where somebody was seen lately, or rests in quiet hours, by id; nowhere where plans do not weigh it."""
    if not weighs_people(draft.context.allocator):
        return ()
    seen = {z for z, at_s in draft.state.people_seen.items() if draft.now_s < at_s + _LATELY_S}
    return tuple(sorted(seen | {z.zone_id for z in draft.context.site.zones.values() if z.quiet(draft.now_s)}))


def disturbs(draft: Draft, jobs: Iterable[Job]) -> Mapping[str, tuple[str, ...]]:
    """By task, the zones in which people are and it has work to do."""
    site, zones = draft.context.site, set(zones_with_people(draft))
    if not zones:
        return {}
    found = {j.task_id: tuple(sorted(zones & {site.zone_at(p.x, p.y) for p in j.stops})) for j in jobs}
    return {task_id: there for task_id, there in found.items() if there}
