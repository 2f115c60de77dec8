"""Verify and seal trades and candles that were stored before there were seals."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import instrument_named
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape data seal --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
    from data.verification.seal_upgrade import Sealing
    from scripts.cli.data.seal_report import SealReport, show_report, verifies
    from scripts.cli.progress import bar
    from scripts.composition.location import writable_store

    report = SealReport()
    with exit_on_error():
        named = [instrument_named(one) for one in name or []]
        with writable_store(data_dir) as store:
            unsealed = store.seals.unsealed()
            for instrument in [one for one in unsealed if not named or one in named]:
                if verifies(store, instrument):
                    with bar(f"Sealing {instrument}") as watch:
                        sealing = Sealing(store.trades, store.seals, watch)
                        report.sealed[str(instrument)] = sealing.seal(instrument)
                else:
                    report.refused.append(str(instrument))
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.FOUND if report.refused else ExitCode.OK)
