"""What a person of a scenario does by themselves, as the request that the API would put."""

from __future__ import annotations

from fleet.model import queue_requests as qr
from fleet.model import requests as rq
from fleet.model import task_requests as tq
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.escalation import Escalation
from fleet.scenario.people_in_files import order_of
from fleet.scenario.spec import ANY, Intervention
from fleet.supervisor.state import FleetState


def body_of(act: Intervention, state: FleetState, now_s: float) -> rq.RequestBody | None:
    """The request; None where it is about a question that is not there (yet)."""
    robot, because = act.robot or "", act.reason
    if act.do in ("hold", "hold_all", "release", "release_all"):
        return rq.SetHold(robot_id=act.robot, engage=act.do.startswith("hold"), reason=because)
    if act.do == "take_over":
        return rq.TakeLease(robot_id=robot, reason=because)
    if act.do == "hand_back":
        return rq.ReturnLease(robot_id=robot, reason=because)
    if act.do == "recovered":
        return rq.ReportRecovered(robot_id=robot, reason=because)
    if act.do == "cancel_task":
        return rq.CancelTask(task_id=act.task or "", reason=because)
    if act.do in ("pin_task", "unpin_task"):
        return tq.PinTask(task_id=act.task or "", robot_id=act.robot, reason=because)
    if act.do in ("ban_robot", "allow_robot"):
        return tq.BanRobot(task_id=act.task or "", robot_id=robot, banned=act.do == "ban_robot", reason=because)
    if act.do == "order_task":
        return tq.OrderTask(task_id=act.task or "", after=act.after or (), reason=because)
    if act.do == "cancel_mission":
        return rq.CancelMission(mission_id=act.mission or "", reason=because)
    if act.do == "maintenance":
        return qr.SetMaintenance(
            window_id=act.window or "",
            zone=act.zone or "",
            robot_ids=(robot,) if robot else (),
            from_s=now_s,
            to_s=now_s + (act.for_s or 0.0),
            reason=because,
        )
    if act.do == "end_maintenance":
        return qr.EndMaintenance(window_id=act.window or "", reason=because)
    if act.do == "close":
        until_s = now_s + act.for_s if act.for_s is not None else None
        return CloseWay(what=act.what or "", reason=because, until_s=until_s)
    if act.do == "open":
        return OpenWay(what=act.what or "", reason=because)
    if act.do in ("standing_order", "revoke_order"):
        return order_of(act, now_s)
    return _of_question(act, state, now_s)


def _of_question(act: Intervention, state: FleetState, now_s: float) -> rq.RequestBody | None:
    asked = _question(act, state)
    if asked is None:
        return None
    escalation_id, because = asked.escalation_id, act.reason
    if act.do == "acknowledge":
        return rq.AcknowledgeEscalation(escalation_id=escalation_id)
    if act.do == "shelve":
        until_s = now_s + (act.for_s or 0.0)
        return qr.ShelveEscalation(escalation_id=escalation_id, until_s=until_s, reason=because)
    if act.do == "unshelve":
        return qr.UnshelveEscalation(escalation_id=escalation_id, reason=because)
    return qr.DelegateEscalation(escalation_id=escalation_id, to=act.to or "", reason=because)


def _question(act: Intervention, state: FleetState) -> Escalation | None:
    """The oldest open question of the cause; for fetching back, the oldest that was put aside."""
    for asked in state.open_escalations():
        entry = state.queue.entries.get(asked.escalation_id)
        shelved = entry is not None and entry.shelved is not None
        if act.cause in (ANY, asked.cause.value) and entry is not None and shelved == (act.do == "unshelve"):
            return asked
    return None
