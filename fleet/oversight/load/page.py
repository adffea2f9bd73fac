"""The report as one HTML file that needs nothing else: figures, questions over time, sources, missed questions."""

from __future__ import annotations

from jinja2 import Environment, select_autoescape

from fleet.oversight.load.figures import FLOOD, LoadReport
from fleet.oversight.load.lines import figure_lines

_WIDTH, _HEIGHT, _BARS = 900.0, 120.0, 450

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Load of questions</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 940px; color: #1d2327; background: #f8f9f9; }
h1 { font-size: 20px; } h2 { font-size: 15px; margin-top: 28px; }
table { border-collapse: collapse; width: 100%; background: #fff; }
td, th { text-align: left; padding: 4px 10px; border-bottom: 1px solid #d3d7da; vertical-align: top; }
.not { color: #8a5300; font-weight: 600; } .muted { color: #59636b; }
svg { background: #fff; border: 1px solid #d3d7da; width: 100%; height: auto; }
</style></head><body>
<h1>Load of questions on {{ report.people }} {{ "person" if report.people == 1 else "people" }} on shift</h1>
<p class="muted">{{ "%.1f"|format((report.ends_s - report.begins_s) / 3600) }} h of fleet time; {{ report.questions }}
questions were raised, {{ report.put }} were put to people. Aims: ISA-18.2 and EEMUA 191, for one operator.</p>
<table><tr><th>figure</th><th>measured</th><th>aim</th><th></th></tr>
{% for line in lines %}<tr><td>{{ line.what }}</td><td>{{ line.value }}</td><td>{{ line.aim }}</td>
<td class="{{ 'not' if line.kept == False }}">
{{ "" if line.kept is none else "kept" if line.kept else "NOT KEPT" }}</td></tr>
{% endfor %}</table>
<h2>Questions in each ten minutes</h2>
<svg viewBox="0 0 900 140" role="img" aria-label="questions in each ten minutes">
{% for bar in bars %}<rect x="{{ bar.x }}" y="{{ bar.y }}" width="{{ bar.w }}" height="{{ bar.h }}"
 fill="{{ '#b3121a' if bar.flood else '#2c4a63' }}"><title>{{ bar.title }}</title></rect>
{% endfor %}<line x1="0" x2="900" y1="120" y2="120" stroke="#c2c7cc"/>
<text x="4" y="135" font-size="11" fill="#59636b">0 h</text>
<text x="896" y="135" font-size="11" text-anchor="end" fill="#59636b">
{{ "%.0f"|format((report.ends_s - report.begins_s) / 3600) }} h;
 highest {{ report.per_window|max }}; red: a flood</text></svg>
<h2>Noisiest sources</h2>
<table><tr><th>source</th><th>questions</th><th>share</th></tr>
{% for s in report.top_ten %}<tr><td>{{ s.source }}</td><td>{{ s.questions }}</td>
<td>{{ "%.1f %%"|format(100 * s.share) }}</td></tr>
{% else %}<tr><td class="muted" colspan="3">no questions</td></tr>{% endfor %}</table>
<h2>Missed questions</h2>
<table><tr><th>kind</th><th>about</th><th>at</th><th>because</th></tr>
{% for m in report.missed %}<tr><td>{{ m.kind|replace("_", " ") }}</td><td>{{ m.subject }}</td>
<td>{{ "%.0f s"|format(m.at_s) }}</td><td>{{ m.because }}</td></tr>
{% else %}<tr><td class="muted" colspan="4">none was found</td></tr>{% endfor %}</table>
<p class="muted">Asked too late: a default was taken that nobody was told of (nor of what silenced it), or with
less than 10 s to answer. Default wrong: nobody answered, and what followed shows that the default was not right.
Never asked: it went wrong without a question. What nobody noticed is in none of these.</p>
<h2>Who decided</h2>
<table><tr><th>person</th><th>decided</th><th>answers for safe defaults</th></tr>
{% for p in report.persons %}<tr><td>{{ p.name }}</td><td>{{ p.decided }}</td><td>{{ p.by_default }}</td></tr>
{% else %}<tr><td class="muted" colspan="3">nobody</td></tr>{% endfor %}</table>
</body></html>
"""


def html_page(report: LoadReport) -> str:
    """The whole page. Everything that came from people or robots is escaped."""
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    return environment.from_string(_PAGE).render(report=report, lines=figure_lines(report), bars=_bars(report))


def _bars(report: LoadReport) -> list[dict[str, object]]:
    """At most `_BARS` bars: of several windows the fullest is shown, so that no flood is smoothed away."""
    counts = report.per_window
    each = -(-len(counts) // _BARS)
    shown = [max(counts[i : i + each]) for i in range(0, len(counts), each)]
    highest, width = max(max(shown), 1), _WIDTH / len(shown)
    return [
        {
            "x": round(i * width, 2),
            "w": round(max(width - 0.5, 0.5), 2),
            "h": round(_HEIGHT * count / highest, 2),
            "y": round(_HEIGHT - _HEIGHT * count / highest, 2),
            "flood": count > FLOOD * report.people,
            "title": f"{count} questions, {i * each * 10 / 60:.1f} h",
        }
        for i, count in enumerate(shown)
        if count
    ]
