"""The questions there are, one function a cause: what is not known, what could be done, what speaks for what."""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.deciding import ask_always
from fleet.escalation.raising import Question, ask, cancel_option
from fleet.model.escalation import Cause, Evidence, GroundingCheck, Option, Prediction, Severity
from fleet.model.evidence import Verdict, Verification
from fleet.model.ruling import Ruled
from fleet.model.site import ObjectRecord
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import late_after, liftable_by, needed_payload_kg, others_that_could, walking_time_s
from fleet.supervisor.state import Robot

_NO_ROLLOUT = "success is not known: no rollout was run"


def ambiguous_instruction(draft: Draft, task: Task, candidates: list[ObjectRecord], said: str, ruled: Ruled) -> str:
    """The instruction fits several objects (or none): which is meant? Returns the escalation's id."""
    options = tuple(_meant(draft, task, c) for c in candidates)
    names = " or ".join(c.object_id for c in candidates)
    text = (
        f"Which object is meant by {said}: {names}?"
        if candidates
        else f"Nothing on this site fits {said}: what shall be done?"
    )
    beliefs = [draft.state.objects[c.object_id] for c in candidates if c.object_id in draft.state.objects]
    return ask(
        draft,
        Question(
            cause=Cause.AMBIGUOUS_INSTRUCTION,
            decision_class=ruled.choice.decision_class,
            severity=Severity.MEDIUM,
            text=text,
            unknowns=(f"{said} fits {len(candidates)} objects and nothing else was said to tell them apart",),
            options=(*options, cancel_option("None of these: cancel the task")),
            evidence=(of.of_task(task), *(of.of_belief(b) for b in beliefs)),
            zone=beliefs[0].zone if beliefs else "",
            subject=f"{said} -> {task.spec.parameters.get('to') or task.spec.parameters.get('person') or '-'}",
            tasks=(task,),
            object_ids=tuple(c.object_id for c in candidates),
            ruled=ruled,
        ),
    )


def about(task: Task | None, robot_id: str | None = None, object_id: str | None = None) -> dict[str, str]:
    """What a ruling is about, in ids, as far as there are any."""
    named = {"robot": robot_id, "object": object_id}
    if task is not None:
        named |= {"task": task.task_id, "mission": task.mission_id, "skill": task.spec.skill}
    return {name: value for name, value in named.items() if value}


def _meant(draft: Draft, task: Task, candidate: ObjectRecord) -> Option:
    believed = draft.state.objects.get(candidate.object_id)
    where = (believed.holder or believed.place or believed.zone) if believed else candidate.place_id or "unknown place"
    looks = ", ".join(f"{k} {v}" for k, v in sorted(candidate.attributes.items()))
    able = liftable_by(draft, task, candidate)
    taken = [
        t.task_id for t in draft.state.open_tasks() if _moves(t, candidate.object_id) and t.task_id != task.task_id
    ]
    checks = (
        GroundingCheck(name="exists", ok=True, detail=f"on the site's inventory, last seen: {where}"),
        GroundingCheck(
            name="can be carried",
            ok=bool(able),
            detail=f"{candidate.mass_kg:g} kg; robots that can: {', '.join(able) or 'none'}",
        ),
        GroundingCheck(
            name="is free", ok=not taken, detail=f"wanted by {', '.join(taken)}" if taken else "no other task wants it"
        ),
    )
    return Option(
        option_id=f"object:{candidate.object_id}",
        label=f"{candidate.object_id} ({looks}), at {where}",
        action={"do": "ground", "object": candidate.object_id},
        predicted=_on_foot(draft, task, candidate),
        if_wrong="the wrong object is delivered and somebody has to notice",
        checks=checks,
    )


def _on_foot(draft: Draft, task: Task, candidate: ObjectRecord | None) -> Prediction:
    seconds = walking_time_s(draft, task, candidate)
    return Prediction(
        basis=f"walking time from the map; {_NO_ROLLOUT}",
        duration_s=seconds,
        makes_late=late_after(draft, task, seconds),
    )


def _moves(task: Task, object_id: str) -> bool:
    return task.grounded.get("object") == object_id


def claim_not_confirmed(draft: Draft, task: Task, verification: Verification, ruled: Ruled) -> str:
    """A robot says it is done; the evidence says otherwise, or says nothing. Returns the escalation's id."""
    claim = draft.state.claims[verification.claim_id]
    contradicted = verification.verdict is Verdict.CONTRADICTED
    sources = set(verification.sources)
    seen = [o for o in draft.state.observations.values() if o.source in sources]
    wanted = str(task.grounded.get("object", ""))
    believed = draft.state.objects.get(wanted)
    return ask(
        draft,
        Question(
            cause=Cause.CLAIM_CONTRADICTED if contradicted else Cause.CLAIM_UNVERIFIED,
            decision_class="is_the_claim_true",
            severity=Severity.HIGH if contradicted else Severity.MEDIUM,
            text=f"{claim.robot_id} says {task.task_id} is done, but {verification.because}. What now?",
            unknowns=("why the robot believes it is done", "whether the object was damaged on the way")
            if contradicted
            else ("whether it was done: nobody else was looking",),
            options=_after_a_claim(draft, task, claim.robot_id, contradicted),
            evidence=(
                of.of_claim(claim),
                *(of.of_observation(o) for o in seen),
                *((of.of_belief(believed),) if believed is not None else ()),
                of.of_robot(draft.state.robots[claim.robot_id]),
                of.of_task(task),
            ),
            zone=believed.zone if believed is not None else "",
            subject=wanted or task.task_id,
            tasks=(task,),
            robot_ids=(claim.robot_id,),
            object_ids=(wanted,) if wanted else (),
            ruled=ruled,
        ),
    )


def _after_a_claim(draft: Draft, task: Task, robot_id: str, contradicted: bool) -> tuple[Option, ...]:
    wanted = str(task.grounded.get("object", ""))
    believed = draft.state.objects.get(wanted)
    here = "redone" if contradicted else "checked"
    others = others_that_could(draft, task, without=robot_id)
    other = redo("redo_other", f"Have it {here} by another robot", robot_id, others, draft, task)
    if believed is not None and believed.holder == robot_id:
        detail = f"{believed.source} sees {wanted} in the hands of {robot_id}"
        other = _with_check(other, GroundingCheck(name="its load is free", ok=False, detail=detail))
    accept = Option(
        option_id="accept",
        label="Accept it as done: I have checked it myself",
        action={"do": "accept"},
        predicted=Prediction(basis="your word counts as the evidence", success=None),
        if_wrong="what depends on it goes on from something that is not so",
        reversible=False,
    )
    same = redo("redo_same", f"Have {robot_id} try again", None, (robot_id,), draft, task)
    return other, same, accept, cancel_option("Cancel the task")


def redo(option_id: str, label: str, exclude: str | None, able: tuple[str, ...], draft: Draft, task: Task) -> Option:
    """Give the task out again, to anybody who is `able` but the robot that is excluded."""
    action: dict[str, object] = {"do": "requeue"}
    if exclude is not None:
        action["exclude"] = exclude
    return Option(
        option_id=option_id,
        label=label,
        action=action,
        predicted=_on_foot(draft, task, None),
        if_wrong="it fails again and the task is later still",
        checks=(
            GroundingCheck(
                name="a robot can do it", ok=bool(able), detail=f"could: {', '.join(able) or 'none on this site'}"
            ),
        ),
    )


def robot_fallen(draft: Draft, robot_id: str, task: Task | None, load: str | None) -> None:
    """A robot lies on the floor, maybe with a load beside it. It cannot get up by itself."""
    robot = draft.state.robots[robot_id]
    believed = draft.state.objects.get(load or "")
    pose = robot.state.pose if robot.state is not None else None
    zone = draft.context.site.zone_at(pose.x, pose.y) if pose is not None else ""
    what = f" while carrying {load}" if load else ""
    ask_always(
        draft,
        Question(
            cause=Cause.ROBOT_FALLEN,
            decision_class="after_a_fall",
            severity=Severity.HIGH,
            text=f"{robot_id} has fallen in {zone or 'an unnamed area'}{what}. What shall happen now?",
            unknowns=(
                "whether anybody was near when it fell",
                *((f"whether {load} is damaged",) if load else ()),
                _why_it_fell(robot),
            ),
            options=_after_a_fall(draft, robot_id, task, load),
            evidence=(
                of.of_robot(robot),
                *((of.of_belief(believed),) if believed is not None else ()),
                *((of.of_task(task),) if task is not None else ()),
            ),
            zone=zone,
            subject=load or "",
            tasks=(task,) if task is not None and load is not None else (),
            robot_ids=(robot_id,),
            object_ids=(load,) if load else (),
        ),
        about(task, robot_id, load),
    )


def _after_a_fall(draft: Draft, robot_id: str, task: Task | None, load: str | None) -> tuple[Option, ...]:
    send_person = Option(
        option_id="send_person",
        label=f"A person goes to {robot_id} first; the task waits until it is reported recovered",
        action={"do": "wait_for_person", "robot": robot_id},
        predicted=Prediction(basis="depends on the person"),
        if_wrong="the task is late",
    )
    if task is None or load is None:
        return (send_person,)
    others, believed = others_that_could(draft, task, without=robot_id), draft.state.objects.get(load)
    able = others if len(others) >= task.spec.team else ()
    reassign = redo("reassign", _finish_it(draft, robot_id, load), robot_id, able, draft, task)
    located = GroundingCheck(
        name="the load was seen",
        ok=believed is not None and believed.holder != robot_id,
        detail=of.of_belief(believed).summary if believed is not None else "nobody has seen it since",
    )
    cancel = cancel_option(f"Leave {load} where it is and cancel the task")
    return _with_check(reassign, located), cancel, send_person


def _finish_it(draft: Draft, robot_id: str, load: str) -> str:
    """What giving the task out again would mean for those that still hold its load."""
    robots = draft.state.robots.items()
    holding = [r for r, robot in robots if r != robot_id and robot.state is not None and load in robot.state.held]
    if holding:
        return f"Another robot takes the place of {robot_id} beside {', '.join(holding)}, and they finish the task"
    return f"Another robot fetches {load} and finishes the task"


def _why_it_fell(robot: Robot) -> str:
    detail = robot.state.health_detail if robot.state is not None else ""
    return f"why it fell (it reports: {detail})" if detail not in ("", "fallen") else "why it fell"


def _with_check(option: Option, check: GroundingCheck) -> Option:
    return Option(
        option_id=option.option_id,
        label=option.label,
        action=option.action,
        predicted=option.predicted,
        if_wrong=option.if_wrong,
        reversible=option.reversible,
        checks=(*option.checks, check),
    )


def recovery_exhausted(draft: Draft, task: Task, because: str) -> None:
    """The ladder's automatic steps are used up."""
    wanted = str(task.grounded.get("object", ""))
    others = others_that_could(draft, task, without=None)
    robot = draft.state.robots.get(task.robot_id or "")
    ask_always(
        draft,
        Question(
            cause=Cause.RECOVERY_EXHAUSTED,
            decision_class="which_recovery",
            severity=Severity.MEDIUM,
            text=f"{task.task_id} ({task.spec.skill}) keeps failing: {because}. What now?",
            because=because,
            unknowns=("whether trying again would help",),
            options=(
                redo("try_again", "Start over with any robot that can", None, others, draft, task),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_task(task), *((of.of_robot(robot),) if robot is not None else ())),
            subject=wanted or task.task_id,
            tasks=(task,),
            robot_ids=(task.robot_id,) if task.robot_id is not None else (),
            object_ids=(wanted,) if wanted else (),
        ),
        about(task, task.robot_id, wanted),
        conflicts=("its recovery policy allows no further step",),
    )


def _nobody(task: Task) -> str:
    return f"No team of {task.spec.team} robots" if task.spec.team > 1 else "No robot"


def no_capable_robot(draft: Draft, task: Task, reasons: dict[str, str], limits: tuple[Evidence, ...] = ()) -> None:
    """No robot can do it as things stand, and waiting for one to come free will not help. `limits`: what would help."""
    payload = needed_payload_kg(draft, task)
    each = tuple(f"{robot_id}: {why}" for robot_id, why in sorted(reasons.items()))
    ask_always(
        draft,
        Question(
            cause=Cause.NO_CAPABLE_ROBOT,
            decision_class="which_robot",
            severity=Severity.MEDIUM,
            text=f"{_nobody(task)} can do {task.task_id} ({task.spec.skill}, {payload:g} kg) now. What shall be done?",
            unknowns=each or ("no robot is known",),
            options=(
                Option(
                    option_id="try_again",
                    label="Try again now, also with robots that failed at it before",
                    action={"do": "requeue", "forgive": True},
                    predicted=Prediction(basis=_NO_ROLLOUT),
                    if_wrong="the question comes back",
                ),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_task(task), *limits),
            subject=f"{task.spec.skill} {task.grounded.get('object', task.task_id)}",
            tasks=(task,),
        ),
        about(task),
        conflicts=("no robot can do it: there is nothing to choose from",),
    )


def robot_silent(draft: Draft, robot_id: str, task: Task, silent_for_s: float) -> None:
    """Contact was lost long ago and the robot has work in hand. It may well be finishing it."""
    others = others_that_could(draft, task, without=robot_id)
    wanted = task.grounded.get("object")
    robot = draft.state.robots[robot_id]
    has_it = wanted is not None and wanted in robot.last_held
    other = redo("reassign", "Give the task to another robot", robot_id, others, draft, task)
    free = GroundingCheck(
        name="its load is free",
        ok=not has_it,
        detail=f"{robot_id} was last known to hold {wanted}"
        if has_it
        else "it held nothing for this task when last heard",
    )
    ask_always(
        draft,
        Question(
            cause=Cause.ROBOT_SILENT,
            decision_class="after_lost_contact",
            severity=Severity.MEDIUM,
            text=f"Nothing was heard of {robot_id} for {silent_for_s:.0f} s; it was at {task.task_id}. What now?",
            unknowns=(f"whether {robot_id} is well", f"how far {task.task_id} is"),
            options=(
                Option(
                    option_id="keep_waiting",
                    label=f"Keep waiting for {robot_id}",
                    action={"do": "keep_waiting"},
                    predicted=Prediction(basis="a robot without contact holds by itself"),
                    if_wrong="the task is late",
                ),
                _with_check(other, free),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_robot(robot), of.of_task(task)),
            subject=task.task_id,
            tasks=(task,),
            robot_ids=(robot_id,),
            keeps_running=True,
        ),
        about(task, robot_id, str(wanted) if wanted else None),
    )
