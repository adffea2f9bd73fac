"""What events make of the plan."""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.plan import FleetPlan
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


@on(ev.PlanMade)
def _made(state: FleetState, event: ev.PlanMade, at_s: float) -> FleetState:
    routes = {**state.plan.routes, **event.routes}
    plan = FleetPlan(
        number=state.plan.number + 1,
        made_at_s=at_s,
        basis=event.basis,
        routes={robot_id: visits for robot_id, visits in sorted(routes.items()) if visits},
        unplaced=event.unplaced,
        cost=event.cost,
        terms=event.terms,
        weights=event.weights,
        because=event.because,
        changes=event.changes,
    )
    return replace(state, plan=plan)
