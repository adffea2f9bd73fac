"""Writes docs/reference/instance-format.md, instance.schema.json and plan.schema.json:
`python -m fleet.allocation.files.reference`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fleet.allocation.files.fields import RECORDS, TOP, default_of, phrase
from fleet.allocation.files.schema import instance_schema, plan_schema
from fleet.allocation.generating import FEATURES
from fleet.allocation.methods import METHODS

ROOT = Path(__file__).resolve().parents[3]
MADE = "<!-- Made by `python -m fleet.allocation.files.reference`; do not edit. -->\n\n"
INTRODUCTION = """\
# Instance and plan files

A planning problem as a file: `fleet plan solve FILE` makes a plan of it ([how](../how-to/solve-a-plan.md)). For
editors: [instance.schema.json](instance.schema.json). Reading is strict: an unknown field, a wrong type, a number that
is not finite or out of range, an id used twice, a robot or task that does not exist, tasks that wait for each other in
a circle are errors that name file, line, field, value and what would be right; the exit code is 2.

```json
{
 "format": "fleet-plan-instance", "version": 1, "name": "two robots, three tasks",
 "locations": ["dock", "shelf", "bench"],
 "points_m": [[0, 0], [8, 0], [8, 6]],
 "robots": [
  {"robot_id": "iron_1", "at": "dock", "speed_mps": 0.8},
  {"robot_id": "iron_2", "at": "bench", "speed_mps": 0.6}
 ],
 "tasks": [
  {"task_id": "bring", "stops": ["shelf", "bench"], "work_s": 30, "due_s": 90},
  {"task_id": "check", "stops": ["bench"], "work_s": 10, "after": ["bring"], "able": ["iron_2"]},
  {"task_id": "lift", "stops": ["shelf"], "work_s": 20, "team": 2}
 ]
}
```

Times are s, lengths m, energies Wh, powers W. What the fields mean for a plan (when a task starts, what a battery
loses, how a team ends) is in the text at the top of `fleet/allocation/instance.py`; `fleet/allocation/verify.py` checks
it.

"""
OTHERS = """\
## Solomon's and VRPLIB's files

`fleet plan solve` reads time-window instances in the forms of Solomon (`.txt`) and VRPLIB (`.vrp`) too; it tells them
apart by what is in them. They become instances like this, and `fleet plan solve` says so on standard error:

- a vehicle is a robot that walks 1 m/s, so that a distance is a time; all start at the depot when it opens;
- a customer is a task with one stop: service is work, the window is for its start and is hard;
- vehicles do not come back, but every customer ends early enough for its vehicle to be back before the depot closes;
- demands and capacities are left out: a robot carries one thing at a time. Compare lengths with published ones only for
  instances where the capacity does not matter, and add the way back;
- the cost is the length of all ways; `--weight NAME=VALUE` changes that.

Of VRPLIB: `EDGE_WEIGHT_TYPE` EUC_2D (not rounded), CEIL_2D, FLOOR_2D, or EXPLICIT with FULL_MATRIX or LOWER_ROW;
`NODE_COORD`, `DEMAND`, `TIME_WINDOW`, `SERVICE_TIME`, `DEPOT` (one) and `EDGE_WEIGHT` sections. Any other section is an
error: it may change what a plan is allowed to be.

"""


def page() -> str:
    """The reference page."""
    parts = [MADE, INTRODUCTION, "## The file\n\n| field | what |\n| --- | --- |\n"]
    parts += [f"| `{name}` | {text} |\n" for name, text in TOP.items()]
    for kind, (record, fields) in RECORDS.items():
        title = kind if kind == "weights" else f"{kind}[]"
        parts.append(f"\n## {title}\n\n| field | what it may be | default | what |\n| --- | --- | --- | --- |\n")
        for name, field in fields.items():
            default = "required" if field.required else f"`{json.dumps(default_of(record, name))}`"
            parts.append(f"| `{name}` | {phrase(field)} | {default} | {field.help} |\n")
    parts += ["\n", OTHERS, _plans()]
    return "".join(parts)


def _plans() -> str:
    rows = "".join(f"| `{name}` | {what} |\n" for name, what in METHODS.items())
    features = "".join(f"| `{name}` | {what} |\n" for name, what in FEATURES.items())
    return (
        "## Plans\n\n`fleet plan solve --json` writes a plan as [plan.schema.json](plan.schema.json) says, and\n"
        "`fleet plan check FILE PLAN` checks one, wherever it comes from; it looks at `cost`, `terms`, `routes` and\n"
        "`unplaced`.\n\n"
        f"| method | what |\n| --- | --- |\n{rows}\n"
        "## Made by dice\n\n`fleet plan generate` writes instances; `--with` adds features:\n\n"
        f"| feature | what |\n| --- | --- |\n{features}"
    )


def files() -> dict[str, str]:
    """The text of each file in docs/reference/ that is made here."""

    def text(schema: dict[str, Any]) -> str:
        return json.dumps(schema, indent=1) + "\n"

    return {
        "instance-format.md": page(),
        "instance.schema.json": text(instance_schema()),
        "plan.schema.json": text(plan_schema()),
    }


def main(folder: Path = ROOT / "docs" / "reference") -> int:
    """Write them."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
