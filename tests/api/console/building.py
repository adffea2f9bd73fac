"""States of a small fleet, made of real events, to compute views from."""

from __future__ import annotations

from typing import Any

from api.ports import Heard, LeaderSeen
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.escalation import (
    Cause,
    DecidedHow,
    Decision,
    Escalation,
    Evidence,
    GroundingCheck,
    Option,
    Prediction,
    Severity,
)
from fleet.model.geometry import Pose
from fleet.model.robot import Posture, RobotDescription, RobotState
from fleet.model.site import ObjectRecord, PersonRecord, Place, PlaceKind, SiteMap, Wall, Zone
from fleet.model.tasks import MissionSpec, TaskSpec
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState
from fleet.traffic.seen import TrafficSeen


def a_site() -> SiteMap:
    shelf = Place(
        place_id="shelf_1", kind=PlaceKind.SLOT, zone_id="store", approach=Pose(x=2, y=2), surface=Pose(x=2, y=3, z=0.7)
    )
    dock = Place(place_id="dock_1", kind=PlaceKind.DOCK, zone_id="store", approach=Pose(x=1, y=1, yaw=1.5))
    return SiteMap(
        site_id="s",
        name="Store",
        bounds=(0, 0, 10, 6),
        zones={"store": Zone(zone_id="store", kind="storage", polygon=((0, 0), (10, 0), (10, 6), (0, 6)))},
        places={p.place_id: p for p in (shelf, dock)},
        walls=(Wall(ax=0, ay=0, bx=10, by=0),),
        objects={
            "box_1": ObjectRecord(
                object_id="box_1", kind="box", mass_kg=1, attributes={"colour": "blue"}, place_id="shelf_1"
            )
        },
        people={"amy": PersonRecord(person_id="amy", name="Amy", zone_id="store", approach=Pose(x=5, y=5))},
        cameras={"cam_1": ("store",), "cam_2": ("store",), "cam_3": ("nowhere",)},
        obstacles=((1.0, 2.8, 3.0, 3.4),),
    )


def records(*events: ev.Event, at_s: float = 0.0) -> list[Record]:
    """The events as records, a second apart."""
    return [
        Record(seq=n, batch=n, at_s=at_s + n, epoch=1, event=event, checksum="") for n, event in enumerate(events, 1)
    ]


def state_of(*events: ev.Event) -> FleetState:
    return replay(records(*events))


def described(robot_id: str, **more: Any) -> ev.RobotDescribed:
    return ev.RobotDescribed(description=RobotDescription(robot_id=robot_id, model="G1", vendor="Unitree", **more))


def reported(robot_id: str, at_s: float = 0.0, **more: Any) -> ev.RobotReported:
    return ev.RobotReported(state=robot_state(robot_id, at_s, **more))


def robot_state(robot_id: str, at_s: float = 0.0, **more: Any) -> RobotState:
    more = {"pose": Pose(x=1, y=2, yaw=0.5), "posture": Posture.STANDING, **more}
    return RobotState(robot_id=robot_id, observed_at_s=at_s, **more)


def mission(mission_id: str, *tasks: TaskSpec, title: str = "", why: str = "") -> ev.MissionAccepted:
    return ev.MissionAccepted(
        mission=MissionSpec(mission_id=mission_id, title=title or mission_id, tasks=tasks, why=why), by="maria"
    )


def an_option(option_id: str, *checks: GroundingCheck, **more: Any) -> Option:
    more = {"label": option_id.upper(), "action": {"do": "cancel"}, "predicted": Prediction(basis="a guess"), **more}
    return Option(option_id=option_id, checks=checks, **more)


def asked(escalation_id: str, deadline_s: float = 100.0, **more: Any) -> ev.EscalationRaised:
    given: dict[str, Any] = {
        "cause": Cause.AMBIGUOUS_INSTRUCTION,
        "severity": Severity.MEDIUM,
        "options": (an_option("a"), an_option("b")),
        "safe_default": "b",
        "unknowns": ("which is meant",),
        "evidence": (Evidence(kind="task", ref="t1", summary="asked for", source="maria", at_s=1.0, digest="d" * 64),),
        **more,
    }
    question = Escalation(
        escalation_id=escalation_id,
        dedup_key=escalation_id,
        decision_class="which_object",
        question="Which?",
        raised_at_s=1.0,
        deadline_s=deadline_s,
        situation_digest="s",
        raised_by="supervisor",
        **given,
    )
    return ev.EscalationRaised(escalation=question)


def decided(escalation_id: str, option_id: str, at_s: float, how: DecidedHow = DecidedHow.ANSWERED) -> Any:
    return ev.EscalationDecided(
        decision=Decision(
            decision_id=f"d-{escalation_id}",
            escalation_id=escalation_id,
            option_id=option_id,
            how=how,
            operator="maria",
            role="operator",
            reason="it is nearer",
            decided_at_s=at_s,
            shown_digest="x",
        )
    )


class Ears:
    """Telemetry that says what it is told to."""

    def __init__(self, **heard: Heard) -> None:
        self.heard = heard
        self.leads: LeaderSeen | None = None

    def robots(self) -> dict[str, Heard]:
        return self.heard

    def leader(self) -> LeaderSeen | None:
        return self.leads

    def traffic(self) -> TrafficSeen | None:
        return None
