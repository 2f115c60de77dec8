"""Verify and seal trades and candles that were stored before there were seals."""

from typing import Annotated

import msgspec
import typer

from data import InstrumentId
from data.verification.seal_upgrade import Sealed, Sealing
from scripts.cli.data.verify import stored_rows, stored_timeframes, verify
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import instrument_named
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.progress import bar
from scripts.composition.location import writable_store
from scripts.composition.stores import Store
from utils.codec import encode

_EXAMPLE = "Example: uv run truetape data seal --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class SealReport(msgspec.Struct, kw_only=True):
    """What was sealed, and which instruments were refused because they do not verify."""

    sealed: dict[str, Sealed] = {}
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
    report = SealReport()
    with exit_on_error():
        named = [instrument_named(one) for one in name or []]
        with writable_store(data_dir) as store:
            unsealed = store.seals.unsealed()
            for instrument in [one for one in unsealed if not named or one in named]:
                if _verifies(store, instrument):
                    with bar(f"Sealing {instrument}") as watch:
                        sealing = Sealing(store.trades, store.seals, watch)
                        report.sealed[str(instrument)] = sealing.seal(instrument)
                else:
                    report.refused.append(str(instrument))
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.FOUND if report.refused else ExitCode.OK)


def _verifies(store: Store, instrument: InstrumentId) -> bool:
    rows = stored_rows(store, instrument)
    timeframes = stored_timeframes(store, instrument)
    # Candles of an exchange have no trades that could verify them.
    return rows is None or verify(store, instrument, timeframes, rows, None).is_good


def _show(report: SealReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    for name, sealed in report.sealed.items():
        typer.echo(f"{name}: {sealed.rows:,} trades and {sealed.candles:,} candles sealed")
    for name in report.refused:
        typer.echo(f"{name}: not sealed, as it does not verify; see truetape data verify {name}")
    if not report.sealed and not report.refused:
        typer.echo("everything is sealed")
