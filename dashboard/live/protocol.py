"""The messages between browser and server on `/live`, as JSON.

The browser sends what it watches; the server answers with the number of the last frame of each
topic, then sends frames. Values are absolute: a whole bar, all the trades shown. The next frame
makes up for a lost one.

A bar is what a chart draws: a candle that closed, one that is forming, or a flat one. A Candle is
closed and exact.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from dashboard.features.system.logs import LogLine
from dashboard.features.system.overview import Overview
from dashboard.feed import FeedView
from dashboard.figures.signal_marks import SignalMark
from data import Candle, Side, Trade
from utils.alerts import Severity

VERSION = 1
MAX_TOPICS = 16

Bar = tuple[int, float, float, float, float, float]
"""Opening time in Unix seconds, open, high, low, close, volume."""

TradeRow = tuple[int, Decimal, Decimal, int, int]
"""Id, price, size, side of the taker (1 buy, -1 sell), time in Unix milliseconds."""


class WatchRequest(msgspec.Struct, frozen=True, tag="watch", forbid_unknown_fields=True):
    """From the browser: send me these topics, and no others."""

    topics: list[str]


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """First frame. `epoch` changes with each start of the server, which numbers from 1 again."""

    epoch: str
    version: int = VERSION


class WatchReply(msgspec.Struct, frozen=True, kw_only=True, tag="watching"):
    """Answer to WatchRequest: every frame after these numbers will be sent."""

    numbers: dict[str, int]


class Bars(msgspec.Struct, frozen=True, kw_only=True, tag="bars"):
    """Bars of one candle topic, oldest first; the last may still be forming."""

    topic: str
    number: int
    bars: list[Bar]


class Trades(msgspec.Struct, frozen=True, kw_only=True, tag="trades"):
    """The newest trades, newest first."""

    topic: str
    number: int
    rows: list[TradeRow]


class Values(msgspec.Struct, frozen=True, kw_only=True, tag="values"):
    """Rows of one indicator, oldest first: opening time, then outputs; the last may still form."""

    topic: str
    number: int
    rows: list[list[float | None]]


class Signals(msgspec.Struct, frozen=True, kw_only=True, tag="signals"):
    """New signals of strategies; never dropped, and safe to receive twice."""

    topic: str
    number: int
    rows: list[SignalMark]


class BotRows(msgspec.Struct, frozen=True, kw_only=True, tag="bots"):
    """Rows of the fleet's table by `name`, complete or only what moves with the price."""

    topic: str
    number: int
    rows: list[dict[str, Any]]


class BotUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="bot"):
    """One bot's row, complete or only what moves; its orders and transitions are never dropped."""

    topic: str
    number: int
    row: dict[str, Any]
    orders: list[dict[str, Any]] = []
    transitions: list[dict[str, Any]] = []


class Fleet(msgspec.Struct, frozen=True, kw_only=True, tag="fleet"):
    """All bots as one line; sent to every browser."""

    totals: dict[str, Any]


class Feed(msgspec.Struct, frozen=True, kw_only=True, tag="feed"):
    """The state of the feed and the bus; sent at least every few seconds, so it is a heartbeat too.

    `open_alerts`: None if unknown.
    """

    feed: FeedView
    bus_connected: bool
    now: datetime
    open_alerts: int | None = None


class AlertNotification(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """An alert of the in-app channel, in one line; sent to every browser."""

    severity: Severity
    title: str


class System(msgspec.Struct, frozen=True, kw_only=True, tag="system"):
    """The state of the platform."""

    topic: str
    number: int
    system: Overview


class Logs(msgspec.Struct, frozen=True, kw_only=True, tag="logs"):
    """New log lines, oldest first."""

    topic: str
    number: int
    lines: list[LogLine]


class Resync(msgspec.Struct, frozen=True, kw_only=True, tag="resync"):
    """Frames of these topics were lost: request the snapshot again."""

    topics: list[str]


Frame = (
    Hello
    | WatchReply
    | Bars
    | Trades
    | Values
    | Signals
    | BotRows
    | BotUpdate
    | Fleet
    | Feed
    | AlertNotification
    | System
    | Logs
    | Resync
)


def bar_of(candle: Candle) -> Bar:
    """Return a candle as a bar of the chart."""
    return (
        int(candle.open_time.timestamp()),
        float(candle.open),
        float(candle.high),
        float(candle.low),
        float(candle.close),
        float(candle.volume),
    )


def trade_row(trade: Trade) -> TradeRow:
    """Return a trade as a row of the tape, with exact decimals."""
    side = 1 if trade.side is Side.BUY else -1
    return trade.trade_id, trade.price, trade.size, side, int(trade.time.timestamp() * 1000)
