"""A record in words that a person outside the project understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = {
    "log.opened": "The log was opened",
    "supervisor.started": "A supervisor took the lead",
    "decision": "Decision",
    "question": "A person was asked",
    "question.carried_out": "The decision was carried out",
    "question.withdrawn": "A question fell away, unanswered",
    "outcome": "Outcome of a decision",
    "ruling": "The fleet decided by itself",
    "directive": "Directive",
    "mission": "Mission",
    "request": "Request",
    "request.refused": "A request was refused",
    "hold": "Hold",
    "lease": "Who may command a robot",
    "robot.set_aside": "A robot was kept from work, or let back",
    "key.registered": "A person's key was registered",
    "key.revoked": "A person's key was revoked",
    "server_key.rotated": "The log's key was replaced",
    "server_key.lost": "The log's key was lost and replaced",
    "shift.changed": "Others are on shift",
    "policy.changed": "Other policies or calibrations are in force",
    "journal.replaced": "Another journal took the old one's place",
    "clock.jumped": "The machine's clock was set",
}


_HOW = {
    "answered": "by the person",
    "safe_default": "by nobody in time: the safe default was taken",
    "standing_order": "in advance, by the person's standing order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record as a line of a report, with details to unfold."""

    number: int
    kind: str
    written_at: str
    at_s: float | None
    title: str
    what: str
    who: str
    role: str
    because: str
    signed: str
    details: tuple[tuple[str, str], ...]


def line_of(number: int, record: Mapping[str, Any]) -> Line:
    """The record in words. Never fails: what has no form here is told as it is."""
    who = _part(record, "accountable")
    kind = str(record.get("kind", ""))
    at_s = record.get("at_s")
    title = _KINDS.get(kind) or (_spaced(str(record.get("event", ""))) if kind == "event" else kind)
    return Line(
        number=number,
        kind=kind,
        written_at=str(record.get("written_at", "")),
        at_s=float(at_s) if isinstance(at_s, (int, float)) else None,
        title=title,
        what=_what(kind, record),
        who=str(who.get("name", "")),
        role=str(who.get("role", "")),
        because=str(who.get("because", "")),
        signed=_signed(record),
        details=tuple(_details(kind, record)),
    )


def _what(kind: str, record: Mapping[str, Any]) -> str:
    decision, ruled = _part(record, "decision"), _part(record, "ruled")
    if kind == "decision":
        asked = _part(record, "question").get("question", "")
        return f"{asked} -> {decision.get('label') or decision.get('option_id')}. {decision.get('reason', '')}"
    if kind == "ruling":
        return str(_part(ruled, "ruling").get("sentence", ""))
    if kind == "outcome":
        outcome = _part(record, "outcome")
        return f"{outcome.get('task_id')}: {outcome.get('state')}. {outcome.get('because', '')}"
    if kind == "hold":
        state = "held" if record.get("engaged") else "released"
        return f"{record.get('robot_id') or 'all robots'} {state}. {record.get('because', '')}"
    if kind == "request.refused":
        request = _part(record, "request")
        return f"{_spaced(str(_part(request, 'body').get('type', '')))}: {record.get('detail', '')}"
    if kind == "shift.changed":
        return ", ".join(_list(record, "people")) or "nobody"
    if kind in ("key.registered", "key.revoked"):
        key = _part(record, "key") or record
        return f"{key.get('operator')}: {key.get('key_id')} {key.get('label', '')} {record.get('reason', '')}".strip()
    return _first_text(record)


def _first_text(record: Mapping[str, Any]) -> str:
    for name in ("question", "because", "reason"):
        if isinstance(record.get(name), str) and record[name]:
            return str(record[name])
    for name in ("directive", "mission", "request", "what", "about"):
        if part := _part(record, name):
            inner = _part(part, "body") or part
            return "; ".join(f"{_spaced(k)}: {v}" for k, v in inner.items() if isinstance(v, (str, int, float)) and v)
    return ""


def _details(kind: str, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """For decisions: having seen what, since when, and what was not known."""
    source = _part(record, "source")
    found = [("Journal", f"record {source['seq']}, checksum {source['checksum']}")] if source else []
    if kind == "decision":
        found = [*_decision_details(record), *found]
    if kind == "ruling":
        found = [*_ruled_details(_part(record, "ruled")), *found]
    return [(name, text) for name, text in found if text]


def _decision_details(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    asked, decision, shift = _part(record, "question"), _part(record, "decision"), _part(record, "on_shift")
    struck = _part(asked, "struck_out")
    options = [f"{o}{_struck(struck.get(o))}" for o in _list(asked, "order_shown")]
    evidence = [f"{e['source']} at {e['at_s']:g} s: {e['summary']} [{e['digest']}]" for e in _list(asked, "evidence")]
    why = [f"{t['task_id']}: {t['why']}" for t in _list(record, "instruction") if t.get("why")]
    told = [f"tier {n['tier']}: {', '.join(n['to'])} ({n['because']})" for n in _list(record, "tiers_tried")]
    seen = [f"{s['by']} at {s['at_s']:g} s" for s in _list(record, "seen_by")]
    return [
        ("Answered", _HOW.get(str(decision.get("how")), str(decision.get("how")))),
        ("Answered for the shift", f"{shift.get('accountable', '')} ({shift.get('role', '')})" if shift else ""),
        ("On shift", ", ".join(_list(shift, "people"))),
        ("Why the work is wanted", "; ".join(why)),
        ("Options, in the order shown", "; ".join(options)),
        ("What was not known", "; ".join(_list(asked, "unknowns"))),
        ("Evidence", "; ".join(evidence)),
        ("Told", "; ".join(told)),
        ("Looked at by", "; ".join(seen)),
        (
            "Asked at, due at",
            f"{asked['raised_at_s']:.1f} s, {asked['deadline_s']:.1f} s of fleet time" if asked else "",
        ),
        ("Hash of what was shown", str(decision.get("shown_digest", ""))),
        ("Hash of the previews shown", str(decision.get("previews_digest", "") or "")),
        *_ruled_details(_part(record, "ruled")),
    ]


def _ruled_details(ruled: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not ruled:
        return []
    choice, ruling = _part(ruled, "choice"), _part(ruled, "ruling")
    scores = [f"{o} {s:.3g}" for o, s in zip(_list(choice, "options"), _list(choice, "scores"), strict=False)]
    named = ("epsilon", "quantile", "novelty_p", "p_wrong")
    numbers = [f"{n} {ruling[n]:.4g}" for n in named if _is_number(ruling.get(n))]
    conditions = [f"{c['name']}: {'yes' if c['holds'] else 'no'} ({c['detail']})" for c in _list(ruling, "conditions")]
    return [
        ("Why it was asked, or not", str(ruling.get("sentence", ""))),
        ("Scores", "; ".join(scores)),
        ("Numbers", "; ".join(numbers)),
        ("Conditions for acting", "; ".join(conditions)),
        ("Conflicts", "; ".join(_list(choice, "conflicts"))),
        ("Reserved for people", str(choice.get("reserved", ""))),
        ("Policy in force", str(ruled.get("policy", ""))),
    ]


def _struck(because: Any) -> str:
    return f" (struck out: {'; '.join(because)})" if isinstance(because, list) else ""


def _signed(record: Mapping[str, Any]) -> str:
    if record.get("kind") != "decision" or _part(record, "decision").get("how") != "answered":
        return ""
    signature = _part(record, "signature")
    return f"by the person, key {signature['key_id']}" if signature else "no key of the person on record"


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    found = record.get(name)
    return found if isinstance(found, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _spaced(name: str) -> str:
    """`EscalationShelved` or `because_of` in words."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]
