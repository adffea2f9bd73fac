"""Work the supervisor gives itself: robots that run low go to a dock, things left in hands are put back."""

from __future__ import annotations

from fleet.model import events as ev
from fleet.model.spots import spot_id
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.dock_clearing import CLEARS, parking_for, waiting_for_docks
from fleet.supervisor.docks import docks_out_of_order, docks_taken
from fleet.supervisor.draft import Draft

BY = "supervisor"
_AGAIN_AFTER_S = 60.0


def keep_house(draft: Draft) -> None:
    """Make a mission of one task where an idle robot needs it. Such missions are ordinary ones, on record like all."""
    for robot_id, robot in list(draft.state.robots.items()):
        state = robot.state
        if state is None or unavailable_because(draft.state, robot_id):
            continue
        room = draft.state.room.get(robot_id)
        if room is not None and robot.description.capability("walk_to") is not None:
            spot = {"place": spot_id(room.x, room.y)}
            spec = TaskSpec(task_id="", skill="walk_to", parameters=spot, why=room.because, robot_id=robot_id)
            _give(draft, "make-room", robot_id, spec)
        elif state.held and not _wanted(draft, state.held[0]):
            _put_back(draft, robot_id, state.held[0])
        elif state.battery_fraction < draft.context.settings.dock_below and state.docked_at is None:
            if robot.description.capability("dock") is not None and draft.context.site.docks():
                why = f"battery at {state.battery_fraction:.0%}"
                _give(draft, "charge", robot_id, TaskSpec(task_id="", skill="dock", why=why, robot_id=robot_id))
    _clear_docks(draft)
    _charge_early(draft)


def _clear_docks(draft: Draft) -> None:
    """Send away who stands on a dock that another robot needs, has enough, and has nothing to do."""
    for task, robot_id in waiting_for_docks(draft):
        place, robot = parking_for(draft, robot_id), draft.state.robots[robot_id]
        if place is None or robot.state is None:
            continue
        why = f"{task.spec.robot_id} needs {robot.state.docked_at}, and {robot_id} has nothing to do there"
        spec = TaskSpec(task_id="", skill="walk_to", parameters={"place": place}, why=why, robot_id=robot_id)
        _give(draft, CLEARS, robot_id, spec)
        because = f"waits for {robot.state.docked_at}, which {robot_id} leaves"
        if task.because != because:
            draft.change(task, TaskState.QUEUED, because)


def _charge_early(draft: Draft) -> None:
    """While nothing waits to be done, robots with nothing to do charge at docks that nobody else needs."""
    below, state = draft.context.settings.charge_idle_below, draft.state
    if below <= 0 or state.hold_all or state.tasks_in(TaskState.QUEUED):
        return
    out, taken = docks_out_of_order(draft), docks_taken(draft, "")
    free = [d.place_id for d in draft.context.site.docks() if d.place_id not in taken and d.place_id not in out]
    idle = [
        (robot.state.battery_fraction, robot_id)
        for robot_id, robot in state.robots.items()
        if robot.state is not None
        and robot.state.docked_at is None
        and robot.state.battery_fraction < below
        and not robot.state.held
        and robot.description.capability("dock") is not None
        and not unavailable_because(state, robot_id)
        and not any(not v.given for v in state.plan.routes.get(robot_id, ()))
    ]
    for fraction, robot_id in sorted(idle)[: len(free)]:
        why = f"it has nothing to do, and its battery is at {fraction:.0%}"
        _give(draft, "charge-early", robot_id, TaskSpec(task_id="", skill="dock", why=why, robot_id=robot_id))


def charge_at(draft: Draft, robot_id: str, dock_id: str) -> None:
    """Send an idle robot to charge at the dock, because the plan has it do so before its next task. Not while it
    stands there already, nor where all docks are taken."""
    robot = draft.state.robots[robot_id]
    if robot.state is None or robot.state.docked_at == dock_id or robot.description.capability("dock") is None:
        return
    why = f"the plan has it charge first: its battery is at {robot.state.battery_fraction:.0%}"
    spec = TaskSpec(task_id="", skill="dock", parameters={"dock": dock_id}, why=why, robot_id=robot_id)
    _give(draft, "charge", robot_id, spec)


def _wanted(draft: Draft, object_id: str) -> bool:
    """Whether an open task is about the object, so that it is not to be put back."""
    return any(
        object_id in (t.grounded.get("object"), t.spec.parameters.get("object")) for t in draft.state.open_tasks()
    )


def _put_back(draft: Draft, robot_id: str, object_id: str) -> None:
    record = draft.context.site.objects.get(object_id)
    if record is None or record.place_id is None or _seen_elsewhere(draft, robot_id, object_id):
        return
    occupied = any(b.place == record.place_id and b.object_id != object_id for b in draft.state.objects.values())
    if occupied:
        return
    holding = [r for r, other in draft.state.robots.items() if other.state and object_id in other.state.held]
    together = len(holding) > 1
    if together and any(unavailable_because(draft.state, r) for r in holding):
        return
    spec = TaskSpec(
        task_id="",
        skill="carry" if together else "place",
        parameters={"object": object_id, "to": record.place_id},
        why=f"{object_id} was left in the hands of {' and '.join(holding)}",
        robot_id=None if together else robot_id,
        team=len(holding),
    )
    _give(draft, "put-back", robot_id, spec)


def _seen_elsewhere(draft: Draft, robot_id: str, object_id: str) -> bool:
    """Whether somebody saw the object out of the robot's hands: its report of what it holds is then an old one."""
    believed, state = draft.state.objects.get(object_id), draft.state.robots[robot_id].state
    if believed is None or state is None or believed.holder == robot_id:
        return False
    return believed.observed_at_s >= state.observed_at_s


def _in_vain_lately(draft: Draft, what: str, robot_id: str) -> bool:
    """Whether the same was tried in vain not long ago. Each time it waits twice as long, because each time somebody is
    asked about it."""
    ended = [
        t
        for t in draft.state.tasks.values()
        if t.requested_by == BY and t.spec.robot_id == robot_id and t.task_id.endswith(f".{what}")
    ]
    since_success = next((i for i, t in enumerate(reversed(ended)) if t.state is TaskState.DONE), len(ended))
    if since_success == 0:
        return False
    last_s = ended[-1].finished_at_s
    return last_s is not None and draft.now_s - last_s < _AGAIN_AFTER_S * 2 ** (since_success - 1)


def _give(draft: Draft, what: str, robot_id: str, spec: TaskSpec) -> None:
    open_already = any(t.requested_by == BY and t.spec.robot_id == robot_id for t in draft.state.open_tasks())
    if open_already or _in_vain_lately(draft, what, robot_id):
        return
    mission_id = f"house-{len(draft.state.missions) + 1}"
    task = TaskSpec(
        task_id=f"{mission_id}.{what}",
        skill=spec.skill,
        parameters=spec.parameters,
        why=spec.why,
        robot_id=spec.robot_id,
        team=spec.team,
    )
    mission = MissionSpec(mission_id=mission_id, title=f"{what}: {robot_id}", tasks=(task,), why=spec.why)
    draft.emit(ev.MissionAccepted(mission=mission, by=BY))
