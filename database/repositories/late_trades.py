"""Store trades that arrive outside the live tape: recovered late, or imported. Idempotent by id."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from psycopg2.extensions import cursor as Cursor

from data import InstrumentId, TapeBatch, Trade
from data.errors import InvalidValue, RepositoryError
from data.market.seals import trade_lines
from database.repositories.holes import declare_unless_stored
from database.repositories.locks import lock_late_rows_shared
from database.repositories.tape_ends import TapeExtent, advance_ends, read_end
from database.repositories.tape_seals import open_sealers, seal_late, store_links
from database.table_copy import TRADE_COLUMNS, copy_trades_in

# One trade may arrive with two tape times, depending on what preceded it; never this far apart.
_SAME_TRADE_WITHIN = timedelta(minutes=1)

# Staged rows have no statistics: without the second line the planner may search each of them
# by scanning the whole span.
_STAGE = """
    CREATE TEMP TABLE staged_trade (LIKE trade INCLUDING DEFAULTS) ON COMMIT DROP;
    SET LOCAL enable_nestloop = off
"""

_INSERT_NEW = f"""
    INSERT INTO trade ({TRADE_COLUMNS}, on_tape)
    SELECT {", ".join(f"staged.{name}" for name in TRADE_COLUMNS.split(", "))},
           staged.trade_id > %(end_id)s
    FROM staged_trade AS staged
    LEFT JOIN trade AS stored
           ON stored.instrument_id = %(key)s AND stored.trade_id = staged.trade_id
          AND stored.time BETWEEN %(first_time)s AND %(last_time)s
    WHERE staged.instrument_id = %(key)s AND stored.trade_id IS NULL
    ON CONFLICT DO NOTHING
    RETURNING time, trade_id, on_tape
"""

_NOTHING_ON_TAPE = 2**63 - 1
_ALL_ON_TAPE = -1


def store_late(cursor: Cursor, keys: Mapping[InstrumentId, int], trades: Sequence[Trade]) -> int:
    """Store trades of one instrument beside its tape; return the number of new ones.

    Raises RepositoryError for trades ahead of the tape's end: they belong on it.
    """
    instrument = trades[0].instrument
    lock_late_rows_shared(cursor, instrument)
    end = read_end(cursor, keys[instrument])
    newest = max(trades, key=lambda trade: trade.trade_id)
    if end is not None and newest.trade_id > end.trade_id:
        raise RepositoryError(
            f"{instrument}: trade {newest.trade_id} is ahead of the tape's end {end.trade_id}; "
            "it is not late: collect or import it"
        )
    return _store_new(cursor, keys[instrument], trades, _NOTHING_ON_TAPE)


def store_batch(cursor: Cursor, keys: Mapping[InstrumentId, int], batch: TapeBatch) -> int:
    """Store a batch with its holes, on a tape that this transaction has locked.

    Trades after the tape's end go on the tape, the rest beside it. Returns the number of new
    trades.
    """
    _require_order(batch)
    key = keys[batch.instrument]
    end = read_end(cursor, key)
    ahead = [trade for trade in batch.trades if end is None or trade.trade_id > end.trade_id]
    if ahead:
        extent = TapeExtent.of(TapeBatch(instrument=batch.instrument, trades=ahead))
        sealer = open_sealers(cursor, [key])[key]
        sealer.add(ahead)
        advance_ends(cursor, keys, {batch.instrument: extent}, {batch.instrument: sealer})
        store_links(cursor, {key: sealer.take_closed()})
    declare_unless_stored(cursor, keys, batch.holes)
    end_id = _ALL_ON_TAPE if end is None else end.trade_id
    return _store_new(cursor, key, batch.trades, end_id)


def _store_new(cursor: Cursor, key: int, trades: Sequence[Trade], end_id: int) -> int:
    cursor.execute(_STAGE)
    copy_trades_in(cursor, "staged_trade", trade_lines(trades, key))
    times = [trade.time for trade in trades]
    cursor.execute(
        _INSERT_NEW,
        {
            "key": key,
            "end_id": end_id,
            "first_time": min(times) - _SAME_TRADE_WITHIN,
            "last_time": max(times) + _SAME_TRADE_WITHIN,
        },
    )
    new = {(time, trade_id): on_tape for time, trade_id, on_tape in cursor.fetchall()}
    cursor.execute("DROP TABLE staged_trade")
    late = [trade for trade in trades if new.get((trade.time, trade.trade_id)) is False]
    seal_late(cursor, key, late)
    return len(new)


def _require_order(batch: TapeBatch) -> None:
    for before, trade in pairwise(batch.trades):
        if trade.first_id <= before.trade_id or trade.time < before.time:
            raise InvalidValue(
                f"{batch.instrument}: trade {trade.trade_id} at {trade.time.isoformat()} must "
                f"follow trade {before.trade_id} at {before.time.isoformat()}"
            )
