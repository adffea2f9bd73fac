"""What decisions rest on besides the state: the site, the settings, the gate, and the two calculators."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.allocation.problem import Allocator
from fleet.escalation.gate.gate import Gate
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
    gate: Gate = field(default_factory=lambda: Gate({}))  # without calibrations it asks about everything
    viewpoints: Viewpoints = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "viewpoints", Viewpoints(self.site, self.travel))
