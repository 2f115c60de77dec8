"""The comparison of stored trades with candles, and its report."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime

import msgspec
import typer
from rich.table import Table

from data import Candle, InstrumentId, Timeframe, TimeSpan
from data.collectors.backfill.candle_pages import request_candles
from data.collectors.rest import ExchangeRest
from data.verification.candle_differences import CandleDifference, DifferenceKind
from data.verification.candle_rebuild import CandleRebuild
from data.verification.tape_chain import BreakKind, ChainBreak
from data.verification.tape_check import FetchCandles, TapeCheck, TapeCheckStats, stored_span
from scripts.cli.progress import bar
from scripts.cli.tables import print_table
from scripts.composition.exchange import exchange_of
from scripts.composition.location import settings_for
from scripts.composition.stores import Store
from utils.codec import encode
from utils.errors import ConfigError

KEPT_DIFFERENCES = 1_000

SHOWN_DIFFERENCES = 50


class TapeVerificationReport(msgspec.Struct, kw_only=True):
    """What was compared, and the first differences.

    `revisions` are candles whose announced values differ from those known today: no fault.
    `breaks` are the first rows that break the chain of the tape, counted in `chain`;
    `undeclared_ids` are missing from it without a declared hole.
    """

    instrument: str
    timeframes: list[Timeframe]
    start: datetime
    end: datetime
    trades: int = 0
    checked: TapeCheckStats = msgspec.field(default_factory=TapeCheckStats)
    counts: dict[DifferenceKind, int] = {}
    undeclared_ids: int = 0
    chain: dict[BreakKind, int] = {}
    breaks: list[ChainBreak] = []
    differences: list[CandleDifference] = []
    revisions: list[CandleDifference] = []

    @property
    def is_good(self) -> bool:
        """Return whether everything agrees."""
        faults = sum(count for kind, count in self.counts.items() if kind.is_fault)
        return not faults and not self.chain

    @property
    def conclusion(self) -> str:
        """Return the conclusion: without seals, agreement is consistency, not verification."""
        if not self.is_good:
            return "not all agree"
        if self.checked.is_empty:
            return "nothing verified: no candle with its trades is stored in this span"
        if self.checked.is_verified:
            return "verified: all agree"
        return "all agree: trades are consistent with their candles, not verified"


def stored_rows(store: Store, instrument: InstrumentId) -> TimeSpan | None:
    """Return the span of the stored trades, from the start of their week."""
    rows = stored_span(store.trades, instrument)
    return None if rows is None else TimeSpan(Timeframe.W1.floor(rows.start), rows.end)


def stored_timeframes(store: Store, instrument: InstrumentId) -> list[Timeframe]:
    """Return the timeframes of which candles are stored."""
    return [each for each in Timeframe if store.candles.latest(instrument, each, 1)]


def required_span(store: Store, instrument: InstrumentId) -> TimeSpan:
    """Return the span of the stored trades. Raises ConfigError if there are none."""
    rows = stored_rows(store, instrument)
    if rows is None:
        raise ConfigError("EXCHANGE:SYMBOL", problem=f"no trade of {instrument} is stored")
    return rows


def required_timeframes(store: Store, instrument: InstrumentId) -> list[Timeframe]:
    """Return the timeframes of stored candles. Raises ConfigError if there are none."""
    stored = stored_timeframes(store, instrument)
    if not stored:
        remedy = "truetape data import-trades --build-candles makes them"
        problem = f"no candle of {instrument} is stored; {remedy}"
        raise ConfigError("EXCHANGE:SYMBOL", problem=problem)
    return stored


@contextmanager
def open_exchange_query(instrument: InstrumentId, store: Store) -> Iterator[FetchCandles]:
    """Yield a function that fetches candles of the exchange, and waits for them."""

    async def fetch(rest: ExchangeRest, timeframe: Timeframe, part: TimeSpan) -> list[Candle]:
        pages = request_candles(rest, instrument, timeframe, part)
        return [candle async for _, page in pages for candle in page]

    async def open_exchange(stack: AsyncExitStack) -> ExchangeRest:
        opened = exchange_of(instrument, settings_for(None), store.collectors)
        return await stack.enter_async_context(opened)

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        rest = runner.run(open_exchange(stack))
        try:
            yield lambda timeframe, part: runner.run(fetch(rest, timeframe, part))
        finally:
            runner.run(stack.aclose())


def verify_tape(
    store: Store,
    instrument: InstrumentId,
    timeframes: list[Timeframe],
    span: TimeSpan,
    fetch: FetchCandles | None,
) -> TapeVerificationReport:
    """Compare trades, candles and seals over a span. Raises repository errors."""
    counts: Counter[DifferenceKind] = Counter()
    faults: list[CandleDifference] = []
    revisions: list[CandleDifference] = []
    with bar("Folding trades anew") as on_progress:
        rebuild = CandleRebuild(store.trades, store.holes, instrument, span, on_progress)
        check = TapeCheck(store.candles, store.trades, store.holes, rebuild, instrument, fetch)
        for difference in check.differences(timeframes, span):
            counts[difference.kind] += 1
            kept = faults if difference.kind.is_fault else revisions
            if len(kept) < KEPT_DIFFERENCES:
                kept.append(difference)
    return TapeVerificationReport(
        instrument=str(instrument),
        timeframes=timeframes,
        start=span.start,
        end=span.end,
        trades=rebuild.trades_read,
        checked=check.checked,
        counts=dict(counts),
        undeclared_ids=sum(map(len, rebuild.chain.undeclared)),
        chain=dict(rebuild.chain.counts),
        breaks=rebuild.chain.breaks,
        differences=faults,
        revisions=revisions,
    )


def show_report(report: TapeVerificationReport, *, as_json: bool) -> None:
    """Print a report."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    if report.differences:
        print_table(_table(report.differences[:SHOWN_DIFFERENCES]))
    checked = report.checked
    typer.echo(
        f"{report.instrument}: {checked.candles:,} candles compared with {report.trades:,} trades "
        f"and {checked.exchange_candles:,} of the exchange's own; {checked.unverifiable:,} cannot "
        "be verified, as their trades are not all stored"
    )
    for kind, count in report.counts.items():
        typer.echo(f"{count:,} {kind}")
    for found in report.breaks[:SHOWN_DIFFERENCES]:
        typer.echo(f"chain broken ({found.kind}): {found}")
    if report.chain:
        typer.echo(f"{sum(report.chain.values()):,} rows break the chain of the tape")
    if not checked.is_verified:
        typer.echo(
            f"{checked.unsealed_rows:,} trades and {checked.unsealed_candles:,} candles were "
            f"stored before there were seals; truetape data seal {report.instrument} seals them"
        )
    typer.echo(f"{report.conclusion}; {checked.sealed_rows:,} trades are what was stored")


def _table(differences: list[CandleDifference]) -> Table:
    table = Table("kind", "timeframe", "opens", "field", "by trades", "other")
    for difference in differences:
        for field in difference.fields:
            opens = difference.open_time.strftime("%Y-%m-%d %H:%M:%SZ")
            table.add_row(
                difference.kind, difference.timeframe, opens, field.field, field.ours, field.theirs
            )
    return table
