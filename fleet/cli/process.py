"""What the entry points of all processes share: arguments, logging, ending when told to, saying what is wrong."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths
from fleet.deployment.records import Deployment
from fleet.model.errors import FleetError, InvalidField, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a process was started. `ros_arguments` are what follows `--ros-args` (with it), for rclpy."""

    deployment: Deployment
    name: str
    host: str
    ros_arguments: tuple[str, ...]
    ending: threading.Event

    @property
    def paths(self) -> RunPaths:
        """The run directory."""
        return RunPaths(Path(self.deployment.run_directory))


def run_process(description: str, body: Callable[[Start], None], arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run `body`, and turn what it raises into an exit code: 2 for what is wrong with the
    input (starting again will not help), 1 for the rest.

    SIGTERM and SIGINT set `Start.ending`; the body returns soon after.
    """
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    own, ros = _split(list(sys.argv[1:] if arguments is None else arguments))
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--deployment", required=True, metavar="FILE", help="the deployment file")
    parser.add_argument("--name", required=True, help="this process's name in the deployment")
    parser.add_argument("--host", default="", help="which of the deployment's hosts this is")
    options = parser.parse_args(own)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    try:
        deployment = load_deployment(options.deployment)
        Path(deployment.run_directory).mkdir(parents=True, exist_ok=True)
        start = Start(
            deployment=deployment, name=options.name, host=options.host, ros_arguments=tuple(ros), ending=ending
        )
        body(start)
    except (InvalidField, NotFound) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FleetError as error:
        logging.getLogger(options.name).error("%s", error)
        return 1
    return 0


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--ros-args" not in arguments:
        return arguments, []
    at = arguments.index("--ros-args")
    return arguments[:at], arguments[at:]
