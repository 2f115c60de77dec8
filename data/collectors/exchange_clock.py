"""How far the exchange's clock is from ours."""

from datetime import timedelta

from data.collectors.rest import ExchangeRest
from utils.clock import Clock

_MS = timedelta(milliseconds=1)


async def measure_offset_ms(rest: ExchangeRest, clock: Clock, samples: int) -> float:
    """Return the exchange's time less ours, by the sample with the shortest round trip.

    Raises TemporaryFeedError and PermanentFeedError.
    """
    best_trip_s, best_ms = float("inf"), 0.0
    for _ in range(samples):
        asked_s, asked_at = clock.monotonic_s(), clock.now()
        theirs = await rest.time()
        trip_s = clock.monotonic_s() - asked_s
        if trip_s < best_trip_s:
            midpoint = asked_at + timedelta(seconds=trip_s / 2)
            best_trip_s, best_ms = trip_s, (theirs - midpoint) / _MS
    return best_ms
