"""Seals for rows stored before seals existed, in memory."""

from collections.abc import Sequence
from datetime import datetime

from data import InstrumentId, Timeframe
from data.market.seals import Seal, candle_digest, late_seals
from data.ports import SealRepository
from tests.fakes.store import InMemoryStore
from tests.fakes.trades import NUMBER


class InMemorySealRepository(SealRepository):
    """Seals in dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def unsealed(self) -> list[InstrumentId]:
        self._store.require()
        return sorted(
            (name for name, tape in self._store.tapes.items() if not tape.sealed), key=str
        )

    def add_links(self, instrument: InstrumentId, links: Sequence[Seal]) -> None:
        tape = self._store.tape(instrument)
        tape.links = {link.trade_id: link for link in links} | tape.links

    def seal_late(self, instrument: InstrumentId, start: datetime, end: datetime) -> None:
        tape = self._store.tape(instrument)
        late = [trade for trade in tape.late.values() if start <= trade.time < end]
        for minute, seal in late_seals(late, NUMBER).items():
            if minute not in tape.late_seals or tape.late_seals[minute].rows < seal.rows:
                tape.late_seals[minute] = seal

    def seal_candles(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        series = self._store.series(instrument, timeframe)
        new = {
            time: candle_digest(candle)
            for time, candle in series.announced.items()
            if time not in series.digests
        }
        series.digests |= new
        return len(new)

    def finish(self, instrument: InstrumentId) -> None:
        self._store.tape(instrument).sealed = True
