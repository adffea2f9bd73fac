"""Which roads robots keep to: those of the site, or of the navigation graph that the settings name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fleet.cli.traffic_of import check_roads
from fleet.model.errors import InvalidField
from fleet.traffic.settings import TrafficSettings
from tests.fleet.supervisor.building import a_site

GRAPH = "levels: {{L1: {{vertices: [[{a}], [{b}]], lanes: [[0, 1], [1, 0]]}}}}\n"


def test_a_navigation_graph_that_does_not_fit_the_site_is_refused_only_where_traffic_is_on(tmp_path: Path) -> None:
    path = tmp_path / "nav.yaml"
    path.write_text(GRAPH.format(a="-900, 0", b="-890, 0"))
    settings = TrafficSettings(enabled=True, nav_graph=str(path))
    with pytest.raises(InvalidField, match=r"nav.yaml:1: lane: .*expected a lane that keeps"):
        check_roads(a_site(), settings)
    check_roads(a_site(), replace(settings, enabled=False))


def test_a_graph_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    site = replace(a_site(), places={})
    free_y = (site.bounds[1] + site.bounds[3]) / 2
    path = tmp_path / "nav.yaml"
    path.write_text(GRAPH.format(a=f"{site.bounds[0] + 1}, {free_y}", b=f"{site.bounds[0] + 2}, {free_y}"))
    settings = TrafficSettings(enabled=True, nav_graph=str(path))
    check_roads(site, settings)
    path.write_text("levels: {}\n")
    with pytest.raises(InvalidField, match="the file has no levels"):
        check_roads(site, settings)
