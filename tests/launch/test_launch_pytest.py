"""With ROS 2's own `launch`, where it is installed: the files are valid to it."""

from __future__ import annotations

from pathlib import Path

import pytest

# A folder named launch/ in the working directory is found as a namespace package: only a submodule proves the real one.
actions = pytest.importorskip("launch.actions", reason="ROS 2's launch is not among the wheels")

LAUNCH = Path(__file__).resolve().parents[2] / "launch"


@pytest.mark.parametrize("file", ["fleet.launch.py", "simulation.launch.py"])
def test_ros_launch_loads_the_file(file: str) -> None:
    from launch.launch_description_sources import PythonLaunchDescriptionSource

    from launch import LaunchContext

    source = PythonLaunchDescriptionSource(str(LAUNCH / file))
    description = source.get_launch_description(LaunchContext())
    declared = [e for e in description.entities if isinstance(e, actions.DeclareLaunchArgument)]
    assert declared
    assert all(argument.description for argument in declared)
