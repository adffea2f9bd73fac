"""Saying on record what decisions are held against, so that the digest in a ruling can be looked up."""

from __future__ import annotations

from fleet.model import events as ev
from fleet.supervisor.draft import Draft


def announce_policies(draft: Draft) -> None:
    """When a supervisor takes the lead: nothing is said where nothing has changed."""
    context = draft.context
    if draft.state.in_force == context.in_force:
        return
    policy = context.policy
    draft.emit(
        ev.PoliciesInForce(
            in_force=context.in_force,
            gate=context.gate.digest,
            policies=policy.digest,
            rules={name: rule.file for name, rule in policy.rules.items()},
            lifted={name: f"{lift.owner}: {lift.because}" for name, lift in policy.lifted.items()},
        )
    )
