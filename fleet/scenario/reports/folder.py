"""A report's folder: the records in it are found and read, the reports are written beside them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fleet.model.errors import InvalidField
from fleet.scenario.record import RunRecord, read_record
from fleet.scenario.reports.junit import junit_xml
from fleet.scenario.reports.page import html_page
from fleet.scenario.reports.summary import Summary, summarise

RECORD_NAME = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """What was written."""

    junit: Path
    json: Path
    html: Path
    summary: Summary


def find_records(folder: Path) -> list[Path]:
    """The `run.json` files below a folder, in the order of their paths (numbers by value).

    Raises:
        InvalidField: there is no such folder, or no run in it.
    """
    if not folder.is_dir():
        raise InvalidField("report", str(folder), "the folder of a report, as `fleet sim run --report` makes it")
    found = sorted(folder.rglob(RECORD_NAME), key=_by_number)
    if not found:
        raise InvalidField("report", str(folder), f"a folder with at least one {RECORD_NAME} below it: no run is there")
    return found


def _by_number(path: Path) -> list[tuple[int, str]]:
    """seed-2 before seed-10."""
    parts: list[tuple[int, str]] = []
    for part in path.parts:
        text, digits = part.rstrip("0123456789"), len(part) - len(part.rstrip("0123456789"))
        parts += [(-1, text), (int(part[-digits:]) if digits else -1, "")]
    return parts


def read_records(folder: Path) -> tuple[list[Path], list[RunRecord]]:
    """All records below a folder, and their files.

    Raises:
        InvalidField: there is none, or one is damaged or of another version; it names the file.
    """
    paths = find_records(folder)
    return paths, [read_record(path) for path in paths]


def check_writable(folder: Path) -> None:
    """Make the folder and see that files can be written there: before hours of runs, not after them.

    Raises:
        InvalidField: they cannot.
    """
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        what = f"a folder in which reports can be written ({problem.strerror})"
        raise InvalidField("report", str(folder), what) from None


def write_reports(
    folder: Path,
    records: Sequence[RunRecord] | None = None,
    files: Sequence[Path] | None = None,
    *,
    planned: int | None = None,
    interrupted: bool = False,
) -> ReportFiles:
    """Write `junit.xml`, `report.json` and `report.html` into `folder`, each whole or not at all.

    Args:
        records: the runs; None: all those found below `folder`.
        files: where each record is kept; None: the reports do not say.
        planned: how many runs there were to be, if that is known.
        interrupted: somebody stopped it, so that runs are missing; the reports say so.

    Raises:
        InvalidField: no runs, a damaged record, or a folder that cannot be written.
    """
    if records is None:
        files, records = read_records(folder)
    if not records:
        raise InvalidField("report", str(folder), "at least one run to report on")
    check_writable(folder)
    names = [os.path.relpath(f, folder) for f in files] if files is not None else [""] * len(records)
    summary = summarise(records, names, planned, interrupted)
    written = ReportFiles(
        junit=folder / "junit.xml", json=folder / "report.json", html=folder / "report.html", summary=summary
    )
    try:
        _whole(written.junit, junit_xml(records))
        _whole(written.json, msgspec.json.format(msgspec.json.encode(summary), indent=1) + b"\n")
        _whole(written.html, html_page(summary, records).encode())
    except OSError as problem:
        what = f"a folder in which reports can be written ({problem.strerror})"
        raise InvalidField("report", str(folder), what) from None
    return written


def _whole(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(data)
    beside.replace(path)
