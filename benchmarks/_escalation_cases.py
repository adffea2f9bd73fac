"""Cases whose truth is known, for the benchmark `escalation`: made up, said, and played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.evaluate import Table
from fleet.escalation.gate.settings import SHIPPED_FILE
from fleet.escalation.gate.store import CalibrationData, Case, Key, key_text, read_data

OTHER_SEED = 20_260  # of instructions: the shipped data were made with another one


def made_up(count: int, seed: int = 0, options: int = 4, too_sure: float = 1.5) -> Table:
    """Scores of a proposer that knows something and is too sure of it: the truth is drawn from flatter odds than it
    says. `too_sure` is by how much, as a power; 1 is an honest proposer."""
    rng = np.random.default_rng(seed)
    odds = np.exp(rng.normal(size=(count, options)) * 2.0)
    odds /= odds.sum(axis=1, keepdims=True)
    truth = (odds.cumsum(axis=1) > rng.uniform(size=(count, 1))).argmax(axis=1)
    scores = odds**too_sure
    return Table.of(scores / scores.sum(axis=1, keepdims=True), truth)


def said(per_site: int) -> CalibrationData:
    """Instructions of known meaning that nothing was calibrated on."""
    from fleet.cli.calibrating.instructions import said as instructions

    return CalibrationData(cases=tuple(instructions(per_site, OTHER_SEED)))


def played() -> CalibrationData:
    """The examples from simulation in the data that are shipped."""
    found = read_data(SHIPPED_FILE)
    return CalibrationData(cases=tuple(c for c in found.cases if c.source.kind == "simulation"))


def played_anew(files: Sequence[Path], seeds: Sequence[int]) -> CalibrationData:
    """Scenarios played now, the truth taken from their worlds."""
    from fleet.cli.calibrating.collect import collect
    from fleet.cli.quiet import without_chatter

    cases: list[Case] = []
    with without_chatter():
        for file in files:
            for seed in seeds:
                cases += collect(file, seed).cases
    return CalibrationData(cases=tuple(cases))


def tables(data: CalibrationData, least: int) -> dict[str, Table]:
    """By class and severity, those with at least `least` cases."""
    found = {key: Table.of_examples(data.examples(key)) for key in data.classes()}
    return {key_text(key): table for key, table in found.items() if len(table) >= least}


def promises() -> dict[str, Promise]:
    """What is promised by the data that are shipped, by class and severity."""
    found: dict[Key, Promise] = dict(read_data(SHIPPED_FILE).promises)
    return {key_text(key): promise for key, promise in found.items()}
