"""Writes four pages of docs/reference/ (deployment file, command line, faults, oversight file): run it as
`python -m fleet.cli.reference`."""

from __future__ import annotations

import dataclasses
import inspect
import math
import sys
import typing
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from fleet.allocation.alike_settings import AlikeSettings
from fleet.allocation.plan_settings import AllocationSettings, AllocationWeights
from fleet.cli.oversight_reference import oversight_page
from fleet.deployment.fields import Limits
from fleet.deployment.preview_settings import PreviewSettings
from fleet.deployment.records import (
    ApiSettings,
    AuditSettings,
    Deployment,
    FaultSettings,
    HostSettings,
    PromotionSettings,
    RobotSettings,
    RosSettings,
    ShiftSettings,
    WhenSettings,
    WorldSettings,
)
from fleet.escalation.gate.settings import GateSettings, PromiseSettings
from fleet.supervisor.settings import SupervisorSettings
from fleet.traffic.settings import TrafficSettings
from sim_worlds.faults.reference import faults_page

ROOT = Path(__file__).resolve().parents[2]
MADE = "<!-- Made by `python -m fleet.cli.reference`; do not edit. -->\n\n"
SECTIONS: tuple[tuple[str, type], ...] = (
    ("The file", Deployment),
    ("shift", ShiftSettings),
    ("world", WorldSettings),
    ("world.promotion", PromotionSettings),
    ("world.faults[]", FaultSettings),
    ("world.faults[].when", WhenSettings),
    ("hosts[]", HostSettings),
    ("hosts[].robots[]", RobotSettings),
    ("supervisor", SupervisorSettings),
    ("allocation", AllocationSettings),
    ("allocation.weights", AllocationWeights),
    ("allocation.alike", AlikeSettings),
    ("traffic", TrafficSettings),
    ("previews", PreviewSettings),
    ("gate", GateSettings),
    ("gate.promises", PromiseSettings),
    ("api", ApiSettings),
    ("ros", RosSettings),
    ("audit", AuditSettings),
)
INTRODUCTION = """\
# The deployment file

One YAML file says what `fleet up` and `launch/fleet.launch.py` start. `deployments/demo.yaml` is a complete one.
Reading is strict: an unknown field, a wrong type, a number that is not finite or out of range, a name used twice, an
alias (`*x`) are errors that name file, line, field, value and what would be right, and the exit code is 2.

A process is started for the world (if there is one), for each host, for the supervisor, for the API and, with `world`
and `previews`, for the previewer. What they have on disk is in the run directory: `fleet.sqlite` (journal and
requests), `audit.sqlite` and `audit-key` (the [accountable record](../how-to/accountable-record.md)), `users.sqlite`,
`world/` (checkpoints), `logs/`, `status.json`, and `deployment.json`, which is this file after the overrides of the
command line.

"""


def deployment_page() -> str:
    """The page about the deployment file."""
    parts = [MADE, INTRODUCTION]
    for title, kind in SECTIONS:
        parts.append(f"## {title}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n")
        parts.append("| field | type | default | what |\n| --- | --- | --- | --- |\n")
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if kind is SupervisorSettings and field.name == "shift":
                continue  # a field of the deployment itself
            parts.append(field_row(field, hints[field.name], _comments(kind)))
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _comments(kind: type) -> dict[str, str]:
    """What stands behind the fields in the source, for records that have no `setting`."""
    found = {}
    for line in inspect.getsource(kind).splitlines():
        name, colon, rest = line.strip().partition(":")
        if colon and "#" in rest and name.isidentifier():
            found[name] = rest.split("#", 1)[1].strip()
    return found


def field_row(field: dataclasses.Field[Any], hint: Any, comments: dict[str, str]) -> str:
    """A field of a record as a line of a table."""
    limits = field.metadata.get("limits") or Limits(help=comments.get(field.name, ""))
    what = limits.help
    if limits.low > -math.inf or limits.high < math.inf:
        high = f" to {limits.high:g}" if limits.high < math.inf else " or more"
        what += f" ({limits.low:g}{high}{' ' + limits.unit if limits.unit else ''})"
    return f"| `{field.name}` | {_type(hint)} | {_default(field)} | {what} |\n"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        plain = field.default
        return "none" if plain is None else f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"
    return "required" if field.default_factory is dataclasses.MISSING else "empty"


def _type(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if arguments and type(None) in arguments:
        return _type(next(a for a in arguments if a is not type(None)))
    if origin is tuple:
        return f"list ({_type(arguments[0])})"
    if origin is typing.Literal:
        return " or ".join(f"`{a}`" for a in arguments)
    if origin is dict:
        return "mapping"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(f"`{e.value}`" for e in hint)
    if dataclasses.is_dataclass(hint):
        return "mapping (below)"
    return {str: "text", int: "whole number", float: "number", bool: "true or false"}.get(hint, "anything")


def cli_page() -> str:
    """The page about the command line."""
    from fleet.cli.main import app

    root = get_command(app)
    parts = [MADE, "# The command line\n\n", f"{root.help}\n\n"]
    parts.append(
        "Results go to standard output, remarks and progress to standard error. `--json` prints one document.\n"
    )
    parts.append("`fleet --install-completion` sets up completion for your shell.\n")
    for path, command in _commands("fleet", root):
        context = command.make_context(path, [], resilient_parsing=True)
        usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"\n## {path}\n\n{inspect.cleandoc(command.help or '')}\n\n```\n{path} {usage}\n```\n")
        rows = [_parameter(p) for p in command.params if getattr(p, "name", "") != "help"]
        if rows:
            parts.append("\n| | |\n| --- | --- |\n" + "".join(rows))
    return "".join(parts)


def _commands(path: str, command: Any) -> list[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if not children:
        return [(path, command)]
    return [found for name, child in children.items() for found in _commands(f"{path} {name}", child)]


def _parameter(parameter: Any) -> str:
    text = getattr(parameter, "help", "") or ""
    option = parameter.param_type_name == "option"
    name = ", ".join(f"`{o}`" for o in parameter.opts) if option else f"`{str(parameter.name).upper()}`"
    default = parameter.default
    if isinstance(default, (str, int, float)) and default not in ("", False):
        text += f" Default: {default}."
    return f"| {name} | {text} |\n"


def main(folder: Path = ROOT / "docs" / "reference") -> int:
    """Write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deployment-file.md").write_text(deployment_page(), encoding="utf-8")
    (folder / "cli.md").write_text(cli_page(), encoding="utf-8")
    (folder / "faults.md").write_text(faults_page(), encoding="utf-8")
    (folder / "oversight-file.md").write_text(oversight_page(MADE, field_row), encoding="utf-8")
    typer.echo(f"wrote deployment-file.md, cli.md, faults.md and oversight-file.md in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
