"""Convert rows of a file to trades."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from data.errors import InvalidValue
from data.imports.tables.cells import (
    TimeReader,
    on_step,
    read_boolean,
    read_decimal,
    read_id,
    read_side,
)
from data.imports.tables.columns import OPTION, Field, RowShape, locate
from data.market.instrument import InstrumentId
from data.market.trade import NUMBERED, Side, Trade
from utils.errors import ConfigError

TRADE_FIELDS = (
    # Required except for rows that are numbered.
    Field("id", ("trade_id", "tradeid"), required=False),
    Field("time", ("ts", "ts_s", "ts_ms", "timestamp", "created_time")),
    Field("price", ("px",)),
    Field("size", ("sz", "qty", "quantity")),
    Field("side", required=False),
    Field("buyer_is_maker", ("isbuyermaker", "is_buyer_maker"), required=False),
    Field("count", ("match_count",), required=False),
    Field("symbol", ("instrument_name", "instid"), required=False),
)


class TradeRows:
    """Reads the rows of one file. Raises ConfigError if a column is missing.

    The taker's side comes from `side`, or from `buyer_is_maker`, which is its opposite. Prices and
    sizes are rounded to their steps where they differ from them by float noise.
    `number_rows`: ids are not read but generated from the row numbers.
    """

    def __init__(
        self,
        instrument: InstrumentId,
        header: Sequence[str] | None,
        mapping: Mapping[str, str],
        read_time: TimeReader,
        *,
        number_rows: bool = False,
        price_step: Decimal | None = None,
        size_step: Decimal | None = None,
    ) -> None:
        places = locate(TRADE_FIELDS, mapping, header)
        if not number_rows and "id" not in places:
            problem = "specify it as id=COLUMN, or number the rows with --number-rows"
            raise ConfigError(OPTION, field="id", problem=problem)
        if not {"side", "buyer_is_maker"} & places.keys():
            problem = "specify it as side=COLUMN or buyer_is_maker=COLUMN"
            raise ConfigError(OPTION, field="side", problem=problem)
        self._shape = RowShape(header, places)
        self._instrument = instrument
        self._read_time = read_time
        self._id = None if number_rows else places["id"]
        self._time = places["time"]
        self._steps = {"price": price_step, "size": size_step}
        self._price, self._size = places["price"], places["size"]
        self._side, self._count = places.get("side"), places.get("count")
        self._maker = places.get("buyer_is_maker")

    def read(self, number: int, cells: Sequence[str]) -> Trade:
        """Return the trade of a row, which is the `number`th of its file. Raises InvalidValue."""
        self._shape.check(cells)
        time = self._read_time(cells[self._time])
        is_numbered = self._id is None
        return Trade(
            instrument=self._instrument,
            trade_id=number if self._id is None else read_id(cells[self._id], "id"),
            price=self._above_zero(cells[self._price], "price"),
            size=self._above_zero(cells[self._size], "size"),
            side=self._read_side(cells),
            time=time,
            exchange_time=time,
            match_count=1 if is_numbered else self._match_count(cells),
            exchange_source=NUMBERED if is_numbered else 0,
        )

    def _match_count(self, cells: Sequence[str]) -> int:
        return 1 if self._count is None else read_id(cells[self._count], "count")

    def _read_side(self, cells: Sequence[str]) -> Side:
        if self._side is not None:
            return read_side(cells[self._side])
        assert self._maker is not None
        buyer_is_maker = read_boolean(cells[self._maker], "buyer_is_maker")
        return Side.SELL if buyer_is_maker else Side.BUY

    def _above_zero(self, text: str, name: str) -> Decimal:
        value, step = read_decimal(text, name), self._steps[name]
        if value <= 0:
            raise InvalidValue(f"{name} must be above 0, was {text}")
        return value if step is None else on_step(value, step, name)
