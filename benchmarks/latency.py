"""How long a fleet of real processes takes to pass things on: HTTP, journal, supervisor, ROS, adapter, and back.

It starts the demo's deployment (twelve simulated humanoids) without its faults, on a ROS domain and port of its own,
keeps half of the robots walking, and measures one after the other:

- a task submitted over HTTP, until the chosen robot's adapter is handed the command;
- an escalation that the supervisor raises, until a client of the event stream has it;
- silence of all robots of a host (its process is stopped), until a client of the event stream has `ContactLost`;
- how fast simulated time goes against real time, at the demo's rate and, in a second run, as fast as it can;
- the memory of each process.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._harness import Metric, finish, resident_mb, spread
from benchmarks._stage import Stage, Unmeasured, staged
from benchmarks._timed import ASSIGNED, RAISED, RECEIVED
from fleet.cli.http import ApiProblem
from fleet.model.errors import FleetError

DEPLOYMENT = Path(__file__).resolve().parents[1] / "deployments" / "demo.yaml"
LOST_AFTER_AIM_S = 3.0


def keep_walking(stage: Stage) -> None:
    """Send every second robot back and forth, for as long as anybody measures."""
    robots = sorted(robot.id for robot in stage.plan.robots())[::2]
    stations = ("corridor_west", "corridor_east")
    known = stage.client.get("/v1/site")["places"]
    targets = [name for name in stations if name in known] or sorted(known)[:2]
    for robot in robots:
        tasks = [
            {
                "task_id": f"walk-{robot}-{k}",
                "skill": "walk_to",
                "parameters": {"place": targets[k % len(targets)]},
                "robot_id": robot,
                "depends_on": [f"walk-{robot}-{k - 1}"] if k else [],
            }
            for k in range(20)
        ]
        stage.client.post("/v1/missions", {"title": f"walk {robot}", "why": "benchmark", "tasks": tasks})


def measure_submission(stage: Stage, samples: int, dice: random.Random) -> dict[str, Metric]:
    """From before the POST until an adapter is handed the command."""
    sent: dict[str, float] = {}
    answered: list[float] = []
    for number in range(samples):
        task_id = f"bench-{number}"
        body = {"task_id": task_id, "skill": "wait", "parameters": {"seconds": 600}, "why": "benchmark", "priority": 90}
        start = sent[task_id] = time.monotonic()
        stage.client.post("/v1/tasks", body)
        answered.append((time.monotonic() - start) * 1e3)
        stage.manager.run(lambda: (RECEIVED, task_id) in stage.notes(), 10.0)  # noqa: B023 - called before the next one
        stage.client.post(f"/v1/tasks/{task_id}/cancel", {"reason": "benchmark"})  # its robot is free for the next one
        time.sleep(dice.uniform(0.1, 0.3))  # not in step with the processes' own periods
    moments = stage.notes()
    took = [(moments[RECEIVED, task] - at) * 1e3 for task, at in sent.items() if (RECEIVED, task) in moments]
    decided = [(moments[ASSIGNED, task] - at) * 1e3 for task, at in sent.items() if (ASSIGNED, task) in moments]
    lost = samples - len(took)
    if not took:
        raise Unmeasured("no task reached an adapter")
    return {
        **spread("submit_to_adapter", took, "ms", aim_p99=100.0),
        **spread("submit_to_assignment", decided, "ms"),
        **spread("submit_answered", answered, "ms"),
        "submit_never_received": Metric(value=lost, unit="", aim=0.0),
    }


def measure_questions(stage: Stage, samples: int) -> dict[str, Metric]:
    """From the supervisor's decision to ask until a client of the event stream has the question."""
    site = stage.client.get("/v1/site")
    colour = _ambiguous_colour(site["objects"])
    place = next(name for name, place in site["places"].items() if place["kind"] == "slot")
    asked = len(stage.listener.events("EscalationRaised"))
    for number in range(samples):
        task_id = f"ask-{number}"
        parameters = {"object": {"colour": colour}, "to": place}
        stage.client.post(
            "/v1/tasks", {"task_id": task_id, "skill": "carry", "parameters": parameters, "why": "benchmark"}
        )
        stage.wait(lambda: _question_about(stage, task_id) is not None, 10.0, "a question")  # noqa: B023
        stage.client.post(f"/v1/tasks/{task_id}/cancel", {"reason": "benchmark"})
        question = _question_about(stage, task_id)
        stage.wait(lambda: _closed(stage, question), 10.0, "the end of a question")  # noqa: B023
    moments = stage.notes()
    took = [
        (at - moments[RAISED, event["escalation"]["escalation_id"]]) * 1e3
        for at, event in stage.listener.events("EscalationRaised")[asked:]
        if (RAISED, event["escalation"]["escalation_id"]) in moments
    ]
    return spread("escalation_to_client", took, "ms", aim_p99=200.0)


def _ambiguous_colour(objects: dict[str, Any]) -> str:
    """A colour that two objects have."""
    colours = [str(o["attributes"]["colour"]) for o in objects.values() if "colour" in o["attributes"]]
    found = next((c for c in colours if colours.count(c) > 1), None)
    if found is None:
        raise Unmeasured("no two objects of the site have the same colour: nothing to ask about")
    return found


def _question_about(stage: Stage, task_id: str) -> str | None:
    for _, event in stage.listener.events("EscalationRaised"):
        if task_id in event["escalation"]["task_ids"]:
            return str(event["escalation"]["escalation_id"])
    return None


def _closed(stage: Stage, escalation_id: str | None) -> bool:
    return any(
        event["escalation_id"] == escalation_id and event["state"] == "closed"
        for _, event in stage.listener.events("EscalationMoved")
    )


def measure_silence(stage: Stage, rounds: int) -> dict[str, Metric]:
    """From the moment a host is stopped until a client of the event stream has that its robots are lost."""
    took: list[float] = []
    host = next(row for row in stage.manager.status() if row["kind"] == "host")
    robots = len(stage.plan.hosts[0].robots)
    for _ in range(rounds):
        before = len(stage.listener.events("ContactLost"))
        start = time.monotonic()
        os.kill(host["pid"], signal.SIGSTOP)
        try:
            deadline = start + 10.0
            while len(stage.listener.events("ContactLost")) < before + robots and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            os.kill(host["pid"], signal.SIGCONT)
        lost = stage.listener.events("ContactLost")[before:]
        took += [at - start for at, _ in lost]
        back = len(stage.listener.events("ContactRegained")) + len(lost)
        stage.manager.run(lambda: len(stage.listener.events("ContactRegained")) >= back, 10.0)  # noqa: B023
        stage.manager.run(lambda: False, 1.0)
    if not took:
        raise Unmeasured("no robot was ever lost")
    return spread("silence_to_lost_contact", took, "s", aim_p99=LOST_AFTER_AIM_S)


def measure_processes(stage: Stage, start_s: float, start_at: float) -> dict[str, Metric]:
    """Simulated against real time since the start, and memory."""
    factor = (stage.now_s() - start_s) / (time.monotonic() - start_at)
    metrics = {"real_time_factor": Metric(value=factor, unit="", better="higher")}
    # More than the number of cores: others were at work too, and the tails above are theirs.
    metrics["machine_load_per_core"] = Metric(value=os.getloadavg()[0] / (os.cpu_count() or 1), unit="")
    for row in stage.manager.status():
        if row["pid"] is not None:
            metrics[f"memory_{row['name']}"] = Metric(value=resident_mb(row["pid"]), unit="MB")
            metrics[f"restarts_{row['name']}"] = Metric(value=row["restarts"], unit="")
    return metrics


def measure(deployment: Path, folder: Path, samples: int, rate: float) -> dict[str, Metric]:
    """All numbers, in this order: silence comes last, because it disturbs the rest."""
    dice = random.Random(1)
    with staged(deployment, folder, rate, lambda name, text: print(f"{name}: {text}", file=sys.stderr)) as stage:
        start_s, start_at = stage.now_s(), time.monotonic()
        keep_walking(stage)
        metrics = measure_submission(stage, samples, dice)
        metrics |= measure_questions(stage, max(1, samples // 4))
        metrics |= measure_processes(stage, start_s, start_at)
        return metrics | measure_silence(stage, rounds=max(1, samples // 25))


def measure_speed(deployment: Path, folder: Path, seconds: float) -> dict[str, Metric]:
    """The same deployment as fast as it goes; time is counted from when the robots walk."""
    with staged(deployment, folder, 100.0, lambda name, text: print(f"{name}: {text}", file=sys.stderr)) as stage:
        keep_walking(stage)
        start_s, start_at = stage.now_s(), time.monotonic()
        stage.manager.run(lambda: False, seconds)
        factor = (stage.now_s() - start_s) / (time.monotonic() - start_at)
    return {"real_time_factor_unbounded": Metric(value=factor, unit="", better="higher")}


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=100, help="tasks submitted (default: 100)")
    parser.add_argument("--rate", type=float, default=1.0, help="simulated seconds a second (default: 1)")
    parser.add_argument("--deployment", type=Path, default=DEPLOYMENT, help="a deployment file with a simulated world")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of the unbounded run (default: 15)")
    parser.add_argument("--keep", type=Path, help="an empty folder for journal and logs (default: a temporary one)")
    options = parser.parse_args()
    if options.samples < 1:
        parser.error(f"--samples: got {options.samples}, expected 1 or more")
    if not 0 < options.seconds < 3600:
        parser.error(f"--seconds: got {options.seconds}, expected more than 0 and less than 3600")
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
        if any(options.keep.iterdir()):
            parser.error(f"--keep: got {options.keep}, expected an empty folder")
    try:
        with tempfile.TemporaryDirectory(prefix="fleet-bench-") as temporary:
            folder = options.keep or Path(temporary)
            metrics = measure(options.deployment, folder / "paced", options.samples, options.rate)
            finish("latency", metrics | measure_speed(options.deployment, folder / "unbounded", options.seconds))
    except (FleetError, ApiProblem) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
