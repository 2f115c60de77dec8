"""The work of a data job's process: downloads, repairs and checks over its own store."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from backtesting.monitor import RunMonitor
from config import Settings
from dashboard.features.system.data_jobs import DataJobKind, DataJobSpec
from data import HoleState, InstrumentId, Timeframe, TimeSpan
from data.downloads.candle_downloader import CandleDownloader
from data.downloads.trade_downloader import TradeDownloader
from data.imports.candle_store import build_candles
from data.ports import OnProgress
from data.verification.candle_rebuild import CandleRebuild, touched_by
from data.verification.tape_chain import ChainBreak
from data.verification.tape_check import TapeCheck, TapeCheckStats, stored_span
from scripts.composition.exchange import exchange_of
from scripts.composition.process import start_logging
from scripts.composition.stores import Store, open_store
from utils.clock import SystemClock

_FINEST = Timeframe.M1
_MARGIN = timedelta(seconds=2)
_MISSING = (HoleState.OPEN, HoleState.DEFERRED)


def run_job(settings: Settings, job: DataJobSpec, monitor: RunMonitor) -> str:
    """Run a data job, and return a summary of its result. Raises TruetapeError."""
    start_logging(settings, "dashboard-data-jobs")
    instrument, on_progress = InstrumentId.parse(job.instrument), monitor.progress
    now = SystemClock().now()
    span = TimeSpan(now - timedelta(days=job.days), now)
    with open_store(settings) as store:
        if job.kind is DataJobKind.DOWNLOAD:
            return asyncio.run(_download(settings, store, instrument, span, on_progress))
        if job.kind is DataJobKind.REPAIR:
            return asyncio.run(_repair(settings, store, instrument, span, on_progress))
        return _verify(store, instrument, span, on_progress)


async def _download(
    settings: Settings,
    store: Store,
    instrument: InstrumentId,
    span: TimeSpan,
    on_progress: OnProgress,
) -> str:
    whole = TimeSpan(Timeframe.D1.floor(span.start), _FINEST.floor(span.end))
    async with exchange_of(instrument, settings, store.collectors) as rest:
        download = CandleDownloader(store.candles, rest, instrument, _FINEST, on_progress)
        done = await download.complete(whole)
    return f"{done.new:,} candles of {_FINEST} are new, {done.folded:,} were folded from them"


async def _repair(
    settings: Settings,
    store: Store,
    instrument: InstrumentId,
    span: TimeSpan,
    on_progress: OnProgress,
) -> str:
    holes = [
        hole for hole in store.holes.of(instrument, _MISSING) if hole.before_time >= span.start
    ]
    if not holes:
        return "no hole of this time is open"
    new = 0
    async with exchange_of(instrument, settings, store.collectors) as rest:
        for at, hole in enumerate(holes):
            around = TimeSpan(hole.span.start - _MARGIN, hole.span.end + _MARGIN)
            part = _part_of(on_progress, at, len(holes))
            download = TradeDownloader(
                store.trades, store.holes, rest, instrument, SystemClock(), part
            )
            await download.run(around)
            new += download.downloaded.new
            touched = touched_by(store.trades, instrument, around.start, around.end)
            rebuild = CandleRebuild(store.trades, store.holes, instrument, touched)
            build_candles(store.candles, instrument, Timeframe, rebuild)
    left = {(each.ids.first, each.ids.last) for each in store.holes.of(instrument, _MISSING)}
    filled = sum((hole.ids.first, hole.ids.last) not in left for hole in holes)
    return f"{filled:,} of {len(holes):,} holes are filled, {new:,} trades are new"


def _verify(store: Store, instrument: InstrumentId, span: TimeSpan, on_progress: OnProgress) -> str:
    stored = [each for each in Timeframe if store.candles.latest(instrument, each, 1)]
    if (rows := stored_span(store.trades, instrument)) is not None:
        # After it candles may be stored whose trades are not read any more.
        span = TimeSpan(min(span.start, rows.end), rows.end)
    rebuild = CandleRebuild(store.trades, store.holes, instrument, span, on_progress)
    check = TapeCheck(store.candles, store.trades, store.holes, rebuild, instrument)
    faults = sum(difference.kind.is_fault for difference in check.differences(stored, span))
    return verification_summary(check.checked, rebuild.trades_read, faults, rebuild.chain.breaks)


def verification_summary(
    checked: TapeCheckStats, trades: int, faults: int, breaks: Sequence[ChainBreak]
) -> str:
    """Return the result of a verification; nothing agrees where no candle was compared."""
    broken = f"; the chain is broken: {breaks[0]}" if breaks else ""
    compared = f"{checked.candles:,} candles compared with {trades:,} trades: "
    if faults or breaks:
        return f"{compared}{faults:,} do NOT agree{broken}"
    if checked.is_empty:
        return f"nothing verified: no candle with its trades is stored in this span{_left(checked)}"
    if checked.is_verified:
        return f"{compared}all agree"
    return f"{compared}all agree, not sealed: truetape data seal"


def _left(checked: TapeCheckStats) -> str:
    """Return how many candles were not compared, as their trades are not all stored."""
    return f"; {checked.unverifiable:,} lack trades" if checked.unverifiable else ""


def _part_of(on_progress: OnProgress, at: int, count: int) -> OnProgress:
    return lambda part: on_progress((at + part) / count)
