"""The options of a backtest."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from data import Timeframe

Resolution = Literal["bars", "1m", "trades"]
"""The values of BacktestResolution, whose module is slow to import."""

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="A JSON file; other options replace its values.")
]
Instrument = Annotated[str | None, typer.Argument(metavar="EXCHANGE:SYMBOL")]
StrategyOption = Annotated[str | None, typer.Option("--strategy", help="Name of the class.")]
Parameters = Annotated[str | None, typer.Option(help="Other than the defaults, as JSON.")]
CandleLength = Annotated[Timeframe | None, typer.Option(help="Of the strategy's candles.")]
ResolutionOption = Annotated[Resolution | None, typer.Option(help="What moves the account.")]
Capital = Annotated[str | None, typer.Option(help="Quote currency to begin with.")]
EnterOnStart = Annotated[
    bool | None,
    typer.Option(
        "--enter-on-start/--wait-on-start",
        help="Act at the first print on the target in force at the start, or wait for another.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any other value by name, as in costs.taker_fee=0.0005."),
]
Folder = Annotated[Path, typer.Option(help="Where your own strategies are.")]
