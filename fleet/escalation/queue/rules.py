# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""The rules of the queue: who is on shift, who is asked first and next, what silences what. One file for a site.

`docs/reference/oversight-file.md` is generated from the fields below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fleet.deployment.fields import setting
from fleet.model.queue import EscalationPolicy, Tier
from fleet.model.severity import Severity

FORMAT = "humanoid-fleet-oversight/1"
DAY_S = 86400.0
GROUP_PARTS = ("cause", "zone", "decision_class")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftHours:
    """When a shift is on, every day. One that ends before it begins goes over midnight."""

    id: str = setting("the shift's id", is_id=True)
    begins: str = setting('when it begins, "HH:MM" (in quotes)')
    ends: str = setting('when it ends, "HH:MM" (in quotes)')

    def on(self, second_of_day: float) -> bool:
        """Whether it is on at that second of the day."""
        begins, ends = second_of(self.begins), second_of(self.ends)
        if begins <= ends:
            return begins <= second_of_day < ends
        return second_of_day >= begins or second_of_day < ends


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOnCall:
    """Somebody who answers questions."""

    name: str = setting("the person's name, as they log in with it")
    role: str = setting("what tiers call them by, e.g. operator, lead, safety", default="operator", is_id=True)
    zones: tuple[str, ...] = setting("the zones they answer for; all without it", default=(), is_id=True)
    shifts: tuple[str, ...] = setting("the shifts they work; always there without it", default=(), is_id=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSettings:
    """Whom to tell, and how long to wait for them."""

    to: tuple[str, ...] = setting("names of people, role:NAME, or accountable (whoever answers for the shift)")
    within_s: float = setting("without a decision for so long, the next tier is told", low=1, high=1e6, unit="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """Who is asked, in which order, and what is asked together."""

    id: str = setting("the policy's id", is_id=True)
    tiers: tuple[TierSettings, ...] = setting("the tiers, at least one, the first one first")
    group_by: tuple[str, ...] = setting(
        "what questions of one group have in common: " + ", ".join(GROUP_PARTS), default=("cause", "zone"), is_id=True
    )
    group_within_s: float = setting(
        "a question joins a group that was joined so short a time ago", default=120.0, low=0, high=86400, unit="s"
    )
    shelve_at_most_s: float = setting(
        "a question is put aside for so long at most; 0: never", default=1800.0, low=0, high=1e6, unit="s"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which questions a policy is for; a field that is not there fits all."""

    policy: str = setting("the policy", is_id=True)
    causes: tuple[str, ...] = setting("causes", default=(), is_id=True)
    severities: tuple[Severity, ...] = setting("low, medium, high", default=())
    zones: tuple[str, ...] = setting("zones", default=(), is_id=True)
    decision_classes: tuple[str, ...] = setting("decision classes, e.g. which_object", default=(), is_id=True)

    def fits(self, cause: str, severity: Severity, zone: str, decision_class: str) -> bool:
        """Whether questions of that kind go this way."""
        return (
            (not self.causes or cause in self.causes)
            and (not self.severities or severity in self.severities)
            and (not self.zones or zone in self.zones)
            and (not self.decision_classes or decision_class in self.decision_classes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """While a question of one of the causes `source` is open, nobody is told of questions of the causes `target` that
    have all of `equal` in common with it. Severity high is never silenced."""

    source: tuple[str, ...] = setting("causes of the question that silences others", is_id=True)
    target: tuple[str, ...] = setting("causes of the questions that are silenced", is_id=True)
    equal: tuple[Literal["zone", "robot"], ...] = setting("what they have in common: zone, robot")


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodSettings:
    """When there are more questions than people can bear (ISA-18.2: more than 10 in 10 minutes for one operator)."""

    more_than: int = setting("questions in ten minutes, more than which are a flood", default=10, low=1, high=10000)
    over_at: int = setting("so few or fewer in ten minutes, and it is over", default=5, low=0, high=10000)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageSettings:
    """When robots that fall silent together are one outage, of their host or of the zone they were last seen in."""

    robots: int = setting("at least so many silent robots", default=3, low=2, high=10000)
    share: float = setting("and at least this share of the host's, or of those in the zone", default=0.5, low=0, high=1)
    after_s: float = setting("each silent for so long", default=60.0, low=1, high=3600, unit="s")


STANDARD = PolicySettings(
    id="standard",
    tiers=(TierSettings(to=("role:operator",), within_s=90.0), TierSettings(to=("accountable",), within_s=90.0)),
)
FOLLOWS_A_FALL = Inhibition(
    source=("robot_fallen",), target=("recovery_exhausted", "robot_silent", "no_capable_robot"), equal=("robot",)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightRules:
    """What the queue goes by. Without a file: everybody with the role operator, then whoever answers for the shift."""

    format: Literal["humanoid-fleet-oversight/1"] = setting("the version of this format: " + FORMAT, default=FORMAT)
    people: tuple[PersonOnCall, ...] = setting(
        "who answers questions; without anybody the roles in the tiers stand for everybody with that role", default=()
    )
    shifts: tuple[ShiftHours, ...] = setting("the shifts that people work", default=())
    day_begins_s: float = setting(
        "fleet time of a midnight on site: with a system clock -3600 for UTC+1",
        default=0.0,
        low=-1e9,
        high=1e9,
        unit="s",
    )
    policies: tuple[PolicySettings, ...] = setting("the policies", default=(STANDARD,))
    routes: tuple[Route, ...] = setting(
        "the first that fits a question counts; the last must fit all", default=(Route(policy="standard"),)
    )
    inhibit: tuple[Inhibition, ...] = setting(
        "what silences what, besides outages, hold-all and maintenance", default=(FOLLOWS_A_FALL,)
    )
    flood: FloodSettings = setting("when it is a flood", factory=FloodSettings)
    outage: OutageSettings = setting("when it is an outage", factory=OutageSettings)
    webhooks: tuple[WebhookSettings, ...] = setting("other systems that are told", default=())

    def policy_for(self, cause: str, severity: Severity, zone: str, decision_class: str) -> EscalationPolicy:
        """The policy of the first route that fits, as it is copied to a question."""
        fitting = (r.policy for r in self.routes if r.fits(cause, severity, zone, decision_class))
        name = next(fitting, "")
        chosen = next((p for p in self.policies if p.id == name), STANDARD)
        return EscalationPolicy(
            policy_id=chosen.id,
            tiers=tuple(Tier(to=t.to, within_s=t.within_s) for t in chosen.tiers),
            group_by=chosen.group_by,
            group_within_s=chosen.group_within_s,
            shelve_at_most_s=chosen.shelve_at_most_s,
        )

    def on_shift(self, now_s: float, *, zone: str = "", role: str = "") -> tuple[str, ...]:
        """Who is there now, for that zone and in that role, in file order."""
        second = (now_s - self.day_begins_s) % DAY_S
        hours = {s.id: s for s in self.shifts}
        return tuple(
            p.name
            for p in self.people
            if (not role or p.role == role)
            and (not zone or not p.zones or zone in p.zones)
            and (not p.shifts or any(hours[s].on(second) for s in p.shifts))
        )

    def people_of(self, to: tuple[str, ...], zone: str, now_s: float, accountable: str) -> tuple[str, ...]:
        """The names behind a tier's `to`, those who are not on shift left out. Empty: nobody is there."""
        found: dict[str, None] = {}
        here = self.on_shift(now_s)
        for name in to:
            if name == "accountable":
                found[accountable] = None
            elif name.startswith("role:"):
                role = name.removeprefix("role:")
                there = self.on_shift(now_s, zone=zone, role=role) if self.people else (name,)
                found |= dict.fromkeys(there)
            elif not self.people or name in here:
                found[name] = None
        return tuple(found)

    def operators(self, now_s: float) -> int:
        """How many people share the load now: at least one."""
        return max(1, len(self.on_shift(now_s, role="operator")))


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Another system that is told of questions. Secrets are never in the file: they are read from the environment or
    from a file that only the process's user can read."""

    id: str = setting("the webhook's id", is_id=True)
    kind: Literal["pagerduty", "alertmanager"] = setting(
        "pagerduty: Events API v2; alertmanager: the form of Alertmanager's webhook receiver"
    )
    url: str = setting("where to, e.g. https://events.pagerduty.com/v2/enqueue")
    key_env: str = setting("environment variable with the routing key (pagerduty) or bearer token", default="")
    key_file: str = setting("or a file with it, from this file", default="")
    hmac_env: str = setting("environment variable with the secret for the header X-Fleet-Signature", default="")
    hmac_file: str = setting("or a file with it, from this file", default="")
    least_severity: Severity = setting("nothing below is sent", default=Severity.LOW)
    only_pages: bool = setting("only what people are called for, not what is only shown in the inbox", default=False)
    give_up_after_s: float = setting(
        "a message that could not be delivered for so long is a dead letter", default=3600.0, low=1, high=1e7, unit="s"
    )


def second_of(text: str) -> float:
    """Seconds since midnight of "HH:MM". Raises `ValueError`."""
    hours, _, minutes = text.partition(":")
    if not (len(text) == 5 and hours.isdigit() and minutes.isdigit() and int(hours) <= 24 and int(minutes) < 60):
        raise ValueError(text)
    return int(hours) * 3600.0 + int(minutes) * 60.0
