"""From the journal's events to the records of who was accountable for what: one event after the other, on plain data.

A decision's record gathers what came before it (the question, who was told, who saw it, the answer as it was sent, why
the work was wanted), so what is still open is kept, and can be put away as JSON and taken up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fleet.audit.exact import exact
from fleet.audit.ordinary import HIDDEN, OF_THE_QUESTION, ROUTINE, SETTLED_ELSEWHERE
from fleet.model.escalation import Shift
from fleet.model.wire import to_plain

Plain = dict[str, Any]
_HISTORY = 200  # events kept for one question
_DIRECTIVES = 2000
_SHIFT_EVERY_S = 60.0
_ENDED = ("done", "cancelled", "failed")


class CaseBook:
    """What is open, and what an event adds to the record. Deterministic: the same events give the same records.

    Args:
        shift: who answers for what happens by default.
        on_shift: names of those who are there at a fleet time; empty where nobody says who works when.
    """

    def __init__(self, shift: Shift, on_shift: Callable[[float], Sequence[str]] = lambda _: ()) -> None:
        self._shift: Plain = to_plain(shift)
        self._on_shift = on_shift
        self._present: Plain = {}  # who was there when last looked at, and when that was
        self._questions: dict[str, Plain] = {}
        self._requests: dict[str, Plain] = {}
        self._rulings: dict[str, Plain] = {}  # asked about, until their question is raised
        self._tasks: dict[str, Plain] = {}  # why they are wanted
        self._directives: dict[str, Plain] = {}
        self._policy: Plain = {}  # hash of the calibrations, prices and policies in force
        self._decided: dict[str, list[str]] = {}  # by task: decisions whose outcome is not known yet
        self._handlers: dict[str, Callable[[Plain, float], Plain | None]] = {
            "RequestReceived": self._request,
            "RequestSettled": self._settled,
            "DirectiveGiven": self._directive,
            "MissionAccepted": self._mission,
            "TaskChanged": self._task_changed,
            "RulingMade": self._ruling,
            "EscalationRaised": self._raised,
            "EscalationDecided": self._decision,
            "EscalationMoved": self._moved,
            "HoldSet": self._hold,
            "LeaseMoved": self._lease,
            "RobotSetAside": self._aside,
            "SupervisorStarted": self._started,
            "KeyRegistered": self._key_registered,
            "KeyRevoked": self._key_revoked,
        }

    def take(self, event: object, at_s: float) -> Plain | None:
        """The record that this event makes (`kind`, `about`, `accountable` and what it says), or None."""
        kind = type(event).__name__
        if kind in ROUTINE:
            return self._shift_change(at_s)
        plain = exact(to_plain(event))
        handler = self._handlers.get(kind)
        if handler is not None:
            return handler(plain, at_s)
        mentioned = [e for e in _mentioned(plain) if e in self._questions]
        for escalation_id in mentioned:
            self._note(escalation_id, kind, plain, at_s)
        if kind == "EscalationMerged":
            self._merge(plain)
        if kind in HIDDEN or (mentioned and (kind in OF_THE_QUESTION or kind.startswith("Escalation"))):
            return None  # it is in the question's history, and so in the record of its decision
        return self._other(kind, plain)

    def _shift_change(self, at_s: float) -> Plain | None:
        """Somebody came or went. Looked at once a minute, and told with an event that makes no record of its own."""
        if at_s - self._present.get("at_s", float("-inf")) < _SHIFT_EVERY_S:
            return None
        people, was = list(self._on_shift(at_s)), self._present.get("people", [])
        self._present = {"people": people, "at_s": at_s}
        if people == was:
            return None
        return _body("shift.changed", {}, self._by_default("they work by the site's plan"), people=people, was=was)

    # ---- put away and taken up again ----------------------------------------------------------------------------

    def plain(self) -> Plain:
        """What is open, as JSON can hold it."""
        return {name: getattr(self, f"_{name}") for name in _KEPT}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """What `plain` gave."""
        for name in _KEPT:
            setattr(self, f"_{name}", dict(kept.get(name, {})))

    # ---- what people ask ----------------------------------------------------------------------------------------

    def _request(self, plain: Plain, _at_s: float) -> None:
        request = plain["request"]
        self._requests[request["request_id"]] = request

    def _settled(self, plain: Plain, _at_s: float) -> Plain | None:
        request = self._requests.pop(plain["request_id"], None)
        if request is None:
            return None
        kind = request["body"].get("type", "")
        about = {"request": request["request_id"]}
        if escalation_id := request["body"].get("escalation_id"):
            about["escalation"] = str(escalation_id)
        accountable = _person(request["actor"], request["role"], "asked for it")
        if not plain["accepted"]:
            problem = {f: plain[f] for f in ("problem", "field", "detail")}
            return _body("request.refused", about, accountable, request=request, **problem)
        if kind in SETTLED_ELSEWHERE:
            return None
        return _body("request", about, accountable, request=request)

    def _directive(self, plain: Plain, _at_s: float) -> Plain:
        directive = plain["directive"]
        self._directives[directive["directive_id"]] = directive
        while len(self._directives) > _DIRECTIVES:
            self._directives.pop(next(iter(self._directives)))
        accountable = _person(plain["by"], "operator", "directed it")
        return _body("directive", {"directive": directive["directive_id"]}, accountable, directive=directive)

    def _mission(self, plain: Plain, _at_s: float) -> Plain:
        mission = plain["mission"]
        directive = self._directives.get(str(mission.get("directive_id")))
        for task in mission.get("tasks", ()):
            self._tasks[task["task_id"]] = {
                "task_id": task["task_id"],
                "mission_id": mission["mission_id"],
                "skill": task.get("skill"),
                "parameters": task.get("parameters"),
                "why": task.get("why", ""),
                "asked_by": plain["by"],
                "directive": directive,
            }
        accountable = _person(plain["by"], "operator", "asked for it")
        return _body("mission", {"mission": mission["mission_id"]}, accountable, mission=mission)

    def _task_changed(self, plain: Plain, _at_s: float) -> Plain | None:
        if plain["state"] not in _ENDED:
            return None
        task_id = plain["task_id"]
        self._tasks.pop(task_id, None)
        decisions = self._decided.pop(task_id, [])
        if not decisions:
            return None
        about = {"task": task_id, "decision": decisions[-1], "escalation": decisions[-1].rpartition(".")[0]}
        result = {"task_id": task_id, "state": plain["state"], "because": plain["because"]}
        return _body("outcome", about, self._by_default("the fleet acted"), decisions=decisions, outcome=result)

    # ---- questions ----------------------------------------------------------------------------------------------

    def _ruling(self, plain: Plain, _at_s: float) -> Plain | None:
        ruled = plain["ruled"]
        was, now = self._policy.get("now"), ruled["policy"]
        self._policy = {"now": now}
        changed = {"policy_was": was} if was not in (None, now) else {}
        if not ruled["ruling"]["act"]:
            self._keep_ruling(ruled)
            if not changed:
                return None
            return _body("policy.changed", {}, self._by_default("it is in force"), **changed, policy=now)
        by = str(ruled["by"])
        accountable = self._by_default(f"the fleet decided it ({by}), within what it may decide")
        about = {"ruling": ruled["ruling_id"], **_ids(ruled["subject"])}
        return _body("ruling", about, accountable, ruled=ruled, **changed)

    def _keep_ruling(self, ruled: Plain) -> None:
        escalation_id = ruled["escalation_id"]
        if escalation_id in self._questions:
            self._questions[escalation_id]["ruled"] = ruled
        elif escalation_id:
            self._rulings[escalation_id] = ruled

    def _raised(self, plain: Plain, at_s: float) -> Plain:
        asked = plain["escalation"]
        escalation_id = asked["escalation_id"]
        ruled = self._rulings.pop(escalation_id, None) or asked.get("ruled")
        self._questions[escalation_id] = {"asked": asked, "ruled": ruled, "history": [], "raised_at_s": at_s}
        about = {"escalation": escalation_id}
        said = {f: asked[f] for f in ("cause", "decision_class", "severity", "question", "deadline_s", "safe_default")}
        return _body("question", about, self._by_default("a person is asked"), dedup_key=asked["dedup_key"], **said)

    def _merge(self, plain: Plain) -> None:
        known = self._questions.get(plain["escalation_id"])
        if known is not None:
            for name in ("task_ids", "robot_ids"):
                known["asked"][name] = list(dict.fromkeys([*known["asked"][name], *plain.get(name, ())]))
            known["asked"]["situation_digest"] = plain["situation_digest"]

    def _note(self, escalation_id: str, kind: str, plain: Plain, at_s: float) -> None:
        known = self._questions[escalation_id]
        if kind == "OptionsPreviewed":
            known["previews"] = [{**p, "replay": None} for p in plain["previews"]]
            plain = {f: v for f, v in plain.items() if f != "previews"}
        if len(known["history"]) < _HISTORY:
            known["history"].append({"at_s": at_s, "event": kind, **plain})
        else:
            known["left_out"] = known.get("left_out", 0) + 1

    def _who_is_there(self, at_s: float, operator: str) -> Plain:
        """Who answered for the shift, who else was there, and whether the decider was (None: nobody says)."""
        people = list(self._on_shift(at_s))
        return {**self._shift, "people": people, "decider_is": operator in people if people else None}

    def _decision(self, plain: Plain, at_s: float) -> Plain:
        decision = plain["decision"]
        escalation_id = decision["escalation_id"]
        case = self._questions.get(escalation_id, {})
        asked = case.get("asked", {})
        case["decided"] = decision["decision_id"]
        for task_id in asked.get("task_ids", ()):
            self._decided.setdefault(task_id, []).append(decision["decision_id"])
        answered = decision["how"] == "answered"
        because = _BECAUSE.get(decision["how"], decision["how"])
        request = self._answer_of(decision) if answered else None
        body = request["body"] if request else {}
        return _body(
            "decision",
            {"escalation": escalation_id, "decision": decision["decision_id"]},
            _person(decision["operator"], decision["role"], because),
            decision={**decision, "label": _label(asked, decision["option_id"])},
            on_shift=self._who_is_there(at_s, decision["operator"]),
            question=_question(asked),
            ruled=case.get("ruled"),
            previews=case.get("previews", []),
            instruction=[self._tasks[t] for t in asked.get("task_ids", ()) if t in self._tasks],
            history=case.get("history", []),
            history_left_out=case.get("left_out", 0),
            seen_by=_seen(case.get("history", [])),
            tiers_tried=[h["notice"] for h in case.get("history", []) if "notice" in h],
            answer=request,
            signature={f: body[f] for f in ("key_id", "signature")} if body.get("signature") else None,
            revalidation={"situation_digest": asked.get("situation_digest", ""), "held": True},
        )

    def _answer_of(self, decision: Plain) -> Plain | None:
        """The request that the decision was made of."""
        wanted = (decision["escalation_id"], decision["option_id"])
        for request in reversed(self._requests.values()):
            body = request["body"]
            if request["actor"] == decision["operator"] and wanted == (
                body.get("escalation_id"),
                body.get("option_id"),
            ):
                return request
        return None

    def _moved(self, plain: Plain, at_s: float) -> Plain | None:
        escalation_id = plain["escalation_id"]
        case = self._questions.get(escalation_id)
        if case is None:
            return None
        if plain["state"] != "closed":
            self._note(escalation_id, "EscalationMoved", plain, at_s)
            return None
        self._questions.pop(escalation_id)
        about = {"escalation": escalation_id}
        if decision := case.get("decided"):
            about["decision"] = decision
        kind = "question.carried_out" if decision else "question.withdrawn"
        accountable = self._by_default("the fleet carried it out" if decision else "it was no longer asked")
        question = case["asked"]["question"]
        replaced = plain.get("replaced_by")
        return _body(kind, about, accountable, because=plain["because"], question=question, replaced_by=replaced)

    # ---- the rest -----------------------------------------------------------------------------------------------

    def _hold(self, plain: Plain, _at_s: float) -> Plain:
        about = {"robot": plain["robot_id"] or "all"}
        return _body("hold", about, _person(plain["by"], "operator", "said so"), **plain)

    def _lease(self, plain: Plain, _at_s: float) -> Plain:
        person = plain["person"]
        accountable = (
            _person(person, "operator", "has taken it over") if person else self._by_default("the fleet has it")
        )
        return _body("lease", {"robot": plain["robot_id"]}, accountable, **plain)

    def _aside(self, plain: Plain, _at_s: float) -> Plain:
        by = plain["by"]
        person = (
            self._by_default("the fleet set it aside") if by == "supervisor" else _person(by, "operator", "said so")
        )
        return _body("robot.set_aside", {"robot": plain["robot_id"]}, person, **plain)

    def _started(self, plain: Plain, _at_s: float) -> Plain:
        return _body("supervisor.started", {}, self._by_default("the fleet acts under the shift"), **plain)

    def _key_registered(self, plain: Plain, _at_s: float) -> Plain:
        key = plain["key"]
        accountable = _person(key["registered_by"], plain["role"], "registered it")
        about = {"key": key["key_id"], "person": key["operator"]}
        return _body("key.registered", about, accountable, key=key, role=plain["role"])

    def _key_revoked(self, plain: Plain, _at_s: float) -> Plain:
        about = {"key": plain["key_id"], "person": plain["operator"]}
        return _body("key.revoked", about, _person(plain["by"], "", "revoked it"), **plain)

    def _other(self, kind: str, plain: Plain) -> Plain:
        """What this program has no form for, word for word: nothing that was decided is left out."""
        parts = [plain, *(v for v in plain.values() if isinstance(v, dict))]
        names = [str(p[f]) for p in parts for f in ("by", "owner", "actor") if isinstance(p.get(f), str)]
        name = next((n for n in names if n not in ("", "supervisor", "gate")), "")
        role = next((str(p["role"]) for p in parts if isinstance(p.get("role"), str)), "")
        accountable = _person(name, role, "said so") if name else self._by_default("the fleet did it")
        about = {k: v for part in reversed(parts) for k, v in _ids(part).items()}
        return _body("event", about, accountable, event=kind, what=plain)

    def _by_default(self, because: str) -> Plain:
        return _person(self._shift["accountable"], self._shift["role"], f"answers for the shift: {because}")


_BECAUSE = {
    "answered": "answered it",
    "safe_default": "answers for what the shift leaves to the safe default",
    "standing_order": "had decided it in advance, by a standing order",
}
_KEPT = ("questions", "requests", "rulings", "tasks", "directives", "policy", "present", "decided")


def _body(kind: str, about: Mapping[str, str], accountable: Plain, **more: Any) -> Plain:
    return {"kind": kind, "about": {k: v for k, v in about.items() if v}, "accountable": accountable, **more}


def _person(name: str, role: str, because: str) -> Plain:
    return {"name": name, "role": role, "because": because}


def _ids(plain: Mapping[str, Any]) -> dict[str, str]:
    """What something is about, by the names of its fields: `task_id`, or `task`."""
    return {k.removesuffix("_id"): v for k, v in plain.items() if isinstance(v, str) and v and _is_id(k)}


def _is_id(name: str) -> bool:
    return name.endswith("_id") or name in ("task", "robot", "object", "claim", "escalation")


def _mentioned(plain: Plain) -> list[str]:
    """The questions that an event is about: named by it, or by a part of it."""
    parts = [plain]
    for value in plain.values():
        parts += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, dict)]
    found = [p.get("escalation_id") for p in parts] + [e for p in parts for e in p.get("escalation_ids") or ()]
    return list(dict.fromkeys(e for e in found if isinstance(e, str) and e))


def _question(asked: Plain) -> Plain:
    """The question as it was shown, with the order of its options and those that were struck out."""
    struck = {
        o["option_id"]: [f"{c['name']}: {c['detail']}" for c in o["checks"] if not c["ok"]]
        for o in asked.get("options", ())
        if not all(c["ok"] for c in o["checks"])
    }
    left_out = ("ruled", "decision", "state", "carried_out", "closed_at_s")
    return {
        **{name: value for name, value in asked.items() if name not in left_out},
        "order_shown": [o["option_id"] for o in asked.get("options", ())],
        "struck_out": struck,
    }


def _label(asked: Plain, option_id: str) -> str:
    return next((str(o["label"]) for o in asked.get("options", ()) if o["option_id"] == option_id), "")


def _seen(history: list[Plain]) -> list[Plain]:
    """Who is known to have had it before them, and since when."""
    found = [{"by": h["by"], "at_s": h["at_s"]} for h in history if h["event"] == "EscalationAcknowledged"]
    for entry in history:
        for look in entry.get("looks", ()) if entry["event"] == "EvidenceLooked" else ():
            found.append({"by": look.get("by", look.get("person", "")), "at_s": entry["at_s"], **look})
    return found
