"""`fleet policy`: decisions that are reserved for people, as files: test them, show them, ask them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.cli.output import FAILED, Json, print_json, print_table, say
from fleet.model.errors import InvalidField
from fleet.model.wire import to_plain
from fleet.policy.facts import checked, table
from fleet.policy.load import DEFAULT, policy_of
from fleet.policy.records import Limit, Rule
from fleet.policy.testing import junit, run_tests

app = typer.Typer(help="Decisions that are reserved for people.", no_args_is_help=True)
Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Policy files, or folders of them, in order.", show_default="the package's own alone"),
]


@app.command("test")
def run(
    paths: Paths = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML here too.")] = None,
    as_json: Json = False,
) -> None:
    """Run the tests in policy files. Exit code 0: all as expected; 1: one is not; 2: a file does not check out.

    The package's own policies are in force before those of the files, as they are when the fleet runs.
    """
    outcomes = run_tests(_own(paths))
    if junit_file is not None:
        try:
            junit_file.write_text(junit(outcomes), encoding="utf-8")
        except OSError as error:
            raise InvalidField("--junit", str(junit_file), f"a file that can be written ({error.strerror})") from None
    wrong = [o for o in outcomes if o.wrong]
    if as_json:
        print_json({"tests": to_plain(outcomes), "failed": len(wrong)})
    else:
        rows = [(o.file, "FAILED" if o.wrong else "ok", o.test, o.wrong) for o in outcomes]
        print_table(("file", "", "test", "why"), rows, "no tests in these files")
        say(f"{len(outcomes)} tests, {len(wrong)} failed")
    if wrong:
        raise typer.Exit(FAILED)


@app.command()
def show(paths: Paths = None, as_json: Json = False) -> None:
    """Show the rules and limits in force with these files, and what they were lifted by."""
    policy = policy_of(_own(paths))
    if as_json:
        rules = [{**to_plain(r.rule), "file": r.file, "condition": r.condition.text} for r in policy.rules.values()]
        print_json({"digest": policy.digest, "rules": rules, "lifted": to_plain(list(policy.lifted.values()))})
        return
    rows = [
        (r.name, r.file, "always" if r.always else "", _said(r.rule), r.rule.because) for r in policy.rules.values()
    ]
    print_table(("name", "file", "", "a person decides when", "because"), rows)
    for name, lift in policy.lifted.items():
        say(f"lifted: {name}, by {lift.owner}: {lift.because}")
    say(f"digest {policy.digest}")


def _said(rule: Rule | Limit) -> str:
    if isinstance(rule, Rule):
        return rule.when
    bounds = [f"{rule.fact} < {rule.at_least:g}"] if rule.at_least is not None else []
    bounds += [f"{rule.fact} > {rule.at_most:g}"] if rule.at_most is not None else []
    only = "" if rule.when == "true" else f" ({rule.when})"
    return " or ".join(bounds) + only


@app.command()
def explain(
    facts: Annotated[str, typer.Option("--facts", help="Facts as JSON, or @FILE.", show_default=False)],
    paths: Paths = None,
    as_json: Json = False,
) -> None:
    """Say whether a decision with these facts is a person's, and why. Facts that are left out are not known."""
    policy = policy_of(_own(paths))
    found = policy.explain(_facts(facts))
    if as_json:
        print_json({"reserved": bool(found), "reasons": to_plain(found), "digest": policy.digest})
        return
    for reservation in found:
        say(f"{reservation.rule} ({reservation.file}): {reservation}")
    say("a person decides" if found else "a robot may decide, as far as policies go")


def _facts(text: str) -> dict[str, Any]:
    source = text
    if text.startswith("@"):
        try:
            source = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidField("--facts", text, f"a file that can be read ({error})") from None
    try:
        given = json.loads(source)
    except ValueError as error:
        raise InvalidField("--facts", text, f'JSON such as {{"fragile": true}} ({error})') from None
    if not isinstance(given, dict):
        raise InvalidField("--facts", text, "an object of facts: {name: value, ...}")
    return checked(given)


@app.command()
def facts(as_json: Json = False) -> None:
    """List the facts that conditions may ask about, with their types and what holds where nothing is known."""
    columns = ("name", "type", "where not known", "meaning")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in table()])
    else:
        print_table(columns, table())


def _own(paths: list[Path] | None) -> list[Path]:
    found = paths or []
    for path in found:
        if not path.exists():
            raise InvalidField("PATHS", str(path), "a policy file or folder that is there")
    return [p for p in found if p.resolve() != DEFAULT]
