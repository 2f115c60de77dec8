"""Seals: digests of stored rows, committed with them, over every column. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from operator import attrgetter
from typing import NamedTuple

import msgspec

from data.market.candle import Candle
from data.market.timeframe import Timeframe
from data.market.trade import Side, Trade

DIGEST_BYTES = 16
GENESIS = bytes(DIGEST_BYTES)
"""The first link's `previous`."""

SIDE_CODES = {Side.BUY: 1, Side.SELL: -1}

# JSON lines of flat arrays become tabbed lines by one pass over the bytes: tabs for commas, and
# no brackets and quotes. No column's text holds any of these. Six times as fast as format().
_COMMA_TO_TAB = bytes.maketrans(b",", b"\t")
_JSON_MARKS = b'[]"'
_encode_lines = msgspec.json.Encoder().encode_lines

_ON_TAPE, _LATE = b"t\n", b"f\n"
_TIME = attrgetter("time")


def trade_lines(trades: Iterable[Trade], number: int) -> bytes:
    """Return trades of the instrument numbered `number` as tabbed text, a line each.

    The columns are time, trade id, exchange time, number, match count, side, exchange source, price
    and size, as they are read back from the store: no exponent above 0.
    """
    # One row at a time: thousands of tuples at once would slow every garbage collection.
    rows = (
        (
            trade.time, trade.trade_id, trade.exchange_time, number,
            trade.match_count, SIDE_CODES[trade.side], trade.exchange_source,
            str(trade.price), str(trade.size),
        )
        for trade in trades
    )  # fmt: skip
    lines = _encode_lines(rows).translate(_COMMA_TO_TAB, _JSON_MARKS)
    return _without_exponents(lines) if b"E+" in lines else lines


def _without_exponents(lines: bytes) -> bytes:
    """Write 1E+3 as 1000: a store returns it like this."""
    rows = [line.split(b"\t") for line in lines.splitlines()]
    for row in rows:
        row[-2:] = [f"{Decimal(x.decode()):f}".encode() if b"E+" in x else x for x in row[-2:]]
    return b"".join(b"\t".join(row) + b"\n" for row in rows)


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A link in the chain of a tape: the digest of `previous` and of all columns of its rows.

    Those are the rows on the tape with ids after `after_id` up to `trade_id`, in id order; `time`
    is the last one's. They lie within one minute. `previous` is the digest of the link before, or
    GENESIS where a chain begins.
    """

    after_id: int
    trade_id: int
    time: datetime
    previous: bytes
    digest: bytes


class LateSeal(msgspec.Struct, frozen=True, kw_only=True):
    """The late rows of a minute: their number, and the sum of a digest of each.

    They are stored in any order, so their seal must not depend on it; rows can be subtracted, too.
    """

    rows: int
    digest: int

    def plus(self, other: "LateSeal") -> "LateSeal":
        """Return the seal of both together."""
        return LateSeal(rows=self.rows + other.rows, digest=self.digest + other.digest)


class TapeSeals(msgspec.Struct, frozen=True, kw_only=True):
    """The seals over a span of a tape. `number` is the store's own number of the instrument.

    `links` are in id order, the open one last; `late` is by minute. `complete`: seals cover all
    rows, so a row without a seal is a fault.
    """

    number: int
    links: Sequence[Seal] = ()
    late: Mapping[datetime, LateSeal] = {}
    complete: bool = True


class TapeSealer:
    """Chains the rows of one tape, as they are committed. A link is closed with its minute.

    Rows committed before in an open link must be closed by a seal of their own.
    """

    def __init__(self, number: int, previous: bytes, after_id: int | None) -> None:
        self._number = number
        self._previous = previous
        self._after_id = after_id
        self._closes: datetime | None = None
        self._last: Trade | None = None
        self._digest = blake2b(digest_size=DIGEST_BYTES)
        self._closed: list[Seal] = []

    def add(self, trades: Sequence[Trade]) -> bytes:
        """Add the next rows of the tape; return their lines."""
        lines, place = [], 0
        while place < len(trades):
            self._open_for(trades[place])
            assert self._closes is not None
            end = bisect_left(trades, self._closes, place, key=_TIME)
            part = trade_lines(trades[place:end], self._number)
            self._digest.update(part)
            lines.append(part)
            self._last, place = trades[end - 1], end
        return b"".join(lines)

    def take_closed(self) -> list[Seal]:
        """Return the links that were closed since the last call."""
        closed, self._closed = self._closed, []
        return closed

    @property
    def open(self) -> Seal:
        """Return the link up to the last row."""
        assert self._last is not None, "an open link has rows"
        assert self._after_id is not None
        return Seal(
            after_id=self._after_id,
            trade_id=self._last.trade_id,
            time=self._last.time,
            previous=self._previous,
            digest=self._digest.digest(),
        )

    def _open_for(self, trade: Trade) -> None:
        if self._closes is not None and trade.time < self._closes:
            return
        if self._last is not None:
            closed = self.open
            self._closed.append(closed)
            self._previous, self._after_id = closed.digest, closed.trade_id
        if self._after_id is None:
            self._after_id = trade.first_id - 1
        self._closes = Timeframe.M1.floor(trade.time) + Timeframe.M1.duration
        self._digest = blake2b(self._previous + _ON_TAPE, digest_size=DIGEST_BYTES)


def chain_digest(previous: bytes, trades: Iterable[Trade], number: int) -> bytes:
    """Return the digest of a link that holds these rows."""
    lines = trade_lines(trades, number)
    return blake2b(previous + _ON_TAPE + lines, digest_size=DIGEST_BYTES).digest()


def late_seals(trades: Sequence[Trade], number: int) -> dict[datetime, LateSeal]:
    """Return the seals of late rows by minute, in time order."""
    found: dict[datetime, LateSeal] = {}
    lines = trade_lines(trades, number).splitlines()
    for trade, line in zip(trades, lines, strict=True):
        digest = blake2b(_LATE + line, digest_size=DIGEST_BYTES).digest()
        seal = LateSeal(rows=1, digest=int.from_bytes(digest))
        minute = Timeframe.M1.floor(trade.time)
        found[minute] = found[minute].plus(seal) if minute in found else seal
    return dict(sorted(found.items()))


class StoredCandle(NamedTuple):
    """A candle as stored; `digest` is None if it was stored before seals existed."""

    candle: Candle
    announced: bool
    digest: bytes | None

    @property
    def is_altered(self) -> bool:
        """Return whether a column has changed since the candle was stored."""
        return self.digest is not None and self.digest != candle_digest(self.candle)


def candle_digest(candle: Candle) -> bytes:
    """Return the digest of all columns of a stored candle."""
    prices = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    columns = (
        candle.instrument, candle.timeframe, candle.open_time.isoformat(), candle.source,
        candle.complete, *(f"{value:f}" for value in prices), candle.trade_count,
        candle.first_trade_id, candle.last_trade_id,
    )  # fmt: skip
    text = "\t".join(map(str, columns))
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
