"""Lengths of time that every room means alike."""

from __future__ import annotations

from datetime import timedelta

DAY_MS = 86_400_000
YEAR_DAYS = 365.25
"""The Julian year (IAU): what ageing laws, rates per year and ages in years are counted in."""
YEAR_MS = YEAR_DAYS * DAY_MS
YEAR = timedelta(days=YEAR_DAYS)
