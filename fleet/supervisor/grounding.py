"""From what was said to what is there: descriptions become ids, or a question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.model.site import ObjectRecord, SiteMap


def say(description: Mapping[str, str]) -> str:
    """A description in words, always in the same order."""
    return "“" + ", ".join(f"{k} {v}" for k, v in sorted(description.items())) + "”"


def candidates(site: SiteMap, description: Mapping[str, str]) -> list[ObjectRecord]:
    """Objects that fit everything said, in the order of the inventory. `kind` is matched like an attribute."""
    return [record for record in site.objects.values() if _fits(record, description)]


def _fits(record: ObjectRecord, description: Mapping[str, str]) -> bool:
    has = {"kind": record.kind, **record.attributes}
    return all(has.get(k, "").casefold() == v.casefold() for k, v in description.items())


def ungrounded(parameters: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The description that still has to be turned into an id, if there is one."""
    wanted = parameters.get("object")
    return wanted if isinstance(wanted, Mapping) else None


def unknown_names(site: SiteMap, skill_parameters: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Ids that name nothing on this site, as (field, value, what would be right)."""
    tables: dict[str, Mapping[str, object]] = {
        "object": site.objects,
        "to": site.places,
        "place": site.places,
        "dock": site.places,
        "person": site.people,
        "target": {**site.places, **site.zones, **site.objects},
    }
    wrong = []
    for name, value in skill_parameters.items():
        table = tables.get(name)
        if table is not None and isinstance(value, str) and value not in table:
            known = ", ".join(list(table)[:12]) + (", ..." if len(table) > 12 else "")
            wrong.append((f"parameters.{name}", value, f"one of: {known}"))
    return wrong
