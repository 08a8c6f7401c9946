"""Signal ids of catalogue 1. Younger ones travel with a definition, for readers who lack them."""

from __future__ import annotations

_RUNS = (
    (1, 11),
    (20, 46),
    (50, 56),
    (60, 92),
    (100, 102),
    (110, 117),
    (120, 129),
    (140, 143),
    (160, 166),
    (200, 201),
)
CATALOGUE_1 = frozenset(no for first, last in _RUNS for no in range(first, last + 1))
