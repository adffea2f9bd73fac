"""A step in the making: rules look at `state`, decide with `emit`, and say what robots are told with `tell`."""

from __future__ import annotations

from collections.abc import Iterator

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
        self.slows: dict[str, float] = {}  # by skill, see `jobs`: descriptions are inputs, and a step keeps them

    def waited_s(self, since_s: float) -> float:
        """How long something has been waited for, in s. Time in which nobody led does not count: what came meanwhile
        was not heard, and is about to be."""
        return self.now_s - max(since_s, self.state.started_at_s)

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

    def withdraw(self, task: Task, because: str, *, but: str | None = None) -> None:
        """Tell the task's robots to give up the commands they have for it, those that have one under way; all of them
        except `but`."""
        if task.state not in ACTIVE:
            return
        for robot_id, command_id in _under_way(task):
            robot = self.state.robots[robot_id]
            if robot_id == but or robot.task_id != task.task_id:
                continue  # the robot was taken off it before, e.g. because it fell
            self.emit(
                ev.CommandCancelled(command_id=command_id, robot_id=robot_id, task_id=task.task_id, because=because)
            )
            # The epoch the robot obeys now; the command may have been given by a supervisor before this one.
            self.tell(CancelCommand(command_id=command_id, robot_id=robot_id, epoch=robot.epoch, because=because))


def _under_way(task: Task) -> Iterator[tuple[str, str]]:
    """Robots with their commands for the task that have not ended, as (robot, command)."""
    for member in task.members:
        if member.command_id and not member.ready:
            yield member.robot_id, member.command_id
    if not task.members and task.robot_id is not None and task.command_id is not None:
        yield task.robot_id, task.command_id


def execute(task: Task, epoch: int, robot_id: str | None = None) -> ExecuteSkill:
    """The command for a task that has been assigned, to its robot or to that member of its team; made again from the
    state after a restart, with the new epoch."""
    member = task.member(robot_id) if robot_id is not None else None
    return ExecuteSkill(
        command_id=member.command_id if member is not None else str(task.command_id),
        robot_id=member.robot_id if member is not None else str(task.robot_id),
        task_id=task.task_id,
        epoch=epoch,
        skill=task.spec.skill,
        parameters=member.parameters if member is not None else task.command_parameters,
        deadline_s=task.spec.deadline_s,
    )
