"""The simulated exchange: WebSocket, REST and control on one loopback port."""

import asyncio
import signal
from collections.abc import Callable

from data.simulator import Simulator, SimulatorConfig


def serve(config: SimulatorConfig, on_listening: Callable[[Simulator], None] | None = None) -> None:
    """Serve until SIGTERM, or SIGINT unless it is ignored. Meant for a child process, too."""
    asyncio.run(_serve(config, on_listening))


async def _serve(config: SimulatorConfig, on_listening: Callable[[Simulator], None] | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGINT, stopped.set)
    async with Simulator(config) as simulator:
        if on_listening is not None:
            on_listening(simulator)
        await simulator.run_until(stopped)
