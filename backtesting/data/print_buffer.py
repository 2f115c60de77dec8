"""Buffers of prints while reading: counted, hashed, and held while they are few."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from backtesting.data.history import Prints
from backtesting.data.quality import Spans, stored_runs
from backtesting.errors import BacktestError
from bot_manager.errors import DoesNotFit
from bot_manager.trading import CandleColumns, Scales, TapeColumns
from bot_manager.trading.units import Float64s, Int64s, column_units, decimals_of
from data import CandleFrame, Trade, from_datetime64

MOST_DECIMALS = 12


class Hasher(Protocol):
    """The interface of a hashlib object."""

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def new_digest() -> Hasher:
    """Return a new hasher."""
    return hashlib.blake2b(digest_size=16)


@dataclass(slots=True, kw_only=True)
class PrintBuffer(ABC):
    """Facts about the prints so far. If there are more than `most` rows, none is held."""

    most: int
    price_decimals: int
    size_decimals: int
    count: int = 0
    incomplete: int = 0
    first_us: int = 0
    last_us: int = 0
    runs: list[Spans] = field(default_factory=list)

    @abstractmethod
    def in_memory(self, scales: Scales) -> Prints | None:
        """Return all prints in an account's units, or None if there were too many."""

    @property
    def is_in_memory(self) -> bool:
        """Return whether the prints so far are held."""
        return self.count <= self.most

    def count_times(self, first_us: int, last_us: int, count: int) -> None:
        """Update counts and times for a chunk that is not empty."""
        self.first_us = self.first_us if self.count else first_us
        self.last_us = last_us
        self.count += count


@dataclass(slots=True, kw_only=True)
class CandleBuffer(PrintBuffer):
    """Buffer of candles as prints."""

    frames: list[CandleFrame] = field(default_factory=list)

    def take(self, frame: CandleFrame) -> None:
        """Add the next candles; flat and unknown ones are no prints."""
        traded = frame.take(frame.traded)
        if not len(traded):
            return
        open_us = traded.open_time.astype("datetime64[us]").astype(np.int64)
        self.count_times(int(open_us[0]), int(open_us[-1]), len(traded))
        self.incomplete += int((~traded.complete).sum())
        self.runs.append(stored_runs(traded))
        for name in ("open", "high", "low", "close"):
            values = getattr(traded, name)
            try:
                self.price_decimals = decimals_needed(values, self.price_decimals)
            except BacktestError as error:
                raise _named(traded, name, error) from None
        self.frames = [*self.frames, traded] if self.is_in_memory else []

    def in_memory(self, scales: Scales) -> Prints | None:
        if not self.is_in_memory:
            return None
        parts = [CandleColumns.of(frame, scales) for frame in self.frames]
        columns = [np.concatenate(part) for part in zip(*map(_price_columns, parts), strict=True)]
        open_time, open_, high, low, close = columns
        return CandleColumns(open_time, open_, high, low, close, parts[0].duration_us)


@dataclass(slots=True, kw_only=True)
class TradeBuffer(PrintBuffer):
    """Buffer of trades as prints."""

    digest: Hasher = field(default_factory=new_digest)
    pages: list[tuple[TapeColumns, Scales]] = field(default_factory=list)

    def take(self, page: list[Trade], scales: Scales) -> None:
        """Add the next trades; `scales` are the instrument's own."""
        for trade in page:
            self.price_decimals = max(self.price_decimals, decimals_of(trade.price))
            self.size_decimals = max(self.size_decimals, decimals_of(trade.size))
        own = widened_scales(scales, self.price_decimals, self.size_decimals)
        columns = TapeColumns.of(page, own)
        self.count_times(int(columns.time[0]), int(columns.time[-1]), len(page))
        self.digest.update(repr((own.price_decimals, own.size_decimals)).encode())
        feed(self.digest, columns)
        self.pages = [*self.pages, (columns, own)] if self.is_in_memory else []

    def in_memory(self, scales: Scales) -> Prints | None:
        if not self.is_in_memory:
            return None
        parts = [_rescaled(columns, own, scales) for columns, own in self.pages]
        return TapeColumns(
            *(np.concatenate(columns) for columns in zip(*map(_trade_columns, parts), strict=True))
        )


def widened_scales(scales: Scales, price_decimals: int, size_decimals: int) -> Scales:
    """Return scales with at least these decimals."""
    return Scales(
        price_decimals=max(scales.price_decimals, price_decimals),
        size_decimals=max(scales.size_decimals, size_decimals),
        contract_decimals=scales.contract_decimals,
        contract_units=scales.contract_units,
    )


def decimals_needed(values: Float64s, at_least: int) -> int:
    """Return the number of decimals these floats were written with. Raises BacktestError."""
    for decimals in range(at_least, MOST_DECIMALS + 1):
        try:
            column_units("price", values, decimals)
        except DoesNotFit:
            continue
        return decimals
    raise BacktestError(f"a price has more than {MOST_DECIMALS} decimals, or too many digits")


def _named(frame: CandleFrame, name: str, error: BacktestError) -> BacktestError:
    """Return an error that names the first candle of a column that cannot be counted."""
    for row, value in enumerate(getattr(frame, name).tolist()):
        try:
            decimals_needed(np.array([value]), 0)
        except BacktestError:
            time = f"{from_datetime64(frame.open_time[row]):%Y-%m-%dT%H:%M:%SZ}"
            return BacktestError(
                f"the {frame.timeframe} candle of {frame.instrument} at {time} has {name} {value!r}"
                f": {error}. If that is a rounding error of floats, import the file again with "
                "--price-step, as in --price-step 0.01"
            )
    return error


def feed(digest: Hasher, prints: Prints) -> None:
    """Hash prints."""
    columns = _trade_columns(prints) if isinstance(prints, TapeColumns) else _price_columns(prints)
    for column in columns:
        digest.update(np.ascontiguousarray(column).tobytes())


def _price_columns(candles: CandleColumns) -> tuple[Int64s, Int64s, Int64s, Int64s, Int64s]:
    return candles.open_time, candles.open, candles.high, candles.low, candles.close


def _trade_columns(tape: TapeColumns) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    return tape.time, tape.trade_id, tape.price, tape.size


def _rescaled(columns: TapeColumns, own: Scales, scales: Scales) -> TapeColumns:
    price = 10 ** (scales.price_decimals - own.price_decimals)
    size = 10 ** (scales.size_decimals - own.size_decimals)
    return TapeColumns(columns.time, columns.trade_id, columns.price * price, columns.size * size)
