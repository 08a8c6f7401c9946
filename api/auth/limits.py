"""Limits of one process: token buckets and places by key, bounded in number."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.errors import SignInNeeded
from domain.errors import Busy

MOST_KEYS = 20_000
"""Keys remembered: a bound on memory (2 MB)."""


class Buckets:
    """`rate_s` tokens per second up to `burst`; the oldest keys are forgotten first."""

    def __init__(
        self, *, rate_s: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate_s = rate_s
        self._burst = burst
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Use one token; Busy with the time to wait when there is none."""
        if not self._left(key):
            self._refuse(key)

    def give_back(self, key: str) -> None:
        """One token back, up to the burst."""
        with self._lock:
            if key in self._kept:
                tokens, seen = self._kept[key]
                self._kept[key] = (min(self._burst, tokens + 1), seen)

    def _left(self, key: str) -> bool:
        with self._lock:
            now = self._clock()
            tokens, seen = self._kept.pop(key, (self._burst, now))
            tokens = min(self._burst, tokens + (now - seen) * self._rate_s)
            enough = tokens >= 1
            self._kept[key] = (tokens - 1 if enough else tokens, now)
            if len(self._kept) > MOST_KEYS:
                self._kept.popitem(last=False)
        return enough

    def _refuse(self, key: str) -> None:
        wait_s = (1 - self._kept.get(key, (0.0, 0.0))[0]) / self._rate_s
        raise Busy("too many requests", remedy=f"wait {max(wait_s, 1):.0f} s and ask again")


class Places:
    """At most `most` at once in all and `each` of one key."""

    def __init__(self, *, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, key: str, what: str) -> None:
        """Take a place; Busy where none is left."""
        with self._lock:
            if self._held[key] >= self._each or self._held.total() >= self._most:
                raise Busy(f"too many {what}", remedy="close another, or poll instead")
            self._held[key] += 1

    def leave(self, key: str) -> None:
        """Give it back."""
        with self._lock:
            self._held[key] -= 1
            if self._held[key] <= 0:
                del self._held[key]


class SignInFailures:
    """Wrong sign-ins only. A stranger's failures shut out the stranger, not the account's owner:
    they count by account *and* address, and by address over all accounts."""

    def __init__(self, pairs: Buckets, addresses: Buckets) -> None:
        self._pairs, self._addresses = pairs, addresses

    @contextmanager
    def watched(self, account: str, address: str) -> Iterator[None]:
        """Around one try: Busy after too many failures. Every try takes its tokens before it is
        looked at, so that many at once guess no more than one after the other; all but a wrong
        password get them back."""
        where = network_of(address)
        pair = f"{account.strip().lower()} {where}"
        self._pairs.take(pair)
        try:
            self._addresses.take(where)
        except Busy:
            self._pairs.give_back(pair)
            raise
        try:
            yield
        except SignInNeeded:
            raise
        except BaseException:
            self._return(pair, where)
            raise
        self._return(pair, where)

    def _return(self, pair: str, where: str) -> None:
        self._pairs.give_back(pair)
        self._addresses.give_back(where)


def network_of(address: str) -> str:
    """Whoever has one IPv6 address has a whole /64 of them.

    >>> network_of("2001:db8::1") == network_of("2001:db8::ffff")
    True
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
