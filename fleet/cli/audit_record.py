"""The accountable record of a deployment: who keeps it, with what."""

from __future__ import annotations

from pathlib import Path

from fleet import __version__
from fleet.audit.keeper import AuditKeeper, KeeperSettings
from fleet.audit.notes import COSIGNATURE, NoteInvalid, Verifier
from fleet.cli.site import map_of
from fleet.clock import Clock
from fleet.deployment.nodes import RunPaths
from fleet.deployment.records import Deployment
from fleet.escalation.queue.rules_file import rules_of
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import InvalidField

PROGRAM = f"humanoid-fleet {__version__}"


def record_keeper(plan: Deployment, clock: Clock) -> AuditKeeper:
    """Keeps the record of the deployment's journal. Raises `InvalidField` for a witness's key that is none."""
    folder = Path(plan.run_directory)
    settings = KeeperSettings(
        folder=folder,
        deployment=plan.name,
        shift=plan.shift.to_shift(),
        on_shift=rules_of(plan.oversight, map_of(plan).zones).on_shift,
        witnesses=witness_keys(plan),
        program=PROGRAM,
    )
    return AuditKeeper(settings, lambda: SqliteStore(RunPaths(folder).store, read_only=True), clock)


def witness_keys(plan: Deployment) -> tuple[Verifier, ...]:
    """The keys of the outside witnesses that the deployment names."""
    found = []
    for i, text in enumerate(plan.audit.witnesses):
        field = f"audit.witnesses[{i}]"
        try:
            verifier = Verifier.parse(text)
        except NoteInvalid as error:
            raise InvalidField(field, text, f"a key as `fleet audit new-key` prints it ({error})") from None
        if verifier.kind != COSIGNATURE:
            raise InvalidField(field, text, "a witness's key, as `fleet audit new-key --witness` makes it")
        found.append(verifier)
    return tuple(found)
