"""What the engine says of history: how far back it is needed, and who still waits for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from data import Candle, Gaps, InstrumentId, Timeframe, TimeSpan
from strategies.engine.history import HistoryDesk
from strategies.engine.questions import Needs
from strategies.signals import Group
from tests.builders import BTC, ETH, a_candle, at
from tests.fakes import InMemoryCandleRepository, InMemoryHistoryWants, InMemoryStore
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures

D1, H1 = Timeframe.D1, Timeframe.H1
DAY_S = 86_400
ANCHOR = datetime.fromisoformat("2014-11-10T00:00:00+00:00")
NOW = at(200.5 * DAY_S)
NEWEST_S = 199 * DAY_S


class Desk:
    """A desk over a store in memory."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.candles = InMemoryCandleRepository(self.store)
        self.wants = InMemoryHistoryWants(self.store)
        self.clock = ManualClock(NOW)
        self.desk = HistoryDesk(
            self.candles,
            self.wants,
            self.clock,
            Isolation("history of", self.clock, ItemFailures()),
        )

    def look(self, **groups: Needs) -> None:
        """Let it look at groups of this name."""
        self.desk.look({a_group(name): needs for name, needs in groups.items()})

    def short_of(self, name: str = "slow") -> str:
        """Return what it says of a group."""
        return self.desk.short_of(a_group(name))

    def wanted(self) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        """Return what it stored."""
        return self.wants.of([BTC, ETH])

    def store_days(self, first: int, last: int, *, known_from: datetime | None = None) -> None:
        """Store a candle a day, and that these days are known."""
        self.store_candles(days(first, last))
        start = known_from or at(first * DAY_S)
        self.candles.add_coverage(BTC, D1, [TimeSpan(start, at((last + 1) * DAY_S))])

    def store_candles(self, candles: Iterable[Candle]) -> None:
        """Store candles."""
        self.candles.save(list(candles))


def days(first: int, last: int) -> list[Candle]:
    return [a_candle(day * DAY_S, D1) for day in range(first, last + 1)]


def a_group(name: str, timeframe: Timeframe = D1) -> Group:
    return Group(instrument=BTC, timeframe=timeframe, strategy=name, version="1", parameters="{}")


def needs(warmup: int, gaps: Gaps = "flat") -> Needs:
    return Needs(warmup=warmup, gaps=gaps)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_candles_are_needed_from_the_warm_up_before_the_anchor_on(desk: Desk) -> None:
    desk.store_days(190, 199)
    desk.look(slow=needs(30))
    assert desk.wanted() == {(BTC, D1): max(ANCHOR - 31 * D1.duration, oldest())}
    assert desk.short_of() == (
        "warms up: needs 30 candles of 1d before the first that it decides, has 10; "
        "older ones are asked for"
    )


def oldest() -> datetime:
    """Return the first candle that anybody may ask for."""
    return D1.ceil(NOW - timedelta(days=3650))


def test_the_same_is_needed_before_the_first_candle_is_stored(desk: Desk) -> None:
    desk.look(slow=needs(30))
    assert desk.wanted() == {(BTC, D1): oldest()}


def test_a_group_is_short_of_nothing_as_soon_as_enough_is_stored(desk: Desk) -> None:
    desk.store_days(170, 199)
    desk.look(slow=needs(30), slower=needs(31))
    assert desk.short_of("slow") == ""
    assert "needs 31 candles of 1d" in desk.short_of("slower")
    desk.store_days(169, 169)
    desk.look(slow=needs(30), slower=needs(31))
    assert desk.short_of("slower") == ""


def test_nothing_is_needed_any_more_once_all_of_it_is_known(desk: Desk) -> None:
    desk.store_days(100, 199)
    desk.look(slow=needs(30))
    assert desk.wanted() != {}
    desk.store_days(-10, 99, known_from=oldest())
    desk.look(slow=needs(30))
    assert desk.wanted() == {}
    assert desk.short_of() == ""


def test_who_is_too_young_begins_when_enough_was_collected(desk: Desk) -> None:
    desk.store_days(180, 199, known_from=oldest())
    desk.look(slow=needs(30))
    assert desk.wanted() == {}
    assert desk.short_of() == (
        "warms up: needs 30 candles of 1d before the first that it decides, has 20; "
        f"there are no older ones: not before {at(210 * DAY_S):%Y-%m-%d} 00:00 UTC"
    )
    desk.store_days(200, 209)
    desk.look(slow=needs(30))
    assert desk.short_of() == ""


def test_both_timeframes_of_a_strategy_are_needed(desk: Desk) -> None:
    hours = [a_candle(NEWEST_S + hour * H1.seconds, H1) for hour in range(24)]
    desk.store_candles(hours)
    group = a_group("two", H1)
    desk.desk.look({group: Needs(warmup=5, gaps="flat", second=D1, second_warmup=9)})
    assert desk.wanted().keys() == {(BTC, H1), (BTC, D1)}
    assert "needs 10 candles of 1d" in desk.desk.short_of(group)
    desk.store_days(190, 199)
    desk.desk.look({group: Needs(warmup=5, gaps="flat", second=D1, second_warmup=9)})
    assert desk.desk.short_of(group) == ""


def test_where_quiet_candles_do_not_count_it_reaches_back_further(desk: Desk) -> None:
    sparse = [a_candle(NEWEST_S - hour * H1.seconds, H1) for hour in range(0, 4_000, 1_000)]
    desk.store_candles(sparse)
    group, needed = a_group("rare", H1), Needs(warmup=100, gaps="skip")
    since = []
    for _ in range(3):
        desk.desk.look({group: needed})
        since.append(desk.wanted()[BTC, H1])
        known = TimeSpan(since[-1], at(NEWEST_S) + H1.duration)
        desk.candles.add_coverage(BTC, H1, [known])
        desk.desk.look({group: needed})
    assert since[0] > since[1] > since[2]


def test_what_was_said_is_not_said_again(desk: Desk) -> None:
    desk.store_days(190, 199)
    desk.look(slow=needs(30))
    desk.store.wants.clear()
    desk.look(slow=needs(30))
    assert desk.wanted() == {}
    desk.desk.forget()
    desk.look(slow=needs(30))
    assert desk.wanted() != {}


def test_who_asks_no_more_needs_nothing(desk: Desk) -> None:
    desk.store_days(190, 199)
    desk.look(slow=needs(30))
    desk.look()
    assert desk.wanted() == {}
    assert desk.short_of() == ""


def test_an_instrument_that_ended_before_all_that_is_needed_harms_no_other(desk: Desk) -> None:
    desk.store_candles([a_candle(-4_000 * DAY_S, D1)])
    desk.candles.save([a_candle(day * DAY_S, D1, instrument=ETH) for day in range(160, 200)])
    desk.candles.add_coverage(ETH, D1, [TimeSpan(ANCHOR - timedelta(days=40), at(200 * DAY_S))])
    other = Group(instrument=ETH, timeframe=D1, strategy="other", version="1", parameters="{}")
    desk.desk.look({a_group("slow"): needs(30), other: needs(30)})
    assert desk.short_of().startswith("warms up: needs 30 candles")
    assert desk.desk.short_of(other) == ""
