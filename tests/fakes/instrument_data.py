"""All stored data of an instrument, in memory."""

from data import InstrumentId
from data.errors import TapeTaken
from data.ports import InstrumentDataRepository
from tests.fakes.store import InMemoryStore


class InMemoryInstrumentDataRepository(InstrumentDataRepository):
    """Entries of dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def stored_rows(self, instrument: InstrumentId) -> dict[str, int]:
        tape = self._store.tape(instrument)
        series = [s for (name, _), s in self._store.candles.items() if name == instrument]
        counts = {
            "trade": len(tape.on_tape) + len(tape.late),
            "tape_end": int(tape.end is not None),
            "hole": len(tape.holes),
            "candle": sum(len(one.announced) for one in series),
            "candle_check": sum(len(one.versions) for one in series),
            "coverage": sum(bool(one.covered) for one in series),
            "candle_edge": sum(one.dropped_before is not None for one in series),
            "history_request": sum(name == instrument for name, _ in self._store.history_requests),
            "tape_day": sum(day.instrument == instrument for day in self._store.days.values()),
            "signal_group": sum(group.instrument == instrument for group in self._store.groups),
            "instrument": int(instrument in self._store.instruments),
        }
        return {name: rows for name, rows in counts.items() if rows}

    def delete(self, instrument: InstrumentId) -> None:
        store = self._store
        if store.tape(instrument).writer is not None:
            raise TapeTaken(f"{instrument}: another process writes this tape")
        store.tapes.pop(instrument, None)
        store.instruments.pop(instrument, None)
        store.candles = {key: one for key, one in store.candles.items() if key[0] != instrument}
        store.history_requests = {
            key: one for key, one in store.history_requests.items() if key[0] != instrument
        }
        store.days = {key: d for key, d in store.days.items() if d.instrument != instrument}
        store.groups = {g: one for g, one in store.groups.items() if g.instrument != instrument}
        store.cursors = {g: one for g, one in store.cursors.items() if g.instrument != instrument}
