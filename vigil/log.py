"""How the processes write: one line per event on stderr, as text or as JSON.

A line never holds a VIN, a position, a password or a person.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from vigil.settings import Log

TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
QUIET = ("paho", "uvicorn.access", "amqtt", "transitions", "procrastinate")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """One JSON object per line; what was given as `extra=` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "t": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up(settings: Log) -> None:
    """Install the one handler of this process."""
    handler = logging.StreamHandler(sys.stderr)
    json_wanted = settings.format == "json"
    handler.setFormatter(JsonLines() if json_wanted else logging.Formatter(TEXT))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
