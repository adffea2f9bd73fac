"""The scenario's people in an in-process run: who submits, who answers, who steps in. As through the API."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.cli.scenario.acts import body_of
from fleet.cli.stack import Stack
from fleet.model import requests as rq
from fleet.model.errors import LinkDown
from fleet.model.escalation import Escalation
from fleet.model.instructions import GiveInstruction
from fleet.model.oversight_requests import CommitChoice
from fleet.model.site import SiteMap
from fleet.model.wire import to_plain
from fleet.oversight.people.blind import hidden_from
from fleet.scenario.arrivals import settled
from fleet.scenario.load import as_mission
from fleet.scenario.operator import Operator
from fleet.scenario.pattern import Happening
from fleet.scenario.spec import Intervention, Mission, ScenarioSpec

_KNOWN_WITHIN_S = 1.0


@dataclass
class PeopleAtWork:
    """`act` once a tick, between what happens in the world and what the supervisor makes of it."""

    stack: Stack
    spec: ScenarioSpec
    missions: tuple[Mission, ...]
    seed: int
    site: SiteMap
    happenings: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._operator = Operator(self.spec.operator, self.seed)
        self._others = [Operator(model, self.seed) for model in self.spec.others]
        self._waiting = list(self.missions)
        self._acts = sorted(self.spec.interventions, key=lambda a: a.at_s)
        self._answered: set[tuple[str, str]] = set()
        self._away = False
        self.submitted: list[str] = []
        self.skipped = 0

    @property
    def done(self) -> bool:
        """Whether everything was submitted, and everybody has stepped in who was to."""
        return not self._waiting and not self._acts

    def act(self) -> None:
        """What is due now."""
        now = self.stack.clock.now_s()
        self._submit(now)
        due = [act for act in self._acts if act.at_s <= now + 1e-9]
        for act in due:
            if self._step_in(act, now):
                self._acts.remove(act)
        self._answer(now)

    def _tell(self, kind: str, **fields: object) -> None:
        self.happenings.append(Happening(at_s=round(self.stack.clock.now_s(), 3), kind=kind, fields=fields))

    # Arrivals

    def _submit(self, now: float) -> None:
        known = len(self.stack.state.robots) == len(self.stack.adapters)
        if not self.submitted and not known and now < _KNOWN_WITHIN_S:
            return  # the first reports of the robots are still on their way
        while self._waiting and self._waiting[0].at_s <= now + 1e-9:
            mission = self._waiting[0]
            if mission.draws and not self.stack.supervised:
                return  # a dispatcher who must look first waits until there is something to look at
            self._waiting.pop(0)
            plain = settled(mission, self.stack.state, self.site, self.seed) if mission.draws else mission.plain
            if isinstance(plain, str):
                self.skipped += 1
                self._tell("arrival_skipped", stream=mission.stream, why=plain)
                continue
            body = _instruction(mission) if mission.text else rq.SubmitMission(mission=as_mission(plain, now))
            who = mission.by or self.spec.dispatcher
            self.stack.ask(who, rq.Role.OPERATOR, f"mission-{mission.mission_id}", body)
            self.submitted.append(mission.mission_id)

    # Interventions

    def _step_in(self, act: Intervention, now: float) -> bool:
        """Do it; False where it is about a question that is not there yet."""
        body = body_of(act, self.stack.state, now)
        if body is None:
            return False
        if act.do in ("hold", "hold_all"):
            self._stop(act)
        about = act.robot or act.task or act.mission or act.window or act.cause or (act.order or {}).get("order_id")
        self.stack.ask(act.by, rq.Role.OPERATOR, f"{act.do}-{now:.1f}-{about}", body)
        return True

    def _stop(self, act: Intervention) -> None:
        """A stop goes to the robots directly, as the API's does: it waits for no supervisor."""
        for robot_id, adapter in self.stack.adapters.items():
            if act.robot in (None, robot_id):
                try:
                    adapter.hold(act.reason)
                except LinkDown:
                    continue

    # Answers

    def _answer(self, now: float) -> None:
        away = self._operator.away(now) or bool(self.stack.world.faults.active("operator_absent"))
        if away != self._away:
            self._away = away
            self._tell("operator_left" if away else "operator_returned")
        for escalation in self.stack.state.open_escalations():
            if not away:
                self._look(self._operator, escalation, now)
            entry = self.stack.state.queue.entries.get(escalation.escalation_id)
            told = {name for tried in entry.tried for name in tried.to} if entry is not None else set()
            for other in self._others:
                if other.model.name in told:
                    self._look(other, escalation, now)

    def _look(self, person: Operator, escalation: Escalation, now: float) -> None:
        key = (escalation.escalation_id, escalation.shown_digest)
        entry = self.stack.state.queue.entries.get(escalation.escalation_id)
        if entry is not None and entry.shelved is not None:
            return
        holder = escalation.acknowledged_by
        if holder is not None and holder != person.model.name:
            return
        if key not in self._answered and person.ready(escalation.escalation_id, now):
            self._decide(person, escalation, key)

    def _decide(self, person: Operator, escalation: Escalation, key: tuple[str, str]) -> None:
        shown = to_plain(escalation)
        for plain, offered in zip(shown["options"], escalation.options, strict=True):
            plain["possible"] = offered.possible
        choice = person.choose(shown)
        if choice is None:
            return
        self._answered.add(key)
        person.has_answered(shown)
        if choice.erred:
            fields = {"escalation_id": escalation.escalation_id, "cause": escalation.cause.value, "meant": choice.meant}
            self._tell("operator_erred", **fields)
        if hidden_from(self.stack.state.oversight, escalation, person.model.name):
            first = CommitChoice(
                escalation_id=escalation.escalation_id,
                option_id=choice.option_id,
                shown_digest=escalation.shown_digest,
            )
            self.stack.ask(person.model.name, rq.Role.OPERATOR, f"first-{key[0]}-{key[1][:16]}", first)
        body = rq.AnswerEscalation(
            escalation_id=escalation.escalation_id,
            option_id=choice.option_id,
            reason=choice.reason,
            shown_digest=escalation.shown_digest,
            previews_digest=escalation.previews_digest,
        )
        self.stack.ask(person.model.name, rq.Role.OPERATOR, f"answer-{key[0]}-{key[1][:16]}", body)


def _instruction(said: Mission) -> GiveInstruction:
    why = str(said.plain["why"])
    return GiveInstruction(directive_id=said.mission_id, text=said.text, why=why, priority=said.priority)
