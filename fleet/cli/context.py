"""The supervisor's context for a deployment: the same for running, rehearsing and deciding again."""

from __future__ import annotations

from fleet.allocation.fleet_plan import allocator_of
from fleet.cli.site import map_of
from fleet.deployment.records import Deployment
from fleet.escalation.gate.settings import gate_of
from fleet.escalation.queue.rules_file import rules_of
from fleet.policy.load import policy_of
from fleet.supervisor.context import Context
from fleet.travel import TravelModel


def context_of(deployment: Deployment) -> Context:
    """Site, settings, travel model (prepared, or the first plan would take a tenth of a second longer), allocator."""
    site = map_of(deployment)
    if deployment.traffic.nav_graph is not None:
        from fleet.cli.traffic_of import check_roads  # brings the planners, which most commands do without

        check_roads(site, deployment.traffic)
    travel = TravelModel(site)
    travel.prepare()
    context = Context(
        site=site,
        settings=deployment.supervisor,
        travel=travel,
        allocator=allocator_of(deployment.allocation),
        gate=gate_of(deployment.gate),
        policy=policy_of(deployment.policies),
        traffic=deployment.traffic,
        oversight=rules_of(deployment.oversight, site.zones),
    )
    context.viewpoints.prepare()
    return context
