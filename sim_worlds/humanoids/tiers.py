"""Which body a robot gets in which tier. The only place that knows all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim_worlds.calibration import load_calibration
from sim_worlds.errors import SpecError
from sim_worlds.humanoids.base import Body
from sim_worlds.humanoids.kinematic import KinematicHumanoid
from sim_worlds.profiles import RobotSpec, Tier, load_model

if TYPE_CHECKING:
    from sim_worlds.physics import Physics
    from sim_worlds.rows import Rows


def make_body(
    physics: Physics,
    spec: RobotSpec,
    tier: Tier,
    x: float,
    y: float,
    yaw: float,
    rows: Rows | None = None,
    row: int = 0,
) -> Body:
    """A body of this tier for the robot, standing at (x, y) in m with heading `yaw` in rad, kept in `rows` at `row`.

    Raises `SpecError` when the model cannot be simulated in this tier.
    """
    model = load_model(spec.model)
    if tier not in model.tiers:
        why = " Only a model with a walking policy can be T2." if tier == "T2" else ""
        raise SpecError(
            f"{spec.robot_id}: tier: got {tier!r}, expected one of: {', '.join(model.tiers)} "
            f"for the model {spec.model}.{why}"
        )
    if tier == "T2":
        # Only a world that has one needs its packages.
        from sim_worlds.humanoids.g1 import WalkingG1

        return WalkingG1(physics, spec.robot_id, x, y, yaw)
    if tier == "T1":
        from sim_worlds.humanoids.upper_body import UpperBody

        return UpperBody(physics, spec.robot_id, model, load_calibration(), x, y, yaw, rows, row)
    return KinematicHumanoid(physics, spec.robot_id, model, load_calibration(), x, y, yaw, rows, row)
