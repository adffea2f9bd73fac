"""The deployment's site. Apart from the world, so that processes that only need the map do without the simulator."""

from __future__ import annotations

from pathlib import Path

from fleet.deployment.records import Deployment
from fleet.model.errors import FleetError, InvalidField, NotFound
from fleet.model.site import SiteMap
from sim_worlds.errors import InputError
from sim_worlds.site import Site, bundled_site, bundled_sites, load_site


class BadInput(InvalidField):
    """A site, robot or fault that `sim_worlds` refuses; its text says it all."""

    def __init__(self, text: str) -> None:
        FleetError.__init__(self, text)
        self.field, self.value, self.expected = "deployment", "(see message)", text


def site_path(deployment: Deployment) -> Path:
    """The deployment's site file. Raises `NotFound`."""
    name = deployment.site
    path = Path(name) if name.endswith((".yaml", ".yml", ".json")) else bundled_site(name)
    if not path.is_file():
        known = ", ".join(bundled_sites())
        raise NotFound("site", name, f"{known}, or the path of a site file")
    return path


def site_of(deployment: Deployment) -> Site:
    """The deployment's site. Raises `NotFound` or `BadInput`."""
    return site_in(site_path(deployment))


def site_in(path: Path) -> Site:
    """The site of a file. Raises `BadInput`."""
    try:
        return load_site(path)
    except InputError as error:
        raise BadInput(str(error)) from error


def map_of(deployment: Deployment) -> SiteMap:
    """The part of the site that the supervisor and the API reason about."""
    return site_of(deployment).to_map()
