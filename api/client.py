"""A typed client of the service, for programs: sign in, read, follow alerts, decide.

    with Client("https://vigil.example", token="vgl_…") as vigil:
        for car in vigil.vehicles():
            print(car.id, vigil.battery(car.id).answers["capacity_soh"])

Answers are the service's own schemas. Busy and unavailable answers are tried again with the wait
the service asks for; every other refusal raises `ApiError` with its remedy.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from api.alerts.schemas import AlertDetail, AlertOut, AlertPage
from api.auth.schemas import Me, TokenOut
from api.battery.schemas import BatteryOut, CellsOut
from api.offers.schemas import Accepted, BillOut, OfferOut, OfferPage
from api.reports.schemas import AskOut, ReportsOut, SignedOut
from api.vehicles.schemas import SeriesOut, StateOut, VehicleOut, VehiclePage
from api.work.schemas import OrderOut, QueueItem

M = TypeVar("M", bound=BaseModel)
AGAIN = (429, 503)


class ApiError(Exception):
    """A refusal: `status`, `detail` and what to do about it (`remedy`)."""

    def __init__(self, status: int, detail: str, remedy: str) -> None:
        super().__init__(f"{status}: {detail}. {remedy}".strip())
        self.status, self.detail, self.remedy = status, detail, remedy


class Client:
    """One signed-in connection; use it in a `with`."""

    def __init__(
        self,
        address: str,
        *,
        token: str = "",
        timeout_s: float = 10.0,
        tries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=address, timeout=timeout_s, transport=transport)
        self._tries = tries
        self._sign(token)

    def _sign(self, token: str) -> None:
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._http.close()

    def sign_in(self, email: str, password: str, label: str = "client") -> TokenOut:
        """Get a token and use it from now on."""
        body = {"email": email, "password": password, "label": label}
        found = TokenOut.model_validate(self._call("POST", "/tokens", body))
        self._sign(found.token)
        return found

    def me(self) -> Me:
        """Who is signed in."""
        return Me.model_validate(self._call("GET", "/me"))

    def vehicles(self) -> Iterator[VehicleOut]:
        """All cars you may see, page by page."""
        yield from self._pages("/vehicles", VehiclePage, {"limit": 200})

    def state(self, vehicle: str, zone: str = "UTC") -> StateOut:
        """Newest readings with ages and reasons."""
        return self._get(f"/vehicles/{vehicle}/state", StateOut, {"zone": zone})

    def series(
        self, vehicle: str, signal: str, start: datetime, end: datetime, points: int = 400
    ) -> SeriesOut:
        """One signal over time."""
        query = {
            "signal": signal,
            "from": start.isoformat(),
            "to": end.isoformat(),
            "points": points,
        }
        return self._get(f"/vehicles/{vehicle}/series", SeriesOut, query)

    def battery(self, vehicle: str) -> BatteryOut:
        """Battery health with intervals."""
        return self._get(f"/vehicles/{vehicle}/battery", BatteryOut)

    def cells(self, vehicle: str) -> CellsOut:
        """Newest cell voltages."""
        return self._get(f"/vehicles/{vehicle}/battery/cells", CellsOut)

    def reports(self, vehicle: str) -> ReportsOut:
        """Signed battery reports, what became of the last ask, and why not another now."""
        return self._get(f"/vehicles/{vehicle}/reports", ReportsOut)

    def ask_report(self, vehicle: str) -> AskOut:
        """Ask for a battery report; `reports` tells when it is made."""
        return AskOut.model_validate(self._call("POST", f"/vehicles/{vehicle}/reports"))

    def report(self, report: str) -> SignedOut:
        """One report as it was signed."""
        return self._get(f"/reports/{report}", SignedOut)

    def alerts(self, state: str | None = "open", vehicle: str | None = None) -> Iterator[AlertOut]:
        """Alerts, newest change first."""
        yield from self._pages("/alerts", AlertPage, {"state": state, "vehicle": vehicle})

    def alert(self, alert: str) -> AlertDetail:
        """One alert with its evidence."""
        return self._get(f"/alerts/{alert}", AlertDetail)

    def act(self, alert: str, action: str, why: str = "") -> AlertOut:
        """Acknowledge, resolve or call an alert wrong."""
        body = {"action": action, "why": why}
        return AlertOut.model_validate(self._call("POST", f"/alerts/{alert}/actions", body))

    def follow(self, after: int | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Changes of alerts as they happen, (position, change); go on with the last position."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        path = "/api/v1/alerts/stream"
        with self._http.stream("GET", path, headers=headers, timeout=None) as answer:
            if answer.status_code != 200:
                answer.read()
                raise _error(answer)
            position = 0
            for line in answer.iter_lines():
                if line.startswith("id: "):
                    position = int(line[4:])
                elif line.startswith("data: "):
                    yield position, json.loads(line[6:])

    def offers(self, state: str | None = "open") -> Iterator[OfferOut]:
        """Offers, newest first."""
        yield from self._pages("/offers", OfferPage, {"state": state})

    def price(self, offer: str, services: list[str]) -> BillOut:
        """What a choice would cost, and times that fit."""
        body = {"services": services}
        return BillOut.model_validate(self._call("POST", f"/offers/{offer}/price", body))

    def accept(self, offer: OfferOut, services: list[str], slot: str | None = None) -> Accepted:
        """Say yes to some items of an offer as you read it."""
        body = {"version": offer.version, "services": services, "slot": slot}
        return Accepted.model_validate(self._call("POST", f"/offers/{offer.id}/accept", body))

    def orders(self) -> list[OrderOut]:
        """Work orders."""
        return [OrderOut.model_validate(each) for each in self._call("GET", "/orders")]

    def queue(self) -> list[QueueItem]:
        """The centre's queue by priority."""
        return [QueueItem.model_validate(each) for each in self._call("GET", "/queue")]

    def _get(self, path: str, kind: type[M], query: dict[str, Any] | None = None) -> M:
        return kind.model_validate(self._call("GET", path, query=query))

    def _pages(self, path: str, kind: type[M], query: dict[str, Any]) -> Iterator[Any]:
        cursor: str | None = None
        while True:
            page: Any = self._get(path, kind, {**query, "cursor": cursor})
            yield from page.items
            cursor = page.next
            if cursor is None:
                return

    def _call(
        self, method: str, path: str, body: object = None, query: dict[str, Any] | None = None
    ) -> Any:
        known = {k: v for k, v in (query or {}).items() if v is not None}
        for attempt in range(self._tries):
            answer = self._http.request(method, f"/api/v1{path}", json=body, params=known)
            if answer.status_code not in AGAIN or attempt == self._tries - 1:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        if not answer.is_success:
            raise _error(answer)
        return answer.json() if answer.content else None


def _error(answer: httpx.Response) -> ApiError:
    try:
        found = answer.json()
        return ApiError(answer.status_code, found["detail"], found.get("remedy", ""))
    except (ValueError, KeyError, TypeError):
        return ApiError(answer.status_code, answer.text[:200], "is this the address of Vigil?")
