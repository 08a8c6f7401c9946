from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Payload(_message.Message):
    __slots__ = ("body", "zstd", "anchor", "backfill")
    BODY_FIELD_NUMBER: _ClassVar[int]
    ZSTD_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_FIELD_NUMBER: _ClassVar[int]
    BACKFILL_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    zstd: bytes
    anchor: AnchorBits
    backfill: bool
    def __init__(self, body: _Optional[bytes] = ..., zstd: _Optional[bytes] = ..., anchor: _Optional[_Union[AnchorBits, _Mapping]] = ..., backfill: _Optional[bool] = ...) -> None: ...

class AnchorBits(_message.Message):
    __slots__ = ("offset_ms", "quality_ms", "boot")
    OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_MS_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    offset_ms: int
    quality_ms: int
    boot: bytes
    def __init__(self, offset_ms: _Optional[int] = ..., quality_ms: _Optional[int] = ..., boot: _Optional[bytes] = ...) -> None: ...

class Body(_message.Message):
    __slots__ = ("major", "stream", "seq", "minor", "catalogue", "scheme", "boot", "origin", "clock", "ticks", "dense", "cells", "probes", "residuals", "sparse", "bursts", "events", "records", "gaps", "labels")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    CATALOGUE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    TICKS_FIELD_NUMBER: _ClassVar[int]
    DENSE_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    PROBES_FIELD_NUMBER: _ClassVar[int]
    RESIDUALS_FIELD_NUMBER: _ClassVar[int]
    SPARSE_FIELD_NUMBER: _ClassVar[int]
    BURSTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    major: int
    stream: bytes
    seq: int
    minor: int
    catalogue: int
    scheme: str
    boot: bytes
    origin: int
    clock: int
    ticks: Ticks
    dense: Dense
    cells: PackedTable
    probes: PackedTable
    residuals: Residuals
    sparse: SparseTriples
    bursts: _containers.RepeatedCompositeFieldContainer[BurstSeries]
    events: _containers.RepeatedCompositeFieldContainer[EventFact]
    records: _containers.RepeatedCompositeFieldContainer[RecordFact]
    gaps: _containers.RepeatedCompositeFieldContainer[GapFact]
    labels: _containers.ScalarMap[str, str]
    def __init__(self, major: _Optional[int] = ..., stream: _Optional[bytes] = ..., seq: _Optional[int] = ..., minor: _Optional[int] = ..., catalogue: _Optional[int] = ..., scheme: _Optional[str] = ..., boot: _Optional[bytes] = ..., origin: _Optional[int] = ..., clock: _Optional[int] = ..., ticks: _Optional[_Union[Ticks, _Mapping]] = ..., dense: _Optional[_Union[Dense, _Mapping]] = ..., cells: _Optional[_Union[PackedTable, _Mapping]] = ..., probes: _Optional[_Union[PackedTable, _Mapping]] = ..., residuals: _Optional[_Union[Residuals, _Mapping]] = ..., sparse: _Optional[_Union[SparseTriples, _Mapping]] = ..., bursts: _Optional[_Iterable[_Union[BurstSeries, _Mapping]]] = ..., events: _Optional[_Iterable[_Union[EventFact, _Mapping]]] = ..., records: _Optional[_Iterable[_Union[RecordFact, _Mapping]]] = ..., gaps: _Optional[_Iterable[_Union[GapFact, _Mapping]]] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Key(_message.Message):
    __slots__ = ("major", "stream", "seq", "boot")
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    major: int
    stream: bytes
    seq: int
    boot: bytes
    def __init__(self, major: _Optional[int] = ..., stream: _Optional[bytes] = ..., seq: _Optional[int] = ..., boot: _Optional[bytes] = ...) -> None: ...

class Ticks(_message.Message):
    __slots__ = ("rows", "first_ms", "step_ms", "irregular")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FIRST_MS_FIELD_NUMBER: _ClassVar[int]
    STEP_MS_FIELD_NUMBER: _ClassVar[int]
    IRREGULAR_FIELD_NUMBER: _ClassVar[int]
    rows: int
    first_ms: int
    step_ms: int
    irregular: bool
    def __init__(self, rows: _Optional[int] = ..., first_ms: _Optional[int] = ..., step_ms: _Optional[int] = ..., irregular: _Optional[bool] = ...) -> None: ...

class Dense(_message.Message):
    __slots__ = ("runs", "bases", "steps", "reasons", "definitions")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    BASES_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedScalarFieldContainer[int]
    bases: _containers.RepeatedScalarFieldContainer[int]
    steps: _containers.RepeatedScalarFieldContainer[int]
    reasons: _containers.RepeatedScalarFieldContainer[int]
    definitions: _containers.RepeatedCompositeFieldContainer[Definition]
    def __init__(self, runs: _Optional[_Iterable[int]] = ..., bases: _Optional[_Iterable[int]] = ..., steps: _Optional[_Iterable[int]] = ..., reasons: _Optional[_Iterable[int]] = ..., definitions: _Optional[_Iterable[_Union[Definition, _Mapping]]] = ...) -> None: ...

class Definition(_message.Message):
    __slots__ = ("signal", "scale", "offset")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    signal: int
    scale: float
    offset: float
    def __init__(self, signal: _Optional[int] = ..., scale: _Optional[float] = ..., offset: _Optional[float] = ...) -> None: ...

class PackedTable(_message.Message):
    __slots__ = ("columns", "first", "rows", "some_ticks", "origin", "divisor", "in_time", "shared", "reasons")
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SOME_TICKS_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    DIVISOR_FIELD_NUMBER: _ClassVar[int]
    IN_TIME_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    columns: int
    first: int
    rows: _containers.RepeatedScalarFieldContainer[int]
    some_ticks: bool
    origin: int
    divisor: int
    in_time: bool
    shared: bool
    reasons: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, columns: _Optional[int] = ..., first: _Optional[int] = ..., rows: _Optional[_Iterable[int]] = ..., some_ticks: _Optional[bool] = ..., origin: _Optional[int] = ..., divisor: _Optional[int] = ..., in_time: _Optional[bool] = ..., shared: _Optional[bool] = ..., reasons: _Optional[_Iterable[int]] = ...) -> None: ...

class Residuals(_message.Message):
    __slots__ = ("parameters", "bits", "escapes")
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    BITS_FIELD_NUMBER: _ClassVar[int]
    ESCAPES_FIELD_NUMBER: _ClassVar[int]
    parameters: bytes
    bits: bytes
    escapes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, parameters: _Optional[bytes] = ..., bits: _Optional[bytes] = ..., escapes: _Optional[_Iterable[int]] = ...) -> None: ...

class SparseTriples(_message.Message):
    __slots__ = ("rows", "signals", "values")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedScalarFieldContainer[int]
    signals: _containers.RepeatedScalarFieldContainer[int]
    values: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, rows: _Optional[_Iterable[int]] = ..., signals: _Optional[_Iterable[int]] = ..., values: _Optional[_Iterable[float]] = ...) -> None: ...

class BurstSeries(_message.Message):
    __slots__ = ("signal", "start_ms", "period_us", "trigger", "count", "base", "reasons")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    PERIOD_US_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    signal: int
    start_ms: int
    period_us: int
    trigger: str
    count: int
    base: int
    reasons: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, signal: _Optional[int] = ..., start_ms: _Optional[int] = ..., period_us: _Optional[int] = ..., trigger: _Optional[str] = ..., count: _Optional[int] = ..., base: _Optional[int] = ..., reasons: _Optional[_Iterable[int]] = ...) -> None: ...

class EventFact(_message.Message):
    __slots__ = ("kind", "t_ms", "code", "component", "level", "over", "values", "notes")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class NotesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    T_MS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    OVER_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    kind: str
    t_ms: int
    code: str
    component: str
    level: int
    over: bool
    values: _containers.ScalarMap[str, float]
    notes: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[str] = ..., t_ms: _Optional[int] = ..., code: _Optional[str] = ..., component: _Optional[str] = ..., level: _Optional[int] = ..., over: _Optional[bool] = ..., values: _Optional[_Mapping[str, float]] = ..., notes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RecordFact(_message.Message):
    __slots__ = ("kind", "start_ms", "end_ms", "coverage", "fields")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    start_ms: int
    end_ms: int
    coverage: float
    fields: _containers.ScalarMap[str, float]
    def __init__(self, kind: _Optional[str] = ..., start_ms: _Optional[int] = ..., end_ms: _Optional[int] = ..., coverage: _Optional[float] = ..., fields: _Optional[_Mapping[str, float]] = ...) -> None: ...

class GapFact(_message.Message):
    __slots__ = ("stream", "first", "last")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    stream: bytes
    first: int
    last: int
    def __init__(self, stream: _Optional[bytes] = ..., first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class Down(_message.Message):
    __slots__ = ("receipt", "time")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    receipt: ReceiptFact
    time: TimeFact
    def __init__(self, receipt: _Optional[_Union[ReceiptFact, _Mapping]] = ..., time: _Optional[_Union[TimeFact, _Mapping]] = ...) -> None: ...

class ReceiptFact(_message.Message):
    __slots__ = ("store_epoch", "closed", "refused", "renew", "recovered_to_ms")
    STORE_EPOCH_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    RENEW_FIELD_NUMBER: _ClassVar[int]
    RECOVERED_TO_MS_FIELD_NUMBER: _ClassVar[int]
    store_epoch: int
    closed: _containers.RepeatedCompositeFieldContainer[Closed]
    refused: _containers.RepeatedCompositeFieldContainer[Refused]
    renew: _containers.RepeatedScalarFieldContainer[bytes]
    recovered_to_ms: int
    def __init__(self, store_epoch: _Optional[int] = ..., closed: _Optional[_Iterable[_Union[Closed, _Mapping]]] = ..., refused: _Optional[_Iterable[_Union[Refused, _Mapping]]] = ..., renew: _Optional[_Iterable[bytes]] = ..., recovered_to_ms: _Optional[int] = ...) -> None: ...

class Closed(_message.Message):
    __slots__ = ("stream", "spans")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    stream: bytes
    spans: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, stream: _Optional[bytes] = ..., spans: _Optional[_Iterable[int]] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("stream", "spans", "reason")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    stream: bytes
    spans: _containers.RepeatedScalarFieldContainer[int]
    reason: str
    def __init__(self, stream: _Optional[bytes] = ..., spans: _Optional[_Iterable[int]] = ..., reason: _Optional[str] = ...) -> None: ...

class TimeFact(_message.Message):
    __slots__ = ("boot", "mono_ms", "utc_ms")
    BOOT_FIELD_NUMBER: _ClassVar[int]
    MONO_MS_FIELD_NUMBER: _ClassVar[int]
    UTC_MS_FIELD_NUMBER: _ClassVar[int]
    boot: bytes
    mono_ms: int
    utc_ms: int
    def __init__(self, boot: _Optional[bytes] = ..., mono_ms: _Optional[int] = ..., utc_ms: _Optional[int] = ...) -> None: ...

class Birth(_message.Message):
    __slots__ = ("boot", "mono_ms", "utc_ms", "quality_ms", "versions", "streams", "unsupported", "profile", "scheme", "evicted", "silent")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class StreamsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bytes
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bytes] = ...) -> None: ...
    BOOT_FIELD_NUMBER: _ClassVar[int]
    MONO_MS_FIELD_NUMBER: _ClassVar[int]
    UTC_MS_FIELD_NUMBER: _ClassVar[int]
    QUALITY_MS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    UNSUPPORTED_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SCHEME_FIELD_NUMBER: _ClassVar[int]
    EVICTED_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    boot: bytes
    mono_ms: int
    utc_ms: int
    quality_ms: int
    versions: _containers.ScalarMap[str, str]
    streams: _containers.ScalarMap[str, bytes]
    unsupported: _containers.RepeatedScalarFieldContainer[int]
    profile: str
    scheme: str
    evicted: int
    silent: bool
    def __init__(self, boot: _Optional[bytes] = ..., mono_ms: _Optional[int] = ..., utc_ms: _Optional[int] = ..., quality_ms: _Optional[int] = ..., versions: _Optional[_Mapping[str, str]] = ..., streams: _Optional[_Mapping[str, bytes]] = ..., unsupported: _Optional[_Iterable[int]] = ..., profile: _Optional[str] = ..., scheme: _Optional[str] = ..., evicted: _Optional[int] = ..., silent: _Optional[bool] = ...) -> None: ...
