"""The options by which reading commands are told which candles they are about."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from data import InstrumentId, Timeframe, TimeSpan
from data.candle_pages import stored_span
from data.errors import InvalidValue
from data.ports import CandleRepository
from utils.errors import ConfigError

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


def time_given(option: str, text: str | None) -> datetime | None:
    """Return the time of an option. Raises ConfigError."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        problem = f"must look like 2026-01-31 or 2026-01-31T12:00Z, was {text!r}"
        raise ConfigError(option, problem=problem) from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def span_within(
    candles: CandleRepository,
    instrument: InstrumentId,
    timeframe: Timeframe,
    start: datetime | None,
    end: datetime | None,
) -> TimeSpan:
    """Return the span of stored candles between two times, if given. Raises ConfigError."""
    stored = stored_span(candles, instrument, timeframe)
    if stored is None:
        raise ConfigError(
            "EXCHANGE:SYMBOL", problem=f"no {timeframe} candle of {instrument} is stored"
        )
    return TimeSpan(
        stored.start if start is None else max(start, stored.start),
        stored.end if end is None else min(end, stored.end),
    )
