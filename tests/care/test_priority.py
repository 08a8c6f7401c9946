"""The queue: red first, then what is near, sure and nobody's yet; every point is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from care.queue.priority import ranked
from tests.care.rows import NOW, waiting


def test_ranked_puts_red_before_everything_and_the_nearer_of_equals_first() -> None:
    near = waiting(id=3, due_low=NOW + timedelta(days=2))
    far = waiting(id=4, due_low=NOW + timedelta(days=28))
    red = waiting(id=5, severity=3)
    yellow_due = waiting(id=6, severity=1, due_low=NOW)
    assert [r.row.id for r in ranked([far, yellow_due, near, red], NOW)] == [5, 3, 4, 6]


def test_ranked_steps_back_what_somebody_is_on_and_shows_why() -> None:
    alone = waiting(id=3)
    booked = replace(alone, id=4, order_state="booked")
    snoozed = replace(alone, id=5, snoozed_until=NOW + timedelta(days=1))
    first, second, third = ranked([snoozed, booked, alone], NOW)
    assert [first.row.id, second.row.id, third.row.id] == [3, 4, 5]
    assert first.priority - second.priority == 15
    assert [why.id for why, _ in third.reasons][-1] == "queue.snoozed"
    assert first.priority == round(sum(points for _, points in first.reasons), 1)
