"""Does a package pay for this car? Its own use, priced singly, against the package price.

Unknown use is answered "unknown", never guessed upward; what the owner already has counts zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from care.offers.car_facts import Facts
from care.offers.catalogue import Content, Package, Service
from care.offers.pricing import best_right, pay_after
from domain.offers import Fit, FitLine, PackageAdvice
from domain.sentences.phrase import Phrase

Estimate = tuple[float | None, Phrase]


def _by_interval(facts: Facts, service: Service) -> Estimate:
    interval = service.interval
    km = facts.usage.km_per_year
    if interval is None:
        return None, Phrase(id="fit.no_interval")
    by_time = 12.0 / interval.months if interval.months else 0.0
    if km is None and interval.km:
        return None, Phrase(id="fit.km_unknown")
    by_km = km / interval.km if km is not None and interval.km else 0.0
    if by_km > by_time:
        return by_km, Phrase(
            id="fit.by_km", args={"km": round(km or 0), "interval": interval.km or 0}
        )
    return by_time, Phrase(id="fit.by_time", args={"months": interval.months or 0})


def _own(facts: Facts, service: Service) -> Estimate:
    uses = facts.usage.uses
    if uses is None:
        return None, Phrase(id="fit.uses_unknown")
    count = uses.get(service.id, 0)
    return float(count), Phrase(id="fit.own", args={"count": count})


def _inspection(facts: Facts, service: Service) -> Estimate:
    age = facts.usage.age_years
    if age is None:
        return None, Phrase(id="fit.age_unknown")
    per_year = 1.0 if age >= 10 else 0.5
    return per_year, Phrase(id="fit.inspection", args={"age": round(age, 1)})


def _yearly(facts: Facts, service: Service) -> Estimate:
    return 1.0, Phrase(id="fit.yearly")


def _home_charger(facts: Facts, service: Service) -> Estimate:
    match facts.usage.home_charger:
        case None:
            return None, Phrase(id="fit.charger_unknown")
        case True:
            return 0.0, Phrase(id="fit.charger_there")
        case False:
            return 1.0, Phrase(id="fit.charger_wanted")


def _repair_share(facts: Facts, service: Service) -> Estimate:
    usage = facts.usage
    if usage.in_maker_warranty:
        return 0.0, Phrase(id="fit.still_in_warranty")
    if usage.repairs_fen is None:
        return None, Phrase(id="fit.repairs_unknown")
    share = usage.repairs_fen / service.list_fen
    return share, Phrase(id="fit.repairs", args={"yuan": round(usage.repairs_fen / 100)})


ESTIMATES: Mapping[str, Callable[[Facts, Service], Estimate]] = {
    "interval": _by_interval,
    "own": _own,
    "inspection": _inspection,
    "yearly": _yearly,
    "home_charger": _home_charger,
    "repair_share": _repair_share,
}


def _fit_line(facts: Facts, content: Content, years: float) -> FitLine:
    service = facts.catalogue.services[content.service]
    uses, basis = ESTIMATES[content.uses](facts, service)
    if uses is not None and content.uses != "home_charger":
        uses *= years
    each = pay_after(service.list_fen, best_right(facts, service, Counter()))
    counted = 0.0 if uses is None else min(uses, content.included or uses)
    return FitLine(
        service=content.service,
        uses=None if uses is None else round(uses, 2),
        included=content.included,
        each_fen=each,
        value_fen=int(counted * each),
        basis=basis,
    )


def advise(facts: Facts, package: Package) -> PackageAdvice:
    """The sum for one package, and what it says."""
    lines = tuple(_fit_line(facts, c, package.months / 12) for c in package.contents)
    value = sum(line.value_fen for line in lines)
    cost = _package_price(facts, package)
    fit = _verdict(facts, package, lines, value, cost)
    args = {"value": round(value / 100), "price": round(cost / 100)}
    return PackageAdvice(
        package=package.id,
        fit=fit,
        price_fen=cost,
        value_fen=value,
        lines=lines,
        why=(Phrase(id=f"fit.{fit.value}", args=args),),
    )


def _package_price(facts: Facts, package: Package) -> int:
    full = package.price_high_fen or package.price_fen
    rights = [
        r
        for r in facts.entitlements
        if package.id in r.services and r.holds(facts.now, facts.usage.odometer_km)
    ]
    return min((pay_after(full, r) for r in rights), default=full)


def _verdict(
    facts: Facts, package: Package, lines: tuple[FitLine, ...], value: int, cost: int
) -> Fit:
    if package.id in facts.owned_packages:
        return Fit.OWNED
    if value > cost:
        return Fit.PAYS
    return Fit.UNKNOWN if any(line.uses is None for line in lines) else Fit.NOT_NEEDED


def advise_all(facts: Facts) -> tuple[PackageAdvice, ...]:
    """Advice on every package this powertrain can use; those that pay come first."""
    fit = [p for p in facts.catalogue.packages.values() if facts.powertrain in p.powertrains]
    advice = [advise(facts, p) for p in fit]
    return tuple(sorted(advice, key=lambda a: (a.fit is not Fit.PAYS, a.package)))
