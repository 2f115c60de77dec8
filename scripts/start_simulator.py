"""Start the simulated exchange: WebSocket, REST and control on one loopback port."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.cli.options.parsers import MAX_SEED, NUMBER, between

if TYPE_CHECKING:
    from data.simulator import Simulator

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

_EXAMPLE = """
Example: uv run truetape services simulator --port 9000 --instruments BTC-USDT --speed 10

Then: curl 'http://127.0.0.1:9000/api/v5/market/trades?instId=BTC-USDT&limit=3'
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="0: the operating system chooses.")
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
    """Serve a market over the OKX v5 public protocol, for tests and demonstrations."""
    from data.simulator import SimulatorConfig, load_faults
    from scripts.cli.exits import exit_on_error
    from scripts.services.simulator import serve
    from utils.errors import ConfigError

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
        serve(config, _print_addresses)


def _print_addresses(simulator: "Simulator") -> None:
    typer.echo(f"REST       {simulator.rest_url}/api/v5")
    typer.echo(f"WebSocket  {simulator.ws_url}/ws/v5/public and /ws/v5/business")
    typer.echo(f"Control    {simulator.rest_url}/sim")


if __name__ == "__main__":
    app()
