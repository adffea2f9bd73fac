"""`fleet sim report`: reports from the runs in a folder, e.g. those that several machines of a CI have done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import FAILED, USAGE, Json, print_json, remark, say
from fleet.model.wire import to_plain
from fleet.scenario.record import Verdict


def report(
    folder: Annotated[Path, typer.Argument(help="A folder with run.json files below it.")],
    render: Annotated[bool, typer.Option("--render", help="Also a GIF and PNG stills beside each run.json.")] = False,
    as_json: Json = False,
) -> None:
    """Write junit.xml, report.json and report.html again, from all runs below a folder.

    Exit code 0: all of them kept every expectation; 1: one was broken; 2: no runs, or one that could not be done.
    """
    from fleet.scenario.reports import read_records, write_reports  # packages that other commands do without

    files, records = read_records(folder)
    written = write_reports(folder, records, files)
    if render:
        from fleet.scenario.reports.picture import write_gif, write_stills

        for record, file in zip(records, files, strict=True):
            if record.floor is None or not record.frames_s:
                remark(f"{record.run_id}: no pictures, its record has no tracks")
                continue
            write_stills(record, file.parent)
            write_gif(record, file.parent / "run.gif")
    if as_json:
        print_json(to_plain(written.summary))
    else:
        say(f"{written.summary.kept} of {written.summary.runs} runs kept every expectation: {written.html}")
    verdicts = {r.verdict for r in records}
    if verdicts & {Verdict.ERROR, Verdict.INTERRUPTED}:
        raise typer.Exit(USAGE)
    if Verdict.BROKEN in verdicts:
        raise typer.Exit(FAILED)
