"""Store trades that arrive outside the live tape: recovered late, or imported. Idempotent by id."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import Column, Connection, MetaData, Table, and_, bindparam, func, select

from data import InstrumentId, TapeBatch, Trade
from data.errors import InvalidValue, RepositoryError
from data.market.seals import trade_lines
from database.engine import cursor_of
from database.models import TradeRow
from database.repositories.holes import declare_unless_stored
from database.repositories.locks import lock_late_rows_shared
from database.repositories.rows import insert_selected
from database.repositories.tape_ends import TapeExtent, advance_ends, read_end
from database.repositories.tape_seals import open_sealers, seal_late, store_links
from database.table_copy import TRADE_COLUMNS, copy_trades_in

# One trade may arrive with two tape times, depending on what preceded it; never this far apart.
_SAME_TRADE_WITHIN = timedelta(minutes=1)

_TRADE = tuple(getattr(TradeRow, name) for name in TRADE_COLUMNS.split(", "))
_STAGED = Table(
    "staged_trade",
    MetaData(),
    *(Column(column.key, column.type) for column in _TRADE),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
_staged_trade = tuple(_STAGED.c[column.key] for column in _TRADE)
_INSERT_NEW = (
    insert_selected(
        (*_TRADE, TradeRow.on_tape),
        select(*_staged_trade, _STAGED.c.trade_id > bindparam("end_id"))
        .select_from(_STAGED)
        .join(
            TradeRow,
            and_(
                TradeRow.instrument_id == bindparam("key"),
                TradeRow.trade_id == _STAGED.c.trade_id,
                TradeRow.time.between(bindparam("since"), bindparam("until")),
            ),
            isouter=True,
        )
        .where(_STAGED.c.instrument_id == bindparam("key"), TradeRow.trade_id.is_(None)),
    )
    .on_conflict_do_nothing()
    .returning(TradeRow.time, TradeRow.trade_id, TradeRow.on_tape)
)

_NOTHING_ON_TAPE = 2**63 - 1
_ALL_ON_TAPE = -1


def store_late(
    connection: Connection, keys: Mapping[InstrumentId, int], trades: Sequence[Trade]
) -> int:
    """Store trades of one instrument beside its tape; return the number of new ones.

    Raises RepositoryError for trades ahead of the tape's end: they belong on it.
    """
    instrument = trades[0].instrument
    lock_late_rows_shared(connection, instrument)
    end = read_end(connection, keys[instrument])
    newest = max(trades, key=lambda trade: trade.trade_id)
    if end is not None and newest.trade_id > end.trade_id:
        raise RepositoryError(
            f"{instrument}: trade {newest.trade_id} is after the end of the tape, {end.trade_id}; "
            "it is not late: collect or import it"
        )
    return _store_new(connection, keys[instrument], trades, _NOTHING_ON_TAPE)


def store_batch(connection: Connection, keys: Mapping[InstrumentId, int], batch: TapeBatch) -> int:
    """Store a batch with its holes, on a tape that this transaction has locked.

    Trades after the tape's end go on the tape, the rest beside it. Returns the number of new
    trades.
    """
    _require_order(batch)
    key = keys[batch.instrument]
    end = read_end(connection, key)
    ahead = [trade for trade in batch.trades if end is None or trade.trade_id > end.trade_id]
    if ahead:
        extent = TapeExtent.of(TapeBatch(instrument=batch.instrument, trades=ahead))
        sealer = open_sealers(connection, [key])[key]
        sealer.add(ahead)
        advance_ends(connection, keys, {batch.instrument: extent}, {batch.instrument: sealer})
        store_links(connection, {key: sealer.take_closed()})
    declare_unless_stored(connection, keys, batch.holes)
    end_id = _ALL_ON_TAPE if end is None else end.trade_id
    return _store_new(connection, key, batch.trades, end_id)


def _store_new(connection: Connection, key: int, trades: Sequence[Trade], end_id: int) -> int:
    _STAGED.create(connection, checkfirst=False)
    # Staged rows have no statistics: without this the planner may search each of them by scanning
    # the whole span.
    connection.execute(select(func.set_config("enable_nestloop", "off", True)))
    copy_trades_in(cursor_of(connection), _STAGED.name, trade_lines(trades, key))
    times = [trade.time for trade in trades]
    parameters = {
        "key": key,
        "end_id": end_id,
        "since": min(times) - _SAME_TRADE_WITHIN,
        "until": max(times) + _SAME_TRADE_WITHIN,
    }
    rows = connection.execute(_INSERT_NEW, parameters)
    new = {(time, trade_id): on_tape for time, trade_id, on_tape in rows}
    _STAGED.drop(connection, checkfirst=False)
    late = [trade for trade in trades if new.get((trade.time, trade.trade_id)) is False]
    seal_late(connection, key, late)
    return len(new)


def _require_order(batch: TapeBatch) -> None:
    for before, trade in pairwise(batch.trades):
        if trade.first_id <= before.trade_id or trade.time < before.time:
            raise InvalidValue(
                f"{batch.instrument}: trade {trade.trade_id} at {trade.time.isoformat()} must "
                f"follow trade {before.trade_id} at {before.time.isoformat()}"
            )
