"""The accountable record: how fast it is written, proved and checked, and whether any damage goes unseen.

- Appends of real decision records: one by one and in batches of 100, on the disk when acknowledged; and following a
  journal from its first record.
- Proofs in a log of ten million entries (made in bulk, memory bounded): inclusion and consistency between sizes drawn
  at random, each with its own verification.
- Checking: entries of a bundle a second, and the whole file.
- Damage: in a small bundle every single byte changed in several ways, every entry dropped, every two neighbours
  exchanged, every truncation at either end, and forks signed with the same key. What still parses to the very same
  content (none does here) would be no edit and is counted apart.

Times of proofs and checks are processor time of one core, so that other work on the machine counts little; appends
wait for the disk and are in wall time.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._harness import Metric, finish, peak_mb, percentile
from fleet.audit import merkle
from fleet.audit.bundle import make_bundle
from fleet.audit.casebook import CaseBook
from fleet.audit.log import AuditLog
from fleet.audit.notes import Signer
from fleet.audit.server_key import open_log
from fleet.audit.verify import parse_bundle, verify_bundle
from fleet.audit.writer import AuditWriter
from fleet.clock import VirtualClock
from fleet.journal.sqlite import SqliteStore
from fleet.model.escalation import Shift
from fleet.model.events import HoldSet, ObservationMade
from fleet.model.evidence import Observation

ENTRIES = 10_000_000
_BULK = 100_000
_SERVER = Signer("bench.fleet/0", bytes(range(32)))


@dataclass
class Caught:
    """How many changes were tried, how many were seen, and how many were none."""

    tried: int = 0
    seen: int = 0
    none: int = 0

    def metric(self) -> Metric:
        """Share seen, in percent."""
        return Metric(value=100.0 * self.seen / self.tried, unit="%", aim=100.0, better="higher")


def decision(i: int) -> dict[str, Any]:
    """A decision's record, 2 kB."""
    options = [
        {"option_id": f"object:box_{k}", "label": f"box {k}", "score": (k + 1) / 7 + i % 5 / 100} for k in range(4)
    ]
    evidence = [{"source": f"camera {k}", "digest": f"{i * 31 + k:064x}", "summary": "saw a box"} for k in range(6)]
    history = [{"at_s": i + k / 10, "event": "EscalationNotified", "to": ["Ana", "Sam"]} for k in range(8)]
    return {
        "kind": "decision",
        "about": {"escalation": f"E{i}"},
        "accountable": {"name": f"operator {i % 7}", "role": "operator", "because": "answered it"},
        "question": {"options": options, "evidence": evidence, "question": "Which box is meant by 'the blue one'?"},
        "history": history,
        "answer": {"reason": "the left one, the nurse pointed at it", "shown_digest": f"{i:064x}"},
    }


def appends(folder: Path, seconds: float) -> dict[str, Metric]:
    """Durable appends for so long, one at a time and by the hundred."""
    found = {}
    for name, batch in (("appends_one_by_one", 1), ("appends_by_100", 100)):
        log = AuditLog(folder / f"{name}.sqlite", _SERVER.name)
        i, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds:
            log.append([(i + k + 1, decision(i + k)) for k in range(batch)])
            i += batch
        rate = i / (time.perf_counter() - begun)
        log.close()
        aim = 100.0 if batch == 1 else 1000.0
        found[name] = Metric(value=rate, unit="1/s", aim=aim, better="higher")
    size = len(json.dumps(decision(1), separators=(",", ":")))
    print(f"appended records of {size} bytes, on the disk before they were acknowledged", flush=True)
    return found


def following(folder: Path, records: int) -> dict[str, Metric]:
    """The writer over a journal in which one event in ten is somebody's act."""
    with SqliteStore(folder / "journal.sqlite", durable=False) as journal:
        epoch = journal.take_lead("bench", 1e9, 0.0)
        assert epoch is not None
        for at in range(0, records, 100):
            seen = Observation(
                observation_id=f"o{at}",
                source="cam",
                source_kind="camera",
                observed_at_s=float(at),
                covered=(),
                detections=(),
            )
            events = [HoldSet(robot_id="r1", engaged=True, because="b", by="Ana")] * 10
            journal.append([*[ObservationMade(observation=seen)] * 90, *events], float(at), epoch)
        log, signer = open_log(folder, "bench")
        writer = AuditWriter(log, journal, signer, CaseBook(Shift(accountable="Sam")), VirtualClock())
        begun = time.perf_counter()
        while writer.run_once():
            pass
        rate = records / (time.perf_counter() - begun)
        if log.size < records / 10:
            raise RuntimeError(f"of {records / 10:g} acts only {log.size} are on record")
        log.close()
    return {"journal_followed": Metric(value=rate, unit="records/s", aim=5000.0, better="higher")}


def big_log(folder: Path, entries: int) -> tuple[AuditLog, dict[str, Metric]]:
    """A log of so many small entries, made in bulk."""
    log = AuditLog(folder / "big.sqlite", _SERVER.name, durable=False)
    begun, cpu = time.perf_counter(), time.process_time()
    for first in range(0, entries, _BULK):
        log.append_bodies([b'{"n":%d}' % i for i in range(first, min(first + _BULK, entries))])
    took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    log.checkpoint([_SERVER])
    resident = peak_mb()
    mb = sum(f.stat().st_size for f in folder.glob("big.sqlite*")) / 1e6
    print(f"{entries} entries in {took:.0f} s ({cpu:.0f} s of processor time), {mb:.0f} MB, {resident:.0f} MB resident")
    return log, {
        "bulk_build": Metric(value=entries / cpu, unit="entries/s", better="higher"),
        "bulk_build_memory": Metric(value=resident, unit="MB", aim=500.0),
        "file_per_million": Metric(value=mb * 1e6 / entries, unit="MB"),
    }


def proofs(log: AuditLog, count: int) -> dict[str, Metric]:
    """Proofs between random places and sizes, each verified. Processor time; the tiles come from the file's cache."""
    dice, size = random.Random(4), log.size
    inclusion: list[float] = []
    consistency: list[float] = []
    verifying: list[float] = []
    lengths: list[int] = []
    root = log.root(size)
    for _ in range(count):
        index, old = dice.randrange(size), dice.randrange(1, size)
        with Timed(inclusion):
            proof = log.inclusion(index, size)
        leaf = merkle.leaf_hash(log.entry(index))
        with Timed(verifying):
            merkle.verify_inclusion(leaf, index, size, proof, root)
        with Timed(consistency):
            grown = log.consistency(old, size)
        merkle.verify_consistency(old, size, log.root(old), root, grown)
        lengths.append(len(proof))
    print(f"{count} proofs over {size} entries, {max(lengths)} hashes at most, all verified", flush=True)
    return {
        "inclusion_proof_median": Metric(value=percentile(inclusion, 0.5), unit="ms"),
        "inclusion_proof_p99": Metric(value=percentile(inclusion, 0.99), unit="ms", aim=10.0),
        "consistency_proof_p99": Metric(value=percentile(consistency, 0.99), unit="ms", aim=10.0),
        "inclusion_verify_p99": Metric(value=percentile(verifying, 0.99), unit="ms", aim=1.0),
    }


class Timed:
    """Adds the processor time of a block, in ms, to a list."""

    def __init__(self, samples: list[float]) -> None:
        self._samples = samples

    def __enter__(self) -> None:
        self._begun = time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._samples.append((time.thread_time() - self._begun) * 1e3)


def checking(folder: Path, entries: int) -> dict[str, Metric]:
    """A bundle of so many decisions, and the file that they are in."""
    log = AuditLog(folder / "checked.sqlite", _SERVER.name, durable=False)
    log.append([(i + 1, decision(i)) for i in range(entries)])
    bundle = make_bundle(log, log.checkpoint([_SERVER]), (), entries, (0, entries))
    begun = time.process_time()
    found = verify_bundle(bundle, [_SERVER.verifier])
    rate = entries / (time.process_time() - begun)
    if found.problems or not found.complete:
        raise RuntimeError(f"a good bundle does not hold: {found.problems}")
    begun = time.process_time()
    log.verify()
    whole = entries / (time.process_time() - begun)
    log.close()
    return {
        "bundle_check": Metric(value=rate, unit="entries/s", aim=1000.0, better="higher"),
        "file_check": Metric(value=whole, unit="entries/s", better="higher"),
    }


def small_bundle(folder: Path) -> dict[str, Any]:
    """Seven entries, signed at three, five and seven."""
    log = AuditLog(folder / "small.sqlite", _SERVER.name, durable=False)
    for size in (3, 5, 7):
        log.append([(i + 1, {"kind": "hold", "who": f"Ana {i}", "n": i, "x": i / 3}) for i in range(log.size, size)])
        note = log.checkpoint([_SERVER])
    made = make_bundle(log, note, (), 7, (0, 7))
    log.close()
    return made


def damage(folder: Path, ways: int) -> dict[str, Metric]:
    """Everything that can be done to a small bundle."""
    bundle = small_bundle(folder)
    metrics = {"single_byte_edits": _bytes(bundle, ways)}
    changes: dict[str, Callable[[dict[str, Any]], Iterator[dict[str, Any]]]] = {
        "drops": _drops,
        "reorders": _reorders,
        "truncations": _truncations,
    }
    for name, make in changes.items():
        caught = Caught()
        for changed in make(bundle):
            caught.tried += 1
            caught.seen += bool(verify_bundle(changed, [_SERVER.verifier]).problems)
        metrics[name] = caught.metric()
        print(f"{name}: {caught.tried} tried, {caught.seen} seen", flush=True)
    metrics["forks"] = _forks(folder, bundle)
    return metrics


def _bytes(bundle: dict[str, Any], ways: int) -> Metric:
    """Every byte of the file, changed in so many ways."""
    text = json.dumps(bundle, separators=(",", ":")).encode()
    original, caught, dice = parse_bundle(text.decode()), Caught(), random.Random(7)
    for at in range(len(text)):
        others = {text[at] ^ 1, text[at] ^ 0x20, *(dice.randrange(256) for _ in range(ways))} - {text[at]}
        for byte in sorted(others):
            changed = text[:at] + bytes([byte]) + text[at + 1 :]
            try:
                parsed = parse_bundle(changed.decode())
            except ValueError:
                caught.tried, caught.seen = caught.tried + 1, caught.seen + 1
                continue
            if parsed == original:
                caught.none += 1
                continue
            caught.tried += 1
            caught.seen += bool(verify_bundle(parsed, [_SERVER.verifier]).problems)
    print(
        f"{len(text)} bytes: {caught.tried} edits tried, {caught.seen} seen, {caught.none} changed nothing", flush=True
    )
    return caught.metric()


def _drops(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in ("entries", "earlier"):
        for i in range(len(bundle[part]) if part == "entries" else 0):
            changed = copy.deepcopy(bundle)
            del changed[part][i]
            yield changed
    for i, entry in enumerate(bundle["entries"]):
        for k in range(len(entry["proof"])):
            changed = copy.deepcopy(bundle)
            del changed["entries"][i]["proof"][k]
            yield changed


def _reorders(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    count = len(bundle["entries"])
    for i in range(count):
        for k in range(i + 1, count):
            swapped = copy.deepcopy(bundle)
            swapped["entries"][i], swapped["entries"][k] = swapped["entries"][k], swapped["entries"][i]
            yield swapped
            records = copy.deepcopy(bundle)  # the places stay, what they say is exchanged
            one, other = records["entries"][i], records["entries"][k]
            one["record"], other["record"] = other["record"], one["record"]
            yield records


def _truncations(bundle: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for keep in range(len(bundle["entries"])):
        for part in (slice(0, keep), slice(len(bundle["entries"]) - keep, None)):
            changed = copy.deepcopy(bundle)
            changed["entries"] = changed["entries"][part]
            yield changed
    shorter = bundle["earlier"][-1]["checkpoint"]
    yield {**copy.deepcopy(bundle), "checkpoint": shorter}  # the log as it was before, with what came after


def _forks(folder: Path, bundle: dict[str, Any]) -> Metric:
    """Other histories under the same key: whoever kept an earlier checkpoint sees it."""
    caught = Caught()
    for other in range(7):
        log = AuditLog(folder / f"fork{other}.sqlite", _SERVER.name, durable=False)
        log.append([(i + 1, {"kind": "hold", "who": f"Ana {i + (i == other)}", "n": i, "x": i / 3}) for i in range(7)])
        note = log.checkpoint([_SERVER])
        forked = make_bundle(log, note, (), 7, (0, 7))
        log.close()
        if other >= 5:  # only what no earlier checkpoint covers differs: seen against the newest one
            forked["checkpoint"] = bundle["checkpoint"]
        else:
            forked["earlier"] = bundle["earlier"]
        caught.tried += 1
        caught.seen += bool(verify_bundle(forked, [_SERVER.verifier]).problems)
    print(f"forks: {caught.tried} tried, {caught.seen} seen", flush=True)
    return caught.metric()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=ENTRIES, help=f"in the big log (default: {ENTRIES})")
    parser.add_argument("--quick", action="store_true", help="a small log, for seconds")
    options = parser.parse_args()
    if options.entries < 1000:
        parser.error(f"--entries: got {options.entries}, expected 1000 or more")
    entries = min(options.entries, 100_000) if options.quick else options.entries
    os.environ.setdefault("SQLITE_TMPDIR", tempfile.gettempdir())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        metrics = appends(folder, 1.0 if options.quick else 5.0)
        metrics |= following(folder, 2000 if options.quick else 20_000)
        metrics |= checking(folder, 500 if options.quick else 5000)
        metrics |= damage(folder, 1 if options.quick else 4)
        log, built = big_log(folder, entries)
        metrics |= {**built, "big_log": Metric(value=entries, unit="entries", better="higher")}
        metrics |= proofs(log, 200 if options.quick else 1000)
        log.close()
        finish("audit", metrics)


if __name__ == "__main__":
    main()
