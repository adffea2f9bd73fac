"""Standing orders: decisions that people made in advance."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import views
from api.context import ApiContext, Ctx, Operator, Viewer
from api.docs import reads, writes
from api.inputs import Body, Id, Reason, ReasonIn
from api.intake import OptionalKey, RequiredKey, UpToDate, answer, as_json, submit
from api.paging import Cursor, Limit, Newest, known, page
from api.problems import invalid
from fleet.escalation.standing import agreed_at_least
from fleet.model.order_requests import MakeStandingOrder, RevokeStandingOrder
from fleet.model.orders import OrderState, StandingOrder
from fleet.model.wire import to_plain

router = APIRouter(prefix="/v1/orders", tags=["orders"], dependencies=[UpToDate])

OrderView = views.view_model(
    "StandingOrderView",
    StandingOrder,
    "A decision in advance. `agreed` of `asked` newest answers by people agree with it; with 95 % confidence people "
    "agree in a share of at least `agreed_at_least` of cases, and `needed` is what it takes to answer.",
    asked=(int, ...),
    agreed=(int, ...),
    agreed_at_least=(float, ...),
    needed=(float, ...),
)
OrderPage = views.page_model("StandingOrderPage", OrderView)


class OrderDone(BaseModel):
    """A standing order, and the request that made or changed it."""

    request: views.RequestView
    order: OrderView  # type: ignore[valid-type]


class OrderIn(Body):
    """A decision in advance: which questions, which option, why, and until when."""

    order_id: Id
    reason: Reason = Field(description="kept with your name and every answer that the order gives")
    expires_in_s: float | None = Field(None, ge=60, le=90 * 86_400, description="s from now, at most 90 days")
    expires_at_s: float | None = Field(None, description="fleet time, s, instead of expires_in_s")
    from_escalation: Annotated[str, Field(max_length=64)] = Field(
        "", description="an answered question: class and option are its, and may then be left out"
    )
    decision_class: str = Field("", max_length=64)
    option_id: str = Field("", max_length=200, description="the option that it chooses")
    when: str = Field("true", max_length=2000, description="a condition in CEL over the facts of policies")
    zones: list[Id] = Field(default_factory=list, max_length=100)
    robots: list[Id] = Field(default_factory=list, max_length=1000)
    objects: list[Id] = Field(default_factory=list, max_length=1000)
    epsilon: float = Field(0.1, gt=0, le=0.25, description="people must agree in a share of at least 1 - epsilon")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "blue-boxes-at-night",
                    "reason": "blue_1 is kept for the night",
                    "expires_in_s": 604800,
                    "from_escalation": "E12",
                    "when": 'skill == "carry" && hour < 6.0',
                    "zones": ["store"],
                }
            ]
        }
    )


@router.get("", summary="List standing orders", responses=reads(OrderPage, 422))
async def list_orders(
    _: Viewer,
    context: Ctx,
    state: Annotated[list[OrderState] | None, Query(description="any of these")] = None,
    owner: Annotated[str, Query(description="only this person's", max_length=64)] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
    newest: Newest = False,
) -> Response:
    """Decisions in advance, in the order in which they were made, with how well people agree with each."""
    kept = set(state or ())

    def keep(order: StandingOrder) -> bool:
        return (not kept or order.state in kept) and owner in ("", order.owner)

    return as_json(page(context.state.orders, keep, order_view, cursor=cursor, limit=limit, newest=newest))


@router.get("/{order_id}", summary="One standing order", responses=reads(OrderView, 404))
async def get_order(order_id: str, _: Viewer, context: Ctx) -> Response:
    """One decision in advance, and how well people agree with it."""
    return as_json(order_view(known(context.state.orders, order_id, "standing order")))


@router.post("", summary="Decide in advance", status_code=201, responses=writes(OrderDone, 404, status=201))
async def make_order(body: OrderIn, user: Operator, key: RequiredKey, context: Ctx) -> Response:
    """Make a decision reusable, under your name: you are accountable for every answer that it gives. It answers once
    enough of people's answers agree with it, never where a decision is reserved for people or much is at stake, and
    one question in twenty is put to a person all the same."""
    if (body.expires_in_s is None) == (body.expires_at_s is None):
        raise invalid("expires_in_s", body.expires_in_s, "either expires_in_s or expires_at_s: every order ends")

    def make(now_s: float) -> MakeStandingOrder:
        ends_s = now_s + body.expires_in_s if body.expires_in_s is not None else body.expires_at_s
        assert ends_s is not None
        plain = body.model_dump(exclude={"expires_in_s", "expires_at_s"})
        scope = {name: tuple(plain.pop(name)) for name in ("zones", "robots", "objects")}
        return MakeStandingOrder(**{**plain, **scope, "expires_at_s": ends_s})

    put = await submit(context, user, key, make)
    return answer(put, lambda: _shown(context, body.order_id), status=201, location=f"/v1/orders/{body.order_id}")


@router.post("/{order_id}/revoke", summary="Take an order back", responses=writes(OrderDone, 404))
async def revoke_order(order_id: str, body: ReasonIn, user: Operator, key: OptionalKey, context: Ctx) -> Response:
    """End a decision in advance. Its owner may, and an admin."""
    known(context.state.orders, order_id, "standing order")
    request = RevokeStandingOrder(order_id=order_id, reason=body.reason)
    put = await submit(context, user, key, lambda _: request)
    return answer(put, lambda: _shown(context, order_id))


def _shown(context: ApiContext, order_id: str) -> dict[str, Any]:
    return {"order": order_view(context.state.orders[order_id])}


def order_view(order: StandingOrder) -> dict[str, Any]:
    """See `OrderView`."""
    return {
        **to_plain(order),
        "asked": len(order.answers),
        "agreed": sum(order.answers),
        "agreed_at_least": round(agreed_at_least(order.answers), 4),
        "needed": round(1.0 - order.epsilon, 4),
    }
