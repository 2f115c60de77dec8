"""Measure the offset between the exchange's clock and this one."""

from datetime import timedelta

from data.collectors.rest import ExchangeRest
from utils.clock import Clock

_MS = timedelta(milliseconds=1)


async def measure_offset_ms(rest: ExchangeRest, clock: Clock, samples: int) -> float:
    """Return the exchange's time minus this clock's, by the sample with the shortest round trip.

    Raises TemporaryFeedError and PermanentFeedError.
    """
    best_round_trip_s, best_ms = float("inf"), 0.0
    for _ in range(samples):
        sent_s, sent_at = clock.monotonic_s(), clock.now()
        exchange_time = await rest.time()
        round_trip_s = clock.monotonic_s() - sent_s
        if round_trip_s < best_round_trip_s:
            midpoint = sent_at + timedelta(seconds=round_trip_s / 2)
            best_round_trip_s, best_ms = round_trip_s, (exchange_time - midpoint) / _MS
    return best_ms
