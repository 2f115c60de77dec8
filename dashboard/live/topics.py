"""What a browser can watch, and how it names it: `feed`, `trades.EXCHANGE:SYMBOL`,
`candle.TIMEFRAME.EXCHANGE:SYMBOL`."""

from dataclasses import dataclass

from data import InstrumentId, Timeframe
from data.errors import InvalidValue

FEED = "feed"


@dataclass(frozen=True, slots=True)
class TradesTopic:
    """The newest trades of an instrument."""

    instrument: InstrumentId

    def __str__(self) -> str:
        return f"trades.{self.instrument}"


@dataclass(frozen=True, slots=True)
class CandleTopic:
    """The forming and the just closed candles of an instrument."""

    instrument: InstrumentId
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"candle.{self.timeframe}.{self.instrument}"


LiveTopic = TradesTopic | CandleTopic


def parse_topic(text: str) -> LiveTopic | None:
    """Read a topic's name; None is the feed, which everybody watches. Raises InvalidValue."""
    kind, _, rest = text.partition(".")
    if text == FEED:
        return None
    if kind == "trades":
        return TradesTopic(InstrumentId.parse(rest))
    if kind == "candle":
        timeframe, _, name = rest.partition(".")
        return CandleTopic(InstrumentId.parse(name), parse_timeframe(timeframe))
    raise InvalidValue(f"topic {text[:80]!r} is not one of feed, trades.NAME, candle.FRAME.NAME")


def parse_timeframe(text: str) -> Timeframe:
    """Read a timeframe. Raises InvalidValue."""
    try:
        return Timeframe(text)
    except ValueError:
        allowed = ", ".join(Timeframe)
        raise InvalidValue(f"timeframe {text[:20]!r} is not one of {allowed}") from None
