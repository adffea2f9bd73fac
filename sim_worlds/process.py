"""`python -m sim_worlds.process`: one world in a process of its own.

It stays up when its client goes away (the robots then hold by themselves), goes on from its checkpoint after it was
killed, and leaves on SIGTERM with a last checkpoint.
"""

from __future__ import annotations

import argparse
import math
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sim_worlds.checkpoint import read
from sim_worlds.conditions import IDEAL
from sim_worlds.conditions_loader import load_conditions
from sim_worlds.errors import CheckpointError, SimError
from sim_worlds.faults import load_faults
from sim_worlds.people import load_people
from sim_worlds.profiles import load_robots
from sim_worlds.server import Server
from sim_worlds.site import load_site
from sim_worlds.world import World


def spawn(
    *,
    site: Path,
    robots: Path,
    socket: Path,
    faults: Path | None = None,
    seed: int = 0,
    rate: float = 1.0,
    checkpoint: Path | None = None,
    watchdog_s: float = 1.0,
    people: Path | None = None,
    conditions: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a world's process. The caller ends it with `terminate()`; its complaints go to our stderr."""
    command = [
        sys.executable,
        "-m",
        "sim_worlds.process",
        "--site",
        str(site),
        "--robots",
        str(robots),
        "--socket",
        str(socket),
        "--seed",
        str(seed),
        "--rate",
        "max" if math.isinf(rate) else str(rate),
        "--watchdog",
        str(watchdog_s),
    ]
    files = {"--faults": faults, "--people": people, "--conditions": conditions, "--checkpoint": checkpoint}
    for option, path in files.items():
        if path is not None:
            command += [option, str(path)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def build_world(args: argparse.Namespace) -> World:
    """From the checkpoint if there is one, otherwise from the files. Raises `InputError`."""
    site = load_site(args.site)
    robots = load_robots(args.robots, site)
    faults = load_faults(args.faults, robots, site) if args.faults else ()
    ids = [robot.robot_id for robot in robots]
    people = load_people(args.people, site, ids) if args.people else ()
    conditions = load_conditions(args.conditions, ids) if args.conditions else IDEAL
    if args.checkpoint is None or not args.checkpoint.exists():
        return World(site, robots, faults, args.seed, args.watchdog, people=people, conditions=conditions)
    world = World.restore(read(args.checkpoint))
    for what, found, wanted in (
        ("site", world.site.digest()[:12], site.digest()[:12]),
        ("robots", world.specs, robots),
        ("faults", world.faults.specs, tuple(faults)),
        ("people", world.people.specs, people),
        ("conditions", world.conditions, conditions),
        ("seed", world.seed, args.seed),
    ):
        if found != wanted:
            raise CheckpointError(
                f"{args.checkpoint}: {what}: the checkpoint is of another world; expected the same "
                f"{what} as on the command line, or another checkpoint file"
            )
    world.watchdog_s = args.watchdog
    return world


def _rate(text: str) -> float:
    if text == "max":
        return math.inf
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number above 0, or 'max'")
    return rate


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m sim_worlds.process", description="Run one simulated world.")
    p.add_argument("--site", type=Path, required=True, help="site file")
    p.add_argument("--robots", type=Path, required=True, help="robots file")
    p.add_argument("--faults", type=Path, help="faults file")
    p.add_argument("--people", type=Path, help="file of people who walk")
    p.add_argument("--conditions", type=Path, help="file of sensing, localisation, batteries and manners")
    p.add_argument("--socket", type=Path, required=True, help="path of the Unix socket to serve")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--rate", type=_rate, default=1.0, help="simulated per real second, or 'max'")
    p.add_argument("--checkpoint", type=Path, help="file to write checkpoints to and to go on from")
    p.add_argument(
        "--watchdog",
        type=float,
        default=1.0,
        metavar="S",
        help="simulated seconds without heartbeat after which a robot holds by itself",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 after SIGTERM or SIGINT, 2 for input that cannot be used."""
    args = parser().parse_args(arguments)
    try:
        server = Server(build_world(args), args.socket, args.rate, args.checkpoint)
    except SimError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2

    def leave(_number: int, _frame: object) -> None:
        server.stop = True

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
