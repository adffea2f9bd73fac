"""Running deployments for the end-to-end tests: a run directory, port and domain each, and a look from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.cli.http import FleetClient
from fleet.cli.ports import free_port
from fleet.journal.base import Record
from fleet.journal.sqlite import SqliteStore
from fleet.model.events import SupervisorStarted
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deployments" / "demo.yaml"
SCENARIO = ROOT / "scenarios" / "demo.yaml"

SMALL = """\
format: humanoid-fleet-deployment/1
name: small
site: ward
run_directory: {folder}
shift: {{accountable: Mia Berger}}
world: {{seed: 7, rate: 3, faults: {faults}}}
hosts:
  - name: ward
    robots:
      - {{id: iron_1, model: xpeng_iron, adapter: sim_kinematic, start: dock_2}}
      - {{id: gr2_1, model: fourier_gr2, adapter: sim_kinematic, start: dock_3}}
"""


def fleet(*arguments: str, log: Path) -> subprocess.Popen[bytes]:
    """Start the `fleet` command."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "fleet", *arguments], cwd=ROOT, env={**os.environ}, stdout=output, stderr=output
        )


def journal(run_dir: Path) -> tuple[FleetState, list[Record]]:
    """The state and the records of a run, running or ended."""
    with SqliteStore(run_dir / "fleet.sqlite", read_only=True) as store:
        records = store.read()
    return replay(records), records


def status(run_dir: Path) -> dict[str, dict[str, Any]]:
    """What runs there, by process name."""
    try:
        rows = json.loads((run_dir / "status.json").read_text())
    except (OSError, ValueError):
        return {}
    return {row["name"]: row for row in rows}


def wait_for(condition: Callable[[], Any], within_s: float, what: str) -> Any:
    """The first true value of `condition()`. Fails after `within_s`."""
    end = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not within {within_s:g} s: {what}"
        time.sleep(0.1)


class Site:
    """A small deployment that runs."""

    def __init__(self, folder: Path, domain: int, faults: str = "[]", text: str = SMALL) -> None:
        self.folder, self.run_dir = folder, folder / "run"
        self.file = folder / "small.yaml"
        self.file.write_text(text.format(folder=self.run_dir, faults=faults))
        self.port, self.domain = free_port("127.0.0.1"), domain
        self.url = f"http://127.0.0.1:{self.port}"
        self.children: list[subprocess.Popen[bytes]] = []
        self.start("--port", str(self.port), "--domain-id", str(domain))

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        child = fleet("up", str(self.file), *options, log=self.folder / "fleet.log")
        self.children.append(child)
        return child

    def client(self) -> FleetClient:
        rows = ("world", "host_ward", "supervisor", "api")
        wait_for(lambda: all(status(self.run_dir).get(r, {}).get("phase") == "ready" for r in rows), 90, self.log())
        token = json.loads((self.run_dir / "first-login.json").read_text())["token"]
        client = FleetClient(self.url, patience_s=20)
        client.login(token=token, name="Ana")
        return client

    def log(self) -> str:
        return (self.folder / "fleet.log").read_text()[-2000:]

    def leaders(self) -> list[str]:
        return [r.event.supervisor_id for r in journal(self.run_dir)[1] if isinstance(r.event, SupervisorStarted)]

    def end(self) -> None:
        for child in reversed(self.children):
            child.send_signal(signal.SIGINT)
        for child in self.children:
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
