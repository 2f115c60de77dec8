"""Instruments, holes, history requests and collector statuses in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from data import Hole, HoleState, Instrument, InstrumentId, Timeframe
from data.errors import RepositoryError
from data.ports import (
    CollectorStatusRepository,
    HistoryRequestRepository,
    HoleRepository,
    InstrumentRepository,
)
from data.status import CollectorStatus
from tests.fakes.store import InMemoryStore


class InMemoryInstrumentRepository(InstrumentRepository):
    """Instruments in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def save(self, instruments: Iterable[Instrument]) -> None:
        self._store.require()
        self._store.instruments.update({instrument.id: instrument for instrument in instruments})

    def get(self, instrument: InstrumentId) -> Instrument | None:
        self._store.require()
        return self._store.instruments.get(instrument)

    def all(self, exchange: str | None = None) -> list[Instrument]:
        self._store.require()
        return [
            instrument
            for name, instrument in sorted(self._store.instruments.items())
            if exchange in (None, name.exchange)
        ]

    def names(self) -> list[InstrumentId]:
        self._store.require()
        taped = {name for name, tape in self._store.tapes.items() if tape.end is not None}
        covered = {name for (name, _), series in self._store.candles.items() if series.covered}
        return sorted({*self._store.instruments, *taped, *covered})


class InMemoryHoleRepository(HoleRepository):
    """Holes in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def of(self, instrument: InstrumentId, states: Iterable[HoleState] | None = None) -> list[Hole]:
        selected = set(HoleState) if states is None else set(states)
        holes = self._store.tape(instrument).holes
        return [hole for _, hole in sorted(holes.items()) if hole.state in selected]

    def counts(self) -> dict[tuple[InstrumentId, HoleState], int]:
        self._store.require()
        return Counter(
            (instrument, hole.state)
            for instrument, tape in self._store.tapes.items()
            for hole in tape.holes.values()
        )

    def resolve(self, hole: Hole, state: HoleState) -> None:
        holes = self._store.tape(hole.instrument).holes
        if hole.ids not in holes:
            raise RepositoryError(f"hole {hole.ids} of {hole.instrument} is not stored")
        holes[hole.ids] = msgspec.structs.replace(holes[hole.ids], state=state)


class InMemoryHistoryRequestRepository(HistoryRequestRepository):
    """History requests in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def replace(self, history_requests: Mapping[tuple[InstrumentId, Timeframe], datetime]) -> None:
        self._store.require()
        self._store.history_requests = dict(history_requests)

    def of(
        self, instruments: Iterable[InstrumentId]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        self._store.require()
        names = set(instruments)
        return {
            series: since
            for series, since in self._store.history_requests.items()
            if series[0] in names
        }


class InMemoryCollectorStatusRepository(CollectorStatusRepository):
    """Statuses in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def save(self, statuses: Sequence[CollectorStatus]) -> None:
        self._store.require()
        self._store.statuses.update({status.name: status for status in statuses})

    def all(self) -> list[CollectorStatus]:
        self._store.require()
        return [status for _, status in sorted(self._store.statuses.items())]
