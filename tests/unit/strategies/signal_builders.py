"""Ordinary groups, signals and requests for tests."""

from datetime import datetime

from data import InstrumentId, Timeframe
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupAdvance, Skip
from strategies.requests import SignalRequest
from tests.builders import BTC, at


def a_group(strategy: str = "EmaCrossover", instrument: InstrumentId = BTC) -> Group:
    """Return a group of minutes."""
    return Group(
        instrument=instrument,
        timeframe=Timeframe.M1,
        strategy=strategy,
        version="v1",
        parameters='{"fast":12,"slow":26}',
    )


def a_signal(
    close_s: float = 60.0, direction: Direction = Direction.LONG, group: Group | None = None
) -> Signal:
    """Return a signal of the candle that closes a number of seconds after START."""
    return Signal(
        group=group or a_group(),
        close_time=at(close_s),
        direction=direction,
        reason='close 100, it\'s "up" 5 %',
        window_digest="ab12",
    )


def a_skip(first_s: float = 60.0, last_s: float | None = None) -> Skip:
    """Return a skip of the candles that close between two times."""
    last: datetime = at(first_s if last_s is None else last_s)
    return Skip(first_close_time=at(first_s), last_close_time=last, reason="raised ValueError: no")


def an_advance(
    from_s: float,
    to_s: float,
    *signals: Signal,
    skips: tuple[Skip, ...] = (),
    group: Group | None = None,
) -> GroupAdvance:
    """Return an advance of a group between two times after START."""
    return GroupAdvance(
        group=group or a_group(),
        evaluated_from=at(from_s),
        evaluated_to=at(to_s),
        signals=signals,
        skips=skips,
    )


def a_request(requester: str = "chart:1", **changes: object) -> SignalRequest:
    """Return a request for the group of `a_group`."""
    facts: dict[str, object] = {
        "requester": requester,
        "instrument": BTC,
        "timeframe": Timeframe.M1,
        "strategy": "EmaCrossover",
        "title": "Crossing",
    }
    return SignalRequest(**(facts | changes))  # type: ignore[arg-type]
