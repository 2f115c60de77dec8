"""Download missing history: the exchange's own candles, or its trades."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import typer

from data import EPOCH, InstrumentId, Timeframe, TimeSpan
from data.downloads.candle_download import CandleDownload, Downloaded
from data.downloads.trade_download import DownloadedTrades, TradeDownload
from data.imports.candle_store import build_candles
from data.verification.candle_rebuild import CandleRebuild, touched_by
from scripts.cli.exits import exit_on_error
from scripts.cli.options.instruments import Bounds, From, Name, To, bounds_given, instrument_named
from scripts.cli.options.parsers import NUMBER
from scripts.cli.options.parsers import days as days_option
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.progress import bar
from scripts.composition.exchange import exchange_of
from scripts.composition.location import settings_for, writable_store
from scripts.composition.stores import Store
from utils.clock import SystemClock
from utils.codec import encode
from utils.errors import ConfigError

_EXAMPLE = "Example: uv run truetape data download okx:BTC-USDT --days 365"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class DownloadReport(msgspec.Struct, kw_only=True):
    """What was requested, and what was new: `candles` or `trades`, as requested."""

    instrument: str
    start: datetime
    end: datetime
    candles: Downloaded | None = None
    trades: DownloadedTrades | None = None
    candles_built: int = 0


@app.command(epilog=_EXAMPLE)
def main(
    name: Name,
    days: Annotated[
        float, typer.Option(parser=days_option(0.01), metavar=NUMBER, help="Back from --to.")
    ] = 30.0,
    start: From = None,
    end: To = None,
    timeframe: Annotated[
        Timeframe, typer.Option(help="Coarser ones are folded from it.")
    ] = Timeframe.M1,
    trades: Annotated[
        bool, typer.Option("--trades", help="Download trades, and fold them into candles.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Download what is not known yet of an instrument's past.

    It keeps within the exchange's limits, also beside a running collector, and may be interrupted
    and started again: what is known is not asked for.
    """
    with exit_on_error():
        instrument = instrument_named(name)
        span = _span(days, bounds_given(start, end))
        with writable_store(data_dir) as store:
            report = DownloadReport(instrument=str(instrument), start=span.start, end=span.end)
            if trades:
                report.trades = asyncio.run(_trades(instrument, span, store))
                report.candles_built = _build(report.trades, instrument, store)
            else:
                report.candles = asyncio.run(_candles(instrument, timeframe, span, store))
    _show(report, as_json=as_json)


def _span(days: float, bounds: Bounds) -> TimeSpan:
    """Return the span to download: up to now, `days` back from its end if no start is given."""
    past = bounds.within(TimeSpan(EPOCH, SystemClock().now()))
    if bounds.start is not None:
        return past
    if days > (past.end - EPOCH) / timedelta(days=1):
        raise ConfigError("--days", problem=f"must not reach back behind 1970, was {days:g}")
    return TimeSpan(past.end - timedelta(days=days), past.end)


async def _candles(
    instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan, store: Store
) -> Downloaded:
    whole = TimeSpan.between(Timeframe.D1.floor(span.start), timeframe.floor(span.end))
    if whole is None:
        raise ConfigError("--days", problem=f"hold no whole {timeframe} candle")
    with bar(f"Downloading {timeframe}") as watch:
        async with exchange_of(instrument, settings_for(None), store.collectors) as rest:
            download = CandleDownload(store.candles, rest, instrument, timeframe, watch)
            await download.run(whole)
    download.fold(tuple(Timeframe), whole)
    return download.downloaded


async def _trades(instrument: InstrumentId, span: TimeSpan, store: Store) -> DownloadedTrades:
    clock = SystemClock()
    with bar("Downloading trades") as watch:
        async with exchange_of(instrument, settings_for(None), store.collectors) as rest:
            download = TradeDownload(store.trades, store.holes, rest, instrument, clock, watch)
            await download.run(span)
    return download.downloaded


def _build(downloaded: DownloadedTrades, instrument: InstrumentId, store: Store) -> int:
    if downloaded.span is None:
        return 0
    span = touched_by(store.trades, instrument, downloaded.span.start, downloaded.span.end)
    with bar("Building candles") as watch:
        rebuild = CandleRebuild(store.trades, store.holes, instrument, span, watch)
        _, new = build_candles(store.candles, instrument, Timeframe, rebuild)
    return new


def _show(report: DownloadReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    if report.candles is not None:
        typer.echo(
            f"{report.instrument}: {report.candles.new:,} candles downloaded in "
            f"{report.candles.requests:,} requests, {report.candles.folded:,} folded from them"
        )
    if report.trades is not None:
        typer.echo(
            f"{report.instrument}: {report.trades.new:,} trades downloaded in "
            f"{report.trades.requests:,} requests, {report.candles_built:,} candles built"
        )
        if report.trades.left_to_collector:
            typer.echo("what is newer is left to the collector, which is at work there")
