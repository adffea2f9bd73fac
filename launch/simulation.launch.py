"""Only the simulated world of a deployment. `fleet.launch.py` includes this one where there is a world.

ros2 launch launch/simulation.launch.py world_of:=out/demo/deployment.json
"""

from __future__ import annotations

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration

from fleet.deployment import ros_launch
from fleet.deployment.load import load_deployment, save_resolved
from fleet.deployment.nodes import NodeKind
from fleet.model.errors import InvalidField
from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity


def start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """The world's process."""
    path = LaunchConfiguration("world_of").perform(context)
    if not path:
        raise InvalidField("world_of", "", "the path of a deployment file: world_of:=deployments/demo.yaml")
    deployment = load_deployment(path)
    if deployment.world is None:
        raise InvalidField("world_of", path, "a deployment with a world")
    save_resolved(deployment)
    return ros_launch.actions(deployment, NodeKind.WORLD)


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    text = "Path of a deployment file that has a world (required)."
    return LaunchDescription(
        [DeclareLaunchArgument("world_of", default_value="", description=text), OpaqueFunction(function=start)]
    )
