"""An instance of traffic from a file of any form we know, told apart by what is in it."""

from __future__ import annotations

from pathlib import Path

from fleet.allocation.files.json_lines import parse, read_text
from fleet.deployment.fields import FileError
from fleet.traffic.files.instances import TrafficInstance, instance_of
from fleet.traffic.files.league import LeagueInstance, instance_from_league, looks_like_league
from fleet.traffic.files.movingai import looks_like_map, map_from_text, wanted
from fleet.traffic.files.ours import instance_from_ours


def load_instance(path: Path, scenario: Path | None, agents: int | None) -> TrafficInstance | LeagueInstance:
    """The instance of a file: our JSON, the League's, or a MovingAI map with a scenario.

    Args:
        scenario: the `.scen` file, for a `.map` only.
        agents: only the first so many robots.

    Raises:
        FileError: a file cannot be used, with the line.
    """
    text, file = read_text(path), str(path)
    if looks_like_map(text):
        if scenario is None:
            raise FileError(file, 1, "--scen", "nothing", "a `.scen` file: a map alone says not who goes where")
        free = map_from_text(text, file)
        return instance_of(f"{path.stem}, {scenario.stem}", free, wanted(scenario, free, agents))
    if scenario is not None:
        raise FileError(file, 1, "the file", _start(text), "a MovingAI map, since --scen is given")
    if not text.lstrip("\ufeff \t\r\n").startswith("{"):
        raise FileError(file, 1, "the file", _start(text), "a MovingAI map, a League input, or our JSON")
    document = parse(text, file)
    if looks_like_league(document):
        return instance_from_league(document, text, path, agents)
    found = instance_from_ours(document, text, path)
    if agents is None:
        return found
    if agents > len(found.robots):
        raise FileError(file, 1, "--agents", agents, f"at most {len(found.robots)}, as many as are here")
    return instance_of(found.name, found.grid.free, found.robots[:agents])


def _start(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:60] if lines else "nothing"
