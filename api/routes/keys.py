"""People's own keys, with which their answers are signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from api import views
from api.context import Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import Body, ReasonIn
from api.intake import OptionalKey, UpToDate, answer, as_json, submit
from api.paging import known
from fleet.audit import statements
from fleet.audit.canonical import from_text
from fleet.model.key_requests import RegisterKey, RevokeKey
from fleet.model.operator_keys import OperatorKey
from fleet.model.wire import to_plain

router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[UpToDate])

_EXAMPLE: JsonDict = {
    "operator": "Ana Ruiz",
    "public": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "label": "Ana's laptop",
    "proof": "5VbWV0Nn...64 bytes in base64...",
}
_Text = Annotated[str, Field(max_length=200)]


class KeyIn(Body):
    """A public key and the proof that you hold it: its signature over `{"format":
    "humanoid-fleet-key-registration/1", "operator": ..., "public": ..., "vouched_by": ""}` in RFC 8785."""

    operator: str = Field(min_length=1, max_length=64, description="whose key it is: you; admins may name others")
    public: str = Field(min_length=1, max_length=100, description="Ed25519, 32 bytes in base64")
    proof: str = Field(min_length=1, max_length=200, description="64 bytes in base64")
    label: _Text = Field("", description="where the key is kept")
    vouched_by: _Text = Field("", description="id of an earlier key of the same person that signed for this one")
    voucher_signature: _Text = Field("", description="its signature, over the same with its id as `vouched_by`")
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})


KeyView = views.view_model("KeyView", OperatorKey, "A person's key.", active=(bool, ...))


class KeyList(BaseModel):
    """Keys, in the order in which they were registered."""

    items: list[KeyView]  # type: ignore[valid-type]


class KeyDone(BaseModel):
    """A key, and the request that changed it."""

    request: views.RequestView
    key: KeyView  # type: ignore[valid-type]


def _view(key: OperatorKey) -> dict[str, object]:
    return {**to_plain(key), "active": key.active}


@router.get("", summary="List people's keys", responses=reads(KeyList))
async def list_keys(_: Viewer, context: Ctx, operator: Annotated[str | None, Query(max_length=64)] = None) -> Response:
    """Public keys, also those that were revoked."""
    found = [k for k in context.state.operator_keys.values() if operator in (None, k.operator)]
    return as_json({"items": [_view(k) for k in found]})


@router.post("", summary="Register a key", status_code=201, responses=writes(KeyDone, status=201))
async def register_key(body: KeyIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """From then on this person's answers must be signed with a key of theirs. A second key needs the signature of an
    earlier one, or an admin. Keys never leave where they were made: only the public half is sent."""
    request = RegisterKey(**body.model_dump())
    put = await submit(context, user, key, lambda _: request)
    return answer(put, lambda: {"key": _view(context.state.operator_keys[_id(body.public)])}, status=201)


@router.post("/{key_id}/revoke", summary="Revoke a key", responses=writes(KeyDone, 404))
async def revoke_key(key_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """Its signatures count no more from now on; what was signed before stays good. Yours, or (admins) anybody's."""
    known(context.state.operator_keys, key_id, "key")
    request = RevokeKey(key_id=key_id, reason=body.reason)
    put = await submit(context, user, key, lambda _: request)
    return answer(put, lambda: {"key": _view(context.state.operator_keys[key_id])})


def _id(public: str) -> str:
    return statements.key_id(from_text(public))
