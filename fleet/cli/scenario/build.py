"""A scenario and a seed, put together: site, robots, people, faults, the world, and the supervisor's context."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fleet.allocation.fleet_plan import allocator_of
from fleet.cli.scenario.checks import check_arrivals, check_expectations
from fleet.cli.scenario.fields import field_of, part, refusals
from fleet.cli.scenario.robots import Placed, placed
from fleet.cli.site import BadInput
from fleet.cli.traffic_of import check_roads
from fleet.cli.world import world_parts
from fleet.deployment.load import load_deployment
from fleet.escalation.gate.settings import gate_of
from fleet.escalation.queue.rules_file import rules_of
from fleet.model.site import SiteMap
from fleet.policy.load import policy_of
from fleet.scenario.arrivals import drawn
from fleet.scenario.spec import Mission, Scenario
from fleet.supervisor.context import Context
from fleet.supervisor.settings import SupervisorSettings
from fleet.travel import TravelModel
from sim_worlds.conditions import IDEAL, Conditions
from sim_worlds.conditions_loader import PARTS, read_conditions
from sim_worlds.errors import InputError
from sim_worlds.faults import FaultSpec, read_faults
from sim_worlds.people.loader import read_people
from sim_worlds.people.spec import PersonSpec
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Everything that a run is made from. The same scenario and seed give the same."""

    scenario: Scenario
    seed: int
    site: Site
    robots: tuple[Placed, ...]
    people: tuple[PersonSpec, ...]
    conditions: Conditions
    faults: tuple[FaultSpec, ...]
    missions: tuple[Mission, ...]
    settings: SupervisorSettings

    def world(self) -> World:
        """The world, at its beginning."""
        return World(
            self.site,
            [p.spec for p in self.robots],
            self.faults,
            self.seed,
            people=self.people,
            conditions=self.conditions,
        )

    def adapters(self) -> list[tuple[str, str]]:
        """(robot id, adapter's name)."""
        return [(p.spec.robot_id, p.adapter) for p in self.robots]

    def context(self) -> Context:
        """The supervisor's."""
        site, travel = _map_and_ways(self.site.digest(), self.site)
        return Context(
            site=site,
            settings=self.settings,
            travel=travel,
            allocator=allocator_of(self.scenario.spec.allocation),
            traffic=self.scenario.spec.traffic,
            gate=gate_of(self.scenario.spec.gate),
            policy=policy_of(self.scenario.spec.policies),
            oversight=rules_of(self.scenario.spec.oversight, site.zones),
        )


_KEPT_SITES = 4
_MOST_STEPS = 8  # of an instruction in plain words that expectations may name
_maps: OrderedDict[str, tuple[SiteMap, TravelModel]] = OrderedDict()


def _map_and_ways(digest: str, site: Site) -> tuple[SiteMap, TravelModel]:
    """A site's map, and the ways in it that were looked for so far: for all runs of one process. Ways are found when
    they are asked for; nobody waits in virtual time, and the answer is the same whenever it is found."""
    if digest not in _maps:
        plan = site.to_map()
        _maps[digest] = (plan, TravelModel(plan))
        if len(_maps) > _KEPT_SITES:
            _maps.popitem(last=False)
    _maps.move_to_end(digest)
    return _maps[digest]


def build(scenario: Scenario, seed: int, *, truth: bool = True) -> Built:
    """Put a scenario together and check all of it. `truth`: whether the world itself can be looked at in the run.

    Raises:
        FileError, BadInput: naming file, line, field, value, and what would be right.
    """
    site, robots, faults, people, conditions = _base(scenario)
    robot_ids = [p.spec.robot_id for p in robots]
    source, spec = scenario.source, scenario.spec
    with refusals(source):
        if spec.people is not None:
            people = read_people(field_of(source.find("people")), site, robot_ids)
        if _conditions(scenario):
            conditions = read_conditions(part(source, PARTS), robot_ids)
    if spec.faults is not None:
        with refusals(source, "faults"):
            faults += read_faults(field_of(source.find("faults")).items(), [p.spec for p in robots], site)
    missions = tuple(sorted([*scenario.scripted, *drawn(spec.streams, seed)], key=lambda m: m.at_s))
    built = Built(
        scenario=scenario,
        seed=seed,
        site=site,
        robots=robots,
        people=people,
        conditions=conditions,
        faults=faults,
        missions=missions,
        settings=spec.supervisor,
    )
    check_arrivals(scenario, site.to_map(), robot_ids)
    check_roads(site.to_map(), spec.traffic)
    check_expectations(scenario, known_ids(built), truth=truth)
    return built


def _conditions(scenario: Scenario) -> bool:
    return any(getattr(scenario.spec, name) is not None for name in PARTS.split())


def known_ids(built: Built) -> dict[str, list[str]]:
    """Ids by kind, which expectations may name."""
    site = built.site
    tasks = [t["task_id"] for m in built.scenario.scripted for t in m.plain["tasks"]]
    said = [m.mission_id for m in built.scenario.scripted if m.text]
    tasks += [f"{name}-{n}" for name in said for n in range(1, _MOST_STEPS + 1)]
    return {
        "robot": [p.spec.robot_id for p in built.robots],
        "task": tasks,
        "mission": [*(m.mission_id for m in built.scenario.scripted), *(f"{name}.mission" for name in said)],
        "object": list(site.boxes),
        "person": [*site.people, *(p.person_id for p in built.people if p.person_id not in site.people)],
        "place": list(site.places),
        "zone": list(site.zones),
        "door": list(site.doors),
        "fault": [f.fault_id for f in built.faults],
    }


_Base = tuple[Site, tuple[Placed, ...], tuple[FaultSpec, ...], tuple[PersonSpec, ...], Conditions]


def _base(scenario: Scenario) -> _Base:
    """What the scenario's deployment brings, which its own fields add to (faults) or replace (people, conditions)."""
    spec, source = scenario.spec, scenario.source
    if spec.deployment is not None:
        path = Path(scenario.folder) / spec.deployment
        if not path.is_file():
            source.find("deployment").fail(f"a deployment file (looked for {path})")
        deployment = load_deployment(path)
        parts = world_parts(deployment)
        adapters = {r.id: r.adapter for r in deployment.robots()}
        robots = tuple(Placed(r, adapters[r.robot_id]) for r in parts.robots)
        return parts.site, robots, parts.faults, parts.people, parts.conditions
    site = load_the_site(scenario)
    return site, placed(scenario, site), (), (), IDEAL


def load_the_site(scenario: Scenario) -> Site:
    """The scenario's site. Raises `FileError` or `BadInput`."""
    name = str(scenario.spec.site)
    at = scenario.source.find("site")
    is_file = name.endswith((".yaml", ".yml", ".json"))
    path = Path(scenario.folder) / name if is_file else bundled_site(name)
    if not path.is_file():
        known = ", ".join(sorted(bundled_names()))
        at.fail(f"{known}, or the path of a site file" + (f" (looked for {path})" if is_file else ""))
    try:
        return _site_in(path, path.stat().st_mtime_ns)
    except InputError as error:
        raise BadInput(str(error)) from error


@lru_cache(maxsize=_KEPT_SITES)
def _site_in(path: Path, _changed_ns: int) -> Site:
    return load_site(path)


def bundled_names() -> list[str]:
    """The sites that come with `sim_worlds`."""
    texts = {p.stem: p.read_text(encoding="utf-8") for p in bundled_site().parent.glob("*.yaml")}
    return [name for name, text in texts.items() if "humanoid-fleet-site/" in text]
