"""Verify and seal trades and candles that were stored before there were seals."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from data import InstrumentId
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import instrument_named
from scripts.cli.options.standard import AsJson, DataDir

if TYPE_CHECKING:
    from data.verification.seal_backfill import SealCounts
    from scripts.composition.stores import Store

_EXAMPLE = "Example: uv run truetape data seal --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class SealReport(msgspec.Struct, kw_only=True):
    """What was sealed, and which instruments were refused because they do not verify."""

    sealed: "dict[str, SealCounts]" = {}
    refused: list[str] = []


@app.command(epilog=_EXAMPLE)
def main(
    name: Annotated[
        list[str] | None, typer.Argument(help="As in okx:BTC-USDT. Default: all without seals.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Verify what was stored before there were seals, and seal it; beside the platform.

    Exit code 1 if an instrument does not verify: it is left as it is.
    """
    from scripts.composition.location import writable_store

    report = SealReport()
    with exit_on_error():
        named = [instrument_named(one) for one in name or []]
        with writable_store(data_dir) as store:
            for instrument in store.seals.unsealed():
                if not named or instrument in named:
                    _seal(instrument, store, report)
    _show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.FOUND if report.refused else ExitCode.OK)


def _seal(instrument: InstrumentId, store: "Store", report: SealReport) -> None:
    """Seal an instrument whose stored trades and candles agree."""
    from data.verification.seal_backfill import SealBackfill
    from scripts.cli.data.tape_verification import stored_rows, stored_timeframes, verify_tape
    from scripts.cli.progress import bar

    rows, timeframes = stored_rows(store, instrument), stored_timeframes(store, instrument)
    # Candles of an exchange have no trades that could verify them.
    if rows is not None and not verify_tape(store, instrument, timeframes, rows, None).is_good:
        report.refused.append(str(instrument))
        return
    with bar(f"Sealing {instrument}") as on_progress:
        backfill = SealBackfill(store.trades, store.seals, on_progress)
        report.sealed[str(instrument)] = backfill.seal(instrument)


def _show_report(report: SealReport, *, as_json: bool) -> None:
    from utils.codec import encode

    if as_json:
        typer.echo(encode(report).decode())
        return
    for name, sealed in report.sealed.items():
        typer.echo(f"{name}: {sealed.rows:,} trades and {sealed.candles:,} candles sealed")
    for name in report.refused:
        typer.echo(f"{name}: not sealed, as it does not verify; see truetape data verify {name}")
    if not report.sealed and not report.refused:
        typer.echo("everything is sealed")
