"""Start the simulated exchange: WebSocket, REST and control on one loopback port."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from data.simulator import Simulator, SimulatorConfig, load_faults
from scripts.option_values import MAX_SEED, NUMBER, between
from utils.errors import ConfigError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_EXAMPLE = """
Example: uv run scripts/start_simulator.py --port 9000 --instruments BTC-USDT --speed 10

Then: curl 'http://127.0.0.1:9000/api/v5/market/trades?instId=BTC-USDT&limit=3'
"""

app = typer.Typer(add_completion=False)


def serve(config: SimulatorConfig) -> None:
    """Serve until SIGTERM, or SIGINT unless it is ignored. Meant for a child process, too."""
    asyncio.run(_serve(config, lambda _: None))


async def _serve(config: SimulatorConfig, announce: Callable[[Simulator], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGINT, stopped.set)
    async with Simulator(config) as simulator:
        announce(simulator)
        await simulator.run_until(stopped)


def _announce(simulator: Simulator) -> None:
    typer.echo(f"REST       {simulator.rest_url}/api/v5")
    typer.echo(f"WebSocket  {simulator.ws_url}/ws/v5/public and /ws/v5/business")
    typer.echo(f"Control    {simulator.rest_url}/sim")


@app.command(epilog=_EXAMPLE)
def main(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="0 lets the operating system choose.")
    ] = 0,
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    seed: Annotated[
        int, typer.Option(min=-MAX_SEED, max=MAX_SEED, help="Another seed is another market.")
    ] = 1,
    speed: Annotated[
        float,
        typer.Option(
            parser=between(0, 100_000), metavar=NUMBER, help="Virtual seconds per second."
        ),
    ] = 1.0,
    rate: Annotated[
        float,
        typer.Option(
            parser=between(0.001, 10_000), metavar=NUMBER, help="Multiplies the number of trades."
        ),
    ] = 1.0,
    instruments: Annotated[str, typer.Option(help="Comma separated; empty means all.")] = "",
    tape: Annotated[
        Path | None, typer.Option(help="Replay a CSV tape: id, time, price, size, side.")
    ] = None,
    symbol: Annotated[str, typer.Option(help="The name of the tape's instrument.")] = "",
    capture: Annotated[
        Path | None, typer.Option(help="Play a recorded raw session verbatim; checks nothing.")
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="A JSON file of faults.")] = None,
) -> None:
    """Serve a market that speaks the OKX v5 public protocol, for tests and demonstrations."""
    # Imported here: the simulator's own process needs no database.
    from scripts.exits import exit_on_error

    with exit_on_error():
        if host not in _LOOPBACK:
            raise ConfigError("--host", problem=f"must be one of {_LOOPBACK}, was {host!r}")
        config = SimulatorConfig(
            host=host,
            port=port,
            seed=seed,
            speed=speed,
            rate=rate,
            instruments=tuple(name.strip() for name in instruments.split(",") if name.strip()),
            tape=tape,
            tape_symbol=symbol,
            waits=tape is not None,
            capture=capture,
            faults=load_faults(faults) if faults else (),
        )
        asyncio.run(_serve(config, _announce))


if __name__ == "__main__":
    app()
