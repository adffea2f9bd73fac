"""Outages: robots of one host or zone that fall silent together are one question, not one for each."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question
from fleet.model import events as ev
from fleet.model.escalation import Cause, DecidedHow, Option, Prediction
from fleet.model.queue import Outage
from fleet.model.severity import Severity
from fleet.supervisor.draft import Draft
from fleet.supervisor.state import FleetState, Robot

OUTAGE_TARGETS = frozenset(
    {Cause.ROBOT_SILENT, Cause.RECOVERY_EXHAUSTED, Cause.CLAIM_UNVERIFIED, Cause.NO_CAPABLE_ROBOT}
)
ASK_EACH = "ask_each"
_AGAIN_AFTER_S = 300.0  # nobody answered and it still lasts
_SHOWN = 12


def silences(state: FleetState, outage: Outage) -> bool:
    """Whether what follows from the outage is kept from people: always, unless a person wants each question."""
    asked = state.escalations.get(outage.escalation_id)
    return asked is None or asked.decision is None or asked.decision.option_id != ASK_EACH


def watch_outages(draft: Draft) -> None:
    """Notice outages, their growth and their end, and ask about each once."""
    queue = draft.state.queue
    silent = {r: robot for r, robot in draft.state.robots.items() if not robot.in_contact}
    for outage in list(queue.outages.values()):
        _go_on(draft, outage, silent)
    if len(silent) < draft.context.oversight.outage.robots:
        return
    known = {r for outage in draft.state.queue.outages.values() for r in outage.robot_ids}
    after_s = draft.context.oversight.outage.after_s
    fresh = {
        r: robot for r, robot in silent.items() if r not in known and draft.now_s - robot.contact_changed_s >= after_s
    }
    for kind in ("host", "zone"):
        for place in sorted({_place(draft, robot, kind) for robot in fresh.values()} - {""}):
            there = tuple(r for r, robot in fresh.items() if _place(draft, robot, kind) == place)
            if _is_outage(draft, kind, place, len(there)):
                _begin(draft, kind, place, there)
                fresh = {r: robot for r, robot in fresh.items() if r not in there}


def _place(draft: Draft, robot: Robot, kind: str) -> str:
    if kind == "host":
        return robot.description.host
    return draft.context.site.zone_at(robot.state.pose.x, robot.state.pose.y) if robot.state is not None else ""


def _is_outage(draft: Draft, kind: str, place: str, silent: int) -> bool:
    rule = draft.context.oversight.outage
    if silent < rule.robots:
        return False
    there = sum(1 for robot in draft.state.robots.values() if _place(draft, robot, kind) == place)
    return silent >= rule.share * there


def _begin(draft: Draft, kind: str, place: str, robot_ids: tuple[str, ...]) -> None:
    since = min(draft.state.robots[r].contact_changed_s for r in robot_ids)
    outage = Outage(
        outage_id=f"O{draft.state.queue.outages_made + 1}", kind=kind, place=place, robot_ids=robot_ids, since_s=since
    )
    draft.emit(ev.OutageBegan(outage=outage))
    _ask(draft, outage)


def _go_on(draft: Draft, outage: Outage, silent: Mapping[str, Robot]) -> None:
    still = tuple(r for r in outage.robot_ids if r in silent)
    if len(still) < draft.context.oversight.outage.robots:  # so few would not be one either
        heard = len(outage.robot_ids) - len(still)
        because = f"{heard} of its {len(outage.robot_ids)} robots are heard again"
        draft.emit(ev.OutageEnded(outage_id=outage.outage_id, because=because, silent=still))
        return
    more = tuple(r for r, robot in silent.items() if r not in outage.robot_ids and _belongs(draft, outage, r, robot))
    if more:
        draft.emit(ev.OutageGrew(outage_id=outage.outage_id, robot_ids=more))
        outage = draft.state.queue.outages[outage.outage_id]
    asked = draft.state.escalations.get(outage.escalation_id)
    if asked is None or asked.open:
        return
    by_default = asked.decision is None or asked.decision.how is DecidedHow.SAFE_DEFAULT
    if by_default and draft.now_s - (asked.closed_at_s or asked.raised_at_s) >= _AGAIN_AFTER_S:
        _ask(draft, outage)


def _belongs(draft: Draft, outage: Outage, robot_id: str, robot: Robot) -> bool:
    """Whether a robot that is silent too belongs to this outage: it is of that place, or its work led it there."""
    if _place(draft, robot, outage.kind) == outage.place:
        return True
    task, site = draft.state.task_of(robot_id), draft.context.site
    if task is None or outage.kind != "zone":
        return False
    to, wanted = task.grounded.get("to"), draft.state.objects.get(str(task.grounded.get("object", "")))
    zones = {site.places[to].zone_id if to in site.places else "", wanted.zone if wanted is not None else ""}
    return outage.place in zones


def _ask(draft: Draft, outage: Outage) -> None:
    robots = outage.robot_ids
    tasks = [t for r in robots if (t := draft.state.task_of(r)) is not None]
    named = ", ".join(robots[:_SHOWN]) + (f" and {len(robots) - _SHOWN} more" if len(robots) > _SHOWN else "")
    escalation_id = ask_always(
        draft,
        Question(
            cause=Cause.OUTAGE,
            decision_class="after_an_outage",
            severity=Severity.HIGH,
            text=f"{len(robots)} robots of {outage.kind} {outage.place} fell silent together ({named}). What now?",
            unknowns=(
                "whether the robots are well: what cannot be heard holds by itself",
                f"how far their {len(tasks)} tasks are",
            ),
            options=(
                _option("wait", "Wait: I know of it. Tell me when they are heard again, or what is left", "it lasts"),
                _option("send_person", "I send somebody to look", "nobody is sent, and it lasts"),
                _option(ASK_EACH, "Ask me about every robot instead", "you are asked more than you can answer"),
            ),
            evidence=tuple(of.of_robot(draft.state.robots[r]) for r in robots[:_SHOWN]),
            zone=outage.place if outage.kind == "zone" else "",
            subject=outage.outage_id,
            robot_ids=robots,
        ),
        {"outage": outage.outage_id, outage.kind: outage.place},
        reserved="nobody can know from afar how robots are that are not heard",
    )
    draft.emit(ev.OutageAsked(outage_id=outage.outage_id, escalation_id=escalation_id))


def _option(option_id: str, label: str, if_wrong: str) -> Option:
    return Option(
        option_id=option_id,
        label=label,
        action={"do": "keep_waiting"},
        predicted=Prediction(basis="a robot without contact holds by itself and keeps its task"),
        if_wrong=if_wrong,
    )
