"""/api/v1/alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Security
from fastapi.responses import StreamingResponse

from api import ids, query_params
from api.alerts import service
from api.alerts.schemas import Act, AlertDetail, AlertOut, AlertPage
from api.auth.caller import Caller, signed_in, still_in
from api.auth.dependencies import AppContext, context_of
from api.auth.rights import Right
from api.errors import PROBLEMS

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"], responses=PROBLEMS)

ReadsAlerts = Annotated[Caller, Security(signed_in, scopes=[Right.ALERT_READ])]
ActsOnAlerts = Annotated[Caller, Security(signed_in, scopes=[Right.ALERT_READ, Right.ALERT_ACT])]
Context = Annotated[AppContext, Depends(context_of)]
State = Annotated[Literal["open", "recovered", "resolved", "wrong"] | None, Query()]


@router.get("")
def alerts(
    caller: ReadsAlerts,
    context: Context,
    state: State = None,
    vehicle: Annotated[str | None, Query(max_length=20, examples=["v-0000000000001"])] = None,
    limit: query_params.Limit = 50,
    cursor: query_params.Cursor = None,
) -> AlertPage:
    """Alerts of cars you may see, newest change first."""
    vehicle_id = ids.number(vehicle, ids.vehicle) if vehicle else None
    return service.page(
        context, caller, state=state, vehicle_id=vehicle_id, cursor=cursor, limit=limit
    )


@router.get("/stream", response_class=StreamingResponse)
def stream(
    request: Request,
    caller: ReadsAlerts,
    context: Context,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> StreamingResponse:
    """Changes of alerts as server-sent events; `Last-Event-ID` goes on where a line broke.

    Three at once per person; it ends with the sign-in that opened it.
    """
    after = query_params.number_of(last_event_id)
    start = context.stores.garage.feed_end(caller.reach) if after is None else after
    who = f"{caller.person.tenant_id}:{caller.person.id}"
    context.feeds.take(who, "live feeds")
    lines = service.feed(context, caller, start, still_in(request, context))
    return StreamingResponse(
        _released(lines, partial(context.feeds.leave, who)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _released(lines: AsyncIterator[str], leave: Callable[[], None]) -> AsyncIterator[str]:
    try:
        async for line in lines:
            yield line
    finally:
        leave()


@router.get("/{alert_id}")
def alert(alert_id: ids.AlertId, caller: ReadsAlerts, context: Context) -> AlertDetail:
    """One alert with its evidence and history."""
    return service.detail(context, caller, service.alert_of(context, caller, alert_id))


@router.post("/{alert_id}/actions")
def act(alert_id: ids.AlertId, body: Act, caller: ActsOnAlerts, context: Context) -> AlertOut:
    """Acknowledge, snooze, resolve (staff) or call it wrong."""
    return service.act(context, caller, service.alert_of(context, caller, alert_id), body)
