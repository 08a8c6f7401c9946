"""Alerts in words, with evidence; what a person may do to them; the live feed."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping

from anyio import sleep, to_thread

from api import ids, query_params
from api.alerts.schemas import Act, AlertDetail, AlertOut, AlertPage, SeriesEvidence, StepOut
from api.auth.caller import Caller
from api.auth.dependencies import AppContext
from api.auth.rights import Right
from api.errors import Forbidden
from care.alerts.act_on_alert import act_on_alert
from domain.errors import NotFound
from domain.health import Severity
from domain.identity import public_id
from domain.methods import method_id
from domain.sentences.catalogue import bilingual
from domain.sentences.names import about_cause, certainty
from store.people.rows.alerts import AlertRow, AlertWithChart, FeedChange

MOST_SHOWN = 800
"""Points of an evidence series: a screen has no more pixels for it."""
POLL_S = 1.0
QUIET_S = 15.0
"""A comment so often keeps proxies from closing a silent feed."""
FEED_S = 600.0
"""A feed ends after ten minutes and is opened again: a proxy's usual limit is longer."""


def shown(found: AlertRow) -> AlertOut:
    """One alert in words."""
    cause = found.cause
    return AlertOut(
        id=public_id(found.id, "a"),
        vehicle=public_id(found.vehicle_id),
        cause=cause,
        component=found.component,
        title=bilingual(f"cause.{cause}").as_dict(),
        severity=Severity(found.severity).word,
        state=found.state,
        since=found.since,
        as_of=found.as_of,
        confidence=found.confidence,
        certainty=certainty(found.confidence).as_dict(),
        historical=found.historical,
        occurrences=found.occurrences,
        values=_numbers(found.readings),
        limits=_numbers(found.limits),
        method=method_id(found.method),
        due_low=found.due_low,
        due_high=found.due_high,
        acknowledged_at=found.acknowledged_at,
        snoozed_until=found.snoozed_until,
        closed_at=found.closed_at,
        rescue=found.rescue,
        experimental=found.experimental,
        what=about_cause(cause, "what").as_dict(),
        if_ignored=about_cause(cause, "ignored").as_dict(),
    )


def _numbers(found: Mapping[str, object]) -> dict[str, float]:
    return {k: float(v) for k, v in found.items() if isinstance(v, int | float)}


def alert_of(context: AppContext, caller: Caller, text: str) -> AlertWithChart:
    """The alert behind a public id, inside the caller's reach."""
    found = context.stores.garage.alert(caller.reach, ids.number(text, ids.alert))
    if found is None:
        raise NotFound(f"no alert {text} here", remedy="see GET /api/v1/alerts")
    return found


def detail(context: AppContext, caller: Caller, found: AlertWithChart) -> AlertDetail:
    """With evidence and history; the look is written down."""
    context.stores.log.note(caller.reach, caller.person.role, found.vehicle_id, "alert", caller.now)
    steps = [
        StepOut(kind=s.kind, at=s.at, severity=Severity(s.severity).word, why=s.why)
        for s in context.stores.garage.alert_changes(caller.reach, found.id)
    ]
    return AlertDetail(
        **shown(found).model_dump(),
        chart=chart(found),
        steps=steps,
        no_offer=context.stores.offers.refusal(caller.reach, found.id),
    )


def chart(found: AlertWithChart) -> list[SeriesEvidence]:
    """The evidence series, thinned to what a screen can show."""
    return [
        SeriesEvidence(
            name=name,
            t_ms=list(ticks[:: len(ticks) // MOST_SHOWN + 1]),
            values=list(values[:: len(values) // MOST_SHOWN + 1]),
        )
        for name, (ticks, values) in found.chart.items()
    ]


def page(
    context: AppContext,
    caller: Caller,
    *,
    state: str | None,
    vehicle_id: int | None,
    cursor: str | None,
    limit: int,
) -> AlertPage:
    """Alerts by last change."""
    found = context.stores.garage.alerts(
        caller.reach,
        state=state,
        vehicle_id=vehicle_id,
        before=query_params.position(cursor),
        most=limit + 1,
    )
    last = found[limit - 1] if len(found) > limit else None
    return AlertPage(
        items=[shown(each) for each in found[:limit]],
        next=None if last is None else query_params.cursor_of(last.changed_at, last.id),
    )


def act(context: AppContext, caller: Caller, found: AlertWithChart, body: Act) -> AlertOut:
    """Acknowledge, snooze, resolve, call wrong. Conflict where the alert does not allow it."""
    if body.action == "resolve" and not caller.may(Right.ALERT_RESOLVE):
        raise Forbidden("only service staff resolve alerts", remedy="call it wrong, or book")
    act_on_alert(
        context.stores.garage,
        caller.reach,
        found.id,
        body.action,
        why=body.why,
        until=body.until,
        now=caller.now,
    )
    again = context.stores.garage.alert(caller.reach, found.id)
    return shown(again or found)


async def feed(
    context: AppContext, caller: Caller, after: int, still_in: Callable[[], bool]
) -> AsyncIterator[str]:
    """Server-sent events: one per change, a comment every 15 s, an end after ten minutes.

    Waiting holds no thread; sign-in and reach are asked again for every look, so that the end of
    a token ends the feed and the end of a mandate the view.
    """
    began = quiet = time.monotonic()
    yield "retry: 3000\n\n"
    while time.monotonic() - began < FEED_S:
        if not await to_thread.run_sync(still_in):
            return
        changes = await to_thread.run_sync(context.stores.garage.feed, caller.reach, after)
        for change in changes:
            after = change.id
            yield f"id: {after}\nevent: alert\ndata: {json.dumps(_event(change))}\n\n"
        if changes:
            quiet = time.monotonic()
        elif time.monotonic() - quiet > QUIET_S:
            quiet = time.monotonic()
            yield ": still here\n\n"
        await sleep(POLL_S)


def _event(change: FeedChange) -> dict[str, object]:
    return {
        "alert": public_id(change.alert_id, "a"),
        "vehicle": public_id(change.vehicle_id),
        "kind": change.kind,
        "severity": Severity(change.severity).word,
        "cause": change.cause,
        "component": change.component,
        "state": change.state,
        "at": change.at.isoformat(),
    }
