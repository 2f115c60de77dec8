"""Delete all that is stored of an instrument."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from data import InstrumentId
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import Name, instrument_named
from scripts.cli.options.standard import AsJson, DataDir
from utils.errors import ConfigError

if TYPE_CHECKING:
    from bot_manager.domain.ports import BotStores

_EXAMPLE = "Example: uv run truetape data delete kraken:XBT-USDT"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class DeletionReport(msgspec.Struct, kw_only=True):
    """The stored rows of an instrument in each table, and its users."""

    instrument: str
    rows: dict[str, int]
    used_by: list[str]
    deleted: bool = False


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
    from scripts.composition.bots import bot_stores
    from scripts.composition.location import existing_platform, migrated_database
    from scripts.composition.stores import store_of
    from utils.codec import encode

    with exit_on_error():
        instrument = instrument_named(name)
        if as_json and not yes:
            raise ConfigError("--json", problem="prints no confirmation; give --yes, too")
        with (
            existing_platform(data_dir) as settings,
            migrated_database(settings) as database,
        ):
            store, bots = store_of(database), bot_stores(database)
            rows = store.instrument_data.stored_rows(instrument)
            report = DeletionReport(
                instrument=name, rows=rows, used_by=list(_users_of(bots, instrument))
            )
            if not as_json:
                _show_report(report)
            if rows and not report.used_by and (yes or _is_confirmed(instrument)):
                store.instrument_data.delete(instrument)
                report.deleted = True
    typer.echo(encode(report).decode() if as_json else _describe_outcome(report))
    raise typer.Exit(ExitCode.OK if report.deleted else ExitCode.FOUND)


def _users_of(stores: "BotStores", instrument: InstrumentId) -> Iterator[str]:
    """Yield the bots and requests that use an instrument, with what ends their use."""
    from bot_manager.domain.lifecycle import BotState

    archived = {bot.name for bot in stores.bots.all() if bot.state is BotState.ARCHIVED}
    for version in stores.bots.newest_versions():
        if version.bot not in archived and version.config.instrument == str(instrument):
            yield f"bot {version.bot}: archive it"
    for status in stores.requests.all():
        if status.request.instrument == instrument:
            yield f"{status.request.requester}: end its request for signals"


def _is_confirmed(instrument: InstrumentId) -> bool:
    """Return whether the user confirms the deletion."""
    return typer.confirm(f"Delete all of this of {instrument}? Nothing brings it back", err=True)


def _show_report(report: DeletionReport) -> None:
    """Print what is stored, and its users."""
    from rich.table import Table

    from scripts.cli.tables import print_table

    if report.rows:
        table = Table("table", "rows")
        for name, rows in sorted(report.rows.items()):
            table.add_row(name, f"{rows:,}")
        print_table(table)
    for user in report.used_by:
        typer.echo(f"used by {user}", err=True)


def _describe_outcome(report: DeletionReport) -> str:
    """Return the outcome of a deletion as one line."""
    if report.deleted:
        return f"all of {report.instrument} is deleted"
    if not report.rows:
        return f"nothing is stored of {report.instrument}"
    return "nothing deleted" + (": it is used" if report.used_by else "")
