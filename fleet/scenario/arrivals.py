"""Arrivals by chance: Poisson streams, drawn once for a seed. Adding a stream does not move the others."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fleet.model.site import PlaceKind, SiteMap
from fleet.scenario.spec import WHY, Mission, Stream, Template
from fleet.supervisor.state import FleetState

_DRAWN_LATER = ("from", "free_in")


def drawn(streams: Iterable[Stream], seed: int) -> list[Mission]:
    """The missions of all streams, in the order of time. Choices among fixed values are drawn here; boxes and free
    slots when the mission arrives (`settled`)."""
    missions = [m for stream in streams for m in _of(stream, seed)]
    return sorted(missions, key=lambda m: m.at_s)


def _of(stream: Stream, seed: int) -> Iterable[Mission]:
    rng = np.random.default_rng([seed, zlib.crc32(b"stream"), zlib.crc32(stream.id.encode())])
    weights = np.array([t.weight for t in stream.mix], dtype=float)
    at_s, number = stream.from_s, 0
    while stream.most is None or number < stream.most:
        at_s += float(rng.exponential(3600.0 / stream.per_hour))
        if at_s >= stream.until_s:
            return
        number += 1
        template = stream.mix[int(rng.choice(len(weights), p=weights / weights.sum()))]
        yield _mission(stream, template, number, round(at_s, 3), rng)


def _mission(stream: Stream, template: Template, number: int, at_s: float, rng: np.random.Generator) -> Mission:
    name = f"{stream.id}-{number}"
    parameters = {k: _drawn(v, rng) for k, v in template.parameters.items()}
    task: dict[str, Any] = {
        "task_id": name,
        "skill": template.skill,
        "parameters": parameters,
        "priority": template.priority,
        "why": template.why,
    }
    if template.deadline_in_s is not None:
        task["deadline_in_s"] = template.deadline_in_s
    if template.robot_id is not None:
        task["robot_id"] = template.robot_id
    plain = {"mission_id": name, "title": name, "why": template.why or WHY, "tasks": [task]}
    return Mission(at_s=at_s, plain=plain, stream=stream.id, draws=any(map(draws_later, parameters.values())))


def _drawn(value: Any, rng: np.random.Generator) -> Any:
    return value[int(rng.integers(len(value)))] if isinstance(value, list) and value else value


def draws_later(value: Any) -> bool:
    """Whether a parameter is drawn when the task arrives."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _DRAWN_LATER


def settled(mission: Mission, state: FleetState, site: SiteMap, seed: int) -> dict[str, Any] | str:
    """The mission with its boxes and free slots drawn from what is believed now, as a dispatcher at the console would
    choose them; a text that says why when there is nothing to choose."""
    rng = np.random.default_rng([seed, zlib.crc32(b"choice"), zlib.crc32(mission.mission_id.encode())])
    tasks = []
    for task in mission.plain["tasks"]:
        parameters = dict(task["parameters"])
        for name, value in parameters.items():
            if not draws_later(value):
                continue
            how, where = next(iter(value.items()))
            choices = _boxes(where, state, site) if how == "from" else _free(where, state, site)
            if not choices:
                return f"no {'box' if how == 'from' else 'free slot'} in {', '.join(where)}"
            parameters[name] = choices[int(rng.integers(len(choices)))]
        tasks.append({**task, "parameters": parameters})
    return {**mission.plain, "tasks": tasks}


def _spoken_for(state: FleetState) -> set[str]:
    """Boxes and places that an open task is about."""
    return {
        str(value)
        for task in state.tasks.values()
        if not task.state.terminal
        for value in (*task.grounded.values(), *task.spec.parameters.values())
        if isinstance(value, str)
    }


def _stands_at(state: FleetState, site: SiteMap) -> dict[str, str]:
    """Box -> the place it is believed to stand at, empty where it is elsewhere."""
    at = {k: o.place_id or "" for k, o in site.objects.items()}
    return at | {k: b.place if not b.holder else "" for k, b in state.objects.items()}


def _boxes(where: list[str], state: FleetState, site: SiteMap) -> list[str]:
    taken = _spoken_for(state)
    return sorted(
        box
        for box, place in _stands_at(state, site).items()
        if place and box not in taken and (place in where or site.places[place].zone_id in where)
    )


def _free(where: list[str], state: FleetState, site: SiteMap) -> list[str]:
    taken = _spoken_for(state) | set(_stands_at(state, site).values())
    return sorted(
        p.place_id
        for p in site.places.values()
        if p.kind is PlaceKind.SLOT and p.place_id not in taken and (p.place_id in where or p.zone_id in where)
    )
