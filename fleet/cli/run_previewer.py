"""The previewer's process: tries the options of open questions ahead. `python -m fleet.cli.run_previewer`."""

from __future__ import annotations

import sys

from fleet.cli.context import context_of
from fleet.cli.preview_service import PreviewService
from fleet.cli.process import Start, run_process
from fleet.clock import SystemClock
from fleet.deployment.readiness import announce
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField
from sim_worlds.remote import RemoteWorld

_CONNECT_S = 5.0


def preview(start: Start) -> None:
    """Preview until told to end.

    Raises:
        InvalidField: the deployment has no simulated world, or no settings for previews.
    """
    plan = start.deployment
    if plan.world is None:
        raise InvalidField("world", None, "a deployment with a simulated world: real robots cannot be tried ahead")
    if plan.previews is None:
        raise InvalidField("previews", None, "settings for previews, e.g. previews: {runs: 16, horizon_s: 60}")
    with SqliteStore(start.paths.store, checkpoints=False) as store:
        service = PreviewService(
            store,
            context_of(plan),
            plan.previews,
            lambda: RemoteWorld(start.paths.world_socket, connect_timeout_s=_CONNECT_S),
            start.ending.wait,
            SystemClock().steady_s,
        )
        announce(start.paths.ready(start.name))
        service.run()


def main() -> int:
    """The process's entry point."""
    return run_process("Tries the options of open questions ahead, in copies of a deployment's world.", preview)


if __name__ == "__main__":
    sys.exit(main())
