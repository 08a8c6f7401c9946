"""What the in-memory store holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.alerts import Alert
from domain.checkpoint import Checkpoint
from domain.health import Assessment
from domain.identity import Binding, Device
from domain.vehicle import Vehicle
from store.sink.ledger import Key, LedgerEntry
from store.sink.rows import Bool, Rows
from store.sink.states import Episodes


@dataclass(slots=True, kw_only=True, eq=False)
class Chunk:
    """Rows of one commit, which of them were stored, and their episodes."""

    rows: Rows
    stored: Bool
    episodes: Episodes


@dataclass(slots=True, kw_only=True)
class EventRow:
    """One stored event: the parameters of its insert, and when it was handled."""

    number: int
    parameters: dict[str, Any]
    handled_at: datetime | None


@dataclass(slots=True, kw_only=True)
class State:
    """All of it; every reader and writer holds `lock`."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    wake: threading.Event = field(default_factory=threading.Event)
    epoch: int = 1
    tenants: dict[str, int] = field(default_factory=dict)
    centres: dict[tuple[int, str], int] = field(default_factory=dict)
    devices: dict[int, Device] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    vehicles: dict[int, Vehicle] = field(default_factory=dict)
    vins: dict[tuple[int, str], int] = field(default_factory=dict)
    tenures: dict[int, dict[str, Any]] = field(default_factory=dict)
    ledger: dict[Key, LedgerEntry] = field(default_factory=dict)
    rows_seen: set[tuple[int, int, int, int]] = field(default_factory=set)
    chunks: list[Chunk] = field(default_factory=list)
    events: dict[tuple[Any, ...], EventRow] = field(default_factory=dict)
    records: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    bursts: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    gaps: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    letters: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    spans: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    assessments: dict[int, list[Assessment]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    late: dict[int, datetime] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
