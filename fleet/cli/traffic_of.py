"""What directs the robots of a deployment on the floor."""

from __future__ import annotations

from fleet.model.site import SiteMap
from fleet.model.wire import digest
from fleet.supervisor.context import Context
from fleet.supervisor.traffic_desk import FreeWays, TrafficDesk
from fleet.traffic.manager import Traffic
from fleet.traffic.roadmap import Roadmap, build_roadmap
from fleet.traffic.settings import TrafficSettings

_ROADMAPS: dict[tuple[str, TrafficSettings], Roadmap] = {}


def traffic_desk(context: Context) -> TrafficDesk:
    """A new one, which knows nothing yet; where traffic is off, one that leaves every robot its own way."""
    site, settings = context.site, context.traffic
    if not settings.enabled:
        return TrafficDesk(FreeWays())

    def size_of(object_id: str) -> float | None:
        record = site.objects.get(object_id)
        return record.radius_m if record is not None and record.radius_m > 0 else None

    return TrafficDesk(Traffic(site, settings, roadmap=_roadmap(site, settings)), size_of)


def _roadmap(site: SiteMap, settings: TrafficSettings) -> Roadmap:
    """The site's, made once: a supervisor that is started again, and the next scenario there, need the same."""
    key = digest(site), settings
    if key not in _ROADMAPS:
        if len(_ROADMAPS) >= 8:
            _ROADMAPS.pop(next(iter(_ROADMAPS)))
        _ROADMAPS[key] = build_roadmap(site, settings)
    return _ROADMAPS[key]
