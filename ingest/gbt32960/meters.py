"""What the server counts, for Prometheus. No label ever holds a VIN or a device."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class GbtMeters:
    """Counters of one server in the registry of its worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connections = Gauge(
            "vigil_gbt32960_connections", "Open connections", registry=registry
        )
        self.vehicles = Gauge("vigil_gbt32960_vehicles", "Logged-in vehicles", registry=registry)
        self.frames = Counter(
            "vigil_gbt32960_frames",
            "Frames by edition and command",
            ["edition", "command"],
            registry=registry,
        )
        self.refused = Counter(
            "vigil_gbt32960_refused", "Frames refused, by reason", ["reason"], registry=registry
        )
        self.closed = Counter(
            "vigil_gbt32960_closed",
            "Connections ended by us, by reason",
            ["reason"],
            registry=registry,
        )
        self.garbage = Counter(
            "vigil_gbt32960_garbage_bytes", "Bytes that belong to no frame", registry=registry
        )
        self.broken = Counter(
            "vigil_gbt32960_broken_frames", "Frames with a wrong check byte", registry=registry
        )
        self.unverified = Counter(
            "vigil_gbt32960_unverified_signatures",
            "Signed reports whose signature nobody verified",
            registry=registry,
        )
        self.unknown_types = Counter(
            "vigil_gbt32960_unknown_types",
            "Reports with bytes that no table describes",
            registry=registry,
        )
        self.forwarded = Counter(
            "vigil_gbt32960_forwarded",
            "Frames by what became of forwarding them",
            ["outcome"],
            registry=registry,
        )
