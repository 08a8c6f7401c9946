"""Public ids in addresses and answers: `v-…` cars, `a-…` alerts, `o-…` offers and so on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from domain.errors import NotFound
from domain.identity import from_public, public_id

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def number(text: str, prefix: str) -> int:
    """The number behind a public id; NotFound for anything else: an unknown id is unknown."""
    try:
        return from_public(text, prefix)
    except ValueError as error:
        raise NotFound(
            f"nothing has the id {text[:40]!r}", remedy=f"ids look like {public_id(1, prefix)}"
        ) from error


def _path(prefix: str, what: str) -> Any:
    return Path(
        description=f"Public id of the {what}",
        pattern=f"^{prefix}-[{ALPHABET}]{{13}}$",
        examples=[public_id(1, prefix)],
    )


VehicleId = Annotated[str, _path("v", "car")]
AlertId = Annotated[str, _path("a", "alert")]
OfferId = Annotated[str, _path("o", "offer")]
OrderId = Annotated[str, _path("w", "work order")]
ExtraId = Annotated[str, _path("x", "extra work")]
ConsentId = Annotated[str, _path("c", "consent")]
SlotId = Annotated[str, _path("s", "slot")]
ReportId = Annotated[str, _path("r", "battery report")]

vehicle = "v"
alert = "a"
offer = "o"
order = "w"
extra = "x"
consent = "c"
slot = "s"
