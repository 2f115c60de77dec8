"""A recorded tape as the match source of one instrument."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.simulator.market.bars import HOUR_MS
from data.simulator.market.listing import InstrumentType, ListedInstrument
from data.simulator.market.matches import Matches, MatchSource
from data.simulator.market.prng import Ints
from utils.errors import ConfigError

_NAMES = {
    "id": ("id", "trade_id", "tradeId"),
    "time": ("time", "ts", "ts_ms", "ts_s", "time_ms", "timestamp"),
    "price": ("price", "px"),
    "size": ("size", "sz", "amount", "qty"),
    "side": ("side",),
}
_SIDES = {"buy": True, "b": True, "sell": False, "s": False}
# Seconds, milliseconds, microseconds and nanoseconds since 1970 differ this clearly.
_UNITS = ((10**11, Decimal(1000)), (10**14, Decimal(1)), (10**17, Decimal("1e-3")))


class RecordedMatch(NamedTuple):
    """One recorded match."""

    match_id: int
    time_ms: int
    price: Decimal
    size: Decimal
    buy: bool


class TapeSource(MatchSource):
    """The matches of a recorded tape, in id order."""

    block_ms = HOUR_MS

    def __init__(self, inst_id: str, rows: list[RecordedMatch]) -> None:
        self.listing = listing_of(inst_id, rows)
        self._all = _columns(self.listing, rows)
        self.first_ms = int(self._all.time_ms[0])
        self.epoch_ms = self.first_ms - self.first_ms % HOUR_MS

    def first_id(self, block: int) -> int:
        place = int(self._all.time_ms.searchsorted(self.start_ms(block)))
        ids = self._all.ids
        return int(ids[place]) if place < ids.size else int(ids[-1]) + 1

    def block_with(self, match_id: int) -> int:
        place = min(int(self._all.ids.searchsorted(match_id)), self._all.size - 1)
        return self.block_at(int(self._all.time_ms[place]))

    def matches(self, block: int) -> Matches:
        start_ms = self.start_ms(block)
        return self._all.after_and_until(start_ms - 1, start_ms + self.block_ms - 1)


def read_tape(path: Path) -> list[RecordedMatch]:
    """Read a CSV or CSV.gz with a header. Raises ConfigError naming the line."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except OSError as error:
        raise ConfigError(
            str(path), problem=f"cannot be read: {error.strerror or error}"
        ) from error
    lines = csv.DictReader(io.StringIO(raw.decode()), restval="")
    names = _column_names(path, lines.fieldnames or ())
    rows = list(_rows(path, lines, names))
    if not rows:
        raise ConfigError(str(path), problem="contains no trades")
    return rows


def listing_of(inst_id: str, rows: list[RecordedMatch]) -> ListedInstrument:
    """Return a listing whose steps are fine enough for every row."""
    base, _, rest = inst_id.partition("-")
    quote, _, suffix = rest.partition("-")
    kinds = {"": InstrumentType.SPOT, "SWAP": InstrumentType.SWAP}
    return ListedInstrument(
        inst_id=inst_id,
        kind=kinds.get(suffix, InstrumentType.FUTURES),
        base=base,
        quote=quote,
        price_decimals=max(_decimals(row.price) for row in rows),
        size_decimals=max(_decimals(row.size) for row in rows),
    )


def _column_names(path: Path, header: Sequence[str]) -> dict[str, str]:
    found = {}
    for name, known in _NAMES.items():
        column = next((each for each in header if each in known), None)
        if column is None:
            raise ConfigError(
                str(path), field="header", problem=f"has no column {' or '.join(known)}"
            )
        found[name] = column
    return found


def _rows(
    path: Path, lines: "csv.DictReader[str]", names: dict[str, str]
) -> Iterator[RecordedMatch]:
    last_id = -1
    for line in lines:
        try:
            row = _row({name: line[column] for name, column in names.items()})
        except (ValueError, KeyError, InvalidOperation, AttributeError) as error:
            raise _bad_line(path, lines.line_num, f"is not a trade: {dict(line)}") from error
        if row.match_id <= last_id or row.price <= 0 or row.size <= 0:
            problem = f"must have a rising id, price and size above 0, was {row}"
            raise _bad_line(path, lines.line_num, problem)
        last_id = row.match_id
        yield row


def _bad_line(path: Path, number: int, problem: str) -> ConfigError:
    return ConfigError(str(path), field=f"line {number}", problem=problem)


def _row(line: dict[str, str]) -> RecordedMatch:
    return RecordedMatch(
        match_id=int(line["id"]),
        time_ms=_time_ms(line["time"]),
        price=Decimal(line["price"]),
        size=Decimal(line["size"]),
        buy=_SIDES[line["side"].lower()],
    )


def _time_ms(text: str) -> int:
    if "T" in text or "-" in text:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    number = Decimal(text)
    factor = next((factor for most, factor in _UNITS if number < most), Decimal("1e-6"))
    return int(number * factor)


def _decimals(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))


def _columns(listing: ListedInstrument, rows: list[RecordedMatch]) -> Matches:
    own_ms = np.array([row.time_ms for row in rows], dtype=np.int64)
    ids = np.array([row.match_id for row in rows], dtype=np.int64)
    buy = np.array([row.buy for row in rows], dtype=np.bool_)
    return Matches(
        ids=ids,
        time_ms=np.maximum.accumulate(own_ms),
        own_ms=own_ms,
        ticks=_steps([row.price for row in rows], listing.price_decimals),
        lots=_steps([row.size for row in rows], listing.size_decimals),
        buy=buy,
        taker=_takers(ids, own_ms, buy),
    )


def _steps(values: list[Decimal], decimals: int) -> Ints:
    return np.array([int(value.scaleb(decimals)) for value in values], dtype=np.int64)


def _takers(ids: Ints, own_ms: Ints, buy: "np.typing.NDArray[np.bool_]") -> Ints:
    """Treat consecutive matches of the same time and side as one taker order."""
    begins = (np.diff(own_ms, prepend=own_ms[0] - 1) != 0) | (np.diff(buy, prepend=buy[0]))
    starts = np.maximum.accumulate(np.where(begins, np.arange(ids.size), 0))
    return ids[starts]
