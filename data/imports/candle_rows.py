"""Convert rows of a file to candles of the exchange."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from data.errors import InvalidValue
from data.imports.tables.cells import TimeReader, on_step, read_boolean, read_decimal, read_id
from data.imports.tables.columns import OPTION, Field, RowShape, locate
from data.market.candle import EXACT, Candle, CandleSource
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from utils.errors import ConfigError

CANDLE_FIELDS = (
    Field("open_time", ("time", "ts", "ts_s", "ts_ms", "timestamp")),
    Field("close_time", required=False),
    Field("open"),
    Field("high"),
    Field("low"),
    Field("close"),
    Field("volume", ("vol",)),
    Field("quote_volume", ("vol_quote", "volccyquote", "quote_asset_volume"), required=False),
    Field("trades", ("count", "trade_count", "number_of_trades"), required=False),
    Field("confirmed", ("confirm", "complete"), required=False),
    Field("timeframe", ("interval", "bar"), required=False),
    Field("symbol", ("instrument_name", "instid"), required=False),
)

# Some exchanges write the last instant of a candle as its close time.
_CLOSE_TOLERANCE = timedelta(seconds=1)


class CandleRows:
    """Reads the rows of one file. Raises ConfigError for a column missing or ambiguous.

    A candle must have closed by `finished_by` to be accepted. Prices are rounded to `price_step`
    where they differ from it by float noise.
    """

    def __init__(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        header: Sequence[str] | None,
        mapping: Mapping[str, str],
        read_time: TimeReader,
        finished_by: datetime,
        price_step: Decimal | None = None,
    ) -> None:
        self._places = locate(CANDLE_FIELDS, mapping, header)
        if "quote_volume" not in {*mapping, *self._places}:
            _require_one_volume(header or (), self._places["volume"])
        self._shape = RowShape(header, self._places)
        self._instrument = instrument
        self._timeframe = timeframe
        self._read_time = read_time
        self._finished_by = finished_by
        self._price_step = price_step

    def read(self, cells: Sequence[str]) -> Candle | None:
        """Return the candle of a row, None for one of another timeframe. Raises InvalidValue.

        A candle of a bucket without a trade has volume 0 and one price.
        """
        self._shape.check(cells)
        timeframe = self._cell(cells, "timeframe")
        if timeframe is not None and timeframe != self._timeframe:
            return None
        candle = Candle(
            instrument=self._instrument,
            timeframe=self._timeframe,
            open_time=self._read_time(cells[self._places["open_time"]]),
            open=self._price(cells, "open"),
            high=self._price(cells, "high"),
            low=self._price(cells, "low"),
            close=self._price(cells, "close"),
            volume=read_decimal(cells[self._places["volume"]], "volume"),
            trade_count=self._trade_count(cells),
            first_trade_id=None,
            last_trade_id=None,
            complete=True,
            source=CandleSource.EXCHANGE,
        )
        self._check_finished(candle, cells)
        _check_empty(candle)
        self._check_quote_volume(candle, cells)
        return candle

    def _cell(self, cells: Sequence[str], field: str) -> str | None:
        place = self._places.get(field)
        return None if place is None else cells[place]

    def _price(self, cells: Sequence[str], field: str) -> Decimal:
        price = read_decimal(cells[self._places[field]], field)
        if price <= 0:
            raise InvalidValue(f"{field} must be above 0, was {price}")
        return price if self._price_step is None else on_step(price, self._price_step, field)

    def open_time(self, cells: Sequence[str]) -> datetime | None:
        """Return the open time of a row that `read` refuses, None if it cannot be read."""
        place = self._places["open_time"]
        try:
            return self._timeframe.floor(self._read_time(cells[place]))
        except (InvalidValue, IndexError):
            return None

    def _trade_count(self, cells: Sequence[str]) -> int | None:
        text = self._cell(cells, "trades")
        return read_id(text, "trades") if text else None

    def _check_finished(self, candle: Candle, cells: Sequence[str]) -> None:
        close_time = self._cell(cells, "close_time")
        if close_time is not None:
            early = candle.close_time - self._read_time(close_time)
            if not timedelta(0) <= early <= _CLOSE_TOLERANCE:
                raise InvalidValue(
                    f"closes at {close_time}: not a close time of {candle.timeframe} candles"
                )
        confirmed = self._cell(cells, "confirmed")
        if confirmed is not None and not read_boolean(confirmed, "confirmed"):
            raise InvalidValue("is marked as incomplete")
        if candle.close_time > self._finished_by:
            raise InvalidValue(f"closes at {candle.close_time.isoformat()}, which is in the future")

    def _check_quote_volume(self, candle: Candle, cells: Sequence[str]) -> None:
        """Compare two volumes with the prices: swapped or foreign ones do not fit between."""
        text = self._cell(cells, "quote_volume")
        if text is None:
            return
        quote = read_decimal(text, "quote_volume")
        least = EXACT.multiply(candle.low, candle.volume - _half_a_step(candle.volume))
        most = EXACT.multiply(candle.high, candle.volume + _half_a_step(candle.volume))
        if not least - _half_a_step(quote) <= quote <= most + _half_a_step(quote):
            raise InvalidValue(
                f"volume {candle.volume} at prices from {candle.low} to {candle.high} "
                f"cannot have a "
                f"quote volume of {quote}: are the two volumes swapped?"
            )


def _half_a_step(value: Decimal) -> Decimal:
    """Return how far a printed number may be from the value it was rounded from."""
    return Decimal((0, (5,), int(value.as_tuple().exponent) - 1))


def _check_empty(candle: Candle) -> None:
    is_flat = candle.open == candle.high == candle.low == candle.close
    if candle.volume == 0 and not is_flat:
        raise InvalidValue("has no volume, but different prices")
    if candle.trade_count is not None and (candle.trade_count == 0) != (candle.volume == 0):
        raise InvalidValue(f"has {candle.trade_count} trades, but a volume of {candle.volume}")


def _require_one_volume(header: Sequence[str], place: int) -> None:
    others = [
        name
        for index, name in enumerate(header)
        if index != place and ("vol" in name.lower() or "turnover" in name.lower())
    ]
    if others:
        raise ConfigError(
            OPTION,
            field="quote_volume",
            problem=f"column {others[0]!r} may be a volume, too: use quote_volume={others[0]} to "
            f"check it against the prices, or quote_volume=- to ignore it "
            f"(now volume is {header[place]!r})",
        )
