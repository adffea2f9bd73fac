"""Reading scenario files of the format 2. What needs the site (ids, people, faults) is checked by who has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fleet.deployment.fields import FileError, Source, parse_yaml, read, read_yaml
from fleet.deployment.load import check_certified, gate_in, oversight_in, policies_in, traffic_in
from fleet.model.errors import InvalidField
from fleet.model.escalation import Shift
from fleet.model.instructions import MOST_LETTERS
from fleet.model.skills import check_parameters
from fleet.model.tasks import MissionSpec
from fleet.model.wire import convert
from fleet.scenario.expect import read_expectations
from fleet.scenario.people_in_files import check_people
from fleet.scenario.spec import WHY, Mission, Scenario, ScenarioSpec, ScriptedArrival
from fleet.scenario.traces import read_trace


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file. Raises `FileError` naming file, line, field, value, and what would be right."""
    source = read_yaml(path)
    return _checked(source, Path(path).read_text(encoding="utf-8"), Path(path).resolve().parent)


def scenario_from_text(text: str, name: str, folder: Path) -> Scenario:
    """Like `load_scenario`, from text; paths in it are from `folder`."""
    return _checked(parse_yaml(text, name), text, folder)


def _checked(source: Source, text: str, folder: Path) -> Scenario:
    entries = source.entries("the fields of a scenario")
    if "supervisor" in entries and "shift" in entries["supervisor"].entries("settings"):
        entries["supervisor"].find("shift").fail(
            "no shift here: who answers for safe defaults is the field accountable"
        )
    spec = read(ScenarioSpec, _with_pairs(source))
    shift = Shift(accountable=spec.accountable)
    gate = gate_in(source, spec.gate, folder)
    policies = policies_in(source, spec.policies, folder)
    spec = replace(spec, oversight=oversight_in(source, spec.oversight, folder))
    spec = replace(spec, traffic=traffic_in(source, spec.traffic, folder))
    spec = replace(spec, supervisor=replace(spec.supervisor, shift=shift), gate=gate, policies=policies)
    _check_who(source, spec)
    check_people(source, spec)
    _check_streams(source, spec)
    expectations = read_expectations(source.find("expect"))
    if not expectations:
        source.find("expect").fail("at least one expectation", "an empty list")
    scripted = _scripted(source, spec, folder)
    if not scripted and not spec.streams and spec.ends == "settled":
        source.fail("something to do: arrivals, streams or trace (or ends: at_time)", "none of them")
    return Scenario(
        spec=spec,
        source=source,
        text=text,
        folder=str(folder),
        scripted=scripted,
        expectations=expectations,
    )


def _with_pairs(source: Source) -> Source:
    """`answers_after_s` may be one number too."""
    import yaml

    after = source.find("operator.answers_after_s")
    if after.path == "operator.answers_after_s" and isinstance(after.node, yaml.ScalarNode):
        node = after.node
        pair = yaml.SequenceNode("tag:yaml.org,2002:seq", [node, node], node.start_mark, node.end_mark)
        operator = source.entries("fields")["operator"].node
        operator.value = [(k, pair if v is node else v) for k, v in operator.value]
    return source


def _check_who(source: Source, spec: ScenarioSpec) -> None:
    if (spec.deployment is None) == (spec.site is None):
        what = "both" if spec.site else "neither"
        source.find("site").fail("either deployment, or site and fleet", what)
    if spec.deployment is not None and spec.fleet:
        source.find("fleet").fail("no fleet: the robots are in the deployment", "a fleet too")
    if spec.site is not None and not spec.fleet:
        source.find("fleet").fail("at least one robot", "no robots")
    for i, entry in enumerate(spec.fleet):
        if entry.start is not None and (entry.count or 1) > 1:
            source.find(f"fleet[{i}].start").fail("no start for several robots: they take the next free docks")
    seen: set[str] = set()
    for i, entry in enumerate(spec.fleet):
        for robot_id in robot_ids(entry.id, entry.count):
            if robot_id in seen:
                source.find(f"fleet[{i}].id").fail(f"ids used once; {robot_id} is there already")
            seen.add(robot_id)
    if spec.site is not None:
        check_certified(source, spec.allocation.certified, seen | {entry.model for entry in spec.fleet})


def robot_ids(prefix: str, count: int | None) -> tuple[str, ...]:
    """The ids of an entry's robots."""
    return (prefix,) if count is None else tuple(f"{prefix}_{i}" for i in range(1, count + 1))


def _check_streams(source: Source, spec: ScenarioSpec) -> None:
    seen: set[str] = set()
    for i, stream in enumerate(spec.streams):
        at = f"streams[{i}]"
        if stream.id in seen:
            source.find(f"{at}.id").fail("an id used once")
        seen.add(stream.id)
        if not stream.from_s < stream.until_s <= spec.within_s:
            source.find(f"{at}.until_s").fail(f"a time after from_s and up to within_s ({spec.within_s:g})")
        if not stream.mix or not any(t.weight > 0 for t in stream.mix):
            source.find(f"{at}.mix").fail("at least one task with a weight above 0")


def _scripted(source: Source, spec: ScenarioSpec, folder: Path) -> tuple[Mission, ...]:
    missions: list[Mission] = []
    seen: dict[str, str] = {}
    for i, arrival in enumerate(spec.arrivals):
        where = source.find(f"arrivals[{i}]")
        if arrival.text is not None:
            missions.append(_said(arrival, i, where, seen))
            continue
        for name in ("id", "why"):
            if getattr(arrival, name):
                where.find(name).fail("only with text", getattr(arrival, name))
        if (arrival.mission is None) == (arrival.tasks is None):
            where.fail("either mission, or tasks", "both" if arrival.mission else "neither")
        plain = dict(arrival.mission) if arrival.mission is not None else {"tasks": list(arrival.tasks or ())}
        missions.append(Mission(at_s=arrival.at_s, plain=_named(plain, f"arrival-{i + 1}"), by=arrival.by))
        _check_mission(missions[-1], where, seen)
    if spec.trace is not None:
        where = source.find("trace")
        for mission in read_trace(folder / spec.trace, where):
            missions.append(Mission(at_s=mission.at_s, plain=_named(mission.plain, mission.mission_id)))
            _check_mission(missions[-1], where, seen)
    late = next((m for m in missions if m.at_s >= spec.within_s), None)
    if late is not None:
        source.find("within_s").fail(f"a time after the last arrival ({late.mission_id} at {late.at_s:g} s)")
    return tuple(sorted(missions, key=lambda m: m.at_s))


def _said(arrival: ScriptedArrival, index: int, where: Source, seen: dict[str, str]) -> Mission:
    """An instruction in plain words."""
    text = arrival.text or ""
    if arrival.mission is not None or arrival.tasks is not None:
        where.find("text").fail("either text, or mission, or tasks")
    if not text.strip() or len(text) > MOST_LETTERS:
        where.find("text").fail(f"1 to {MOST_LETTERS} characters of what is wanted, in English", text[:80])
    name = arrival.id or f"said-{index + 1}"
    if f"mission {name}" in seen:
        where.find("id").fail(f"ids used once; {name} is there already ({seen[f'mission {name}']})", name)
    seen[f"mission {name}"] = where.path
    plain = {"mission_id": name, "title": text[:80], "why": arrival.why, "tasks": []}
    return Mission(at_s=arrival.at_s, plain=plain, by=arrival.by, text=text, priority=arrival.priority)


def _named(plain: dict[str, Any], fallback: str) -> dict[str, Any]:
    """A mission with the ids and texts that it need not say."""
    mission_id = str(plain.get("mission_id", fallback))
    tasks = plain.get("tasks")
    if isinstance(tasks, list):
        tasks = [
            {"task_id": f"{mission_id}-{n}", **t} if isinstance(t, dict) else t for n, t in enumerate(tasks, start=1)
        ]
    return {"title": mission_id, "why": WHY, **plain, "mission_id": mission_id, "tasks": tasks}


def _check_mission(mission: Mission, where: Source, seen: dict[str, str]) -> None:
    try:
        spec = as_mission(mission.plain, 0.0)
        for i, task in enumerate(spec.tasks):
            try:
                check_parameters(task.skill, task.parameters)
            except InvalidField as problem:
                raise InvalidField(f"tasks[{i}].{problem.field}", problem.value, problem.expected) from None
    except FileError:
        raise
    except InvalidField as problem:
        path = problem.field.split("].", 1)[-1] if "mission" in problem.field else problem.field
        where.find(path).fail(f"{problem.expected} (in mission {mission.mission_id}: {problem.field})", problem.value)
    if not spec.tasks:
        where.fail("at least one task", "no tasks")
    for name in (f"mission {spec.mission_id}", *(f"task {t.task_id}" for t in spec.tasks)):
        if name in seen:
            where.fail(f"ids used once; {name} is there already ({seen[name]})", name)
        seen[name] = where.path


def as_mission(plain: dict[str, Any], now_s: float) -> MissionSpec:
    """A mission as the supervisor takes it: `deadline_in_s` of a task becomes its deadline. Raises `InvalidField`."""
    tasks: Any = plain.get("tasks")
    if isinstance(tasks, list):
        tasks = [_deadline(dict(t), now_s) if isinstance(t, dict) else t for t in tasks]
    return convert(MissionSpec, {**plain, "tasks": tasks}, f"mission {plain.get('mission_id')}")


def _deadline(task: dict[str, Any], now_s: float) -> dict[str, Any]:
    within = task.pop("deadline_in_s", None)
    if within is not None:
        if not isinstance(within, (int, float)) or isinstance(within, bool) or not 0 < within < 1e9:
            raise InvalidField("deadline_in_s", within, "a number of seconds above 0")
        task["deadline_s"] = now_s + within
    return task
