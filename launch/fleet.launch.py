"""Everything of a deployment: the same processes as `fleet up`, from the same file.

    ros2 launch launch/fleet.launch.py deployment:=deployments/demo.yaml

`ros2 launch launch/fleet.launch.py --show-args` lists the arguments. Processes may come up in any order: each waits
for what it needs.
"""

from __future__ import annotations

from pathlib import Path

from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration

from fleet.deployment import ros_launch
from fleet.deployment.nodes import NodeKind, RunPaths
from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity

ARGUMENTS = {
    "deployment": ("", "Path of the deployment file (required); docs/reference/deployment-file.md says what is in it."),
    "run_dir": ("", "Where journal, logs and sockets go; empty: what the deployment file says."),
    "port": ("", "Port of the API and the console; empty: what the deployment file says."),
    "domain_id": ("", "ROS domain, 0 to 101; empty: what the deployment file says."),
    "rate": ("", "Simulated seconds for each second, 0.05 to 100; empty: what the deployment file says."),
}


def start(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """The actions for this deployment, once the arguments are known."""
    values = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    deployment = ros_launch.prepare(values)
    found = ros_launch.actions(
        deployment, NodeKind.HOST, NodeKind.SUPERVISOR, NodeKind.API, NodeKind.PREVIEWER, NodeKind.NOTIFIER
    )
    if deployment.world is not None:
        simulation = Path(__file__).resolve().parent / "simulation.launch.py"
        resolved = str(RunPaths(Path(deployment.run_directory)).deployment)
        found.insert(
            0,
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(str(simulation)), launch_arguments=[("world_of", resolved)]
            ),
        )
    return found


def generate_launch_description() -> LaunchDescription:
    """What `ros2 launch` asks for."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text)
        for name, (default, text) in ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=start)])
