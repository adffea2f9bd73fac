"""From events of the queue to the messages that other systems know. Pure: no clock, no network.

PagerDuty Events API v2: `trigger`, `acknowledge`, `resolve` with one `dedup_key` for a group of questions, so that one
group is one incident. Alertmanager's webhook form (version 4): one alert for a group, `firing` until it is `resolved`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from fleet.model.severity import Severity

Action = Literal["trigger", "acknowledge", "resolve"]
_SUMMARY = 1024  # characters that PagerDuty takes
_PAGERDUTY = {Severity.LOW: "warning", Severity.MEDIUM: "error", Severity.HIGH: "critical"}
_ALERTMANAGER = {Severity.LOW: "warning", Severity.MEDIUM: "warning", Severity.HIGH: "critical"}
_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What is told: a group of questions, or a flood. `begun_at_s` is wall time, s since the Unix epoch."""

    key: str
    action: Action
    summary: str
    severity: Severity
    begun_at_s: float
    at_s: float
    by: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def iso(at_s: float) -> str:
    """Wall time as RFC 3339."""
    return datetime.fromtimestamp(at_s, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pagerduty(incident: Incident, source: str, routing_key: str, link: str = "") -> dict[str, Any]:
    """The body for POST /v2/enqueue."""
    body: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": incident.action,
        "dedup_key": f"{source}/{incident.key}",
    }
    if incident.action != "trigger":
        return body
    body["payload"] = {
        "summary": incident.summary[:_SUMMARY],
        "source": source,
        "severity": _PAGERDUTY[incident.severity],
        "timestamp": iso(incident.at_s),
        "component": "supervisor",
        "group": incident.key,
        "class": "question",
        "custom_details": dict(incident.details),
    }
    if link:
        body["client"], body["client_url"] = "Humanoid fleet", link
        body["links"] = [{"href": link, "text": "Questions"}]
    return body


def alertmanager(incident: Incident, source: str, receiver: str, link: str = "") -> dict[str, Any] | None:
    """The body as Alertmanager's `webhook_config` sends it; None for what has no form there (an acknowledgement)."""
    if incident.action == "acknowledge":
        return None
    firing = incident.action == "trigger"
    status = "firing" if firing else "resolved"
    labels = {
        "alertname": "FleetQuestion",
        "group": incident.key,
        "severity": _ALERTMANAGER[incident.severity],
        "fleet": source,
    }
    annotations = {"summary": incident.summary, **{k: _text(v) for k, v in incident.details.items()}}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": iso(incident.begun_at_s),
        "endsAt": _NEVER if firing else iso(incident.at_s),
        "generatorURL": link,
        "fingerprint": f"{source}/{incident.key}",
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{group="{incident.key}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": receiver,
        "groupLabels": {"group": incident.key},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": link,
        "alerts": [alert],
    }


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
