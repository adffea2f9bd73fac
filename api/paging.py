"""Lists in pages. A cursor is the id of the last item of the page before; ids never go away, so it never breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Query

from api.problems import invalid
from fleet.model.errors import NotFound

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=500, description="items a page")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
Newest = Annotated[bool, Query(description="newest first")]


def known(records: Mapping[str, T], record_id: str, what: str) -> T:
    """The record. Raises `NotFound`."""
    try:
        return records[record_id]
    except KeyError:
        raise NotFound(what, record_id) from None


def page(
    records: dict[str, T],
    keep: Callable[[T], bool],
    view: Callable[[T], dict[str, Any]],
    *,
    cursor: str | None,
    limit: int,
    newest: bool,
) -> dict[str, Any]:
    """The items after `cursor` that are to be kept, in the order in which they came to be (or the other way)."""
    ids: Iterable[str] = reversed(records) if newest else records
    remaining = iter(ids)
    if cursor is not None:
        if cursor not in records:
            raise invalid("cursor", cursor, "the `next` of a page of this list")
        for record_id in remaining:
            if record_id == cursor:
                break
    items: list[dict[str, Any]] = []
    last: str | None = None
    for record_id in remaining:
        if not keep(records[record_id]):
            continue
        if len(items) == limit:
            return {"items": items, "next": last}
        items.append(view(records[record_id]))
        last = record_id
    return {"items": items, "next": None}
