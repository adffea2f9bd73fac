"""What decisions rest on besides the state: the site, the settings, the gate, and the two calculators."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.allocation.problem import Allocator
from fleet.escalation.gate.gate import Gate
from fleet.escalation.queue.rules import OversightRules
from fleet.model.site import SiteMap
from fleet.model.wire import digest
from fleet.policy.load import default_policy
from fleet.policy.policy import Policy
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.viewpoints import Viewpoints
from fleet.traffic.settings import TrafficSettings
from fleet.travel import TravelModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Constant while a supervisor runs. Everything in it is deterministic."""

    site: SiteMap
    settings: SupervisorSettings
    travel: TravelModel
    allocator: Allocator
    gate: Gate = field(default_factory=lambda: Gate({}))  # without calibrations it asks about everything
    oversight: OversightRules = field(default_factory=OversightRules)  # who is asked, and what silences what
    traffic: TrafficSettings = field(default_factory=TrafficSettings)  # of the object beside the step
    policy: Policy = field(default_factory=default_policy)
    viewpoints: Viewpoints = field(init=False)
    in_force: str = field(init=False)  # SHA-256 of calibrations, prices and policies together

    def __post_init__(self) -> None:
        object.__setattr__(self, "viewpoints", Viewpoints(self.site, self.travel))
        object.__setattr__(self, "in_force", digest([self.gate.digest, self.policy.digest]))
