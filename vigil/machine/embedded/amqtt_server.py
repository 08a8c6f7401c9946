"""amqtt on one loopback port, for demos: `python -m vigil.machine.embedded.amqtt_server PORT`."""

from __future__ import annotations

import asyncio
import sys


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    from amqtt.broker import Broker  # type: ignore[import-untyped]

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
    )
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
