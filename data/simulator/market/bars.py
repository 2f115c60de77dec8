"""The exchange's names for candle lengths, and the open times of each.

Lengths from 6H begin at midnight in UTC+8, with the suffix `utc` at midnight in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_TO_MONDAY_MS = 3 * DAY_MS  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class Bar:
    """One candle length: milliseconds, or months if `months` is not 0.

    `shift_ms` is added to a time before it is floored: zone and first day of the week.
    """

    name: str
    length_ms: int
    shift_ms: int = 0
    months: int = 0

    def floor_ms(self, time_ms: int) -> int:
        """Return the open time of the candle that holds a time."""
        if self.months:
            return self._month_ms(self._month_of(time_ms) // self.months * self.months)
        return time_ms - (time_ms + self.shift_ms) % self.length_ms

    def step_ms(self, open_ms: int, steps: int) -> int:
        """Return the open time of the candle so many steps later."""
        if self.months:
            return self._month_ms(self._month_of(open_ms) + steps * self.months)
        return open_ms + steps * self.length_ms

    @property
    def _zone(self) -> timezone:
        return timezone(timedelta(milliseconds=self.shift_ms)) if self.shift_ms else UTC

    def _month_of(self, time_ms: int) -> int:
        day = datetime.fromtimestamp(time_ms / 1000, self._zone)
        return day.year * 12 + day.month - 1

    def _month_ms(self, month: int) -> int:
        start = datetime(month // 12, month % 12 + 1, 1, tzinfo=self._zone)
        return round(start.timestamp() * 1000)


def _days(name: str, days: int, zone_ms: int) -> Bar:
    return Bar(name, days * DAY_MS, zone_ms)


def _long_bars(suffix: str, zone_ms: int) -> list[Bar]:
    return [
        Bar(f"6H{suffix}", 6 * HOUR_MS, zone_ms),
        Bar(f"12H{suffix}", 12 * HOUR_MS, zone_ms),
        *(_days(f"{days}D{suffix}", days, zone_ms) for days in (1, 2, 3, 5)),
        Bar(f"1W{suffix}", 7 * DAY_MS, zone_ms + _TO_MONDAY_MS),
        Bar(f"1M{suffix}", 0, zone_ms, months=1),
        Bar(f"3M{suffix}", 0, zone_ms, months=3),
    ]


_MINUTES = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1H": 60, "2H": 120, "4H": 240}

BARS = {
    bar.name: bar
    for bar in (
        Bar("1s", SECOND_MS),
        *(Bar(name, minutes * MINUTE_MS) for name, minutes in _MINUTES.items()),
        *_long_bars("", 8 * HOUR_MS),
        *_long_bars("utc", 0),
    )
}
