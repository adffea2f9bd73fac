"""Traffic on the floor: look."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.context import Ctx, Viewer
from api.docs import reads
from api.intake import UpToDate, as_json
from fleet.model.wire import to_plain
from fleet.traffic.seen import NOTHING

router = APIRouter(prefix="/v1", dependencies=[UpToDate])


class TrafficView(BaseModel):
    """Live, past the journal, as old as `age_s` says; all null or empty until the supervisor has reported. Lengths in
    m, in the map frame."""

    enabled: bool | None = Field(description="whether robots are told which way to walk; null: not reported yet")
    age_s: float | None = Field(description="how long ago it was reported, s")
    routes: dict[str, list[list[float]]] = Field(description="of each robot that walks: the points that are left")
    released: dict[str, int] = Field(description="how many of its route's points each may walk now")
    waits: dict[str, str] = Field(description="of who cannot go on: for whom (a robot's id) or what it waits")
    reservations: list[dict[str, Any]] = Field(description="who has (order 0) or waits for a lane, door or lift")
    closed: list[str] = Field(description="doors, lifts and areas that are closed to traffic now")
    notes: list[dict[str, Any]] = Field(description="what goes on: who cannot go on, who waits for whom, and why")
    moves: list[dict[str, Any]] = Field(description="who should make room, and where it would be in nobody's way")
    jams: list[dict[str, Any]] = Field(description="of the notes those that people are asked about; from the journal")


@router.get("/traffic", tags=["traffic"], summary="Traffic on the floor now", responses=reads(TrafficView))
async def get_traffic(_: Viewer, context: Ctx) -> Response:
    """Which way robots are led, who waits for what, and what keeps them from going on."""
    seen = context.telemetry.traffic()
    return as_json(
        {
            "enabled": seen.enabled if seen is not None else None,
            "age_s": round(seen.age_s, 2) if seen is not None else None,
            **(seen.report if seen is not None else NOTHING),
            "jams": [to_plain(jam) for jam in context.state.jams.values()],
        }
    )
