"""The notifier's process, without its process: a run directory, a journal that grows, a real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleet.cli.process import Start
from fleet.cli.run_notifier import notify
from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths, node_specs
from fleet.journal.sqlite import SqliteStore
from fleet.webhooks.outbox import Outbox
from tests.fleet.escalation.queue.desks import HALL, a_desk, ambiguous
from tests.fleet.webhooks.server import Receiver

DEPLOYMENT = """
format: humanoid-fleet-deployment/1
name: ward-3
site: ward
run_directory: {folder}/run
shift: {{accountable: Sam Lead}}
clock: system
hosts: [{{name: east, robots: [{{id: r1, model: m, adapter: scripted}}]}}]
oversight: oversight.yaml
"""


def until(condition: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not in time: {what}")


def test_it_tells_what_the_journal_says_and_shows_which_webhook_has_no_secret(tmp_path: Path) -> None:
    receiver = Receiver()
    (tmp_path / "key").write_text("K")
    (tmp_path / "key").chmod(0o600)
    hooks = f"""webhooks:
  - {{id: pager, kind: pagerduty, url: "{receiver.url}", key_file: key}}
  - {{id: broken, kind: pagerduty, url: "{receiver.url}", key_env: FLEET_NO_SUCH_KEY}}
"""
    (tmp_path / "oversight.yaml").write_text(HALL + hooks)
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT.format(folder=tmp_path))
    deployment = load_deployment(tmp_path / "deployment.yaml")
    paths = RunPaths(Path(deployment.run_directory))
    paths.folder.mkdir()
    desk = a_desk()
    with SqliteStore(paths.store, durable=False) as store:
        assert store.take_lead("s", 1e9, 0.0) == 1
        ending = threading.Event()
        start = Start(deployment=deployment, name="notifier", host="", ros_arguments=(), ending=ending)
        thread = threading.Thread(target=notify, args=(start,), daemon=True)
        thread.start()
        until(paths.ready("notifier").exists, "it is ready")
        asked = ambiguous(desk)
        for taken in desk.batches:
            if taken.events:
                store.append(taken.events, taken.state.now_s, 1)
        (told,) = until(lambda: list(receiver.taken), "the question is told")
        assert told["dedup_key"] == "ward-3/G1"
        assert told["payload"]["custom_details"]["questions"] == [asked]
        assert told["links"][0]["href"].endswith("/console/")
        ending.set()
        thread.join(10)
        assert not thread.is_alive()
    outbox = Outbox(paths.webhooks, read_only=True)
    pager, broken = sorted(outbox.status(), key=lambda s: s.hook != "pager")
    assert (pager.delivered, pager.problem) == (1, "")
    assert broken.waiting == 1
    assert "FLEET_NO_SUCH_KEY" in broken.problem
    outbox.close()
    receiver.stop()


def test_a_deployment_has_a_notifier_where_it_has_an_oversight_file(tmp_path: Path) -> None:
    (tmp_path / "oversight.yaml").write_text(HALL)
    text = DEPLOYMENT.format(folder=tmp_path)
    (tmp_path / "with.yaml").write_text(text)
    (tmp_path / "without.yaml").write_text(text.replace("oversight: oversight.yaml\n", ""))
    names = [[s.name for s in node_specs(load_deployment(tmp_path / f"{n}.yaml"))] for n in ("with", "without")]
    assert "notifier" in names[0]
    assert "notifier" not in names[1]
