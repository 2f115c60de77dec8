"""The topics that a browser can watch, and their names: `feed`, `trades.EXCHANGE:SYMBOL`,
`candle.TIMEFRAME.EXCHANGE:SYMBOL`, `indicator.TIMEFRAME.EXCHANGE:SYMBOL INDICATOR{PARAMETERS}`,
`signals.TIMEFRAME.EXCHANGE:SYMBOL`, `bots`, `bot.NAME`, `system`, `logs`, `commands`."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.security.roles import Role
from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from strategies.charts import parse_key
from strategies.indicators import Indicator
from utils.bounds import check_line, shortened
from utils.errors import ConfigError

FEED = "feed"
FLEET = "bots"
_MAX_NAME_LENGTH = 60


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


@dataclass(frozen=True, slots=True)
class IndicatorTopic:
    """The newest values of an indicator; `key` names it with its parameters."""

    instrument: InstrumentId
    timeframe: Timeframe
    key: str

    def __str__(self) -> str:
        return f"indicator.{self.timeframe}.{self.instrument} {self.key}"

    @property
    def indicator(self) -> Indicator:
        """Return the indicator that computes the values. Raises ConfigError."""
        return parse_key(self.key)


@dataclass(frozen=True, slots=True)
class SignalTopic:
    """The signals of strategies on an instrument."""

    instrument: InstrumentId
    timeframe: Timeframe

    def __str__(self) -> str:
        return f"signals.{self.timeframe}.{self.instrument}"


@dataclass(frozen=True, slots=True)
class FleetTopic:
    """Every bot as a row of the fleet's table."""

    def __str__(self) -> str:
        return FLEET


@dataclass(frozen=True, slots=True)
class BotTopic:
    """One bot: its row, orders and transitions."""

    name: str

    def __str__(self) -> str:
        return f"bot.{self.name}"


@dataclass(frozen=True, slots=True)
class PageTopic:
    """What belongs to no instrument: `system`, the state of the platform; `logs`, new log lines;
    `commands`, the log lines of all users' commands, for admins.
    """

    name: str

    def __str__(self) -> str:
        return self.name


MarketTopic = TradesTopic | CandleTopic | IndicatorTopic | SignalTopic
LiveTopic = MarketTopic | PageTopic | FleetTopic | BotTopic
_PAGES = ("system", "logs", "commands")
_FOR_ADMINS = frozenset({PageTopic("commands")})


_FRAMED: dict[str, type[CandleTopic] | type[SignalTopic]] = {
    "candle": CandleTopic,
    "signals": SignalTopic,
}


def instruments_of(topics: Iterable[LiveTopic]) -> set[InstrumentId]:
    """Return the instruments of topics."""
    return {topic.instrument for topic in topics if isinstance(topic, MarketTopic)}


def timeframes_by_instrument(
    topics: Iterable[LiveTopic],
) -> dict[InstrumentId, frozenset[Timeframe]]:
    """Return the timeframes that topics need of each instrument; trades need none."""
    found: dict[InstrumentId, set[Timeframe]] = {}
    for topic in topics:
        if isinstance(topic, MarketTopic):
            timeframes = found.setdefault(topic.instrument, set())
            if not isinstance(topic, TradesTopic):
                timeframes.add(topic.timeframe)
    return {name: frozenset(timeframes) for name, timeframes in found.items()}


def role_of(topic: LiveTopic) -> Role:
    """Return the lowest role that may watch a topic."""
    return Role.ADMIN if topic in _FOR_ADMINS else Role.VIEWER


def parse_topic(text: str) -> LiveTopic | None:
    """Parse a topic's name; None is the feed, which every browser watches. Raises InvalidValue."""
    kind, _, rest = _checked(text).partition(".")
    if text == FEED:
        return None
    if text == FLEET:
        return FleetTopic()
    if kind == "bot" and 0 < len(rest) <= _MAX_NAME_LENGTH:
        return BotTopic(rest)
    if text in _PAGES:
        return PageTopic(text)
    if kind == "trades":
        return TradesTopic(InstrumentId.parse(rest))
    if kind in _FRAMED:
        timeframe, _, name = rest.partition(".")
        return _FRAMED[kind](InstrumentId.parse(name), parse_timeframe(timeframe))
    if kind == "indicator":
        return _parse_indicator(rest)
    raise InvalidValue(f"topic {text[:80]!r} is not one of feed, trades.NAME, candle.FRAME.NAME")


def _checked(text: str) -> str:
    try:
        return check_line(text)
    except ValueError as error:
        raise InvalidValue(f"topic {shortened(text)} {error}") from error


def _parse_indicator(rest: str) -> IndicatorTopic:
    timeframe, _, named = rest.partition(".")
    name, _, key = named.partition(" ")
    try:
        topic = IndicatorTopic(InstrumentId.parse(name), parse_timeframe(timeframe), key)
        topic.indicator  # noqa: B018 raises where there is none
    except ConfigError as error:
        raise InvalidValue(str(error)) from error
    return topic


def parse_timeframe(text: str) -> Timeframe:
    """Parse a timeframe. Raises InvalidValue."""
    try:
        return Timeframe(text)
    except ValueError:
        allowed = ", ".join(Timeframe)
        raise InvalidValue(f"timeframe {text[:20]!r} is not one of {allowed}") from None
