"""What a console page is sent, and when: everything once, then what has changed. Shared by all pages of a process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.console.views.floor import site_plan
from api.console.views.questions import inbox
from api.console.views.robots import descriptions, objects_now, robots_now
from api.console.views.schedule import schedule
from api.console.views.tasks import task_table
from api.console.views.timeline import entry
from api.console.views.traffic import traffic_now
from api.ports import Telemetry
from api.projection import Projection
from fleet.clock import Clock
from fleet.journal.base import Record
from fleet.model.events import CanaryPlanted, ObservationMade
from fleet.model.evidence import Observation
from fleet.model.oversight import CanaryOutcome
from fleet.model.site import SiteMap
from fleet.model.wire import digest
from fleet.supervisor.closures import closed_now
from fleet.supervisor.state import FleetState

TIMELINE_RECORDS = 2000  # records looked through for a page of the timeline; most are minor
TIMELINE_LINES = 400
TIMELINE_MINOR = 150
OBSERVATIONS_KEPT = 2000


@dataclass
class Seen:
    """What one page has been sent: the digest of each section, and the last journal record."""

    sections: dict[str, str]
    seq: int
    person: str = ""


class Feed:
    """Computes each section once for one state of the fleet, however many pages are open."""

    def __init__(self, projection: Projection, telemetry: Telemetry, site: SiteMap, clock: Clock) -> None:
        self.site = site
        self.plan = site_plan(site)
        self._projection = projection
        self._telemetry = telemetry
        self._clock = clock
        self._built_for: FleetState | None = None
        self._built: dict[str, tuple[str, Any]] = {}
        self._observed: OrderedDict[str, Observation] = OrderedDict()
        projection.listen(self._note_observations)

    def sections(self, person: str = "") -> dict[str, tuple[str, Any]]:
        """Each section with its digest. Nothing is computed again while the journal says nothing new, but for traffic,
        which no journal holds. Who has said first what they would choose in an open question is shown more of it than
        others."""
        state = self._projection.state
        closed = closed_now(state, self._clock.now_s())
        traffic = traffic_now(self._telemetry.traffic(), closed, state.closures)
        shared = {**self._shared(), "traffic": (digest(traffic), traffic)}
        if not any(self._has_committed(state, escalation_id, person) for escalation_id in state.oversight.blind):
            return shared
        own = inbox(state, self._observed, person)
        return {**shared, "inbox": (digest(own), own)}

    @staticmethod
    def _has_committed(state: FleetState, escalation_id: str, person: str) -> bool:
        asked = state.escalations[escalation_id]
        return asked.open and state.oversight.committed(escalation_id, person) is not None

    def _shared(self) -> dict[str, tuple[str, Any]]:
        state = self._projection.state
        if state is not self._built_for:
            built = {
                "inbox": inbox(state, self._observed),
                "tasks": task_table(state),
                "schedule": schedule(state),
                "objects": objects_now(state, self.site),
                "descriptions": descriptions(state),
            }
            self._built = {name: (digest(value), value) for name, value in built.items()}
            self._built_for = state
        return self._built

    def _note_observations(self, records: Sequence[Record]) -> None:
        for record in records:
            if isinstance(record.event, ObservationMade):
                self._observed[record.event.observation.observation_id] = record.event.observation
        while len(self._observed) > OBSERVATIONS_KEPT:
            self._observed.popitem(last=False)

    def live(self) -> dict[str, Any]:
        """The small part that is sent several times a second: time, ages, holds and the robots."""
        state, projection = self._projection.state, self._projection
        leader, traffic = self._telemetry.leader(), self._telemetry.traffic()
        journal_age_s = projection.age_s()
        return {
            "now_s": round(self._clock.now_s(), 3),
            "seq": projection.seq,
            "journal_age_s": None if journal_age_s is None else round(journal_age_s, 2),
            "caught_up": projection.caught_up,
            "problem": projection.problem,
            "leader": leader and {"id": leader.supervisor_id, "epoch": leader.epoch, "age_s": round(leader.age_s, 2)},
            "hold_all": {"because": state.hold_all, "by": state.hold_all_by},
            "traffic_age_s": traffic and round(traffic.age_s, 1),
            "robots": robots_now(state, self._telemetry.robots(), self.site),
        }

    def everything(self, person: str = "") -> tuple[dict[str, Any], Seen]:
        """What a person's page starts with."""
        sections = self.sections(person)
        payload = {name: value for name, (_, value) in sections.items()}
        payload["live"] = self.live()
        payload["timeline"], seq = self._last_records()
        payload["timeline_from"] = max(1, seq - TIMELINE_RECORDS + 1)
        return payload, Seen(sections={name: key for name, (key, _) in sections.items()}, seq=seq, person=person)

    def news(self, seen: Seen) -> dict[str, Any]:
        """What is new to the page that has `seen`; marks it as seen."""
        payload: dict[str, Any] = {"live": self.live()}
        for name, (key, value) in self.sections(seen.person).items():
            if seen.sections.get(name) != key:
                payload[name] = value
                seen.sections[name] = key
        if self._projection.seq > seen.seq:
            records = self._projection.kept_after(seen.seq)
            if records is None:  # the page slept for longer than memory goes back
                payload["timeline_reset"] = True
                payload["timeline"], seen.seq = self._last_records()
            else:
                payload["timeline"] = lines(self._tellable(records))
                seen.seq = self._projection.seq
        return payload

    def older(self, before: int) -> tuple[list[dict[str, Any]], int]:
        """The page of the timeline before record `before`, and the first record looked through for it (1 is the
        beginning). Reads the journal: not for the event loop's thread."""
        first = max(0, before - 1 - TIMELINE_RECORDS)
        records = self._projection.journal.read(first, before - 1 - first) if before > 1 else []
        return lines(self._tellable(records)), first + 1

    def _tellable(self, records: Sequence[Record]) -> list[Record]:
        """Without what nobody may know yet: that a question is synthetic."""
        canaries = self._projection.state.oversight.canaries
        return [
            record
            for record in records
            if not isinstance(record.event, CanaryPlanted)
            or canaries.get(record.event.canary.escalation_id, record.event.canary).outcome is not CanaryOutcome.OPEN
        ]

    def _last_records(self) -> tuple[list[dict[str, Any]], int]:
        seq = self._projection.seq
        return lines(self._tellable(self._projection.kept_after(max(0, seq - TIMELINE_RECORDS)) or [])), seq


def lines(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Records as lines of the timeline, oldest first: of minor ones only the newest, so that they crowd nothing out."""
    said = [entry(record) for record in records]
    minor = {line["seq"] for line in [line for line in said if line["tone"] == "minor"][-TIMELINE_MINOR:]}
    return [line for line in said if line["tone"] != "minor" or line["seq"] in minor][
        -TIMELINE_LINES - TIMELINE_MINOR :
    ]
