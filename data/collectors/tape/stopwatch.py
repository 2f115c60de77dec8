"""Measure the latency of trades: exchange -> received -> committed -> published."""

from collections.abc import Sequence

from data.market.trade import Trade
from utils.clock import Clock
from utils.telemetry.meters import Meters


class Stopwatch:
    """Latencies since the exchange's time; `offset_ms` is its clock's offset from this one."""

    def __init__(self, clock: Clock) -> None:
        self.meters = Meters()
        self.offset_ms = 0.0
        self._clock = clock

    def passed(self, stage: str, trades: Sequence[Trade]) -> None:
        """Record that trades passed a stage now, by the newest of them."""
        if trades:
            late_ms = 1_000 * (self._clock.now() - trades[-1].exchange_time).total_seconds()
            self.meters.time(stage, max(0.0, late_ms + self.offset_ms))
