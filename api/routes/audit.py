"""The accountable record: checkpoints, proofs, entries, bundles, and the signatures of outside witnesses."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

from api.context import ApiContext, Ctx, Viewer
from api.docs import problems, reads
from api.inputs import Body
from api.intake import as_json, in_time
from api.problems import Problem, invalid
from fleet.audit import merkle, tiles
from fleet.audit.bundle import make_bundle
from fleet.audit.canonical import to_text
from fleet.audit.keeper import AuditKeeper
from fleet.audit.log import AuditLog
from fleet.audit.server_key import current_key
from fleet.model.errors import NotFound

router = APIRouter(prefix="/v1/audit", tags=["audit"])

MOST = 1000  # entries in a bundle over HTTP; `fleet audit export` knows no such bound
_NOTE = "demo.fleet/1f2e3d4c\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 demo.fleet/1f2e3d4c Az3grl...\n"
_HASH = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


class AuditView(BaseModel):
    """The record as it stands."""

    origin: str = Field(examples=["demo.fleet/1f2e3d4c"], description="the log's name, in every checkpoint")
    size: int = Field(examples=[7], description="entries")
    checkpoint: str = Field(examples=[_NOTE], description="the newest one: a signed note (C2SP tlog-checkpoint)")
    server_key: str = Field(examples=["demo.fleet/1f2e3d4c+0abc1234+AQ..."], description="name+hash+key")
    witnesses: list[str] = Field(examples=[["witness.example+0abc1234+BA..."]])
    problem: str = Field(examples=[""], description="why nothing is being written now; empty is good")
    behind: int = Field(examples=[0], description="journal records that wait to be read")


class InclusionView(BaseModel):
    """RFC 9162, 2.1.3: from an entry to the root."""

    index: int = Field(examples=[3])
    size: int = Field(examples=[7])
    leaf_hash: str = Field(examples=[_HASH])
    root: str = Field(examples=[_HASH])
    proof: list[str] = Field(examples=[[_HASH]], description="hashes, base64")


class ConsistencyView(BaseModel):
    """RFC 9162, 2.1.4: the log only grew."""

    old: int = Field(examples=[3])
    new: int = Field(examples=[7])
    old_root: str = Field(examples=[_HASH])
    new_root: str = Field(examples=[_HASH])
    proof: list[str] = Field(examples=[[_HASH]], description="hashes, base64")


class AuditEntry(BaseModel):
    """An entry: its number, and the record that was hashed."""

    number: int = Field(examples=[3])
    record: dict[str, Any] = Field(examples=[{"kind": "decision", "accountable": {"name": "Ana Ruiz"}}])


class AuditEntries(BaseModel):
    """Entries in order. Ask again with `start=next`; `next` is null at the end."""

    items: list[AuditEntry]
    next: int | None = Field(examples=[None])
    size: int = Field(examples=[7])


class BundleView(BaseModel):
    """A part of the log with all that is needed to check it offline: `fleet audit verify FILE --keys KEYS`."""

    format: str = Field(examples=["humanoid-fleet-audit-bundle/1"])
    checkpoint: str = Field(examples=[_NOTE])
    keys: list[str]
    covers: list[int] | None = Field(examples=[[0, 7]], description="the run without a gap: first, end")
    entries: list[dict[str, Any]]
    earlier: list[dict[str, Any]]


class CosignatureIn(Body):
    """A checkpoint's note with the signature line of a witness whose key the deployment names."""

    note: str = Field(min_length=1, max_length=20_000, examples=[_NOTE])


class CosignatureView(BaseModel):
    """The checkpoint as it is kept now."""

    note: str = Field(examples=[_NOTE])


Number = Annotated[int, Query(ge=0, le=2**62)]
About = Annotated[
    str | None, Query(max_length=200, description="only what is about this: `escalation:E5`, `robot:r1`, `task:t1`")
]


def _keeper(context: ApiContext) -> AuditKeeper:
    if context.audit is None:
        raise Problem(503, "unavailable", "this deployment keeps no accountable record")
    return context.audit


async def _look(context: ApiContext, call: Any, *arguments: object) -> Any:
    keeper = _keeper(context)
    return await in_time(context, lambda: call(keeper.log, *arguments))


def _newest(log: AuditLog) -> tuple[int, str]:
    newest = log.latest_checkpoint()
    if newest is None:
        raise Problem(503, "unavailable", "nothing has been signed yet; try again", headers={"Retry-After": "1"})
    return newest


@router.get("", summary="The accountable record", responses=reads(AuditView, 503))
async def get_audit(_: Viewer, context: Ctx) -> Response:
    """How long it is, its newest checkpoint, whose keys sign it, and whether it is being written."""
    keeper = _keeper(context)

    def look(log: AuditLog) -> dict[str, Any]:
        key = current_key(log)
        return {
            "origin": log.origin,
            "size": log.size,
            "checkpoint": _newest(log)[1],
            "server_key": key.text() if key else "",
            "witnesses": [v.text() for v in keeper.settings.witnesses],
            "problem": keeper.problem,
            "behind": keeper.behind,
        }

    return as_json(await _look(context, look))


@router.get(
    "/checkpoint",
    summary="The newest checkpoint",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": _NOTE}}}, **problems(401, 403, 503)},
)
async def get_checkpoint(_: Viewer, context: Ctx) -> Response:
    """The signed note (C2SP tlog-checkpoint): log's name, size, root, signatures of the server and of witnesses."""
    return PlainTextResponse((await _look(context, _newest))[1])


@router.get("/proof/inclusion", summary="That an entry is in the log", responses=reads(InclusionView, 404, 422, 503))
async def get_inclusion(_: Viewer, context: Ctx, index: Number, size: Number | None = None) -> Response:
    """The path from entry `index` to the root over the first `size` entries (of the newest checkpoint without)."""

    def look(log: AuditLog) -> dict[str, Any]:
        over = _newest(log)[0] if size is None else size
        proof = log.inclusion(index, over)
        leaf, root = merkle.leaf_hash(log.entry(index)), log.root(over)
        return {
            "index": index,
            "size": over,
            "leaf_hash": to_text(leaf),
            "root": to_text(root),
            "proof": list(map(to_text, proof)),
        }

    return as_json(await _look(context, look))


@router.get("/proof/consistency", summary="That the log only grew", responses=reads(ConsistencyView, 404, 422, 503))
async def get_consistency(
    _: Viewer,
    context: Ctx,
    old: Annotated[int, Query(alias="from", ge=1, le=2**62, description="the earlier size")],
    new: Annotated[int | None, Query(alias="to", ge=1, le=2**62, description="the later size")] = None,
) -> Response:
    """The proof that the first `to` entries (of the newest checkpoint without) go on from the first `from`."""

    def look(log: AuditLog) -> dict[str, Any]:
        later = _newest(log)[0] if new is None else new
        proof = log.consistency(old, later)
        roots = {"old_root": to_text(log.root(old)), "new_root": to_text(log.root(later))}
        return {"old": old, "new": later, **roots, "proof": list(map(to_text, proof))}

    return as_json(await _look(context, look))


@router.get(
    "/tile/{path:path}",
    summary="A tile of the tree",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "32 bytes a hash"},
        **problems(401, 403, 404, 503),
    },
)
async def get_tile(path: str, _: Viewer, context: Ctx) -> Response:
    """Hashes of the tree, as monitors of C2SP tlog-tiles fetch them: `0/000`, `1/x001/x234/067`, `0/000.p/17`."""
    try:
        level, number, width = tiles.parse_path(path)
    except ValueError:
        raise NotFound("tile", path, "L/NNN, L/xNNN/NNN, and .p/W behind it where it is not full") from None
    found = await _look(context, lambda log: log.tile(level, number)[: width * tiles.HASH_BYTES])
    if len(found) < width * tiles.HASH_BYTES:
        raise NotFound("tile", path)
    # A full tile never changes, nor does a partial one of a given width.
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(found, 200, headers, "application/octet-stream")


@router.get("/entries", summary="Read the record", responses=reads(AuditEntries, 422, 503))
async def list_entries(
    _: Viewer,
    context: Ctx,
    start: Number = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    about: About = None,
) -> Response:
    """Entries from number `start` on, or those about something."""

    def look(log: AuditLog) -> dict[str, Any]:
        size = log.size
        chosen = [n for n in log.about(about) if n >= start] if about else range(start, size)
        items = [{"number": n, "record": json.loads(log.entry(n))} for n in chosen[:limit]]
        return {"items": items, "next": chosen[limit] if len(chosen) > limit else None, "size": size}

    return as_json(await _look(context, look))


@router.get(
    "/bundle", summary="A part of the record, to be checked offline", responses=reads(BundleView, 404, 422, 503)
)
async def get_bundle(
    _: Viewer,
    context: Ctx,
    start: Annotated[int | None, Query(ge=0, le=2**62, description="a run without a gap: its first entry")] = None,
    end: Annotated[int | None, Query(ge=0, le=2**62, description="and the one after its last")] = None,
    about: About = None,
) -> Response:
    """Entries `start` up to `end` (the newest checkpoint's without), or those about something, with their proofs and
    the entries about keys that came before them. At most 1,000."""

    def look(log: AuditLog) -> dict[str, Any]:
        size, note = _newest(log)
        if about is not None:
            chosen = [n for n in log.about(about) if n < size]
            _check_count(len(chosen))
            return make_bundle(log, note, chosen, size)
        first, last = start or 0, size if end is None else end
        if not first <= last <= size:
            raise invalid("end", end, f"{first} to {size}")
        _check_count(last - first)
        return make_bundle(log, note, (), size, (first, last))

    made = await _look(context, look)
    return as_json(made, headers={"Content-Disposition": 'attachment; filename="audit-bundle.json"'})


def _check_count(count: int) -> None:
    if count > MOST:
        raise invalid("end", count, f"at most {MOST} entries at once; `fleet audit export` makes larger bundles")


@router.post(
    "/cosignatures", summary="Sign as a witness", responses=reads(CosignatureView, 400, 404, 409, 413, 422, 503)
)
async def add_cosignature(body: CosignatureIn, _: Viewer, context: Ctx) -> Response:
    """The signature of an outside witness under a checkpoint. It speaks for itself: only lines of keys that the
    deployment names, and that hold, are kept. 409 when the witness was shown another log than this one."""
    keeper = _keeper(context)
    return as_json({"note": await in_time(context, keeper.add_cosignature, body.note)})
