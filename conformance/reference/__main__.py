"""`python -m conformance.reference`: the reference Gateway as a process of its own."""

import asyncio
import os
import signal
import sys

from conformance.reference.server import ReferenceGateway
from conformance.reference.settings import ConfigurationError, GatewaySettings


async def _serve(settings: GatewaySettings) -> int:
    gateway = ReferenceGateway(settings)
    await gateway.start()
    for line in gateway.log_lines:
        print(line, flush=True)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()
    await gateway.shutdown()
    return gateway.exit_status or 0


def main() -> int:
    """The process's exit status: 0 after a signal, 1 for what cannot be started."""
    try:
        settings = GatewaySettings.from_environment(os.environ)
        return asyncio.run(_serve(settings))
    except (ConfigurationError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
