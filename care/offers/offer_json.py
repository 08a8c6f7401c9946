"""An offer as JSON and back, exactly: what the offer book keeps."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from domain.offers import Offer

_OFFER = TypeAdapter(Offer)


def body_of(offer: Offer) -> Any:
    """JSON for the book."""
    return _OFFER.dump_python(offer, mode="json")


def offer_of(body: Any) -> Offer:
    """The offer behind a body."""
    return _OFFER.validate_python(body)
