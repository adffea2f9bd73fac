"""Conditions in files: `sensing`, `localisation`, `battery`, `near_people`, `wear`; in a scenario or their own file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from sim_worlds.conditions import (
    BatterySpec,
    Conditions,
    Confusion,
    EyeDoubt,
    LocalisationSpec,
    NearPeople,
    SensingSpec,
    WearSpec,
)
from sim_worlds.errors import SpecError
from sim_worlds.yaml_fields import Field, Mapping, load_fields

CLASSES = ("object", "robot", "person")
PARTS = "sensing localisation battery near_people wear"
"""The fields of conditions, for those who embed them in a larger mapping."""
_EYE = {
    "detect_near": (0, 1, ""),
    "detect_far": (0, 1, ""),
    "range_m": (0.5, 200, "m"),
    "full_share": (0, 1, ""),
    "attribute_error": (0, 1, ""),
    "swap": (0, 1, ""),
    "false_positives_per_min": (0, 600, "a minute"),
    "false_identity": (0, 1, ""),
    "position_sd_m": (0, 5, "m"),
    "holds_s": (0.1, 600, "s"),
    "latency_s": (0, 60, "s"),
}
_LOCALISATION = {
    "bias_m": (0, 5, "m"),
    "drift_m": (0, 2, "m"),
    "drift_rad": (0, 1, "rad"),
    "bound_m": (0, 10, "m"),
    "landmark_m": (0, 20, "m"),
}
_BATTERY = {
    "computing_w": (0, 2000, "W"),
    "payload_w_per_kg": (0, 100, "W/kg"),
    "charge_w": (1, 5000, "W"),
    "taper_from": (0.1, 1, ""),
    "health": (0.05, 1, ""),
}
_MANNERS = {
    "reaction_s": (0.01, 5, "s"),
    "clearance_m": (0, 3, "m"),
    "creep_mps": (0.05, 2, "m/s"),
    "person_mps": (0, 3, "m/s"),
}
_WEAR = {
    "slows": (0, 0.8, ""),
    "rest_s": (10, 36000, "s"),
}
_Limits = dict[str, tuple[float, float, str]]


def read_conditions(entry: Mapping, robots: Collection[str] = ()) -> Conditions:
    """The conditions among the fields of a mapping; those that are not there are ideal.

    `robots` are the ids that `battery.health_of` may name. Raises the field's error with file, line, field, value and
    what would be right.
    """
    return Conditions(
        sensing=_sensing(entry["sensing"]) if "sensing" in entry else SensingSpec(),
        localisation=LocalisationSpec(**_numbers(entry["localisation"], _LOCALISATION))
        if "localisation" in entry
        else LocalisationSpec(),
        battery=_battery(entry["battery"], robots) if "battery" in entry else BatterySpec(),
        near_people=NearPeople(**_numbers(entry["near_people"], _MANNERS)) if "near_people" in entry else None,
        wear=WearSpec(**_numbers(entry["wear"], _WEAR)) if "wear" in entry else WearSpec(),
    )


def load_conditions(path: Path | str, robots: Collection[str] = ()) -> Conditions:
    """Read a conditions file. Raises `SpecError`."""
    return read_conditions(load_fields(path, SpecError).mapping("", PARTS), robots)


def _numbers(field: Field, limits: _Limits, more: str = "") -> dict[str, Any]:
    entry = field.mapping("", " ".join(limits) + " " + more)
    return {name: entry[name].number(*limits[name]) for name in limits if name in entry}


def _sensing(field: Field) -> SensingSpec:
    entry = field.mapping("", "cameras robots")
    return SensingSpec(**{name: _eye(entry[name]) for name in ("cameras", "robots") if name in entry})


def _eye(field: Field) -> EyeDoubt:
    values = _numbers(field, _EYE, "confusion")
    entries = field.entries()
    if "confusion" in entries:
        values["confusion"] = _confusion(entries["confusion"])
    return EyeDoubt(**values)


def _confusion(field: Field) -> Confusion:
    rows: Confusion = {}
    for true, row in field.entries(", ".join(CLASSES)).items():
        if true not in CLASSES:
            row.fail("rows for: " + ", ".join(CLASSES), true)
        cells = row.entries(", ".join(CLASSES))
        for seen, cell in cells.items():
            if seen not in CLASSES:
                cell.fail("columns for: " + ", ".join(CLASSES), seen)
        rows[true] = {seen: cell.number(0, 1) for seen, cell in cells.items()}
        total = sum(rows[true].values())
        if abs(total - 1) > 1e-6:
            row.fail("probabilities that sum to 1", round(total, 6))
    return rows


def _battery(field: Field, robots: Collection[str]) -> BatterySpec:
    values = _numbers(field, _BATTERY, "health_of")
    entries = field.entries()
    if "health_of" in entries:
        values["health_of"] = {}
        for name, value in entries["health_of"].entries("robot ids").items():
            if name not in robots:
                value.fail("the id of a robot: " + (", ".join(sorted(robots)) or "there is no robot"), name)
            values["health_of"][name] = value.number(0.05, 1)
    return BatterySpec(**values)


__all__ = ["CLASSES", "PARTS", "load_conditions", "read_conditions"]
