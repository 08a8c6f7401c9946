"""Numbers as people read them. Pure."""

from __future__ import annotations

NO_VALUE = "—"


def number(value: float | None, digits: int = 1) -> str:
    """A number without needless zeros; a dash for none.

    >>> number(1234.5), number(3.0), number(-0.04), number(None)
    ('1,234.5', '3', '0', '—')
    """
    if value is None:
        return NO_VALUE
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
