"""A robot is seen where it does not say it is: who is wrong, the robot's map or the camera?"""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question, cancel_option
from fleet.model import events as ev
from fleet.model.escalation import Cause, Evidence, GroundingCheck, Option, Prediction, Severity
from fleet.model.tasks import Task
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import others_that_could
from fleet.supervisor.state import Elsewhere

_TRUSTED_FOR_S = 600.0


def robot_misplaced(draft: Draft, robot_id: str, task: Task | None) -> None:
    """Put the question; the robot has been stopped."""
    robot = draft.state.robots[robot_id]
    seen = robot.elsewhere
    assert seen is not None, "a robot is misplaced because it was seen elsewhere"
    held = robot.state.held if robot.state is not None else ()
    load = f" with {', '.join(held)} in its hands" if held else ""
    zone = draft.context.site.zone_at(seen.x, seen.y)
    ask_always(
        draft,
        Question(
            cause=Cause.ROBOT_MISPLACED,
            decision_class="where_is_the_robot",
            severity=Severity.HIGH,
            text=f"{seen.source} sees {robot_id} {seen.apart_m:.1f} m from where it says it is{load}. What now?",
            unknowns=(f"whether {robot_id}'s map or {seen.source} is wrong", "what it has done by a wrong map so far"),
            options=_options(draft, robot_id, task, held),
            evidence=(
                _of_sighting(robot_id, seen),
                of.of_robot(robot),
                *((of.of_task(task),) if task is not None else ()),
            ),
            zone=zone,
            subject=robot_id,  # the robot is what it is about: two astray are two questions
            tasks=(task,) if task is not None else (),
            robot_ids=(robot_id,),
        ),
        {"robot": robot_id, **({"task": task.task_id} if task is not None else {})},
        conflicts=(f"nobody can tell from afar whether {robot_id} or {seen.source} is wrong",),
    )


def _options(draft: Draft, robot_id: str, task: Task | None, held: tuple[str, ...]) -> tuple[Option, ...]:
    options = [
        Option(
            option_id="send_person",
            label=f"A person puts {robot_id}'s map right; it waits where it is until that is reported",
            action={"do": "wait_for_person", "robot": robot_id},
            predicted=Prediction(basis="depends on the person"),
            if_wrong="the task is late",
        ),
        Option(
            option_id="trust_report",
            label=f"Carry on: I have looked, {robot_id} is where it says it is",
            action={"do": "trust_report", "robot": robot_id, "for_s": _TRUSTED_FOR_S},
            predicted=Prediction(basis="your word counts as the evidence"),
            if_wrong="it puts things where nobody looks for them, or walks into what its map does not show",
            reversible=False,
        ),
    ]
    if task is not None:
        others = others_that_could(draft, task, without=robot_id)
        wanted = task.grounded.get("object")
        options.append(
            Option(
                option_id="reassign",
                label="Another robot does the task",
                action={"do": "requeue", "exclude": robot_id},
                predicted=Prediction(basis="success is not known: no rollout was run"),
                if_wrong="the task is later still",
                checks=(
                    GroundingCheck(
                        name="a robot can do it", ok=bool(others), detail=f"could: {', '.join(others) or 'none'}"
                    ),
                    GroundingCheck(
                        name="its load is free",
                        ok=wanted not in held,
                        detail=f"{robot_id} holds {', '.join(held) or 'nothing'}",
                    ),
                ),
            )
        )
        options.append(cancel_option("Cancel the task"))
    return tuple(options)


def _of_sighting(robot_id: str, seen: Elsewhere) -> Evidence:
    lasted = seen.last_s - seen.since_s
    return Evidence(
        kind="sighting",
        ref=robot_id,
        summary=f"{seen.source} sees {robot_id} at ({seen.x:.1f}, {seen.y:.1f}), for {lasted:.0f} s",
        source=seen.source,
        at_s=seen.last_s,
        digest=digest(seen),
    )


def trust_report(draft: Draft, robot_id: str, operator: str, for_s: float) -> None:
    """A person looked and says that the robot is where it says it is: cameras are not believed for a while."""
    draft.emit(ev.ReportTrusted(robot_id=robot_id, by=operator, until_s=draft.now_s + for_s))
    because = f"{operator} looked: it is where it says it is"
    draft.emit(ev.RobotSetAside(robot_id=robot_id, aside=False, because=because, by=operator))
