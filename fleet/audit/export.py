"""The record of a period for somebody outside: readable, as data, and with the proof beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from fleet.audit.bundle import make_bundle
from fleet.audit.log import AuditLog
from fleet.audit.verify import Findings, verify_bundle
from fleet.audit.wording import Line, line_of
from fleet.model.errors import InvalidField, NotFound

README = """The accountable record of {origin}, entries {first} to {last} of {size}.

report.html   who was accountable for what, when, having seen what
entries.json  the same as data, every field
bundle.json   the same with signatures and proofs; check it with
                  fleet audit verify bundle.json --keys KEYS
              which needs no network and no server. One entry on either side of the period is in it too, where there
              is one, so that it shows that nothing of the period was left out.
keys.txt      the public keys that signed it. Compare them with those you were given by another way: keys that come
              together with what they sign prove nothing.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written. `findings` is a check of the bundle with the log's own keys: that it is whole."""

    folder: Path
    entries: int
    first: int
    end: int
    findings: Findings


def export(log: AuditLog, folder: Path, since: datetime | None, until: datetime | None, now: datetime) -> Exported:
    """Write the record of a period into a new folder.

    Args:
        since, until: by when the entries were written (with time zones); from `since` on, before `until`. None: all.
        now: when this is done.

    Raises:
        InvalidField: the folder is there and not empty, or the period ends before it begins.
        NotFound: nothing was signed yet, or there is no entry in the period.
    """
    if since and until and until <= since:
        raise InvalidField("--to", until.isoformat(), f"a time after {since.isoformat()}")
    if folder.exists() and any(folder.iterdir()):
        raise InvalidField("--out", str(folder), "a folder that is not there yet, or is empty")
    newest = log.latest_checkpoint()
    if newest is None:
        raise NotFound("checkpoint", log.origin, "none: nothing has been signed yet")
    size, note = newest
    chosen = _in_period(log, size, since, until)
    if not chosen:
        raise NotFound("entry", f"in this period; the log has {size}")
    first, end = chosen[0], chosen[-1] + 1
    bundle = make_bundle(log, note, (), size, (max(0, first - 1), min(size, end + 1)))
    folder.mkdir(parents=True, exist_ok=True)
    entries = [(n, json.loads(log.entry(n))) for n in chosen]
    _write_json(folder / "entries.json", [{"number": n, "record": r} for n, r in entries])
    _write_json(folder / "bundle.json", bundle)
    (folder / "keys.txt").write_text("".join(f"{v.text()}\n" for v in log.signers()), encoding="utf-8")
    about = README.format(origin=log.origin, first=first, last=end - 1, size=size)
    (folder / "README.txt").write_text(about, encoding="utf-8")
    findings = verify_bundle(bundle, log.signers())
    lines = [line_of(n, record) for n, record in entries]
    page = _page(lines, log.origin, note, findings, since, until, now)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return Exported(folder=folder, entries=len(entries), first=first, end=end, findings=findings)


def _in_period(log: AuditLog, size: int, since: datetime | None, until: datetime | None) -> range:
    """The run from the first to the last entry that was written in the period: what was written between them while the
    clock stood wrong is in it too."""
    if since is None and until is None:
        return range(size)
    late, early = datetime.max.replace(tzinfo=timezone.utc), datetime.min.replace(tzinfo=timezone.utc)
    within = [n for n, at in _times(log) if n < size and (since or early) <= at < (until or late)]
    return range(within[0], within[-1] + 1) if within else range(0)


def _times(log: AuditLog) -> Iterator[tuple[int, datetime]]:
    for number, _, body in log.entries():
        written = json.loads(body).get("written_at")
        if isinstance(written, str):
            yield number, datetime.fromisoformat(written.replace("Z", "+00:00"))


def parse_time(text: str, field: str) -> datetime:
    """A date, or a date and time; in UTC where it names no zone. Raises `InvalidField`."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise InvalidField(field, text, "a date or time such as 2026-11-23 or 2026-11-23T06:00:00Z") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def _page(
    lines: list[Line],
    origin: str,
    note: str,
    findings: Findings,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> str:
    environment = Environment(
        loader=PackageLoader("fleet.audit", "assets"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    people = Counter((line.who, line.role) for line in lines if line.who)
    decided = Counter(line.who for line in lines if line.kind == "decision")
    return environment.get_template("record.html.j2").render(
        lines=lines,
        origin=origin,
        note=note,
        findings=findings,
        since=since.isoformat() if since else "the beginning",
        until=until.isoformat() if until else "now",
        now=now.isoformat(timespec="seconds"),
        people=[(who, role, count, decided.get(who, 0)) for (who, role), count in people.most_common()],
        kinds=Counter(line.title for line in lines).most_common(),
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
