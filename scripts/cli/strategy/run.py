"""Run a strategy over stored candles, of any span, in constant memory."""

from pathlib import Path
from typing import Annotated

import typer

from data import Timeframe
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import (
    From,
    Name,
    To,
    bounds_given,
    instrument_named,
    span_within,
)
from scripts.cli.options.parsers import MAX_ROWS
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape strategy run EmaCrossover okx:BTC-USDT --timeframe 1h "
    """--parameters '{"fast": 10}'"""
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A .py file, or a class.")],
    name: Name,
    timeframe: Annotated[Timeframe, typer.Option()] = Timeframe.M1,
    parameters: Annotated[str, typer.Option(help="Other than the defaults, as JSON.")] = "{}",
    folder: Annotated[Path, typer.Option(help="Where your own strategies are.")] = Path(
        "user_strategies"
    ),
    start: From = None,
    end: To = None,
    announced: Annotated[
        bool, typer.Option("--announced/--best", help="As first stored, or as known today.")
    ] = False,
    last: Annotated[
        int, typer.Option(min=0, max=MAX_ROWS, help="How many of the last signals to show.")
    ] = 20,
    signals: Annotated[
        Path | None, typer.Option(help="Write all signals there, a JSON object a line.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Decide every stored candle of a span, as the strategy engine would have."""
    from scripts.cli.strategy.evaluation import (
        StrategyRun,
        report_of,
        show_report,
        strategy_of,
        warnings_on,
        write_signals,
    )
    from scripts.composition.location import existing_store
    from scripts.composition.strategies import open_command_registry
    from strategies.frame_reader import AnnouncedReader, FrameReader
    from utils.codec import encode

    with exit_on_error(), open_command_registry(folder) as registry:
        strategy = strategy_of(target, registry, parameters)
        strategy.require_timeframe(timeframe)
        series = (instrument_named(name), timeframe)
        bounds = bounds_given(start, end)
        run = StrategyRun(strategy, last)
        with existing_store(data_dir) as store:
            span = span_within(store.candles, *series, bounds)
            reader = AnnouncedReader if announced else FrameReader
            write_signals(run, run.over(store.candles, series, span, reader), signals)
            warnings = warnings_on(strategy, store.candles, series, span, reader)
    report = report_of(run, series, span, warnings)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        show_report(report)
    raise typer.Exit(ExitCode.OK)
