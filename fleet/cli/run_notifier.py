"""The notifier's process: tells other systems of questions. `python -m fleet.cli.run_notifier`."""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack

from fleet.cli.process import Start, run_process
from fleet.clock import Clock, SystemClock
from fleet.deployment.nodes import local_url
from fleet.deployment.readiness import announce
from fleet.escalation.queue.rules import WebhookSettings
from fleet.escalation.queue.rules_file import load_rules
from fleet.journal.errors import StoreBusy
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField
from fleet.webhooks.courier import Courier
from fleet.webhooks.follower import Follower
from fleet.webhooks.outbox import Outbox

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.2


def notify(start: Start) -> None:
    """Tell until told to end. One thread reads the journal, one for each webhook delivers.

    Raises:
        InvalidField: no file of oversight.
    """
    plan = start.deployment
    if plan.oversight is None:
        raise InvalidField("oversight", None, "a file with webhooks in it")
    hooks, clock = load_rules(plan.oversight).webhooks, SystemClock()
    link = f"{local_url(plan)}/console/"
    with ExitStack() as stack:
        outbox = Outbox(start.paths.webhooks)
        stack.callback(outbox.close)
        couriers = _couriers(hooks, outbox, clock, plan.name, link)
        store = stack.enter_context(SqliteStore(start.paths.store, checkpoints=False))
        follower = Follower(store, outbox, hooks, clock)
        threads = [threading.Thread(target=_deliver, args=(c, start.ending), daemon=True) for c in couriers]
        for thread in threads:
            thread.start()
        announce(start.paths.ready(start.name))
        while not start.ending.wait(LOOK_EVERY_S):
            try:
                follower.collect()
            except (StoreBusy, sqlite3.OperationalError) as error:
                log.warning("the journal cannot be read now: %s", error)
        for thread in threads:
            thread.join(2.0)


def _couriers(hooks: Sequence[WebhookSettings], outbox: Outbox, clock: Clock, source: str, link: str) -> list[Courier]:
    """Those that can be used. One without its secret is in the health of the fleet; its letters wait."""
    found = []
    for hook in hooks:
        try:
            found.append(Courier(hook, outbox, clock, source=source, link=link))
            outbox.note_unusable(hook.id, "")
        except InvalidField as error:
            log.error("webhook %s cannot be used: %s", hook.id, error)
            outbox.note_unusable(hook.id, str(error))
    return found


def _deliver(courier: Courier, ending: threading.Event) -> None:
    while not ending.wait(LOOK_EVERY_S):
        try:
            courier.deliver()
        except sqlite3.OperationalError as error:
            log.warning("the outbox is busy: %s", error)
    courier.close()


def main() -> int:
    """The process's entry point."""
    return run_process("Tells other systems of a deployment's questions.", notify)


if __name__ == "__main__":
    sys.exit(main())
