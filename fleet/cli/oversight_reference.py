"""The page about the oversight file, from the records that read it."""

from __future__ import annotations

import dataclasses
import inspect
import typing

from fleet.escalation.queue.rules import (
    FloodSettings,
    Inhibition,
    OutageSettings,
    OversightRules,
    PersonOnCall,
    PolicySettings,
    Route,
    ShiftHours,
    TierSettings,
    WebhookSettings,
)

SECTIONS: tuple[tuple[str, type], ...] = (
    ("The file", OversightRules),
    ("people[]", PersonOnCall),
    ("shifts[]", ShiftHours),
    ("policies[]", PolicySettings),
    ("policies[].tiers[]", TierSettings),
    ("routes[]", Route),
    ("inhibit[]", Inhibition),
    ("flood", FloodSettings),
    ("outage", OutageSettings),
    ("webhooks[]", WebhookSettings),
)
INTRODUCTION = """\
# The oversight file

Who is asked, who is next, what silences what, and which other systems are told: named by `oversight` in a deployment
file or a scenario. `scenarios/oversight/ward.yaml` is a complete one. Without a file everybody with the role operator
is asked, then whoever answers for the shift. [How to](../how-to/questions-and-people.md). Reading is strict: whatever
is wrong is told with file, line, field, value and what would be right, and the exit code is 2.

"""


def oversight_page(
    made: str, row: typing.Callable[[dataclasses.Field[typing.Any], typing.Any, dict[str, str]], str]
) -> str:
    """The page; `made` says by what, `row` makes a field into a line of a table."""
    parts = [made, INTRODUCTION]
    for title, kind in SECTIONS:
        parts.append(f"## {title}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n\n")
        parts.append("| field | type | default | what |\n| --- | --- | --- | --- |\n")
        hints = typing.get_type_hints(kind)
        parts += [_plain(row(field, hints[field.name], {})) for field in dataclasses.fields(kind)]
        parts.append("\n")
    return "".join(parts).rstrip() + "\n"


def _plain(line: str) -> str:
    """Built-in policies and rules are described on the page and not printed as records."""
    return line if "Settings(" not in line and "Route(" not in line and "Inhibition(" not in line else _without(line)


def _without(line: str) -> str:
    cells = line.split(" | ")
    return " | ".join([cells[0], cells[1], "the built-in one", cells[-1]])
