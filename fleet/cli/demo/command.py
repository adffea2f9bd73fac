"""`fleet demo`: everything on one machine, with work to do and things that go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.demo.finale import finale, print_finale
from fleet.cli.demo.scenario import Scenario, load_scenario
from fleet.cli.demo.stage import Interrupted, Stage, placed
from fleet.cli.output import FAILED, Json, print_json, remark, say
from fleet.cli.running import StopSignals, running
from fleet.cli.up import Domain, Port, Rate, RunDir
from fleet.deployment.load import load_deployment
from fleet.deployment.records import Deployment
from fleet.model.errors import FleetError

ROOT = Path(__file__).resolve().parents[3]
HEADLESS_RATE = 3.0


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Answer the questions by script, check what happened, and end.")
    ] = False,
    rate: Rate = None,
    run_dir: RunDir = None,
    port: Port = None,
    domain_id: Domain = None,
    deployment: Annotated[Path, typer.Option(help="The deployment file.")] = ROOT / "deployments" / "demo.yaml",
    scenario: Annotated[Path, typer.Option(help="The scenario file.")] = ROOT / "scenarios" / "demo.yaml",
    as_json: Json = False,
) -> None:
    """Run the demo: twelve humanoids, twenty tasks, four things that go wrong, and questions to you."""
    plan, story = load_deployment(deployment), load_scenario(scenario)
    if rate is None and headless:
        rate = HEADLESS_RATE
    plan, claim = placed(plan, run_dir, port, domain_id, rate)
    remark(f"run directory {plan.run_directory}, port {plan.api.port}, ROS domain {plan.ros.domain_id}")
    try:
        with StopSignals() as signals:
            failure = _run(plan, story, signals, headless)
    finally:
        claim.release()
    if signals.asked() and not headless:
        return
    if isinstance(failure, Interrupted):
        raise failure
    _conclude(plan, story, failure, headless, as_json)


def _run(plan: Deployment, story: Scenario, signals: StopSignals, headless: bool) -> FleetError | None:
    """Play; what keeps the job from being done is returned, so that the report is printed all the same."""
    with running(plan, _tell, hurry=signals.hurry) as manager:
        stage = Stage(plan, story, manager, signals, remark)
        try:
            stage.start()
            if not headless:
                _explain()
            stage.play(answers=headless)
        except FleetError as error:
            return error
        if not headless and not signals.asked():
            say("every task has ended. The console stays up; Ctrl-C ends the demo and prints nothing more.")
            manager.run(signals.asked)
    return None


def _tell(name: str, text: str) -> None:
    remark(f"{name:>14}  {text}")


def _explain() -> None:
    say("Twelve humanoids are about to get twenty tasks. Four things will go wrong, and you will be asked about three.")
    say("Open the console with the link below and answer the questions in the inbox. HOLD ALL stops every robot.")
    say("Ctrl-C ends the demo.")


def _conclude(plan: Deployment, story: Scenario, failure: FleetError | None, headless: bool, as_json: bool) -> None:
    result = finale(plan, story, answered=headless)
    if as_json:
        print_json({**result.to_plain(), "failure": str(failure) if failure else None})
    else:
        print_finale(result)
    if failure is not None:
        raise failure
    if headless and not result.kept:
        raise typer.Exit(FAILED)
