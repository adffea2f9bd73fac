"""What decisions rest on besides the state: the site, the settings, and the two calculators."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.allocation.problem import Allocator
from fleet.model.site import SiteMap
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.viewpoints import Viewpoints
from fleet.travel import TravelModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Constant while a supervisor runs. Everything in it is deterministic."""

    site: SiteMap
    settings: SupervisorSettings
    travel: TravelModel
    allocator: Allocator
    viewpoints: Viewpoints = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "viewpoints", Viewpoints(self.site, self.travel))
