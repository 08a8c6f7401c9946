"""How the contract's things lie in tables: which signal is a column, which record a table.

Agreement with the migrations is a test. Position and packed signals have tables of their own.
"""

from __future__ import annotations

from types import MappingProxyType

from firmware_contracts.records import Charge, Crank, Parked, Record, Trip
from firmware_contracts.signal import Group, Storage
from firmware_contracts.signals import CATALOGUE, PACKED

POSITION = tuple(s for s in CATALOGUE if s.group is Group.POSITION)
COLUMNS = tuple(s for s in CATALOGUE if s.id not in PACKED and s.group is not Group.POSITION)
COLUMN_IDS = frozenset(s.id for s in COLUMNS)
POSITION_IDS = frozenset(s.id for s in POSITION)

REAL_IDS = frozenset(s.id for s in COLUMNS if s.storage is Storage.REAL)

RECORD_TABLES = MappingProxyType(
    {Trip: "trips", Charge: "charges", Crank: "cranks", Parked: "parked"}
)
RECORD_KINDS: MappingProxyType[str, type[Record]] = MappingProxyType(
    {"trip": Trip, "charge": Charge, "crank": Crank, "parked": Parked}
)
