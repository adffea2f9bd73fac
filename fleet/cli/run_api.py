"""The API's process: HTTP API and operator console. `python -m fleet.cli.run_api`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from api.app import create_app
from api.auth.users import UserStore
from api.console.page import mount_console
from api.ports import Heard, LeaderSeen
from api.projection import Projection
from api.server import Server, login_url
from api.settings import ApiSettings
from fleet.cli.audit_record import record_keeper
from fleet.cli.context import context_of
from fleet.cli.process import Start, run_process
from fleet.cli.site import map_of
from fleet.deployment.nodes import local_url
from fleet.deployment.readiness import announce
from fleet.grounding.openai_compatible import proposer_from
from fleet.journal.checkpointer import Checkpointer
from fleet.journal.sqlite import SqliteStore
from fleet.ros.clock import RosClock
from fleet.ros.hold import HoldLine
from fleet.ros.spin import RosSession
from fleet.ros.telemetry import RobotTelemetry
from fleet.supervisor.why import Explainer
from fleet.traffic.seen import TrafficSeen


class LiveTelemetry:
    """`api.ports.Telemetry` from what ROS brings."""

    def __init__(self, telemetry: RobotTelemetry) -> None:
        self._telemetry = telemetry

    def robots(self) -> Mapping[str, Heard]:
        """The newest state of every robot heard of, by robot id."""
        return {r: Heard(state=heard.state, age_s=heard.age_s) for r, heard in self._telemetry.robots().items()}

    def leader(self) -> LeaderSeen | None:
        """The supervisor last heard of, or None."""
        seen = self._telemetry.leader()
        if seen is None:
            return None
        return LeaderSeen(supervisor_id=seen.supervisor_id, epoch=seen.epoch, age_s=seen.age_s)

    def traffic(self) -> TrafficSeen | None:
        """What traffic said last, or None before it said anything."""
        return self._telemetry.traffic()


def serve(start: Start) -> None:
    """Serve until told to end."""
    plan = start.deployment
    settings = ApiSettings(
        auth_path=start.paths.auth,
        host=plan.api.host,
        port=plan.api.port,
        allow_remote=plan.api.allow_remote,
        webhooks_path=start.paths.webhooks if plan.oversight is not None else None,
    )
    session = RosSession(start.name, use_sim_time=plan.clock == "sim", arguments=start.ros_arguments)
    clock = RosClock(session.node)
    users = UserStore(settings.auth_path, clock, session_s=settings.session_s, invitation_s=settings.invitation_s)
    try:
        _leave_first_login(start.paths.login, local_url(plan), users.first_run_token())
        with (
            SqliteStore(start.paths.store, checkpoints=False) as store,
            Checkpointer(start.paths.store),
            record_keeper(plan, clock) as keeper,
        ):
            app = create_app(
                settings,
                store,
                Projection(store, clock, settings.poll_s),
                HoldLine(session),
                LiveTelemetry(RobotTelemetry(session)),
                clock,
                site=map_of(plan),
                users=users,
                audit=keeper,
                proposer=proposer_from(os.environ),
                explains=Explainer(lambda: context_of(plan)),
            )
            mount_console(app)
            server = Server(app, settings, on_ready=lambda _: announce(start.paths.ready(start.name)))
            if not start.ending.is_set():
                server.run()  # takes SIGINT and SIGTERM from here on
    finally:
        users.close()
        session.close()


def _leave_first_login(path: Path, url: str, token: str | None) -> None:
    """Put the one-time login of the first run where only the owner of the run directory can read it."""
    path.unlink(missing_ok=True)
    if token is None:
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": url, "token": token, "link": login_url(url, token)}, file)


def main() -> int:
    """The process's entry point."""
    return run_process("The HTTP API and the operator console of a deployment.", serve)


if __name__ == "__main__":
    sys.exit(main())
