"""A step in the making: rules look at `state`, decide with `emit`, and say what robots are told with `tell`."""

from __future__ import annotations

from fleet.journal.codec import normal
from fleet.model import events as ev
from fleet.model.commands import CancelCommand, Command, ExecuteSkill
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.context import Context
from fleet.supervisor.fold import apply
from fleet.supervisor.state import FleetState

ACTIVE = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)


class Draft:
    """Collects one step's events and commands; `state` is always the fold of what was emitted so far.

    It lives for one call of `decide`, so that the rules stay plain functions and `decide` stays pure.
    """

    def __init__(self, state: FleetState, now_s: float, context: Context) -> None:
        self.state = state
        self.now_s = now_s
        self.context = context
        self.events: list[ev.Event] = []
        self.commands: list[Command] = []

    def emit(self, event: ev.Event) -> None:
        """Decide this: it is part of the state for every rule that follows."""
        event = normal(event)  # rules that follow see what a replay will see
        self.state = apply(self.state, event, self.now_s)
        self.events.append(event)

    def tell(self, command: Command) -> None:
        """Send this once the step's events are durable."""
        self.commands.append(command)

    def change(
        self,
        task: Task,
        state: TaskState,
        because: str,
        *,
        escalation_id: str | None = None,
        count: str | None = None,
        exclude_robot: str | None = None,
        not_before_s: float | None = None,
        forget_robot: bool = False,
        reset_ladder: bool = False,
        forgive: bool = False,
    ) -> None:
        """Change a task's state; the reason is what people read beside it."""
        self.emit(
            ev.TaskChanged(
                task_id=task.task_id,
                state=state,
                because=because,
                escalation_id=escalation_id,
                count=count,
                exclude_robot=exclude_robot,
                not_before_s=not_before_s,
                forget_robot=forget_robot,
                reset_ladder=reset_ladder,
                forgive=forgive,
            )
        )

    def withdraw(self, task: Task, because: str) -> None:
        """Tell the task's robot to give up the command it has for it, if it has one under way."""
        if task.robot_id is None or task.command_id is None or task.state not in ACTIVE:
            return
        if self.state.robots[task.robot_id].task_id != task.task_id:
            return  # the robot was taken off it before, e.g. because it fell
        self.emit(
            ev.CommandCancelled(
                command_id=task.command_id, robot_id=task.robot_id, task_id=task.task_id, because=because
            )
        )
        self.tell(CancelCommand(command_id=task.command_id, robot_id=task.robot_id, epoch=task.epoch, because=because))


def execute(task: Task, epoch: int) -> ExecuteSkill:
    """The command for a task that has been assigned; made again from the state after a restart, with the new epoch."""
    return ExecuteSkill(
        command_id=str(task.command_id),
        robot_id=str(task.robot_id),
        task_id=task.task_id,
        epoch=epoch,
        skill=task.spec.skill,
        parameters=task.command_parameters,
        deadline_s=task.spec.deadline_s,
    )
