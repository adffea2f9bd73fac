"""A stand-in for ROS 2's `launch` and `launch_ros`, which the wheels do not have: it records what a launch file asks
for, and can carry it out as far as the files of this project need."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import fleet.deployment

LAUNCH = Path(__file__).resolve().parents[2] / "launch"


class Action:
    """Anything in a launch description; keeps what it was made with."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        self.positional, self.named = positional, named


class DeclareLaunchArgument(Action):
    """An argument."""

    @property
    def name(self) -> str:
        return str(self.positional[0])


class OpaqueFunction(Action):
    """Evaluated when the arguments are known."""


class IncludeLaunchDescription(Action):
    """Another launch file."""


class PythonLaunchDescriptionSource(Action):
    """Where that one is."""


class ExecuteProcess(Action):
    """A process."""

    def command(self) -> list[str]:
        return [str(part) for part in self.named["cmd"]]


class Node(Action):
    """A process with one ROS node, whose name and parameters `launch_ros` puts at the end of the command line."""

    def command(self) -> list[str]:
        named = self.named
        ros = ["-r", f"__node:={named['name']}"] if named.get("name") else []
        if named.get("namespace"):
            ros += ["-r", f"__ns:={named['namespace']}"]
        for parameters in named.get("parameters", ()):
            for name, value in parameters.items():
                ros += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
        return [named["executable"], *named["arguments"], "--ros-args", *ros]


@dataclass
class LaunchContext:
    """The arguments' values."""

    values: dict[str, str] = field(default_factory=dict)


class LaunchConfiguration:
    """The value of an argument, once there is a context."""

    def __init__(self, name: str) -> None:
        self.name = name

    def perform(self, context: LaunchContext) -> str:
        return context.values[self.name]


class LaunchDescription:
    """A list of actions."""

    def __init__(self, entities: list[Any]) -> None:
        self.entities = entities


@contextmanager
def recording_launch() -> Iterator[None]:
    """Put the stand-in where `import launch` finds it."""
    modules = {
        "launch": {
            "LaunchContext": LaunchContext,
            "LaunchDescription": LaunchDescription,
            "LaunchDescriptionEntity": object,
        },
        "launch.actions": {
            "DeclareLaunchArgument": DeclareLaunchArgument,
            "ExecuteProcess": ExecuteProcess,
            "IncludeLaunchDescription": IncludeLaunchDescription,
            "OpaqueFunction": OpaqueFunction,
        },
        "launch.launch_description_sources": {"PythonLaunchDescriptionSource": PythonLaunchDescriptionSource},
        "launch.substitutions": {"LaunchConfiguration": LaunchConfiguration},
        "launch_ros": {},
        "launch_ros.actions": {"Node": Node},
    }
    ours = [*modules, "fleet.deployment.ros_launch"]
    before = {name: sys.modules.pop(name) for name in ours if name in sys.modules}
    vars(fleet.deployment).pop("ros_launch", None)  # `from package import module` looks there first
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module
    try:
        yield
    finally:
        for name in ours:
            sys.modules.pop(name, None)
        sys.modules.update(before)
        vars(fleet.deployment).pop("ros_launch", None)


def described(file: str) -> LaunchDescription:
    """What `generate_launch_description()` of a file in launch/ gives."""
    path = LAUNCH / file
    spec = importlib.util.spec_from_file_location(path.name.replace(".", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    description: LaunchDescription = module.generate_launch_description()
    return description


def carried_out(file: str, **arguments: str) -> list[ExecuteProcess | Node]:
    """The processes that the file starts with these arguments, those of included files too."""
    description = described(file)
    values: dict[str, str] = {}
    found: list[ExecuteProcess | Node] = []
    waiting = list(description.entities)
    while waiting:
        entity = waiting.pop(0)
        if isinstance(entity, DeclareLaunchArgument):
            values[entity.name] = arguments.get(entity.name, entity.named["default_value"])
        elif isinstance(entity, OpaqueFunction):
            waiting = [*entity.named["function"](LaunchContext(values)), *waiting]
        elif isinstance(entity, IncludeLaunchDescription):
            included = Path(entity.positional[0].positional[0])
            found += carried_out(included.name, **dict(entity.named["launch_arguments"]))
        else:
            found.append(entity)
    return found
