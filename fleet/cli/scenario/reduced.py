"""A scenario taken apart into things that can be left out one by one, and put together again from what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fleet.cli.scenario.build import Built, build
from fleet.cli.scenario.robots import Placed
from fleet.scenario.spec import Scenario
from sim_worlds.faults import to_plain as fault_plain

KINDS = ("fault", "person", "task", "instruction", "stream", "robot", "intervention", "condition")
_CONDITIONS = ("sensing", "localisation", "battery", "near_people", "wear")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that can be left out. `index` is its place among those of its kind."""

    kind: str
    index: int
    what: str


class Apart:
    """A scenario in pieces. Robots stand where they stood, so that leaving one out does not move the others.

    Args:
        target: the index of the expectation to keep; None when a rule is broken (then none is needed).
    """

    def __init__(self, scenario: Scenario, seed: int, target: int | None) -> None:
        built = build(scenario, seed)
        plain = scenario.source.plain()
        self._whole: dict[str, Any] = {k: v for k, v in plain.items() if k != "deployment"}
        self._whole["site"] = _site(scenario, built)
        self._whole["expect"] = [plain["expect"][target]] if target is not None else [{"bound": "tasks >= 0"}]
        if scenario.spec.trace is not None:
            self._whole.pop("trace")
        self._lists: dict[str, list[Any]] = {
            "fault": [fault_plain(f) for f in built.faults],
            "person": _people(plain.get("people")),
            "task": [(m.at_s, m.plain, t) for m in scenario.scripted for t in m.plain["tasks"]],
            "instruction": [a for a in plain.get("arrivals", []) if "text" in a],
            "stream": list(plain.get("streams", [])),
            "robot": [_robot(p) for p in built.robots],
            "intervention": list(plain.get("interventions", [])),
            "condition": [name for name in _CONDITIONS if name in plain],
        }

    def pieces(self, kind: str) -> list[Piece]:
        """All of one kind."""
        return [Piece(kind, i, _named(kind, entry)) for i, entry in enumerate(self._lists[kind])]

    def together(self, pieces: Sequence[Piece], seed: int, name: str) -> str:
        """A scenario file with these pieces only."""
        chosen = {kind: [self._lists[kind][p.index] for p in pieces if p.kind == kind] for kind in KINDS}
        plain = {**self._whole, "name": name, "seed": seed}
        for field, kind in (("people", "person"), ("faults", "fault"), ("streams", "stream"), ("fleet", "robot")):
            plain[field] = chosen[kind]
        plain["interventions"] = chosen["intervention"]
        plain["arrivals"] = [*_arrivals(chosen["task"]), *chosen["instruction"]]
        for condition in _CONDITIONS:
            if condition not in chosen["condition"]:
                plain.pop(condition, None)
        kept = {k: v for k, v in plain.items() if v not in ([], {}, None)}
        return str(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=110))


def _site(scenario: Scenario, built: Built) -> str:
    name = scenario.spec.site
    if name is None:
        return built.site.site_id
    is_file = name.endswith((".yaml", ".yml", ".json"))
    return str((Path(scenario.folder) / name).resolve()) if is_file else name


def _people(people: Any) -> list[dict[str, Any]]:
    """Groups as single people: each draws for themselves, by their id."""
    entries = people if isinstance(people, list) else [people] if people is not None else []
    found: list[dict[str, Any]] = []
    for entry in entries:
        if "count" not in entry:
            found.append(entry)
            continue
        rest = {k: v for k, v in entry.items() if k not in ("count", "prefix")}
        prefix = entry.get("prefix", "visitor")
        found += [{"id": f"{prefix}_{i}", **rest} for i in range(1, int(entry["count"]) + 1)]
    return found


def _robot(placed: Placed) -> dict[str, Any]:
    spec = placed.spec
    plain: dict[str, Any] = {"id": spec.robot_id, "model": spec.model, "tier": str(spec.tier)}
    if spec.dock is not None:
        plain["start"] = spec.dock
    elif spec.start is not None:
        x, y, yaw = spec.start
        plain["start"] = {"x": x, "y": y, "yaw_deg": yaw * 57.29577951308232}
    if spec.battery_fraction != 1.0:
        plain["battery"] = spec.battery_fraction
    return plain


def _arrivals(tasks: Sequence[tuple[float, dict[str, Any], dict[str, Any]]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for at_s, mission, task in tasks:
        kept = found.setdefault(mission["mission_id"], {"at_s": at_s, "mission": {**mission, "tasks": []}})
        kept["mission"]["tasks"].append(task)
    return list(found.values())


def _named(kind: str, entry: Any) -> str:
    if kind == "task":
        return str(entry[2]["task_id"])
    if kind == "instruction":
        return f"“{entry['text']:.40}”"
    if kind == "intervention":
        return f"{entry['do']} at {entry['at_s']:g} s"
    return str(entry) if kind == "condition" else str(entry["id"])
