"""Cells of an image as few rectangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rectangles(cells: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Rectangles (first row, first column, row after the last, column after the last) that cover exactly the True
    cells of a [rows, columns] array without overlap: runs in a row, merged with equal runs in the next rows."""
    found: list[tuple[int, int, int, int]] = []
    open_runs: dict[tuple[int, int], int] = {}
    padded = np.zeros((cells.shape[0] + 1, cells.shape[1] + 2), dtype=np.int8)
    padded[:-1, 1:-1] = cells
    for row in range(len(padded)):
        steps = np.diff(padded[row])
        runs = set(zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True))
        for run in [r for r in open_runs if r not in runs]:
            found.append((open_runs.pop(run), run[0], row, run[1]))
        for run in runs:
            open_runs.setdefault(run, row)
    return sorted(found)
