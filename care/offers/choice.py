"""What a person may choose of an offer, and what staff may change in it. Pure.

A price that was shown can only go down; an item can only be left out; nothing is ever ticked for
the owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.errors import BadInput
from domain.offers import Offer, OfferLine, Saving


def chosen_services(offer: Offer, services: Sequence[str]) -> frozenset[str]:
    """The chosen services; BadInput for none, or for one that is not in the offer."""
    known = {line.service for line in offer.lines}
    unknown = [service for service in services if service not in known]
    if unknown or not services:
        raise BadInput(
            "services",
            unknown,
            "are not items of this offer",
            remedy=f"choose from {', '.join(sorted(known))}",
        )
    return frozenset(services)


def edited(offer: Offer, *, remove: Sequence[str], pay_fen: Mapping[str, int]) -> Offer:
    """The offer without some items and with lower prices; BadInput where nothing is left, or a
    price would rise."""
    if remove or pay_fen:
        chosen_services(offer, [*remove, *pay_fen])
    lines = tuple(_cheaper(line, pay_fen) for line in offer.lines if line.service not in remove)
    if not lines:
        raise BadInput(
            "remove", list(remove), "leaves nothing", remedy="withdraw the offer instead"
        )
    savings = tuple(_kept(saving, lines) for saving in offer.savings)
    return replace(offer, lines=lines, savings=tuple(s for s in savings if len(s.services) > 1))


def _kept(saving: Saving, lines: tuple[OfferLine, ...]) -> Saving:
    """The saving over the lines that are left, never more than one of them costs."""
    left = [line for line in lines if line.service in saving.services]
    fen = min([saving.fen, *(line.pay_fen for line in left)])
    return replace(saving, services=tuple(line.service for line in left), fen=fen)


def _cheaper(line: OfferLine, prices: Mapping[str, int]) -> OfferLine:
    wanted = prices.get(line.service)
    if wanted is None:
        return line
    if not 0 <= wanted <= line.pay_fen:
        raise BadInput(
            f"pay_fen.{line.service}",
            wanted,
            f"is not within 0..{line.pay_fen}",
            remedy="a price that was shown can only go down",
        )
    return replace(line, pay_fen=wanted)
