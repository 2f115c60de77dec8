"""The list of stored backtests, and the comparison of some."""

from collections.abc import Sequence

import typer
from rich.table import Table

from backtesting.archive.comparison import Comparison, Divergence
from backtesting.archive.ports import BacktestRepository
from backtesting.metrics import METRICS
from backtesting.record import BacktestRecord, BacktestSummary
from backtesting.report.formats import format_metric
from bot_manager.trading import RoundTrip
from scripts.cli.tables import metrics_table, print_table
from utils.codec import encode
from utils.errors import ConfigError

_LISTED = ("total_return", "sharpe", "max_drawdown", "round_trips")


def records_of(kept: BacktestRepository, ids: list[int]) -> list[BacktestRecord]:
    """Return the stored backtests of two or more ids. Raises ConfigError."""
    if len(ids) < 2:
        raise ConfigError("ID...", problem="takes two or more, or none to list them")
    found = [(backtest_id, kept.get(backtest_id)) for backtest_id in ids]
    missing = [str(backtest_id) for backtest_id, record in found if record is None]
    if missing:
        raise ConfigError("ID...", problem=f"no backtest {', '.join(missing)} is kept")
    return [record for _, record in found if record is not None]


def show_list(summaries: list[BacktestSummary], *, as_json: bool) -> None:
    """Print stored backtests."""
    if as_json:
        typer.echo(encode(summaries).decode())
        return
    table = Table("id", "made", "strategy", "instrument", "candles", "from", "to", *_LISTED, "tags")
    for one in summaries:
        values = (
            format_metric(METRICS[name].definition, one.metrics.get(name), one.quote)
            for name in _LISTED
        )
        table.add_row(
            str(one.id), f"{one.created_at:%Y-%m-%d %H:%M}", one.strategy, one.instrument,
            one.timeframe, f"{one.start:%Y-%m-%d}", f"{one.end:%Y-%m-%d}", *values,
            ", ".join(one.tags),
        )  # fmt: skip
    print_table(table)


def show_comparison(comparison: Comparison, quotes: list[str], *, as_json: bool) -> None:
    """Print a comparison; `quotes` are the quote currencies of its backtests."""
    if as_json:
        typer.echo(encode(comparison).decode())
        return
    names = _column_names(comparison.ids)
    config_table = Table("asked", *names)
    for row in comparison.config:
        config_table.add_row(row.name, *map(str, row.values))
    measured = [
        {row.name: row.values[position] for row in comparison.metrics}
        for position in range(len(names))
    ]
    print_table(config_table)
    print_table(metrics_table(dict(zip(names, measured, strict=True)), quotes), keys=2)
    if comparison.first_divergence is not None:
        typer.echo(_describe_divergence(comparison.first_divergence))
    typer.echo("the same outcome" if comparison.same_outcome else "different outcomes")


def _column_names(ids: Sequence[int]) -> list[str]:
    """Return a name for each column; repeated names are numbered."""
    names = [f"backtest {backtest_id}" for backtest_id in ids]
    return [
        name if names.count(name) == 1 else f"{name} ({names[:number].count(name) + 1})"
        for number, name in enumerate(names)
    ]


def _describe_divergence(divergence: Divergence) -> str:
    sides = [_describe_round_trip(round_trip) for round_trip in (divergence.one, divergence.other)]
    return f"they part at round trip {divergence.number + 1}: {' against '.join(sides)}"


def _describe_round_trip(round_trip: RoundTrip | None) -> str:
    if round_trip is None:
        return "no more"
    when = f"{round_trip.entry_time:%Y-%m-%d %H:%M} UTC"
    return f"{round_trip.side} {round_trip.size} at {round_trip.entry_price} on {when}"
