"""What every endpoint finds on the application: options, books, signer, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from api.auth.limits import Buckets, Places, SignInFailures
from api.auth.tokens import TokenSigner
from api.options import Options
from api.stores import Stores

ACCOUNTS_TRIED = 3
"""An address may fail at as many accounts as a family has before all of its tries wait."""
FEEDS_EACH = 3
"""Live feeds of one person: a phone, a desk, a spare."""
REPORTS_A_MINUTE = 30
"""Verifications per address: enough for a market hall, too few to try numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """One per application."""

    options: Options
    stores: Stores
    signer: TokenSigner
    requests: Buckets
    sign_ins: SignInFailures
    reports: Buckets
    feeds: Places

    @classmethod
    def made(cls, options: Options, stores: Stores) -> AppContext:
        """From options and books."""
        window_s = options.sign_in_window.total_seconds()
        return cls(
            options=options,
            stores=stores,
            signer=TokenSigner(options.secret, stores.sessions),
            requests=Buckets(rate_s=options.requests_s, burst=options.burst),
            sign_ins=SignInFailures(
                Buckets(rate_s=options.sign_ins / window_s, burst=options.sign_ins),
                Buckets(
                    rate_s=ACCOUNTS_TRIED * options.sign_ins / window_s,
                    burst=ACCOUNTS_TRIED * options.sign_ins,
                ),
            ),
            feeds=Places(most=options.feeds, each=FEEDS_EACH),
            reports=Buckets(rate_s=REPORTS_A_MINUTE / 60, burst=REPORTS_A_MINUTE),
        )


def context_of(request: Request) -> AppContext:
    """The context of the application that got this request."""
    return cast("AppContext", request.app.state.context)
