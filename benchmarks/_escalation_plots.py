"""Plots of the benchmark `escalation`, as PNG beside its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def draw(
    folder: Path,
    risk: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    effort: Mapping[str, Sequence[float]],
    worst: Mapping[str, Sequence[float]],
    rates: Mapping[str, float],
) -> list[Path]:
    """Risk over share acted on, return on effort over budget, worst windows, help rates. Returns the files."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)

    def page(title: str, x: str, y: str) -> tuple[Any, Any]:
        figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
        axes.set_title(title)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.grid(alpha=0.3)
        return figure, axes

    def keep(figure: Any, name: str) -> Path:
        path = folder / f"escalation_{name}.png"
        figure.savefig(path, dpi=120)
        plt.close(figure)
        return path

    figure, axes = page("Wrong among those acted on, surest first", "share acted on", "share wrong")
    for name, (share, wrong) in risk.items():
        axes.plot(share, wrong, label=name)
    axes.legend(fontsize=8)
    made = [keep(figure, "risk_coverage")]
    figure, axes = page("Return on human effort", "share of all decisions asked about", "s saved for a s of asking")
    for name in ("gate", "random", "first"):
        axes.plot(effort["budgets"], effort[name], marker="o", label={"first": "first come, always"}.get(name, name))
    axes.legend()
    made.append(keep(figure, "effort"))
    figure, axes = page("Worst 200 in a row while the proposer drifts, target 0.85", "", "covered")
    axes.boxplot(list(worst.values()), tick_labels=list(worst))
    axes.axhline(0.85, linestyle="--", color="grey")
    made.append(keep(figure, "drift"))
    figure, axes = page("Asked at equal success", "", "share asked")
    axes.bar(list(rates), list(rates.values()))
    made.append(keep(figure, "help"))
    return made
