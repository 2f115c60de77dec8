"""What a deletion would delete, and its report."""

from collections.abc import Iterator

import msgspec
import typer
from rich.table import Table

from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.ports import BotStores
from data import InstrumentId
from scripts.cli.tables import print_table


class DeletionReport(msgspec.Struct, kw_only=True):
    """The stored rows of an instrument in each table, and its users."""

    instrument: str
    rows: dict[str, int]
    used_by: list[str]
    deleted: bool = False


def users_of(stores: BotStores, instrument: InstrumentId) -> Iterator[str]:
    """Yield the bots and requests that use an instrument, with what ends their use."""
    archived = {bot.name for bot in stores.bots.all() if bot.state is BotState.ARCHIVED}
    for version in stores.bots.newest_versions():
        if version.bot not in archived and version.config.instrument == str(instrument):
            yield f"bot {version.bot}: archive it"
    for status in stores.requests.all():
        if status.request.instrument == instrument:
            yield f"{status.request.requester}: end its request for signals"


def is_confirmed(instrument: InstrumentId) -> bool:
    """Return whether the user confirms the deletion."""
    return typer.confirm(f"Delete all of this of {instrument}? Nothing brings it back", err=True)


def show_report(report: DeletionReport) -> None:
    """Print what is stored, and its users."""
    if report.rows:
        table = Table("table", "rows")
        for name, rows in sorted(report.rows.items()):
            table.add_row(name, f"{rows:,}")
        print_table(table)
    for user in report.used_by:
        typer.echo(f"used by {user}", err=True)


def describe_outcome(report: DeletionReport) -> str:
    """Return the outcome of a deletion as one line."""
    if report.deleted:
        return f"all of {report.instrument} is deleted"
    if not report.rows:
        return f"nothing is stored of {report.instrument}"
    return "nothing deleted" + (": it is used" if report.used_by else "")
