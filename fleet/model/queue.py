"""The queue of questions: who is asked first and who next, what is put aside, and what is silenced because of what.

Order after Alertmanager: dedupe, group, route, suppress, notify. Times are fleet time in s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fleet.model.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Whom to tell, and how long to wait for them. `to` holds names of people, `role:NAME`, or `accountable` (whoever
    answers for the shift)."""

    to: tuple[str, ...]
    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """Who is asked, in which order. Copied to the question when it is raised: a later change of the file changes
    nothing about a question that is open.

    `group_by` are parts of a question that those of one group have in common: `cause`, `zone`, `decision_class`.
    """

    policy_id: str
    tiers: tuple[Tier, ...]
    group_by: tuple[str, ...] = ("cause", "zone")
    group_within_s: float = 120.0
    shelve_at_most_s: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """People were told of a group of questions. `page` says whether they were called, or only shown it in the inbox."""

    notice_id: str
    group_id: str
    escalation_ids: tuple[str, ...]
    tier: int
    to: tuple[str, ...]
    page: bool
    severity: Severity
    text: str
    deadline_s: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A tier that was tried for a question."""

    tier: int
    to: tuple[str, ...]
    at_s: float
    page: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A question that a person put aside: it comes back at `until_s`, which never is beyond its deadline."""

    until_s: float
    by: str
    reason: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Why nobody is told of a question now. `kind` is `inhibition` or `maintenance`; `source` is what it follows from:
    an outage, `hold_all`, another question, or a maintenance window."""

    kind: str
    source: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question's place in the queue. `tier` counts from 0; -1 before anybody was told."""

    escalation_id: str
    policy: EscalationPolicy
    group_id: str
    zone: str
    routed_at_s: float
    tier: int = -1
    notified_at_s: float | None = None
    tried: tuple[Tried, ...] = ()
    put_at_s: float | None = None  # when people could first see it
    delegated_to: str = ""
    delegated_by: str = ""
    shelved: Shelved | None = None
    shelved_times: int = 0
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that belong together: people are told of them once. `tier` and `severity` are of the last notice."""

    group_id: str
    key: str
    escalation_ids: tuple[str, ...]
    joined_at_s: float
    tier: int = -1
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """Somebody works there: questions about that zone or those robots are not put to people meanwhile, and logged. With
    `closed` no robot enters the zone."""

    window_id: str
    zone: str
    robot_ids: tuple[str, ...]
    from_s: float
    to_s: float
    by: str
    reason: str
    closed: bool = False

    def active(self, now_s: float) -> bool:
        """Whether it lasts at that time."""
        return self.from_s <= now_s < self.to_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Several robots of one place fell silent together. `kind` is `host` or `zone`, `place` which one."""

    outage_id: str
    kind: str
    place: str
    robot_ids: tuple[str, ...]
    since_s: float
    escalation_id: str = ""
    asked_at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """More questions than people can bear, since then."""

    since_s: float
    questions: int
    paged: bool = False  # people were called because of it


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Everything the queue decides from, beside the questions themselves. `put_at_s` are the times of the last ten
    minutes at which a question was put to people."""

    entries: dict[str, Entry] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    windows: dict[str, MaintenanceWindow] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)
    put_at_s: tuple[float, ...] = ()
    flood: Flood | None = None
    groups_made: int = 0
    outages_made: int = 0
    notices_made: int = 0

    def with_entry(self, entry: Entry) -> QueueState:
        """The queue with this entry in place of the one of the same question."""
        return replace(self, entries={**self.entries, entry.escalation_id: entry})

    def with_group(self, group: Group) -> QueueState:
        """The queue with this group in place of the one of the same id."""
        return replace(self, groups={**self.groups, group.group_id: group})

    def silenced_by(self, source: str) -> tuple[str, ...]:
        """The questions that nobody is told of because of that outage, window, question, or `hold_all`."""
        found = (e for e in self.entries.values() if e.suppressed is not None and e.suppressed.source == source)
        return tuple(e.escalation_id for e in found)
