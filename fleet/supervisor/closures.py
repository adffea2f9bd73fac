"""Parts of the building that people close to robots, and what of it the fleet knows to be closed now."""

from __future__ import annotations

import math

from fleet.escalation.refusal import Refusal
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.closures import Closure, closable
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import FleetState

LONGEST_S = 365 * 86400.0
_SHOWN = 40


def close(draft: Draft, request: rq.Request, body: CloseWay) -> None:
    """Close it, in place of nothing: what is closed already is opened first, by whoever knows why it was closed."""
    kinds, reason = closable(draft.context.site), _reason(body.reason)
    if body.what not in kinds:
        names = list(dict.fromkeys(reversed(kinds)))  # doors and lifts first
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        known = ", ".join(names[:_SHOWN]) + more
        raise Refusal("invalid", f"the site has no door, lift, zone, area or place {body.what!r}; has: {known}", "what")
    if body.until_s is not None and not draft.now_s < body.until_s <= draft.now_s + LONGEST_S:
        soonest = f"a time after now ({draft.now_s:.0f} s), at most {LONGEST_S / 86400:.0f} days on"
        raise Refusal("invalid", f"got {body.until_s}, expected {soonest}, or none: until it is opened", "until_s")
    known_closure = draft.state.closures.get(body.what)
    if known_closure is not None:
        raise Refusal("conflict", f"{body.what} is closed already ({known_closure.because}); open it first", "what")
    closure = Closure(what=body.what, by=request.actor, reason=reason, since_s=draft.now_s, until_s=body.until_s)
    draft.emit(ev.WayClosed(closure=closure))


def open_again(draft: Draft, request: rq.Request, body: OpenWay) -> None:
    """Open it before its time."""
    if body.what not in draft.state.closures:
        closed = ", ".join(draft.state.closures) or "nothing"
        raise Refusal("not_found", f"{body.what!r} is not closed by anybody; closed: {closed}", "what")
    draft.emit(ev.WayOpened(what=body.what, by=request.actor, because=_reason(body.reason)))


def watch_closures(draft: Draft) -> None:
    """Open what was closed for so long."""
    for closure in list(draft.state.closures.values()):
        if closure.until_s is not None and draft.now_s >= closure.until_s:
            draft.emit(ev.WayOpened(what=closure.what, by="", because="the time that it was closed for is over"))


def closed_now(state: FleetState, now_s: float) -> dict[str, str]:
    """What robots do not enter now, by id why: what people closed, and zones under maintenance that are closed."""
    windows = state.queue.windows.values()
    found = {w.zone: f"{w.by}: {w.reason}" for w in windows if w.zone and w.closed and w.active(now_s)}
    return found | {what: c.because for what, c in state.closures.items()}


def closed_until(state: FleetState, now_s: float) -> dict[str, float]:
    """When what is closed now opens by itself, by id (fleet time, s), as far as that is known."""
    windows = state.queue.windows.values()
    found = {w.zone: w.to_s for w in windows if w.zone and w.closed and w.active(now_s)}
    found |= {what: math.inf if c.until_s is None else c.until_s for what, c in state.closures.items()}
    return {what: opens_s for what, opens_s in found.items() if math.isfinite(opens_s)}


def doubted_now(state: FleetState) -> dict[str, str]:
    """What robots rather go around, by id why: zones in which robots fell silent together."""
    return {o.place: f"outage {o.outage_id}" for o in state.queue.outages.values() if o.kind == "zone"}


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    return text.strip()
