"""A process that serves scripted robots: `python scripted_host.py HOST LEDGER_DIR ROBOT [ROBOT...]`.

What the robots really did lies in LEDGER_DIR, one file a command with one line for each time it was done, so that a
test sees whether anything happened twice, also when the process was killed. While `LEDGER_DIR/silent-ROBOT` exists the
robot's radio is down.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from fleet.model.evidence import Detection, Observation
from robot_adapters.ros.host import AdapterHost
from robot_adapters.ros.run import run_host
from robot_adapters.ros.settings import HostSettings
from robot_adapters.scripted import Script, ScriptedHumanoid, scripted_description


class FileLedger(MutableMapping[str, dict[str, Any]]):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, command_id: str) -> Path:
        return self.folder / f"done-{command_id}"

    def __getitem__(self, command_id: str) -> dict[str, Any]:
        try:
            return json.loads(self._path(command_id).read_text().splitlines()[-1])
        except FileNotFoundError:
            raise KeyError(command_id) from None

    def __setitem__(self, command_id: str, parameters: dict[str, Any]) -> None:
        with self._path(command_id).open("a") as file:
            file.write(json.dumps(parameters) + "\n")

    def __delitem__(self, command_id: str) -> None:
        raise NotImplementedError("what happened has happened")

    def __iter__(self) -> Iterator[str]:
        return (p.name.removeprefix("done-") for p in self.folder.glob("done-*"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Radio(ScriptedHumanoid):
    """Its radio is down while a file says so. It looks around whenever something was done."""

    def __init__(self, folder: Path, host: str, robot_id: str) -> None:
        script = Script(default_seconds=0.5)
        super().__init__(scripted_description(robot_id, host), time.time, script, ledger=FileLedger(folder))
        self._switch = folder / f"silent-{robot_id}"
        self._looked = 0

    @property
    def silent(self) -> bool:
        return self._switch.exists()

    @silent.setter
    def silent(self, value: bool) -> None:
        if value:
            raise NotImplementedError("the file says it")

    def observations(self) -> list[Observation]:
        if len(self.ledger) == self._looked:
            return super().observations()
        self._looked = len(self.ledger)
        robot_id = self.describe().robot_id
        seen = Observation(
            observation_id=f"{robot_id}-{self._looked}",
            source=robot_id,
            source_kind="robot",
            observed_at_s=time.time(),
            covered=("store",),
            detections=(Detection(subject_id="box_1", subject_kind="object", x=1.0, y=2.0, place="shelf"),),
        )
        return [seen]


def main() -> None:
    host, folder, robots = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    made = [Radio(folder, host, robot_id) for robot_id in robots]

    def ready(_host: AdapterHost) -> None:
        print("ready", flush=True)

    run_host(made, HostSettings(host=host), ready=ready)


if __name__ == "__main__":
    main()
