"""Who answers whom on the diagnostic bus (ISO 15765-4), 11 and 29 bit.

    11 bit   asked of all 7DF          unit 7E0..7E7 -> answers 7E8..7EF
    29 bit   asked of all 18DB33F1     unit 18DAxxF1 -> answers 18DAF1xx     (F1 is the tester)

Makers' own units are asked by the pair of ids that their profile names: nothing is computed there.
"""

from __future__ import annotations

FUNCTIONAL = 0x7DF
FUNCTIONAL_29 = 0x18DB33F1
STANDARD_TOP = 0x7FF
"""Largest 11-bit id; a larger one is sent as an extended frame."""
_ANSWERS = range(0x7E8, 0x7F0)
_ANSWERS_29 = range(0x18DAF100, 0x18DAF200)


def answers_all(functional: int, can_id: int) -> bool:
    """Whether an id may answer a question that was asked of all units."""
    return can_id in (_ANSWERS_29 if functional > STANDARD_TOP else _ANSWERS)


def request_of(answer: int) -> int:
    """The id under which the unit that answers so is asked alone (and gets its flow control).

    >>> hex(request_of(0x7E9)), hex(request_of(0x18DAF11D))
    ('0x7e1', '0x18da1df1')
    """
    if answer in _ANSWERS_29:
        return 0x18DA00F1 | (answer & 0xFF) << 8
    return answer - 8
