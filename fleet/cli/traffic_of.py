"""What directs the robots of a deployment on the floor."""

from __future__ import annotations

from pathlib import Path

from fleet.model.site import SiteMap
from fleet.model.wire import digest
from fleet.supervisor.context import Context
from fleet.supervisor.traffic_desk import FreeWays, TrafficDesk
from fleet.traffic.manager import Traffic
from fleet.traffic.nav_graph import check_places, read_nav_graph, roadmap_of
from fleet.traffic.roadmap import Roadmap, build_roadmap
from fleet.traffic.settings import TrafficSettings

_ROADMAPS: dict[tuple[str, TrafficSettings, int], Roadmap] = {}


def traffic_desk(context: Context) -> TrafficDesk:
    """A new one, which knows nothing yet; where traffic is off, one that leaves every robot its own way."""
    site, settings = context.site, context.traffic
    if not settings.enabled:
        return TrafficDesk(FreeWays())

    def size_of(object_id: str) -> float | None:
        record = site.objects.get(object_id)
        return record.radius_m if record is not None and record.radius_m > 0 else None

    doors = {d.door_id: (d.ax, d.ay, d.bx, d.by) for d in site.doors.values()}
    return TrafficDesk(Traffic(site, settings, roadmap=_roadmap(site, settings)), size_of, doors)


def check_roads(site: SiteMap, settings: TrafficSettings) -> None:
    """Whether robots can walk at the site as the settings have it. Raises `InvalidField` for a navigation graph that
    does not fit the site, naming file and line."""
    if settings.enabled and settings.nav_graph is not None:
        _roadmap(site, settings)


def _roadmap(site: SiteMap, settings: TrafficSettings) -> Roadmap:
    """The site's, made once: a supervisor that is started again, and the next scenario there, need the same."""
    written_ns = Path(settings.nav_graph).stat().st_mtime_ns if settings.nav_graph is not None else 0
    key = digest(site), settings, written_ns
    if key not in _ROADMAPS:
        if len(_ROADMAPS) >= 8:
            _ROADMAPS.pop(next(iter(_ROADMAPS)))
        _ROADMAPS[key] = _made(site, settings)
    return _ROADMAPS[key]


def _made(site: SiteMap, settings: TrafficSettings) -> Roadmap:
    if settings.nav_graph is None:
        return build_roadmap(site, settings)
    graph = read_nav_graph(settings.nav_graph, settings.nav_level)
    roadmap = roadmap_of(graph, site, settings)
    check_places(graph, roadmap, site, settings)
    return roadmap
