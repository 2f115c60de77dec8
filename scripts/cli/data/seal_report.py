"""The verification before a seal, and the report of seals."""

import msgspec
import typer

from data import InstrumentId
from data.verification.seal_upgrade import Sealed
from scripts.cli.data.tape_verification import stored_rows, stored_timeframes, verify_tape
from scripts.composition.stores import Store
from utils.codec import encode


class SealReport(msgspec.Struct, kw_only=True):
    """What was sealed, and which instruments were refused because they do not verify_tape."""

    sealed: dict[str, Sealed] = {}
    refused: list[str] = []


def verifies(store: Store, instrument: InstrumentId) -> bool:
    """Return whether stored trades and candles of an instrument agree."""
    rows = stored_rows(store, instrument)
    timeframes = stored_timeframes(store, instrument)
    # Candles of an exchange have no trades that could verify_tape them.
    return rows is None or verify_tape(store, instrument, timeframes, rows, None).is_good


def show_report(report: SealReport, *, as_json: bool) -> None:
    """Print a report."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    for name, sealed in report.sealed.items():
        typer.echo(f"{name}: {sealed.rows:,} trades and {sealed.candles:,} candles sealed")
    for name in report.refused:
        typer.echo(f"{name}: not sealed, as it does not verify; see truetape data verify {name}")
    if not report.sealed and not report.refused:
        typer.echo("everything is sealed")
