"""Turns `NodeSpec`s into actions of ROS 2's `launch`. Only imported by the files in launch/.

`launch` is part of a ROS 2 installation and not of the wheels; the tests put a recording stand-in in its place.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from launch.actions import ExecuteProcess  # type: ignore[import-not-found, import-untyped, unused-ignore]
from launch_ros.actions import Node  # type: ignore[import-not-found, import-untyped, unused-ignore]

from fleet.deployment.load import load_deployment, save_resolved, with_changes
from fleet.deployment.nodes import NodeKind, NodeSpec, RunPaths, node_specs
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import RunLock
from fleet.model.errors import InvalidField

_locks: list[RunLock] = []  # held while the launch process lives


def action_for(spec: NodeSpec, python: str = sys.executable) -> Any:
    """The action that starts one process: a `Node` where it brings one node, a plain process otherwise (a name that
    is given to a process renames every node in it)."""
    common = {
        "additional_env": dict(spec.env),
        "output": "both",
        "respawn": True,
        "respawn_delay": spec.restart.backoff_s,
        "sigterm_timeout": str(spec.stop_within_s),
        "sigkill_timeout": str(spec.stop_within_s),
    }
    if spec.ros is None or not spec.ros.name:
        return ExecuteProcess(cmd=spec.command(python), name=spec.name, **common)
    return Node(
        executable=python,
        arguments=["-m", spec.module, *spec.arguments],
        name=spec.ros.name,
        namespace=spec.ros.namespace or None,
        parameters=[dict(spec.ros.parameters)],
        **common,
    )


def prepare(values: dict[str, str]) -> Deployment:
    """The deployment that the launch arguments ask for, written into its run directory, which is locked.

    Raises:
        InvalidField: the deployment file or an argument is wrong.
        RunDirectoryBusy: it runs already.
    """
    if not values.get("deployment"):
        raise InvalidField("deployment", "", "the path of a deployment file: deployment:=deployments/demo.yaml")
    deployment = with_changes(
        load_deployment(values["deployment"]),
        run_directory=values.get("run_dir") or None,
        port=_number(values, "port", int, 1, 65535),
        domain_id=_number(values, "domain_id", int, 0, 101),
        rate=_number(values, "rate", float, 0.05, 100),
    )
    for fault in deployment.world.faults if deployment.world is not None else ():
        if fault.kind == "process_killed":
            raise InvalidField(
                f"fault {fault.id}: kind", fault.kind, "another kind, or `fleet up`: launch kills nothing"
            )
    paths = RunPaths(Path(deployment.run_directory))
    _locks.append(RunLock(paths.folder / "fleet.lock").__enter__())
    save_resolved(deployment)
    return deployment


def actions(deployment: Deployment, *kinds: NodeKind) -> list[Any]:
    """Actions for the deployment's processes of these kinds."""
    return [action_for(spec) for spec in node_specs(deployment) if spec.kind in kinds]


def _number(values: dict[str, str], name: str, kind: type, low: float, high: float) -> Any:
    text = values.get(name, "")
    if not text:
        return None
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        raise InvalidField(name, text, f"a number from {low:g} to {high:g}")
    return number
