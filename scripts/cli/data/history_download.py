"""The download of candles or trades, and its report."""

from datetime import datetime, timedelta

import msgspec
import typer

from data import EPOCH, InstrumentId, Timeframe, TimeSpan
from data.downloads.candle_downloader import CandleDownloader, DownloadCounts
from data.downloads.trade_downloader import DownloadedTrades, TradeDownloader
from data.imports.candle_store import build_candles
from data.verification.candle_rebuild import CandleRebuild, touched_by
from scripts.cli.options.instruments import Bounds
from scripts.cli.progress import bar
from scripts.composition.exchange import exchange_of
from scripts.composition.location import settings_for
from scripts.composition.stores import Store
from utils.clock import SystemClock
from utils.codec import encode
from utils.errors import ConfigError


class DownloadReport(msgspec.Struct, kw_only=True):
    """What was requested, and what was new: `candles` or `trades`, as requested."""

    instrument: str
    start: datetime
    end: datetime
    candles: DownloadCounts | None = None
    trades: DownloadedTrades | None = None
    candles_built: int = 0


def span_to_download(days: float, bounds: Bounds) -> TimeSpan:
    """Return the span to download: up to now, `days` back from its end if no start is given."""
    past = bounds.within(TimeSpan(EPOCH, SystemClock().now()))
    if bounds.start is not None:
        return past
    if days > (past.end - EPOCH) / timedelta(days=1):
        raise ConfigError("--days", problem=f"must not reach back behind 1970, was {days:g}")
    return TimeSpan(past.end - timedelta(days=days), past.end)


async def download_candles(
    instrument: InstrumentId, timeframe: Timeframe, span: TimeSpan, store: Store
) -> DownloadCounts:
    """Download candles of a timeframe and fold coarser ones. Raises ConfigError, feed errors."""
    whole = TimeSpan.between(Timeframe.D1.floor(span.start), timeframe.floor(span.end))
    if whole is None:
        raise ConfigError("--days", problem=f"hold no whole {timeframe} candle")
    with bar(f"Downloading {timeframe}") as on_progress:
        async with exchange_of(instrument, settings_for(None), store.collectors) as rest:
            download = CandleDownloader(store.candles, rest, instrument, timeframe, on_progress)
            return await download.complete(whole)


async def download_trades(
    instrument: InstrumentId, span: TimeSpan, store: Store
) -> DownloadedTrades:
    """Download the trades of a span. Raises feed errors."""
    clock = SystemClock()
    with bar("Downloading trades") as on_progress:
        async with exchange_of(instrument, settings_for(None), store.collectors) as rest:
            download = TradeDownloader(
                store.trades, store.holes, rest, instrument, clock, on_progress
            )
            await download.run(span)
    return download.downloaded


def build_from(downloaded: DownloadedTrades, instrument: InstrumentId, store: Store) -> int:
    """Fold downloaded trades into candles; return how many are new."""
    if downloaded.span is None:
        return 0
    span = touched_by(store.trades, instrument, downloaded.span.start, downloaded.span.end)
    with bar("Building candles") as on_progress:
        rebuild = CandleRebuild(store.trades, store.holes, instrument, span, on_progress)
        _, new = build_candles(store.candles, instrument, Timeframe, rebuild)
    return new


def show_report(report: DownloadReport, *, as_json: bool) -> None:
    """Print a report."""
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
