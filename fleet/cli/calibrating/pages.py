"""The report on calibration as one self-contained HTML page, with its plots inside."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.model.errors import InvalidField

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #d0d7de;padding:.25rem .6rem;text-align:left}"
    "th{background:#f6f8fa}img{max-width:100%}.bad{color:#b3261e;font-weight:600}"
)


def write_page(path: Path, title: str, data: Mapping[str, Any], ruled: Mapping[str, Any]) -> None:
    """Write the page. Raises `InvalidField` where the file cannot be written or matplotlib is not installed."""
    parts = [f"<h1>{html.escape(title)}</h1>", _summary(data)]
    if ruled:
        parts.append(_as_it_was(ruled))
    for name, r in data.items():
        parts.append(f"<h2>{html.escape(name)}</h2>{_details(r)}")
        if r["held_out"] is not None or r["drift"] is not None:
            parts.append(f'<img alt="plots of {html.escape(name)}" src="data:image/png;base64,{_plots(r)}">')
    page = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{_STYLE}</style>"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page + "".join(parts) + "\n", encoding="utf-8")
    except OSError as problem:
        raise InvalidField("--html", str(path), f"a file that can be written ({problem.strerror})") from None


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{html.escape(h)}" for h in head)
    lines = "".join("<tr>" + "".join(f"<td>{c}" for c in row) for row in rows)
    return f"<table><tr>{cells}{lines}</table>"


def _summary(data: Mapping[str, Any]) -> str:
    rows = []
    for name, r in data.items():
        h = r["held_out"]
        enough = "yes" if r["enough"] else '<span class="bad">no: it asks</span>'
        seen = [f"{h['coverage']:.3f}", f"{h['act_and_wrong']:.4f}", f"{h['help_rate']:.3f}"] if h else ["-"] * 3
        promised = [f"{1 - r['epsilon']:g}", f"{r['alpha']:g}"]
        rows.append([html.escape(name), str(r["examples"]), f"{r['effective']:.0f}", enough, *promised, *seen])
    head = ["class", "examples", "worth", "enough", "coverage promised", "acts wrongly at most"]
    return _table([*head, "covered", "acted and wrong", "asked"], rows)


def _as_it_was(ruled: Mapping[str, Any]) -> str:
    rows = [
        [
            html.escape(name),
            *(str(r[k]) for k in ("rulings", "acted", "reserved", "known", "reviewed", "reviewed_wrong")),
            _number(r["coverage"]),
            _number(r["act_and_wrong"]),
            f"{r['act_and_wrong_at_most']:.3f}",
        ]
        for name, r in ruled.items()
    ]
    head = ["class", "rulings", "acted", "reserved", "truth known", "reviewed", "of these wrong", "coverage"]
    return "<h2>As it was ruled</h2>" + _table([*head, "acted and wrong", "at most (95 %)"], rows)


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def _details(r: Mapping[str, Any]) -> str:
    sources = ", ".join(f"{n} from {html.escape(k)}" for k, n in r["sources"].items())
    bar = "none is high enough: it asks" if r["bar"] is None else f"{r['bar']:.3f}"
    reach = "every option" if r["quantile"] is None else f"options that score at least {1 - r['quantile']:.3f}"
    return f"<p>{r['examples']} examples ({sources}). In the set: {reach}. Score needed to act: {bar}.</p>"


def _plots(r: Mapping[str, Any]) -> str:
    try:
        import matplotlib
    except ImportError:
        raise InvalidField("--html", "matplotlib", "installed: pip install humanoid-fleet[calibration]") from None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
    h, d = r["held_out"], r["drift"]
    left.set(
        title="Wrong among those acted on", xlabel="share acted on, surest first", ylabel="share wrong", ylim=(0, None)
    )
    middle.set(title="Asked at equal success", ylabel="share asked", ylim=(0, 1))
    if h is not None:
        share, risk = zip(*h["risk_coverage"], strict=True)
        left.plot(share, risk)
        left.axhline(r["alpha"], linestyle="--", color="grey")
        rates = {k: v for k, v in h["others_at_equal_success"].items() if v is not None}
        middle.bar(list(rates), list(rates.values()))
        middle.tick_params(axis="x", rotation=30)
    right.set(title="Coverage along the cases", xlabel="case", ylim=(0, 1.02))
    if d is not None:
        right.plot(d["static"], label="level stays")
        right.plot(d["adaptive"], label="level adapts")
        right.axhline(1 - r["epsilon"], linestyle="--", color="grey")
        right.legend()
    memory = io.BytesIO()
    figure.savefig(memory, format="png", dpi=90)
    plt.close(figure)
    return base64.b64encode(memory.getvalue()).decode()
