"""List stored backtests, or compare two or more side by side."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.parsers import MAX_INT, MAX_ROWS
from scripts.cli.options.standard import AsJson, DataDir
from utils.errors import ConfigError

_EXAMPLE = "Example: uv run truetape backtest compare 3 7"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID...", min=1, max=MAX_INT, help="Two or more; none: list them."),
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="List those of one strategy.")] = None,
    instrument: Annotated[str | None, typer.Option(help="List those of one instrument.")] = None,
    tag: Annotated[str | None, typer.Option(help="List those with a tag.")] = None,
    metric: Annotated[str | None, typer.Option(help="List the greatest of it first.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="List so many.")] = 50,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Compare backtests: configurations, every metric, and the first round trip that differs.

    Exit code 1 if they came out differently.
    """
    from backtesting.archive.comparison import compare
    from backtesting.archive.ports import BacktestQuery
    from backtesting.metrics import METRICS
    from scripts.cli.backtest.comparison_report import records_of, show_comparison, show_list
    from scripts.composition.location import existing_store

    with exit_on_error():
        if metric is not None and metric not in METRICS:
            raise ConfigError("--metric", problem=f"{metric!r} is none: see docs/metrics.md")
        with existing_store(data_dir) as store:
            if not ids:
                query = BacktestQuery(
                    strategy=strategy, instrument=instrument, tag=tag, metric=metric, limit=limit
                )
                show_list(store.backtests.search(query), as_json=as_json)
                return
            records = records_of(store.backtests, ids)
        comparison = compare(records)
    show_comparison(comparison, [one.summary.quote for one in records], as_json=as_json)
    raise typer.Exit(ExitCode.OK if comparison.same_outcome else ExitCode.FOUND)
