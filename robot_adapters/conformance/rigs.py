"""The bench of the scripted humanoid."""

from __future__ import annotations

from typing import Any

from robot_adapters.base import HumanoidAdapter
from robot_adapters.conformance.rig import Rig
from robot_adapters.scripted import Script, ScriptedHumanoid, scripted_description


class ScriptedRig(Rig):
    """Virtual time; the ledger outlives the adapter, as a world would."""

    tick_s = 0.05
    done_within_s = 3.0

    def __init__(self) -> None:
        self.now_s = 100.0
        self.done: list[str] = []
        self.ledger: dict[str, dict[str, Any]] = _Counting(self.done)
        self.script = Script(seconds={"walk_to": 8.0, "pick": 0.5})
        self.adapter: ScriptedHumanoid = self._make()

    def _make(self) -> ScriptedHumanoid:
        description = scripted_description("scripted-1", skills=("walk_to", "pick", "wait"))
        return ScriptedHumanoid(description, lambda: self.now_s, self.script, ledger=self.ledger)

    def advance(self, seconds: float) -> None:
        self.now_s += seconds

    def quick(self) -> tuple[str, dict[str, Any]]:
        return "pick", {"object": "box_1"}

    def long(self) -> tuple[str, dict[str, Any]]:
        return "walk_to", {"place": "far", "place_approach": {"x": 5.0, "y": 1.0, "yaw": 0.5}}

    def impossible(self) -> tuple[str, dict[str, Any]]:
        self.script.fail_next = "it slipped"
        return self.quick()

    def cut_link(self) -> None:
        self.adapter.silent = True

    def mend_link(self) -> None:
        self.adapter.silent = False

    def make_fall(self) -> None:
        self.adapter.fall()

    def engage_e_stop(self) -> None:
        self.adapter.e_stopped = True

    def restart(self) -> HumanoidAdapter:
        self.adapter = self._make()
        return self.adapter

    def effects(self, command_id: str) -> int:
        return self.done.count(command_id)


class _Counting(dict[str, dict[str, Any]]):
    def __init__(self, done: list[str]) -> None:
        super().__init__()
        self._done = done

    def __setitem__(self, command_id: str, parameters: dict[str, Any]) -> None:
        self._done.append(command_id)
        super().__setitem__(command_id, parameters)


def scripted() -> Rig:
    """A scripted humanoid."""
    return ScriptedRig()
