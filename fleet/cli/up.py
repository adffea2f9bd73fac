"""`fleet up`: a deployment's processes, from its file, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import Json, print_json, print_table, remark, say
from fleet.cli.ports import PortClaim, domain_in_use
from fleet.cli.running import StopSignals, first_login, running
from fleet.cli.site import map_of
from fleet.deployment.load import load_deployment, with_changes
from fleet.deployment.nodes import RunPaths, local_url, supervisor_spec
from fleet.deployment.processes import ProcessManager
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import RunDirectoryBusy, RunLock, read_status
from fleet.model.errors import InvalidField

File = Annotated[Path, typer.Argument(help="The deployment file.", show_default=False)]
RunDir = Annotated[Path | None, typer.Option("--run-dir", help="Where journal, logs and sockets go.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="The API's port; 0 chooses a free one.")]
Domain = Annotated[int | None, typer.Option("--domain-id", min=0, max=101, help="The ROS domain.")]
Rate = Annotated[float | None, typer.Option("--rate", min=0.05, max=100, help="Simulated seconds for each second.")]


def chosen(file: Path, run_dir: Path | None, port: int | None, domain: int | None, rate: float | None) -> Deployment:
    """The deployment with what the command line overrides."""
    deployment = load_deployment(file)
    if deployment.traffic.enabled and deployment.traffic.nav_graph is not None:
        from fleet.cli.traffic_of import check_roads  # brings the planners, which this process does without

        check_roads(map_of(deployment), deployment.traffic)  # said here and not in a log of the supervisor
    return with_changes(deployment, run_directory=run_dir, port=port, domain_id=domain, rate=rate)


def up(
    deployment: File,
    run_dir: RunDir = None,
    port: Port = None,
    domain_id: Domain = None,
    rate: Rate = None,
    standby: Annotated[
        bool, typer.Option("--standby", help="Only a second supervisor, for a deployment that runs here already.")
    ] = False,
) -> None:
    """Start a deployment and keep it running until Ctrl-C."""
    plan = chosen(deployment, run_dir, port or None, domain_id, rate)
    if standby:
        with StopSignals() as signals:
            _stand_by(plan, signals)
        return
    with RunLock(RunPaths(Path(plan.run_directory)).folder / "fleet.lock"):
        pass  # said first: that its port is taken too would only mislead
    wanted = plan.api.port if port is None else port
    with StopSignals() as signals, PortClaim(plan.api.host, wanted, exactly=True) as claim:
        plan = with_changes(plan, port=claim.port)
        if domain_in_use(plan.ros.domain_id):
            remark(f"ROS domain {plan.ros.domain_id} is in use on this machine: two fleets must not share one")
        with running(plan, _tell, hurry=signals.hurry) as manager:
            if manager.run(lambda: manager.all_ready() or signals.asked()) and not signals.asked():
                _announce(plan)
            manager.run(signals.asked)
            say("ending all processes (Ctrl-C again: at once)")


def _tell(name: str, text: str) -> None:
    remark(f"{name:>14}  {text}")


def _announce(plan: Deployment) -> None:
    paths = RunPaths(Path(plan.run_directory))
    say(f"{plan.name} is up: console and API at {local_url(plan)}, logs in {paths.logs}")
    login = first_login(paths)
    if login is not None:
        say(f"first login (once): {login['link']}")
        say(f"            or run: fleet login {login['url']} --token {login['token']}")
    say("Ctrl-C ends it.")


def _stand_by(plan: Deployment, signals: StopSignals) -> None:
    """A supervisor that takes over when the leading one is gone."""
    paths = RunPaths(Path(plan.run_directory))
    running_plan = _what_runs(paths)
    name, lock = _free_name(paths)
    # A status file of its own: the other one belongs to the `fleet up` that is there already.
    manager = ProcessManager(
        [supervisor_spec(running_plan, name)], RunPaths(paths.folder, f"{name}.status.json"), tell=_tell
    )
    with lock:
        try:
            if manager.run(lambda: manager.all_ready() or signals.asked()) and not signals.asked():
                say(f"{name} stands by for {plan.name}; Ctrl-C ends it.")
            manager.run(signals.asked)
        finally:
            manager.stop(signals.hurry)


def _free_name(paths: RunPaths) -> tuple[str, RunLock]:
    """A name that no other supervisor that stands by has, and its lock, to be taken by the caller."""
    for number in range(2, 100):
        name = f"supervisor_{number}"
        lock = RunLock(paths.folder / f"{name}.lock", f"standby {name}")
        try:
            with lock:
                return name, lock
        except RunDirectoryBusy:
            continue
    raise InvalidField("--standby", 99, "fewer than 98 supervisors that stand by")


def _what_runs(paths: RunPaths) -> Deployment:
    """The deployment as it runs now, with the domain and port that were really chosen."""
    try:
        with RunLock(paths.folder / "fleet.lock"):
            pass
    except RunDirectoryBusy:
        return load_deployment(paths.deployment)
    raise InvalidField("--run-dir", str(paths.folder), "a directory where `fleet up` runs: start it first")


def status(
    run_dir: Annotated[Path, typer.Argument(help="The run directory.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show the processes of a run directory."""
    rows = read_status(RunPaths(run_dir).status)
    if rows is None:
        raise InvalidField("RUN_DIR", str(run_dir), "the run directory of a `fleet up`: it has a status.json")
    if as_json:
        print_json(rows)
        return
    columns = ("name", "phase", "pid", "restarts", "because")
    print_table(columns, [[row[c] for c in columns] for row in rows])
