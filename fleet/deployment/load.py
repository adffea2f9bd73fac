"""Loading, checking and saving deployments. Nothing is started with a file that does not check out."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec

from fleet.deployment.fields import Source, parse_yaml, read, read_yaml
from fleet.deployment.records import FORMAT, Deployment, WorldSettings
from fleet.escalation.gate.settings import GateSettings, with_path
from fleet.escalation.queue.rules_file import load_rules
from fleet.model.errors import InvalidField
from fleet.policy.load import policy_of
from fleet.traffic.settings import TrafficSettings

RESOLVED_NAME = "deployment.json"
_ROS_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def load_deployment(path: Path | str) -> Deployment:
    """Read and check a deployment file; paths in it become absolute.

    Raises:
        FileError: naming file, line, field, value, and what would be right.
    """
    source = read_yaml(path)
    return _checked(source, Path(path).resolve().parent)


def deployment_from_text(text: str, name: str = "deployment.yaml", folder: Path | None = None) -> Deployment:
    """Like `load_deployment`, from text; relative site paths are from `folder`."""
    return _checked(parse_yaml(text, name), folder or Path.cwd())


def _checked(source: Source, folder: Path) -> Deployment:
    deployment = read(Deployment, source)
    entries = source.entries("fields")
    if "supervisor" in entries and "shift" in entries["supervisor"].entries("settings"):
        entries["supervisor"].find("shift").fail("no shift here: it is a field of the deployment itself")
    _check_names(source, deployment)
    _check_faults(source, deployment)
    _check_clock(source, deployment)
    _check_address(source, deployment)
    check_certified(source, deployment.allocation.certified, {n for r in deployment.robots() for n in (r.id, r.model)})
    supervisor = replace(deployment.supervisor, shift=deployment.shift.to_shift())
    return replace(
        deployment,
        site=_site(source, deployment.site, folder),
        world=_with_files(source, deployment.world, folder),
        run_directory=str(Path(deployment.run_directory).expanduser().absolute()),
        supervisor=supervisor,
        gate=gate_in(source, deployment.gate, folder),
        policies=policies_in(source, deployment.policies, folder),
        oversight=oversight_in(source, deployment.oversight, folder),
        traffic=traffic_in(source, deployment.traffic, folder),
    )


def _check_names(source: Source, deployment: Deployment) -> None:
    seen: dict[str, str] = {}
    if not deployment.hosts:
        source.find("hosts").fail("at least one host", "an empty list")
    for i, host in enumerate(deployment.hosts):
        _once(source, seen, f"hosts[{i}].name", f"host {host.name}")
        if not _ROS_NAME.fullmatch(host.name):
            source.find(f"hosts[{i}].name").fail("letters, digits and '_', beginning with a letter (a ROS name)")
        if not host.robots:
            source.find(f"hosts[{i}].robots").fail("at least one robot", "an empty list")
        for j, robot in enumerate(host.robots):
            where = f"hosts[{i}].robots[{j}]"
            _once(source, seen, f"{where}.id", f"robot {robot.id}")
            if deployment.world is not None:
                if robot.start is None:
                    source.find(where).fail("the field start: where the robot starts in the world", "no field start")
                _once(source, seen, f"{where}.start", f"start {robot.start}")


def check_certified(source: Source, certified: Iterable[str], names: Collection[str]) -> None:
    """Raises `FileError` for a name under `allocation.certified` that is no robot here and no robot's model."""
    for i, name in enumerate(certified):
        if name not in names:
            source.find(f"allocation.certified[{i}]").fail("a robot or a model of robots: " + ", ".join(sorted(names)))


def _once(source: Source, seen: dict[str, str], path: str, key: str) -> None:
    if key in seen:
        source.find(path).fail(f"a value used once; {seen[key]} has it too")
    seen[key] = path


def _check_faults(source: Source, deployment: Deployment) -> None:
    robots = [robot.id for robot in deployment.robots()]
    seen: dict[str, str] = {}
    for i, fault in enumerate(deployment.world.faults if deployment.world is not None else ()):
        where = f"world.faults[{i}]"
        _once(source, seen, f"{where}.id", fault.id)
        for field, names in (("robot", [fault.robot] if fault.robot else []), ("robots", fault.robots)):
            if any(name not in robots for name in names):
                source.find(f"{where}.{field}").fail("one of " + ", ".join(robots))
        if (fault.at_s is None) == (fault.when is None):
            source.find(where).fail("either at_s or when", "both" if fault.when else "neither of at_s and when")
        for field in ("delay_s", "lag_s"):
            pair = getattr(fault, field)
            if pair is not None and (len(pair) != 2 or pair[0] > pair[1]):
                source.find(f"{where}.{field}").fail("[least, most]", list(pair))
        for field in ("offset_m", "at_m"):
            pair = getattr(fault, field)
            if pair is not None and len(pair) != 2:
                source.find(f"{where}.{field}").fail("[x, y]", list(pair))


def _check_clock(source: Source, deployment: Deployment) -> None:
    if deployment.clock == "sim" and deployment.world is None:
        source.find("clock").fail("clock: system, or a world, from which simulated time comes", deployment.clock)
    if deployment.clock == "system" and deployment.world is not None:
        source.find("clock").fail("clock: sim, because there is a simulated world")


def _check_address(source: Source, deployment: Deployment) -> None:
    api = deployment.api
    try:
        loopback = ipaddress.ip_address(api.host).is_loopback
    except ValueError:
        loopback = api.host == "localhost"
    if not loopback and not api.allow_remote:
        source.find("api.host").fail("an address of this machine such as 127.0.0.1, or allow_remote: true beside it")


def _site(source: Source, site: str, folder: Path) -> str:
    if not site.endswith((".yaml", ".yml", ".json")):
        return site
    path = (folder / Path(site).expanduser()).resolve()
    if not path.is_file():
        source.find("site").fail(f"a file that is there (looked for {path}), or the name of a bundled site")
    return str(path)


def gate_in(source: Source, settings: GateSettings, folder: Path) -> GateSettings:
    """The gate's settings with an absolute path. Raises `FileError` for a file that is not there."""
    try:
        return with_path(settings, folder)
    except InvalidField as error:
        source.find("gate.calibration").fail(error.expected, error.value)


def traffic_in(source: Source, settings: TrafficSettings, folder: Path) -> TrafficSettings:
    """The settings of traffic with the absolute path of a navigation graph, which was read and checked as far as that
    can be without the site.

    Raises:
        FileError: it is not there.
        InvalidField: whatever is wrong in it, with its name and line.
    """
    if settings.nav_graph is None:
        return settings
    from fleet.traffic.nav_graph import read_nav_graph  # brings scipy, which most processes do without

    path = (folder / Path(settings.nav_graph).expanduser()).resolve()
    if not path.is_file():
        source.find("traffic.nav_graph").fail(f"a file that is there (looked for {path})")
    read_nav_graph(path, settings.nav_level)
    return replace(settings, nav_graph=str(path))


def oversight_in(source: Source, written: str | None, folder: Path) -> str | None:
    """The absolute path of the file of who is asked, which was read and checked as far as that can be without the
    site. Raises `FileError`."""
    if written is None:
        return None
    path = (folder / Path(written).expanduser()).resolve()
    if not path.is_file():
        source.find("oversight").fail(f"a file that is there (looked for {path})")
    load_rules(path)
    return str(path)


def policies_in(source: Source, policies: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """Absolute paths of files or folders of policies, each of which was read and checked.

    Raises:
        FileError: one that is not there, or whatever is wrong in one.
    """
    paths = [(folder / Path(written).expanduser()).resolve() for written in policies]
    for i, path in enumerate(paths):
        if not path.exists():
            source.find(f"policies[{i}]").fail(f"a file or folder that is there (looked for {path})")
    if paths:
        policy_of(paths)
    return tuple(map(str, paths))


def _with_files(source: Source, world: WorldSettings | None, folder: Path) -> WorldSettings | None:
    """The world with absolute paths."""
    if world is None:
        return None
    found: dict[str, str | None] = {"people": None, "conditions": None}
    for name in ("people", "conditions"):
        written = getattr(world, name)
        if written is not None:
            path = (folder / Path(written).expanduser()).resolve()
            if not path.is_file():
                source.find(f"world.{name}").fail(f"a file that is there (looked for {path})")
            found[name] = str(path)
    return replace(world, people=found["people"], conditions=found["conditions"])


def with_changes(
    deployment: Deployment,
    *,
    run_directory: Path | str | None = None,
    port: int | None = None,
    domain_id: int | None = None,
    rate: float | None = None,
) -> Deployment:
    """The deployment with what a command line may override; None leaves a value as it is."""
    if run_directory is not None:
        deployment = replace(deployment, run_directory=str(Path(run_directory).expanduser().absolute()))
    if port is not None:
        deployment = replace(deployment, api=replace(deployment.api, port=port))
    if domain_id is not None:
        deployment = replace(deployment, ros=replace(deployment.ros, domain_id=domain_id))
    if rate is not None and deployment.world is not None:
        deployment = replace(deployment, world=replace(deployment.world, rate=float(rate)))
    return deployment


def to_plain(deployment: Deployment) -> dict[str, Any]:
    """The deployment as a file would say it."""
    plain: dict[str, Any] = msgspec.to_builtins(asdict(deployment))
    del plain["supervisor"]["shift"]
    plain["format"] = FORMAT
    return {name: value for name, value in plain.items() if value is not None}


def save_resolved(deployment: Deployment) -> Path:
    """Write the deployment, as it is after all overrides, into its run directory: what its processes read."""
    folder = Path(deployment.run_directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESOLVED_NAME
    text = msgspec.json.format(msgspec.json.encode(to_plain(deployment)), indent=2)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_bytes(text)
    beside.replace(path)
    return path
