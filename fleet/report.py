"""The report on a shift: what was done, by whom, what was asked, who answered. Made from the state alone."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.escalation import DecidedHow, Escalation
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.state import FleetState, Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One task; times are fleet time in s. `robot_id` is the robot that had it last."""

    task_id: str
    mission_id: str
    skill: str
    state: str
    robot_id: str | None
    attempts: int
    late: bool
    because: str
    requested_at_s: float
    finished_at_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotLine:
    """One robot: `use` is the fraction of the time covered that it had a task in hand."""

    robot_id: str
    model: str
    tasks_done: int
    busy_s: float
    use: float
    battery_fraction: float | None
    contact_losses: int
    falls: int
    aside_because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One question: who answered with what and why, and after how many seconds; None while it is open."""

    escalation_id: str
    cause: str
    question: str
    task_ids: tuple[str, ...]
    robot_ids: tuple[str, ...]
    raised_at_s: float
    state: str
    how: str | None
    operator: str | None
    option: str | None
    reason: str | None
    answered_after_s: float | None
    carried_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Counts first, then a line for each task, robot and question."""

    at_s: float
    tasks: int
    done: int
    failed: int
    cancelled: int
    open: int
    late: int
    questions: int
    answered_by_people: int
    answered_in_advance: int  # by standing orders, each in the name of a person
    safe_defaults: int
    task_lines: tuple[TaskLine, ...]
    robot_lines: tuple[RobotLine, ...]
    question_lines: tuple[QuestionLine, ...]


def build_report(state: FleetState) -> Report:
    """The report as of `state`; the covered time runs from the first request to the state's last event."""
    tasks = list(state.tasks.values())
    count = {s: sum(t.state is s for t in tasks) for s in TaskState}
    real = [e for e in state.escalations.values() if e.escalation_id not in state.oversight.canaries]
    decided = [e.decision.how for e in real if e.decision is not None]
    began = min((t.requested_at_s for t in tasks), default=state.now_s)
    covered = max(state.now_s - began, 0.0)
    return Report(
        at_s=state.now_s,
        tasks=len(tasks),
        done=count[TaskState.DONE],
        failed=count[TaskState.FAILED],
        cancelled=count[TaskState.CANCELLED],
        open=sum(not t.state.terminal for t in tasks),
        late=sum(t.late for t in tasks),
        questions=len(real),
        answered_by_people=decided.count(DecidedHow.ANSWERED),
        answered_in_advance=decided.count(DecidedHow.STANDING_ORDER),
        safe_defaults=decided.count(DecidedHow.SAFE_DEFAULT),
        task_lines=tuple(_task(t) for t in tasks),
        robot_lines=tuple(_robot(state, r, covered) for r in state.robots.values()),
        question_lines=tuple(_question(e) for e in real),
    )


def _task(task: Task) -> TaskLine:
    return TaskLine(
        task_id=task.task_id,
        mission_id=task.mission_id,
        skill=task.spec.skill,
        state=task.state.value,
        robot_id=task.robot_id,
        attempts=task.attempt,
        late=task.late,
        because=task.because,
        requested_at_s=task.requested_at_s,
        finished_at_s=task.finished_at_s,
    )


def _robot(state: FleetState, robot: Robot, covered_s: float) -> RobotLine:
    task = state.tasks.get(robot.task_id or "")
    running = state.now_s - task.assigned_at_s if task is not None and task.assigned_at_s is not None else 0.0
    busy = robot.busy_s + running
    return RobotLine(
        robot_id=robot.description.robot_id,
        model=robot.description.model,
        tasks_done=robot.tasks_done,
        busy_s=round(busy, 3),
        use=round(min(busy / covered_s, 1.0), 4) if covered_s > 0 else 0.0,
        battery_fraction=robot.state.battery_fraction if robot.state is not None else None,
        contact_losses=robot.contact_losses,
        falls=robot.falls,
        aside_because=robot.aside_because,
    )


def _question(escalation: Escalation) -> QuestionLine:
    decision = escalation.decision
    option = escalation.option(decision.option_id) if decision is not None else None
    return QuestionLine(
        escalation_id=escalation.escalation_id,
        cause=escalation.cause.value,
        question=escalation.question,
        task_ids=escalation.task_ids,
        robot_ids=escalation.robot_ids,
        raised_at_s=escalation.raised_at_s,
        state=escalation.state.value,
        how=decision.how.value if decision is not None else None,
        operator=decision.operator if decision is not None else None,
        option=option.label if option is not None else None,
        reason=decision.reason if decision is not None else None,
        answered_after_s=round(decision.decided_at_s - escalation.raised_at_s, 3) if decision is not None else None,
        carried_out=escalation.carried_out,
    )
