"""Stored backtests in memory."""

from collections.abc import Sequence

from msgspec.structs import replace

from backtesting.archive.ports import BacktestQuery, BacktestRepository
from backtesting.errors import BacktestMissing
from backtesting.record import BacktestRecord, BacktestSummary
from tests.fakes.store import InMemoryStore


class InMemoryBacktestRepository(BacktestRepository):
    """Backtests in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._records: dict[int, BacktestRecord] = store.backtests

    def save(self, record: BacktestRecord) -> int:
        self._store.require()
        digests = record.summary.digests
        same = self.find(digests.config, digests.data, digests.code)
        if same is not None:
            return same.id
        backtest_id = max(self._records, default=0) + 1
        summary = replace(record.summary, id=backtest_id)
        self._records[backtest_id] = replace(record, summary=summary)
        return backtest_id

    def find(self, config: str, data: str, code: str) -> BacktestSummary | None:
        self._store.require()
        for record in self._records.values():
            digests = record.summary.digests
            if (digests.config, digests.data, digests.code) == (config, data, code):
                return record.summary
        return None

    def get(self, backtest_id: int) -> BacktestRecord | None:
        self._store.require()
        return self._records.get(backtest_id)

    def search(self, query: BacktestQuery) -> list[BacktestSummary]:
        self._store.require()
        filters = {"strategy": query.strategy, "instrument": query.instrument}
        found = [
            record.summary
            for record in self._records.values()
            if all(
                value in (None, getattr(record.summary, name)) for name, value in filters.items()
            )
            and (query.tag is None or query.tag in record.summary.tags)
        ]
        found.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        if query.metric is not None:
            name = query.metric
            found.sort(key=lambda one: _greatest_first(one.metrics.get(name)))
        return found[: query.limit]

    def annotate(self, backtest_id: int, note: str, tags: Sequence[str]) -> None:
        record = self.get(backtest_id)
        if record is None:
            raise BacktestMissing(backtest_id)
        summary = replace(record.summary, note=note, tags=list(tags))
        self._records[backtest_id] = replace(record, summary=summary)

    def delete(self, backtest_id: int) -> bool:
        self._store.require()
        return self._records.pop(backtest_id, None) is not None


def _greatest_first(value: float | None) -> tuple[bool, float]:
    return value is None, -(value or 0.0)
