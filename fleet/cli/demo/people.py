"""The people of the demo, each logged in and working through the HTTP API like anybody else."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fleet.cli.demo.scenario import Answer, Arrival, OperatorScript
from fleet.cli.http import ApiProblem, FleetClient
from fleet.model.errors import FleetError

_log = logging.getLogger(__name__)
PATIENCE = 3
_GONE_ON = ("stale", "already_answered", "conflict")  # the world went on while we were reading


class NoOption(FleetError):
    """The operator's script has no answer that is possible."""


def let_in(admin: FleetClient, name: str, patience_s: float) -> FleetClient:
    """Invite somebody as an operator and log them in with the one-time token. The caller closes the client."""
    token = admin.post("/v1/invitations", {"role": "operator", "name": name})["token"]
    client = FleetClient(admin.url, patience_s=patience_s)
    client.login(token=token)
    return client


def one_time_link(admin: FleetClient, name: str = "") -> str:
    """A link that lets a person into the console once, as an operator."""
    token = admin.post("/v1/invitations", {"role": "operator", "name": name})["token"]
    return f"{admin.url}/login?token={token}"


def fleet_time(client: FleetClient) -> float:
    """Fleet time in s, as the API has it."""
    return float(client.get("/v1/clock")["now_s"])


@dataclass(slots=True)
class Dispatcher:
    """Submits the missions when their time has come. Repeating a submission is safe: its key is the mission's id."""

    client: FleetClient
    arrivals: tuple[Arrival, ...]
    tell: Callable[[str], None]
    begun_s: float | None = None
    submitted: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether everything was submitted."""
        return len(self.submitted) == len(self.arrivals)

    def step(self, now_s: float) -> None:
        """Submit what is due. Raises `ApiProblem` when the API refuses."""
        if self.begun_s is None:
            self.begun_s = now_s
        for arrival in self.arrivals:
            mission_id = arrival.mission["mission_id"]
            if mission_id in self.submitted or now_s < self.begun_s + arrival.at_s:
                continue
            self.client.post("/v1/missions", arrival.mission, key=f"demo-{mission_id}")
            self.submitted.append(mission_id)
            count = len(arrival.mission.get("tasks", ()))
            self.tell(f"{now_s:7.1f} s  submitted mission {mission_id}: {count} tasks")


@dataclass(slots=True)
class Operator:
    """Answers questions by what their options do and what evidence they rest on, never by their ids."""

    client: FleetClient
    script: OperatorScript
    tell: Callable[[str], None]
    first_seen_s: dict[str, float] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    asked_before: Counter[str] = field(default_factory=Counter)

    def step(self, now_s: float) -> None:
        """Read what is open, answer what was read long enough."""
        for escalation in self.client.pages("/v1/escalations", open=True):
            escalation_id = escalation["escalation_id"]
            seen = self.first_seen_s.setdefault(escalation_id, now_s)
            if now_s < seen:  # the simulator went back to its last checkpoint
                self.first_seen_s[escalation_id] = now_s
            elif now_s - seen >= self.script.answer_after_s:
                self._answer(escalation, now_s)

    def _answer(self, escalation: dict[str, Any], now_s: float) -> None:
        escalation_id = escalation["escalation_id"]
        answer = next((a for a in self.script.answers if a.cause.value == escalation["cause"]), None)
        # Who gave the same answer to the same question again and again would not give it once more.
        tired = self.asked_before[escalation["dedup_key"]] >= PATIENCE
        option = giving_up(escalation) if tired else chosen(escalation, answer)
        if option is None or answer is None:
            if escalation_id not in self.answered:
                self.answered[escalation_id] = ""
                self.tell(f"{now_s:7.1f} s  {escalation_id} left open: the script has no possible answer to it")
            return
        body = {
            "option_id": option["option_id"],
            "reason": answer.reason if not tired else f"Asked {PATIENCE} times before; it is not worth another try",
            "shown_digest": escalation["shown_digest"],
        }
        try:
            self.client.post(f"/v1/escalations/{escalation_id}/decision", body, key=_key(escalation))
        except ApiProblem as problem:
            if problem.code not in _GONE_ON:
                raise
            _log.info("%s: %s", escalation_id, problem)
            return  # looked at again with the next step
        self.answered[escalation_id] = option["option_id"]
        self.asked_before[escalation["dedup_key"]] += 1
        self.tell(f"{now_s:7.1f} s  {escalation['question']}")
        self.tell(f"           {self.script.name}: {option['label']}")


def _key(escalation: dict[str, Any]) -> str:
    # Bound to what was shown: repeated after a broken connection it is the same answer; a question that has
    # changed since is another one.
    return f"answer-{escalation['escalation_id']}-{escalation['shown_digest'][:16]}"


def chosen(escalation: dict[str, Any], answer: Answer | None) -> dict[str, Any] | None:
    """The first possible option that does what the script wants, if the evidence it needs is there."""
    if answer is None:
        return None
    kinds = {e["kind"] for e in escalation["evidence"]}
    if not kinds.issuperset(answer.needs_evidence):
        return None
    for option in escalation["options"]:
        if option["possible"] and _does(option["action"], answer.choose):
            return dict(option)
    return None


def giving_up(escalation: dict[str, Any]) -> dict[str, Any] | None:
    """The option that ends the task."""
    return next((dict(o) for o in escalation["options"] if o["possible"] and o["action"].get("do") == "cancel"), None)


def _does(action: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(bool(action.get(k)) if v == "*" else str(action.get(k)) == v for k, v in wanted.items())
