"""The options of a backtest, of all commands that run any."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from data import Timeframe
from scripts.cli.options.instruments import From, To

Resolution = Literal["bars", "1m", "trades"]
"""The values of BacktestResolution, whose module is slow to import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestOptions:
    """The options that configure a backtest, and the folder of the user's strategies."""

    instrument: Annotated[str | None, typer.Argument(metavar="EXCHANGE:SYMBOL")] = None
    strategy: Annotated[str | None, typer.Option(help="Name of the class.")] = None
    parameters: Annotated[str | None, typer.Option(help="Other than the defaults, as JSON.")] = None
    timeframe: Annotated[Timeframe | None, typer.Option(help="Of the strategy's candles.")] = None
    start: From = None
    end: To = None
    resolution: Annotated[Resolution | None, typer.Option(help="What moves the account.")] = None
    capital: Annotated[str | None, typer.Option(help="Quote currency to begin with.")] = None
    enter_on_start: Annotated[
        bool | None,
        typer.Option(
            "--enter-on-start/--wait-on-start",
            help="Act at the first print on the target in force at the start, or wait for another.",
        ),
    ] = None
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other value by name, as in costs.taker_fee=0.0005."),
    ] = None
    config: Annotated[
        Path | None, typer.Option(help="A JSON file; other options replace its values.")
    ] = None
    folder: Annotated[Path, typer.Option(help="Where your own strategies are.")] = Path(
        "user_strategies"
    )
