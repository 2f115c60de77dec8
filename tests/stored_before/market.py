"""The market data of the stored fixtures: the same values at every revision.

Fixtures of earlier revisions hold them as well: changing a value here breaks them all.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from data import (
    Candle,
    Hole,
    HoleState,
    InstrumentId,
    InstrumentKind,
    Side,
    TapeBatch,
    Timeframe,
    TimeSpan,
    Trade,
    aggregate,
)
from tests.builders import BTC, ETH, START, a_hole, a_trade, an_exchange_candle, an_instrument, at

M1, M5, H1 = Timeframe.M1, Timeframe.M5, Timeframe.H1
SPOT = an_instrument()
SWAP = replace(
    an_instrument(InstrumentId("okx", "BTC-USD-SWAP")),
    kind=InstrumentKind.SWAP,
    contract_value=Decimal(100),
    contract_currency="USD",
    inverse=True,
)


def _tape() -> list[Trade]:
    price, trade_id, trades = 1000, 100, []
    for n in range(110):
        trade_id += 1 + n % 4 + (3 if n == 45 else 0)
        price += (n * 7919) % 13 - 6 + (1 if n % 40 < 20 else -1)
        trade = a_trade(
            trade_id,
            price=Decimal(price) / 10,
            size=Decimal(1 + (n * 31) % 97) / 100,
            at_s=5 + 22.25 * (n - n % 9 // 8),
            side=Side.SELL if n % 3 == 1 else Side.BUY,
            match_count=1 + n % 4,
        )
        exchange_time = trade.time - timedelta(milliseconds=n % 2)
        source = int(n % 50 == 7)
        trades.append(replace(trade, exchange_source=source, exchange_time=exchange_time))
    return trades


TRADES = _tape()
"""41 minutes of BTC, with a gap."""
CANDLES = aggregate(BTC, (M1, M5), TRADES)
GAP = TRADES[44].trade_id
HOLES = [
    a_hole(11, 12, state=HoleState.VERIFIED),
    a_hole(14, 14, state=HoleState.UNRECOVERABLE),
    a_hole(GAP + 1, GAP + 3),
]
ODD_TRADE = replace(
    a_trade(
        7,
        price="0.00000000123456789012345678",
        size="12345678901234567890.5",
        at_s=1.5,
        instrument=ETH,
    ),
    match_count=4,
    exchange_source=1,
    exchange_time=at(1.470001),
)
ETH_TRADES = [ODD_TRADE, a_trade(10, at_s=4, instrument=ETH)]
LATE_TRADE = a_trade(8, at_s=2, instrument=ETH)
NEXT_DAY_TRADE = a_trade(11, at_s=86_400, instrument=ETH)
SECOND_LATE_TRADE = a_trade(9, at_s=86_400, instrument=ETH)
"""Stored since revision 0014."""
OLD_CANDLES = [
    an_exchange_candle(
        -60 * n, ohlc=("100", "101.5", "99.5", "100.5"), trade_count=None if n % 2 else 4
    )
    for n in range(8, 0, -1)
]
OTHER_VERSIONS = [
    replace(CANDLES[0], volume=Decimal(7)),
    an_exchange_candle(60, volume="4"),
    an_exchange_candle(120, volume="2.5", trade_count=9),
]
BTC_COVERAGE = TimeSpan(at(-480), at(0))
ETH_COVERAGE = [TimeSpan(at(0), at(7_200)), TimeSpan(at(10_800), at(14_400))]
DROPPED_BEFORE = at(-420)
RETIRED = START + timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Part:
    """A commit of the tape: trades from one index to another, and the candles they close."""

    first: int
    last: int

    @property
    def trades(self) -> list[Trade]:
        """Return its trades."""
        return TRADES[self.first : self.last]

    @property
    def candles(self) -> list[Candle]:
        """Return the candles that close between its trades and those before."""
        start = TRADES[self.first - 1].time if self.first else START
        return [candle for candle in CANDLES if start < candle.close_time <= self.trades[-1].time]

    def batch(self, holes: list[Hole]) -> TapeBatch:
        """Return its commit."""
        return TapeBatch(instrument=BTC, trades=self.trades, candles=self.candles, holes=holes)


PARTS = (Part(0, 45), Part(45, 75), Part(75, 110))
ANNOUNCED = [candle for part in PARTS for candle in part.candles]
"""The candles that a commit closed; those still forming at the end are not stored."""
