"""History requests in PostgreSQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from data import InstrumentId, Timeframe
from data.ports import HistoryRequestRepository
from database.engine import Database
from database.models import HistoryRequestRow, InstrumentRow
from database.repositories.keys import InstrumentKeys

_TIMEFRAMES = {timeframe.seconds: timeframe for timeframe in Timeframe}


class SqlHistoryRequestRepository(HistoryRequestRepository):
    """The table `history_request`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)

    def replace(self, history_requests: Mapping[tuple[InstrumentId, Timeframe], datetime]) -> None:
        keys = self._keys.ensure(instrument for instrument, _ in history_requests)
        rows = [
            {"instrument_id": keys[instrument], "timeframe_s": timeframe.seconds, "since": since}
            for (instrument, timeframe), since in sorted(history_requests.items())
        ]
        with self._database.session("storing history requests") as session:
            session.execute(delete(HistoryRequestRow))
            if rows:
                statement = insert(HistoryRequestRow)
                # Another engine may store the same requests meanwhile.
                statement = statement.on_conflict_do_update(
                    index_elements=["instrument_id", "timeframe_s"],
                    set_={"since": statement.excluded.since},
                )
                session.execute(statement, rows)

    def of(
        self, instruments: Iterable[InstrumentId]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        names = [(instrument.exchange, instrument.symbol) for instrument in instruments]
        statement = (
            select(
                InstrumentRow.exchange,
                InstrumentRow.symbol,
                HistoryRequestRow.timeframe_s,
                HistoryRequestRow.since,
            )
            .join(InstrumentRow, InstrumentRow.id == HistoryRequestRow.instrument_id)
            .where(tuple_(InstrumentRow.exchange, InstrumentRow.symbol).in_(names))
        )
        with self._database.session("reading history requests") as session:
            return {
                (InstrumentId(exchange, symbol), _TIMEFRAMES[seconds]): since
                for exchange, symbol, seconds, since in session.execute(statement)
            }
