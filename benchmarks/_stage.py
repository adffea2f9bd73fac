"""A real deployment to measure: its processes, a person who is logged in, and a client on the event stream."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from benchmarks._timed import NOTES, read_notes
from fleet.cli.demo.stage import placed
from fleet.cli.http import FleetClient
from fleet.cli.running import START_WITHIN_S, first_login
from fleet.deployment.load import load_deployment, save_resolved
from fleet.deployment.nodes import NodeKind, NodeSpec, RunPaths, local_url, node_specs
from fleet.deployment.processes import ProcessManager
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import RunLock
from fleet.model.errors import FleetError


class Unmeasured(FleetError):
    """What was to be measured did not happen in time."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the event stream and the moment it arrived (`time.monotonic()`)."""

    at: float
    message: dict[str, Any]


@dataclass(slots=True)
class Listener:
    """A WebSocket client that notes when each message came."""

    heard: list[Heard] = field(default_factory=list)

    def follow(self, url: str, token: str, ending: threading.Event) -> None:
        """Listen until told to end; meant for a thread of its own."""
        address = url.replace("http", "ws", 1) + "/v1/stream"
        with connect(address, additional_headers={"Authorization": f"Bearer {token}"}) as socket:
            while not ending.is_set():
                try:
                    text = socket.recv(timeout=0.2)
                except TimeoutError:
                    continue
                except ConnectionClosed:
                    return
                self.heard.append(Heard(time.monotonic(), json.loads(text)))

    def events(self, kind: str) -> list[tuple[float, dict[str, Any]]]:
        """When each event of that kind came, and the event."""
        return [(h.at, h.message["event"]) for h in list(self.heard) if h.message.get("kind") == kind]


@dataclass(slots=True)
class Stage:
    """A deployment that runs."""

    plan: Deployment
    manager: ProcessManager
    client: FleetClient
    listener: Listener
    notes_path: Path

    def notes(self) -> dict[tuple[str, str], float]:
        """Moments inside the processes, see `benchmarks._timed`."""
        return read_notes(self.notes_path)

    def wait(self, until: Callable[[], bool], within_s: float, what: str) -> None:
        """Keep the processes going until it is so. Raises `Unmeasured`."""
        if not self.manager.run(until, within_s):
            raise Unmeasured(
                f"{what} did not happen within {within_s:g} s; logs in {RunPaths(Path(self.plan.run_directory)).logs}"
            )

    def now_s(self) -> float:
        """Fleet time."""
        return float(self.client.get("/v1/clock")["now_s"])


@contextmanager
def staged(deployment: Path, folder: Path, rate: float, tell: Callable[[str, str], None]) -> Iterator[Stage]:
    """Start the deployment's processes in `folder`, without its faults; when the block ends they are gone."""
    plan = load_deployment(deployment)
    if plan.world is not None:
        plan = replace(plan, world=replace(plan.world, faults=()))
    plan, claim = placed(plan, folder / "run", 0, None, rate)
    paths, notes = RunPaths(Path(plan.run_directory)), folder / "notes.jsonl"
    ending = threading.Event()
    with ExitStack() as stack:
        stack.callback(claim.release)
        paths.folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(RunLock(paths.folder / "fleet.lock"))
        save_resolved(plan)
        manager = ProcessManager([_timed(spec, notes) for spec in node_specs(plan)], paths, tell=tell)
        stack.callback(manager.stop, lambda: False)
        if not manager.run(manager.all_ready, START_WITHIN_S):
            raise Unmeasured(f"not ready after {START_WITHIN_S:g} s: {manager.status()}")
        login = first_login(paths)
        if login is None:
            raise Unmeasured("the API left no first login")
        client = stack.enter_context(FleetClient(local_url(plan), patience_s=10.0))
        token = client.login(token=login["token"], name="Bench")["token"]
        listener = Listener()
        thread = threading.Thread(target=listener.follow, args=(local_url(plan), token, ending), daemon=True)
        thread.start()
        stack.callback(thread.join, 5.0)
        stack.callback(ending.set)
        stage = Stage(plan, manager, client, listener, notes)
        stage.wait(lambda: bool(listener.heard), 10.0, "the first message of the event stream")
        yield stage


def _timed(spec: NodeSpec, notes: Path) -> NodeSpec:
    if spec.kind not in (NodeKind.HOST, NodeKind.SUPERVISOR):
        return spec
    return replace(
        spec,
        module="benchmarks._timed",
        arguments=(spec.module, *spec.arguments),
        env={**spec.env, NOTES: str(notes)},
    )
