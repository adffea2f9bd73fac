"""`fleet sim`: simulation without ROS: as fast as it goes, always the same for the same seed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from typer.core import TyperGroup

from fleet.cli.demo.scenario import load_scenario
from fleet.cli.import_site import import_site
from fleet.cli.output import FAILED, Json, notes, print_json, print_table, say
from fleet.cli.quiet import without_chatter
from fleet.cli.scenario import command as scenarios
from fleet.cli.scenario.reporting import report
from fleet.cli.scenario.shrink import shrink
from fleet.cli.up import File
from fleet.deployment.load import load_deployment
from fleet.deployment.records import Deployment

_CHUNK_S = 1.0
_DEFAULT = "world"


class _WorldUnlessNamed(TyperGroup):
    """`fleet sim FILE` stands for `fleet sim world FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not {"--help", "-h"} & set(args[:1]):
            args = [_DEFAULT, *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=_WorldUnlessNamed,
    help="Simulate without ROS: run scenarios, or a deployment's world alone (`fleet sim FILE`).",
    no_args_is_help=True,
)
app.command("run")(scenarios.run)
app.command("list")(scenarios.shipped)
app.command("shrink")(shrink)
app.command("report")(report)
app.command("import-site")(import_site)


@app.command(_DEFAULT)
def world(
    deployment: File,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, max=86_400, help="Simulated seconds.")] = 10.0,
    scenario: Annotated[
        Path | None,
        typer.Option(help="Play this scenario with the real supervisor, in one process and virtual time, to its end."),
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="With --scenario: keep the journal in this new file.", show_default="not kept")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a deployment's world for some time and print the robots' states and the world's digest.

    With a scenario: exit code 1 when one of its expectations is not kept.
    """
    if scenario is not None:
        from fleet.cli.rehearsal import print_rehearsal, rehearse

        plan, story = load_deployment(deployment), load_scenario(scenario)
        with without_chatter():
            result = rehearse(plan, story, journal)
        print_rehearsal(result, as_json)
        if not result["ok"]:
            raise typer.Exit(FAILED)
        return
    _world_alone(deployment, seconds, as_json)


def _world_alone(deployment: Path, seconds: float, as_json: bool) -> None:
    plan = load_deployment(deployment)
    with without_chatter():
        result = _simulated(plan, seconds)
    if as_json:
        print_json(result)
        return
    columns = ("robot", "x", "y", "posture", "battery", "holding because")
    print_table(columns, [[state[c] for c in columns] for state in result["robots"]])
    took = result["took_s"]
    say(f"{seconds:g} s simulated in {took:.1f} s ({seconds / took:.1f}x), digest {result['digest']}")


def _simulated(plan: Deployment, seconds: float) -> dict[str, Any]:
    from fleet.cli.world import world_parts  # imports the simulator, which other commands do without

    world = world_parts(plan).build()
    begun = time.monotonic()
    try:
        with Progress(console=notes(), transient=True) as progress:
            bar = progress.add_task("simulating", total=seconds)
            while world.time_s < seconds - world.tick_s / 2:
                world.advance(min(_CHUNK_S, seconds - world.time_s))
                progress.update(bar, completed=world.time_s)
        states = [_plain(state) for state in world.body_states()]
        took = round(time.monotonic() - begun, 3)
        return {"time_s": round(world.time_s, 6), "digest": world.digest(), "took_s": took, "robots": states}
    finally:
        world.close()


def _plain(state: Any) -> dict[str, Any]:
    return {
        "robot": state.robot_id,
        "x": round(state.x_m, 3),
        "y": round(state.y_m, 3),
        "posture": str(getattr(state.posture, "value", state.posture)),
        "battery": f"{state.battery_fraction:.1%}",
        "holding because": state.holding_because,
    }
