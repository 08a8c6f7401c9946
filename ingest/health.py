"""A small HTTP port for machines: /metrics, /healthz (the process lives), /readyz (it works)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

Checks = Callable[[], Mapping[str, bool]]


class HealthPort:
    """Serves until `stop`. `checks` names what must hold for the worker to be ready."""

    def __init__(
        self, registry: CollectorRegistry, checks: Checks, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(registry, checks))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that was really taken."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()


def _handler(registry: CollectorRegistry, checks: Checks) -> type[BaseHTTPRequestHandler]:
    def metrics() -> tuple[int, str, bytes]:
        return 200, CONTENT_TYPE_LATEST, generate_latest(registry)

    def alive() -> tuple[int, str, bytes]:
        return 200, "application/json", b'{"alive": true}'

    def ready() -> tuple[int, str, bytes]:
        found = dict(checks())
        status = 200 if all(found.values()) else 503
        return status, "application/json", json.dumps(found).encode()

    routes = {"/metrics": metrics, "/healthz": alive, "/readyz": ready}

    class Handler(BaseHTTPRequestHandler):
        """GET on the three routes, nothing else."""

        def do_GET(self) -> None:
            """Answer one request."""
            route = routes.get(self.path.split("?")[0])
            if route is None:
                self.send_error(404)
                return
            status, kind, body = route()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: probes come every few seconds."""

    return Handler
