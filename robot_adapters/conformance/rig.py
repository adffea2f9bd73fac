"""A rig: one robot on the test bench, and the hands that do to it what tests need.

A test that needs a hand the rig has not got is skipped, and says which; so a bench for a real robot may begin small.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

import pytest

from fleet.model.commands import CommandUpdate, ExecuteSkill
from fleet.model.errors import LinkDown, NotFound
from robot_adapters.base import HumanoidAdapter

GROUP = "humanoid_fleet.conformance"


class Rig(ABC):
    """What a bench has to offer. Set the bounds to what the robot's data sheet promises."""

    adapter: HumanoidAdapter
    tick_s: float = 0.1
    done_within_s: float = 60.0  # the quick command
    hold_within_s: float = 1.0
    watchdog_within_s: float = 2.0

    # ---- what every bench has -----------------------------------------------------------------------------

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time go on: move virtual time, or sleep. Touches the adapter no more than its own threads would."""

    @abstractmethod
    def quick(self) -> tuple[str, dict[str, Any]]:
        """Skill and parameters of a command that this robot can do now, in `done_within_s`."""

    @abstractmethod
    def long(self) -> tuple[str, dict[str, Any]]:
        """The same for one that takes at least 5 s and moves the robot where that is possible."""

    def close(self) -> None:
        """Leave nothing behind."""
        self.adapter.disconnect()

    # ---- hands that a bench may have ----------------------------------------------------------------------

    def cut_link(self) -> None:
        """The robot cannot be reached from now on."""
        pytest.skip(f"{type(self).__name__} cannot cut the link")

    def mend_link(self) -> None:
        """It can be reached again."""
        pytest.skip(f"{type(self).__name__} cannot mend the link")

    def make_fall(self) -> None:
        """Make the robot fall within 20 s."""
        pytest.skip(f"{type(self).__name__} cannot make the robot fall")

    def restart(self) -> HumanoidAdapter:
        """A new adapter for the same robot, as after a crash of its process. Replaces `adapter`; not yet connected."""
        pytest.skip(f"{type(self).__name__} cannot restart the adapter")

    def engage_e_stop(self) -> None:
        """Press the robot's emergency stop."""
        pytest.skip(f"{type(self).__name__} cannot engage the e-stop")

    def impossible(self) -> tuple[str, dict[str, Any]]:
        """Skill and parameters of a command that is well-formed and cannot succeed."""
        pytest.skip(f"{type(self).__name__} has no impossible command")

    def effects(self, command_id: str) -> int:
        """How often the command's effect really happened, by a count that the adapter does not keep."""
        pytest.skip(f"{type(self).__name__} does not count effects")

    # ---- what tests are written with ----------------------------------------------------------------------

    def command(self, kind: str = "quick", command_id: str = "c-1", epoch: int = 1) -> ExecuteSkill:
        """A command: `quick`, `long` or `impossible`."""
        skill, parameters = getattr(self, kind)()
        robot_id = self.adapter.describe().robot_id
        return ExecuteSkill(
            command_id=command_id,
            robot_id=robot_id,
            task_id=f"task-of-{command_id}",
            epoch=epoch,
            skill=skill,
            parameters=parameters,
        )

    def connected(self) -> HumanoidAdapter:
        """The adapter, connected and with somebody in charge."""
        self.adapter.connect()
        self.run(2 * self.tick_s)
        return self.adapter

    def run(self, seconds: float, *, heartbeats: bool = True) -> list[CommandUpdate]:
        """Let time go on with somebody in charge; returns what was reported meanwhile."""
        reported: list[CommandUpdate] = []
        for _ in range(max(1, round(seconds / self.tick_s))):
            if heartbeats:
                self._beat()
            self.advance(self.tick_s)
            reported += self.adapter.poll()
        return reported

    def run_until(self, happened: Callable[[list[CommandUpdate]], bool], within_s: float) -> list[CommandUpdate]:
        """The same until something has happened; fails the test if it does not."""
        reported: list[CommandUpdate] = []
        for _ in range(max(1, round(within_s / self.tick_s))):
            if happened(reported):
                return reported
            reported += self.run(self.tick_s)
        if not happened(reported):
            pytest.fail(f"did not happen within {within_s:g} s; reported: {reported}")
        return reported

    def run_to_end(self, command_id: str) -> CommandUpdate:
        """Until the command has ended; returns its final status."""
        reported = self.run_until(lambda us: any(_ends(u, command_id) for u in us), self.done_within_s)
        return next(u for u in reported if _ends(u, command_id))

    def _beat(self) -> None:
        try:
            self.adapter.heartbeat()
        except LinkDown:
            return


def _ends(update: CommandUpdate, command_id: str) -> bool:
    return update.command_id == command_id and update.status.final


def renamed(command: ExecuteSkill, **changes: Any) -> ExecuteSkill:
    """The command with some fields changed."""
    return replace(command, **changes)


def load_rig(name: str) -> Callable[[], Rig]:
    """What makes a rig of that name.

    Raises:
        NotFound: neither an entry point nor `package.module:function`; lists the names there are.
    """
    points = {p.name: p for p in entry_points(group=GROUP)}
    if name in points:
        found: Callable[[], Rig] = points[name].load()
        return found
    module, _, function = name.partition(":")
    if not function:
        known = ", ".join(sorted(points)) or "none"
        raise NotFound("adapter in the conformance suite", name, f"{known}, or package.module:function")
    try:
        made: Callable[[], Rig] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise NotFound("rig", name, f"it could not be imported: {error}") from error
    return made
