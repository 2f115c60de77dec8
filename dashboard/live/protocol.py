"""What the browser and the server say to each other on `/live`, as JSON.

The browser says what it watches; the server answers with the number of the last frame of each
topic, then sends frames. Values are absolute: a whole bar, all the trades shown. A lost frame heals
itself at the next one.

A bar is what a chart draws: a candle that closed, one that is forming, or a flat one. A Candle is
closed and exact.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from dashboard.feed import FeedView
from dashboard.signals.rows import SignalMark
from dashboard.system.logs import LogLine
from dashboard.system.overview import Overview
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
    """First frame. `epoch` changes with each start of the server: numbers begin anew."""

    epoch: str
    version: int = VERSION


class WatchReply(msgspec.Struct, frozen=True, kw_only=True, tag="watching"):
    """Answer to Watch: everything behind these frame numbers will be sent."""

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
    """Rows of one study, oldest first: opening time, then its outputs; the last may still form."""

    topic: str
    number: int
    rows: list[list[float | None]]


class Signals(msgspec.Struct, frozen=True, kw_only=True, tag="signals"):
    """What strategies said just now; never dropped, and harmless to hear twice."""

    topic: str
    number: int
    rows: list[SignalMark]


class BotRows(msgspec.Struct, frozen=True, kw_only=True, tag="bots"):
    """Rows of the fleet's table by `name`, whole or only what moves with the price."""

    topic: str
    number: int
    rows: list[dict[str, Any]]


class BotUpdate(msgspec.Struct, frozen=True, kw_only=True, tag="bot"):
    """One bot's row, whole or what moves; orders it made and transitions are never dropped."""

    topic: str
    number: int
    row: dict[str, Any]
    orders: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []


class Fleet(msgspec.Struct, frozen=True, kw_only=True, tag="fleet"):
    """All bots as one line; everybody is sent it."""

    totals: dict[str, Any]


class Feed(msgspec.Struct, frozen=True, kw_only=True, tag="feed"):
    """How the feed and the bus are doing; sent at least every few seconds, so a pulse too.

    `alerts`: how many are open, None if nobody knows.
    """

    feed: FeedView
    bus: bool
    now: datetime
    alerts: int | None = None


class AlertNotification(msgspec.Struct, frozen=True, kw_only=True, tag="told"):
    """What the in-app channel tells of an alert, in one line; everybody is sent it."""

    severity: Severity
    title: str


class System(msgspec.Struct, frozen=True, kw_only=True, tag="system"):
    """How the platform is."""

    topic: str
    number: int
    system: Overview


class Logs(msgspec.Struct, frozen=True, kw_only=True, tag="logs"):
    """What was logged just now, oldest first."""

    topic: str
    number: int
    lines: list[LogLine]


class Resync(msgspec.Struct, frozen=True, kw_only=True, tag="resync"):
    """Frames of these topics were lost: ask for the snapshot again."""

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
    """Return a candle as the chart takes it."""
    return (
        int(candle.open_time.timestamp()),
        float(candle.open),
        float(candle.high),
        float(candle.low),
        float(candle.close),
        float(candle.volume),
    )


def trade_row(trade: Trade) -> TradeRow:
    """Return a trade as the tape shows it, with exact decimals."""
    side = 1 if trade.side is Side.BUY else -1
    return trade.trade_id, trade.price, trade.size, side, int(trade.time.timestamp() * 1000)
