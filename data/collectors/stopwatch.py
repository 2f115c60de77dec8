"""How long trades are on their way: exchange -> received -> committed -> published."""

from collections.abc import Sequence

from data.market.trade import Trade
from utils.clock import Clock
from utils.telemetry.meters import Meters


class Stopwatch:
    """Times are from the exchange's, by its own clock: `offset_ms` is how far it is from ours."""

    def __init__(self, clock: Clock) -> None:
        self.meters = Meters()
        self.offset_ms = 0.0
        self._clock = clock

    def passed(self, stage: str, trades: Sequence[Trade]) -> None:
        """Take note that trades passed a stage now, by the newest of them."""
        if trades:
            late_ms = 1_000 * (self._clock.now() - trades[-1].exchange_time).total_seconds()
            self.meters.time(stage, max(0.0, late_ms + self.offset_ms))
