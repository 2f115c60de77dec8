"""Publish commits on the bus."""

import logging
from collections.abc import Iterable, Mapping

from data.collectors.config import WriterRules
from data.market.instrument import InstrumentId
from data.market.tape import TapeBatch
from data.market.trade import Cursor
from data.topics import CANDLES, TRADES, CandlesClosed, TapeAdvanced
from utils.clock import Clock
from utils.messaging import Bus, BusUnavailable

log = logging.getLogger("truetape.collector.publisher")


class CommitPublisher:
    """Publishes batches after their commit. After a failure the bus is not tried for a while."""

    def __init__(self, bus: Bus, rules: WriterRules, clock: Clock) -> None:
        self._bus = bus
        self._rules = rules
        self._clock = clock
        self._last_ids: dict[InstrumentId, int] = {}
        self._suspended_until_s = 0.0
        self._failures = 0

    def start_from(self, ends: Mapping[InstrumentId, Cursor | None]) -> None:
        """Set the ends of the tapes to continue from."""
        self._last_ids = {name: end.trade_id for name, end in ends.items() if end is not None}

    def publish(self, batches: Iterable[TapeBatch]) -> None:
        """Publish what was committed, if the bus can be reached."""
        suspended = self._clock.monotonic_s() < self._suspended_until_s
        for batch in batches:
            previous_id = self._last_ids.get(batch.instrument)
            self._last_ids[batch.instrument] = batch.last.trade_id
            if suspended:
                continue
            try:
                self._publish(batch, previous_id)
            except BusUnavailable as error:
                suspended = True
                self._suspend(error)
        if not suspended:
            self._failures = 0

    def _publish(self, batch: TapeBatch, previous_id: int | None) -> None:
        key, limit = str(batch.instrument), self._rules.payload_trades
        advanced = TapeAdvanced(
            instrument=batch.instrument,
            first=batch.first,
            last=batch.last,
            previous_id=previous_id,
            count=len(batch.trades),
            trades=batch.trades[-limit:],
        )
        self._bus.publish(TRADES, key, advanced)
        for start in range(0, len(batch.candles), limit):
            part = batch.candles[start : start + limit]
            self._bus.publish(
                CANDLES, key, CandlesClosed(instrument=batch.instrument, candles=part)
            )

    def _suspend(self, error: BusUnavailable) -> None:
        self._suspended_until_s = self._clock.monotonic_s() + self._rules.bus_retry_s
        self._failures += 1
        if self._failures == 1:
            log.warning(
                "bus unavailable; subscribers poll the database", extra={"error": str(error)}
            )
