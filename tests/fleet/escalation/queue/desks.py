"""A desk whose queue goes by given rules, and ways to have questions raised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.escalation.queue.rules import OversightRules
from fleet.escalation.queue.rules_file import rules_from_text
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.queue import Notice
from fleet.model.robot import Posture
from fleet.supervisor.settings import SupervisorSettings
from tests.fleet.supervisor.building import Desk, a_robot, carry

HALL = """
format: humanoid-fleet-oversight/1
people:
  - {name: Mia, role: operator}
  - {name: Ben, role: operator, shifts: [late]}
  - {name: Lea, role: lead}
shifts:
  - {id: late, begins: "14:00", ends: "22:00"}
policies:
  - id: hall
    tiers:
      - {to: ["role:operator"], within_s: 30}
      - {to: ["role:lead"], within_s: 30}
      - {to: [accountable], within_s: 30}
    shelve_at_most_s: 600
routes:
  - {policy: hall}
"""


def a_desk(text: str = HALL, robots: int = 2, answer_within_s: float = 300.0, **settings: Any) -> Desk:
    shift = replace(SupervisorSettings().shift, accountable="Sam Lead")
    given = SupervisorSettings(shift=shift, answer_within_s=answer_within_s, **settings)
    desk = Desk(*(a_robot(f"r{i}") for i in range(1, robots + 1)), settings=given)
    rules = rules_from_text(text, zones=desk.context.site.zones) if text else OversightRules()
    desk.context = replace(desk.context, oversight=rules)
    return desk


def ambiguous(desk: Desk, number: int = 1) -> str:
    """A question of medium severity, a different one for each number. Returns its id."""
    before = set(desk.state.escalations)
    desk.submit(carry(f"t{number}", what={"colour": "blue"}, to=f"table_{number}"), mission_id=f"m{number}")
    (found,) = set(desk.state.escalations) - before
    return found


def fall(desk: Desk, robot_id: str = "r1") -> str:
    """A robot falls: a question of high severity."""
    before = set(desk.state.escalations)
    desk.report(robot_id, posture=Posture.FALLEN)
    (found,) = set(desk.state.escalations) - before
    return found


def notices(desk: Desk, escalation_id: str = "") -> list[Notice]:
    told = [e.notice for e in desk.events if isinstance(e, ev.EscalationNotified)]
    return [n for n in told if not escalation_id or escalation_id in n.escalation_ids]


def acknowledge(desk: Desk, escalation_id: str, actor: str = "Mia") -> ev.RequestSettled:
    return desk.ask(rq.AcknowledgeEscalation(escalation_id=escalation_id), actor=actor)


def happened(desk: Desk, kind: type) -> list[Any]:
    return [e for e in desk.events if isinstance(e, kind)]
