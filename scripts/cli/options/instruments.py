"""The options of commands that select stored candles."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from data import EPOCH, InstrumentId, Timeframe, TimeSpan
from data.errors import InvalidValue
from utils.errors import ConfigError

if TYPE_CHECKING:
    from data.ports import CandleRepository

Name = Annotated[str, typer.Argument(help="As in okx:BTC-USDT.", metavar="EXCHANGE:SYMBOL")]
From = Annotated[
    str | None, typer.Option("--from", help="ISO 8601, UTC where no zone is given; included.")
]
To = Annotated[
    str | None, typer.Option("--to", help="ISO 8601, UTC where no zone is given; not included.")
]


def instrument_named(name: str) -> InstrumentId:
    """Return the instrument. Raises ConfigError."""
    try:
        return InstrumentId.parse(name)
    except InvalidValue as error:
        raise ConfigError("EXCHANGE:SYMBOL", problem=str(error)) from error


@dataclass(frozen=True, slots=True)
class Bounds:
    """The span that --from and --to give: `start` is included, `end` is not; None: not given."""

    start: datetime | None
    end: datetime | None

    def within(self, stored: TimeSpan) -> TimeSpan:
        """Return the part of the stored span within these bounds. Raises ConfigError if empty."""
        start = stored.start if self.start is None else max(self.start, stored.start)
        end = stored.end if self.end is None else min(self.end, stored.end)
        span = TimeSpan.between(start, end)
        if span is None:
            option, given = ("--from", self.start) if self.start == start else ("--to", self.end)
            problem = f"must lie within what is stored, {_shown(stored.start)} to "
            raise ConfigError(
                option, problem=f"{problem}{_shown(stored.end)}; was {_shown(given or end)}"
            )
        return span


def bounds_given(start: str | None, end: str | None) -> Bounds:
    """Return the span of --from and --to. Raises ConfigError."""
    bounds = Bounds(_time_given("--from", start), _time_given("--to", end))
    if bounds.start is not None and bounds.end is not None and bounds.start >= bounds.end:
        problem = f"must be before --to ({_shown(bounds.end)}), was {_shown(bounds.start)}"
        raise ConfigError("--from", problem=problem)
    return bounds


def _time_given(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        problem = f"must look like 2026-01-31 or 2026-01-31T12:00Z, was {text[:40]!r}"
        raise ConfigError(option, problem=problem) from None
    if time < EPOCH:
        raise ConfigError(option, problem=f"must not be before 1970, was {text[:40]!r}")
    return time


def span_within(
    candles: "CandleRepository", instrument: InstrumentId, timeframe: Timeframe, bounds: Bounds
) -> TimeSpan:
    """Return the span of the stored candles within the bounds. Raises ConfigError."""
    stored = candles.stored_span(instrument, timeframe)
    if stored is None:
        raise ConfigError(
            "EXCHANGE:SYMBOL", problem=f"no {timeframe} candle of {instrument} is stored"
        )
    return bounds.within(stored)


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S%z}".replace("+0000", "Z")
