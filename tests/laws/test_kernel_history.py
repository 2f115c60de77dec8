"""Law 6 on history: real candles and a complete real tape against the plain account."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, groupby
from pathlib import Path

import pytest

from bot_manager.trading.account import opening_state
from bot_manager.trading.fold import FoldResult, fold_candles
from bot_manager.trading.parameters import (
    AccountParameters,
    Costs,
    EquityFraction,
    ExitLevels,
    Protections,
    QuoteAmount,
    RiskPerTrade,
)
from bot_manager.trading.units import Scales, to_us
from data import Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe
from tests.laws.account_cases import (
    MINUTE,
    Case,
    Ohlc,
    Print,
    candle_columns,
    fold_run,
    fold_tape,
    follow_run,
    follow_tape,
    require_equal,
)

pytestmark = pytest.mark.slow

BTC_SWAP = Instrument(
    id=InstrumentId("okx", "BTC-USDT-SWAP"),
    kind=InstrumentKind.SWAP,
    state=InstrumentState.LIVE,
    base="BTC",
    quote="USDT",
    price_step=Decimal("0.1"),
    size_step=Decimal("0.01"),
    min_size=Decimal("0.01"),
    contract_value=Decimal("0.01"),
    contract_currency="BTC",
)
XRP = Instrument(
    id=InstrumentId("binance", "XRPETH"),
    kind=InstrumentKind.SPOT,
    state=InstrumentState.LIVE,
    base="XRP",
    quote="ETH",
    price_step=Decimal("0.00000001"),
    size_step=Decimal(1),
    min_size=Decimal(1),
)
HOUR = 60 * MINUTE
MINUTE_SCALES = Scales.of(BTC_SWAP, price_decimals=3)
_OHLC = ("open", "high", "low", "close")
COSTS = Costs(maker_fee=Decimal("0.0002"), taker_fee=Decimal("0.0005"), slippage_bps=Decimal("1.5"))
RULES = {
    "plain": AccountParameters(capital=Decimal(10_000)),
    "stop and goal": AccountParameters(
        capital=Decimal(10_000),
        sizing=QuoteAmount(amount=Decimal(5000)),
        costs=COSTS,
        exits=ExitLevels(stop_loss=Decimal("0.02"), take_profit=Decimal("0.05")),
    ),
    "trailing by risk": AccountParameters(
        capital=Decimal(10_000),
        sizing=RiskPerTrade(fraction=Decimal("0.01")),
        costs=COSTS,
        exits=ExitLevels(trailing_stop=Decimal("0.03"), take_profit=Decimal("0.1")),
        latency=timedelta(milliseconds=250),
    ),
    "protected": AccountParameters(
        capital=Decimal(10_000),
        sizing=EquityFraction(fraction=Decimal("0.9")),
        costs=COSTS,
        exits=ExitLevels(stop_loss=Decimal("0.05"), trailing_stop=Decimal("0.06")),
        protections=Protections(
            max_drawdown=Decimal("0.6"), daily_loss=Decimal("0.03"), cool_down=timedelta(hours=8)
        ),
    ),
}


def read(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt") as lines:
        yield from csv.DictReader(lines)


def crossings(run: list[Ohlc], span: int, fast: int = 10, slow: int = 30) -> list[tuple[int, int]]:
    """Return targets of two averages' crossing, decided at the closes: long above, short below."""
    closes = [close for *_, close in run]
    sums = list(accumulate(closes, initial=0))
    return [
        (run[i][0] + span, 1 if quick * slow > calm * fast else -1)
        for i in range(slow, len(run))
        if (quick := sums[i + 1] - sums[i + 1 - fast]) != (calm := sums[i + 1] - sums[i + 1 - slow])
    ]


@pytest.mark.parametrize("rules", RULES)
def test_six_years_of_four_hour_candles(recordings: Path, rules: str) -> None:
    scales = Scales.of(BTC_SWAP)
    path = recordings / "ohlcv" / "okx_btc-usdt-swap_4H_2019-12_2026-06.csv.gz"
    run = [
        (int(row["ts_ms"]) * 1000, *(scales.price_units(Decimal(row[name])) for name in _OHLC))
        for row in read(path)
    ]
    follow(run, Timeframe.H4, scales, rules)


@pytest.fixture(scope="module")
def minutes(recordings: Path) -> list[Ohlc]:
    """Return a month of one-minute candles in thousandths, without a gap."""
    return [
        (
            to_us(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)),
            *(MINUTE_SCALES.price_units(Decimal(row[name])) for name in _OHLC),
        )
        for row in read(recordings / "ohlcv" / "btcperp_1m_2022-01.csv.gz")
    ]


@pytest.mark.parametrize("rules", RULES)
def test_a_week_of_minutes(minutes: list[Ohlc], rules: str) -> None:
    follow(minutes[:10_000], Timeframe.M1, MINUTE_SCALES, rules)


def follow(run: list[Ohlc], timeframe: Timeframe, scales: Scales, rules: str) -> None:
    span = timeframe.seconds * 1_000_000
    targets = crossings(run, span)
    case = Case(BTC_SWAP, RULES[rules], scales, targets, timeframe=timeframe)
    folded = fold_run(case, run)
    assert len(folded.orders) > 50
    require_equal(case, folded, follow_run(case, run), run[-1][0] + span)


@pytest.mark.parametrize("rules", RULES)
def test_a_tape_of_three_days(recordings: Path, rules: str) -> None:
    scales = Scales.of(XRP)
    path = recordings / "tape" / "binance_xrpeth_aggtrades_2019-10-11_13.csv.gz"
    tape: list[Print] = [
        (
            int(row["ts_ms"]) * 1000,
            int(row["trade_id"]),
            scales.price_units(Decimal(row["price"])),
            scales.size_units(Decimal(row["size"])),
        )
        for row in read(path)
    ]
    last = {time // MINUTE * MINUTE: price for time, _, price, _ in tape}
    candles = [(minute, price, price, price, price) for minute, price in last.items()]
    parameters = RULES[rules]
    case = Case(XRP, parameters, scales, crossings(candles, MINUTE))
    folded = fold_tape(case, tape)
    assert len(folded.orders) > 50
    require_equal(case, folded, follow_tape(case, tape), tape[-1][0] + MINUTE)


def hours_of(minutes: list[Ohlc]) -> list[Ohlc]:
    """Return the complete hours of one-minute candles."""
    hours = []
    for hour, group in groupby(minutes, lambda row: row[0] // HOUR * HOUR):
        rows = list(group)
        high, low = max(row[2] for row in rows), min(row[3] for row in rows)
        hours.append((hour, rows[0][1], high, low, rows[-1][4]))
    return hours[1:-1]


def hourly(exits: ExitLevels, hours: list[Ohlc]) -> Case:
    """Return an account with hourly decisions."""
    sizing = QuoteAmount(amount=Decimal(5000))
    parameters = AccountParameters(capital=Decimal(10_000), sizing=sizing, exits=exits)
    targets = crossings(hours, HOUR, 5, 15)
    return Case(BTC_SWAP, parameters, MINUTE_SCALES, targets, timeframe=Timeframe.H1)


def deals(*parts: FoldResult) -> list[tuple[int, int, int]]:
    return [
        (int(row["reason"]), int(row["price"]), int(row["size"]))
        for part in parts
        for row in part.orders
    ]


def test_on_hours_stops_and_take_profits_fill_as_on_their_minutes(minutes: list[Ohlc]) -> None:
    hours = hours_of(minutes)
    exits = ExitLevels(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"))
    coarse = hourly(exits, hours)
    fine = replace(coarse, timeframe=Timeframe.M1)
    on_hours = fold_run(coarse, hours)
    on_minutes = fold_run(fine, [row for row in minutes if row[0] >= hours[0][0]])
    assert len(on_hours.orders) > 100
    assert on_hours.state["ambiguous"][0] == 0
    assert deals(on_hours) == deals(on_minutes)[: len(on_hours.orders)]


def test_drilled_into_their_minutes_ambiguous_hours_give_the_run_on_minutes(
    minutes: list[Ohlc],
) -> None:
    hours = hours_of(minutes)
    coarse = hourly(ExitLevels(trailing_stop=Decimal("0.012")), hours)
    on_minutes = fold_run(
        replace(coarse, timeframe=Timeframe.M1), [row for row in minutes if row[0] >= hours[0][0]]
    )
    row, targets, columns = coarse.row(), coarse.target_rows(), candle_columns(hours, HOUR)
    parts = [fold_candles(row, opening_state(row, hours[0][0]), columns, targets, drill_from=0)]
    drilled = 0
    while (number := parts[-1].stopped_at) is not None:
        inside = [one for one in minutes if 0 <= one[0] - hours[number][0] < HOUR]
        finer = candle_columns(inside, MINUTE)
        parts.append(fold_candles(row, parts[-1].state, finer, targets))
        parts.append(fold_candles(row, parts[-1].state, columns, targets, drill_from=0))
        drilled += 1
    assert drilled > 20
    assert deals(*parts) == deals(on_minutes)[: len(deals(*parts))]
    assert len(deals(*parts)) > 100
