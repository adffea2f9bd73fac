"""Things that might be done in the tests' little world."""

from __future__ import annotations

from sim_worlds.records import Pick, Place, Walk
from sim_worlds.rollouts import ObjectAt, OptionPlan, PlansDone, RobotPlan


def walk(x: float, y: float) -> Walk:
    return Walk(command_id="", x_m=x, y_m=y)


FETCH = OptionPlan(
    option_id="fetch",
    plans=(
        RobotPlan(
            robot_id="optimus_1",
            primitives=(Pick(command_id="", object_id="blue_1"), Place(command_id="", place_id="shelf_a2")),
        ),
    ),
    success=ObjectAt(object_id="blue_1", place_id="shelf_a2"),
)
AWAY = OptionPlan(
    option_id="away", plans=(RobotPlan(robot_id="gr2_1", primitives=(walk(9.5, 9.2),)),), success=PlansDone()
)
WAIT = OptionPlan(option_id="wait")
HALT = OptionPlan(option_id="halt", hold=("iron_1",))
STOP = OptionPlan(option_id="stop", cancel=("iron_1",))
