"""Delete all that is stored of an instrument."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import Name, instrument_named
from scripts.cli.options.standard import AsJson, DataDir
from utils.errors import ConfigError

_EXAMPLE = "Example: uv run truetape data delete kraken:XBT-USDT"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without a confirmation.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Delete trades, candles, signals and facts of an instrument. Nothing brings them back.

    Refused while a collector writes it, or a bot or a request for signals uses it.
    """
    from scripts.cli.data.deletion import (
        DeletionReport,
        describe_outcome,
        is_confirmed,
        show_report,
        users_of,
    )
    from scripts.composition.bots import open_bot_stores
    from scripts.composition.location import existing_platform, migrated_store
    from utils.codec import encode

    with exit_on_error():
        instrument = instrument_named(name)
        if as_json and not yes:
            raise ConfigError("--json", problem="prints no confirmation; give --yes, too")
        with (
            existing_platform(data_dir) as settings,
            migrated_store(settings) as store,
            open_bot_stores(settings) as bots,
        ):
            rows = store.instrument_data.stored_rows(instrument)
            report = DeletionReport(
                instrument=name, rows=rows, used_by=list(users_of(bots, instrument))
            )
            if not as_json:
                show_report(report)
            if rows and not report.used_by and (yes or is_confirmed(instrument)):
                store.instrument_data.delete(instrument)
                report.deleted = True
    typer.echo(encode(report).decode() if as_json else describe_outcome(report))
    raise typer.Exit(ExitCode.OK if report.deleted else ExitCode.FOUND)
