"""What every endpoint finds on the application: options, books, signer, limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from api.auth.limits import Buckets
from api.auth.tokens import TokenSigner
from api.options import Options
from api.stores import Stores

REPORTS_A_MINUTE = 30
"""Verifications per address: enough for a market hall, too few to try numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """One per application."""

    options: Options
    stores: Stores
    signer: TokenSigner
    requests: Buckets
    sign_ins: Buckets
    reports: Buckets

    @classmethod
    def made(cls, options: Options, stores: Stores) -> AppContext:
        """From options and books."""
        window_s = options.sign_in_window.total_seconds()
        return cls(
            options=options,
            stores=stores,
            signer=TokenSigner(options.secret, stores.sessions),
            requests=Buckets(rate_s=options.requests_s, burst=options.burst),
            sign_ins=Buckets(rate_s=options.sign_ins / window_s, burst=options.sign_ins),
            reports=Buckets(rate_s=REPORTS_A_MINUTE / 60, burst=REPORTS_A_MINUTE),
        )


def context_of(request: Request) -> AppContext:
    """The context of the application that got this request."""
    return cast("AppContext", request.app.state.context)
