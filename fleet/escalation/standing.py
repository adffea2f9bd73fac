"""Answers that people gave beforehand, for questions that would otherwise be put to them."""

from __future__ import annotations

from fleet.model.ruling import Ruled
from fleet.supervisor.draft import Draft


def ordered(draft: Draft, ruled: Ruled) -> Ruled | None:  # noqa: ARG001
    """The ruling as a standing order decides it: `act`, `chosen`, `by` and `sentence` replaced; None without an order.

    Called only for what the gate would ask about and nobody has reserved.
    """
    return None
