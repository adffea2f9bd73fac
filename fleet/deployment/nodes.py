"""What a deployment starts, as one pure function: `fleet up`, the launch files and the tests all use it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

from fleet.deployment.load import RESOLVED_NAME
from fleet.deployment.records import Deployment, HostSettings

SOCKET_PATH_LIMIT = 100  # bytes; a longer path does not fit into a Unix socket's address


class NodeKind(str, Enum):
    """Which of the project's processes it is."""

    WORLD = "world"
    HOST = "host"
    SUPERVISOR = "supervisor"
    API = "api"
    PREVIEWER = "previewer"
    NOTIFIER = "notifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How a crashed process is started again: after `backoff_s`, doubled each time up to `backoff_max_s`; after more
    than `limit` crashes within `window_s` it is given up, and with it the whole deployment."""

    limit: int = 8
    window_s: float = 120.0
    backoff_s: float = 0.25
    backoff_max_s: float = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """How it shows that a process is ready: a file that it writes (its first line is its process id), a Unix socket
    that takes connections, or a URL that answers 200. What is not ready after `within_s` has failed. `file` must be
    there besides: that something answers does not say that it is this process."""

    how: Literal["file", "socket", "http"]
    target: str
    within_s: float = 60.0
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosNode:
    """The process's main node on the ROS graph. `names` are all nodes that it brings, fully qualified; `name` is
    empty where there are several, because a name given to a process renames every node in it."""

    names: tuple[str, ...]
    name: str = ""
    namespace: str = ""
    parameters: dict[str, bool | int | float | str] = field(default_factory=dict)

    def arguments(self) -> tuple[str, ...]:
        """For the end of a command line."""
        remaps = [f"__node:={self.name}"] if self.name else []
        remaps += [f"__ns:={self.namespace}"] if self.namespace else []
        pairs = [part for remap in remaps for part in ("-r", remap)]
        for name, value in sorted(self.parameters.items()):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            pairs += ["-p", f"{name}:={text}"]
        return ("--ros-args", *pairs) if pairs else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """One process: `python -m module arguments`, its environment, and how it is looked after.

    `after` names processes that must be ready first (at the first start only). `stop_within_s` is how long it may
    take to end by itself once told to.
    """

    name: str
    kind: NodeKind
    module: str
    arguments: tuple[str, ...]
    env: dict[str, str]
    ready: Readiness
    after: tuple[str, ...] = ()
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    ros: RosNode | None = None
    stop_within_s: float = 5.0

    def command(self, python: str) -> list[str]:
        """The full command line, with ROS arguments where the process is on the graph."""
        return [python, "-m", self.module, *self.arguments, *(self.ros.arguments() if self.ros else ())]


@dataclass(frozen=True, slots=True)
class RunPaths:
    """Where things are in a run directory."""

    folder: Path
    status_name: str = "status.json"

    @property
    def deployment(self) -> Path:
        """The deployment after all overrides; what the processes read."""
        return self.folder / RESOLVED_NAME

    @property
    def store(self) -> Path:
        """The journal and the requests."""
        return self.folder / "fleet.sqlite"

    @property
    def auth(self) -> Path:
        """Users and sessions."""
        return self.folder / "users.sqlite"

    @property
    def webhooks(self) -> Path:
        """What is to be told to other systems, and what could not be."""
        return self.folder / "webhooks.sqlite"

    @property
    def login(self) -> Path:
        """The one-time login of the first run, readable by its owner only."""
        return self.folder / "first-login.json"

    @property
    def supervisor_state(self) -> Path:
        """What the supervisor's state was when it ended in order: record number and digest, as JSON."""
        return self.folder / "supervisor-state.json"

    @property
    def logs(self) -> Path:
        """A file for each process."""
        return self.folder / "logs"

    @property
    def world_socket(self) -> Path:
        """Where the world's process listens. A socket's address holds about 100 bytes: for a deeper run directory it
        lies among the temporary files, under a name made from the directory's."""
        path = self.folder / "world.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"humanoid-fleet-{os.getuid()}-{name}.sock"

    @property
    def world_folder(self) -> Path:
        """The world's checkpoints and its ledger."""
        return self.folder / "world"

    @property
    def status(self) -> Path:
        """What runs, as JSON."""
        return self.folder / self.status_name

    def ready(self, name: str) -> Path:
        """The file by which a process says that it is ready."""
        return self.folder / f"{name}.ready"


def node_specs(deployment: Deployment) -> tuple[NodeSpec, ...]:
    """All processes of the deployment, in the order in which they are started."""
    paths = RunPaths(Path(deployment.run_directory))
    world = (_world(paths),) if deployment.world is not None else ()
    hosts = tuple(_host(deployment, host, paths, bool(world)) for host in deployment.hosts)
    beside = []
    if world and deployment.previews is not None:
        beside.append(_beside(paths, "previewer", NodeKind.PREVIEWER, ("world", "supervisor")))
    if deployment.oversight is not None:
        beside.append(_beside(paths, "notifier", NodeKind.NOTIFIER, ("supervisor",)))
    return (*world, *hosts, supervisor_spec(deployment), _api(deployment, paths), *beside)


def supervisor_spec(deployment: Deployment, name: str = "supervisor") -> NodeSpec:
    """The supervisor; under another name, one that stands by."""
    paths = RunPaths(Path(deployment.run_directory))
    standby = name != "supervisor"
    return NodeSpec(
        name=name,
        kind=NodeKind.SUPERVISOR,
        module="fleet.cli.run_supervisor",
        arguments=_common(paths, name),
        env=_ros_env(deployment, paths),
        ready=_ready_file(paths, name),
        after=() if standby else tuple(_host_name(h) for h in deployment.hosts),
        ros=RosNode(names=(f"/{name}",), name=name, parameters=_time(deployment)),
    )


def _world(paths: RunPaths) -> NodeSpec:
    return NodeSpec(
        name="world",
        kind=NodeKind.WORLD,
        module="fleet.cli.run_world",
        arguments=_common(paths, "world"),
        env=_plain_env(),
        ready=Readiness(how="socket", target=str(paths.world_socket), within_s=90.0),
        stop_within_s=8.0,
    )


def _beside(paths: RunPaths, name: str, kind: NodeKind, after: tuple[str, ...]) -> NodeSpec:
    """A process that nobody waits for: however often it crashes, the deployment goes on."""
    return NodeSpec(
        name=name,
        kind=kind,
        module=f"fleet.cli.run_{name}",
        arguments=_common(paths, name),
        env=_plain_env(),
        ready=_ready_file(paths, name),
        after=after,
        restart=RestartPolicy(limit=1_000_000, backoff_max_s=30.0),
    )


def _host_name(host: HostSettings) -> str:
    return f"host_{host.name}"


def _host(deployment: Deployment, host: HostSettings, paths: RunPaths, simulated: bool) -> NodeSpec:
    name = _host_name(host)
    robots = tuple(f"/{_ros_name(robot.id)}/adapter" for robot in host.robots)
    return NodeSpec(
        name=name,
        kind=NodeKind.HOST,
        module="fleet.cli.run_host",
        arguments=(*_common(paths, name), "--host", host.name),
        env=_ros_env(deployment, paths),
        ready=_ready_file(paths, name),
        after=("world",) if simulated else (),
        ros=RosNode(names=(f"/{host.name}", *robots)),
    )


def _ros_name(robot_id: str) -> str:
    """The namespace that the host gives a robot: see `fleet.ros.names.namespace_of`."""
    name = robot_id.replace("-", "_")
    return name if name[0].isalpha() else f"r_{name}"


def _api(deployment: Deployment, paths: RunPaths) -> NodeSpec:
    return NodeSpec(
        name="api",
        kind=NodeKind.API,
        module="fleet.cli.run_api",
        arguments=_common(paths, "api"),
        env=_ros_env(deployment, paths),
        ready=Readiness(how="http", target=f"{local_url(deployment)}/readyz", file=str(paths.ready("api"))),
        ros=RosNode(names=("/api",), parameters=_time(deployment)),
    )


def local_url(deployment: Deployment) -> str:
    """The API's address as seen from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(deployment.api.host, deployment.api.host)
    return f"http://[{host}]:{deployment.api.port}" if ":" in host else f"http://{host}:{deployment.api.port}"


def _common(paths: RunPaths, name: str) -> tuple[str, ...]:
    return ("--deployment", str(paths.deployment), "--name", name)


def _ready_file(paths: RunPaths, name: str) -> Readiness:
    return Readiness(how="file", target=str(paths.ready(name)), file=str(paths.ready(name)))


def _time(deployment: Deployment) -> dict[str, bool | int | float | str]:
    return {"use_sim_time": deployment.clock == "sim"}


def _plain_env() -> dict[str, str]:
    # Many small linear-algebra calls: threads of BLAS would only fight over the cores.
    return {"PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def _ros_env(deployment: Deployment, paths: RunPaths) -> dict[str, str]:
    return {
        **_plain_env(),
        "ROS_DOMAIN_ID": str(deployment.ros.domain_id),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": deployment.ros.discovery.upper(),
        "ROS_LOG_DIR": str(paths.logs / "ros"),
        "RCUTILS_COLORIZED_OUTPUT": "0",
    }
