"""How far back the engine requests history, and which groups are short of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from data import Candle, Gaps, InstrumentId, Timeframe, TimeSpan
from strategies.engine.history import HistoryTracker
from strategies.signals import Group
from strategies.workers.queries import CandleRequirements
from tests.builders import BTC, ETH, a_candle, at
from tests.fakes import InMemoryCandleRepository, InMemoryHistoryRequestRepository, InMemoryStore
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures

D1, H1 = Timeframe.D1, Timeframe.H1
DAY_S = 86_400
ANCHOR = datetime.fromisoformat("2014-11-10T00:00:00+00:00")
NOW = at(200.5 * DAY_S)
NEWEST_S = 199 * DAY_S


class TrackerHarness:
    """A HistoryTracker over a store in memory."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.candles = InMemoryCandleRepository(self.store)
        self.history_requests = InMemoryHistoryRequestRepository(self.store)
        self.clock = ManualClock(NOW)
        self.tracker = HistoryTracker(
            self.candles,
            self.history_requests,
            self.clock,
            Isolation("history of", self.clock, ItemFailures()),
        )

    def update(self, **groups: CandleRequirements) -> None:
        """Update the tracker with groups of these names."""
        self.tracker.update({a_group(name): requirements for name, requirements in groups.items()})

    def shortage_of(self, name: str = "slow") -> str:
        """Return the shortage of a group."""
        return self.tracker.shortage_of(a_group(name))

    def stored_requests(self) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        """Return the stored history requests."""
        return self.history_requests.of([BTC, ETH])

    def store_days(self, first: int, last: int, *, covered_from: datetime | None = None) -> None:
        """Store a candle a day, and the coverage of these days."""
        self.store_candles(days(first, last))
        start = covered_from or at(first * DAY_S)
        self.candles.add_coverage(BTC, D1, [TimeSpan(start, at((last + 1) * DAY_S))])

    def store_candles(self, candles: Iterable[Candle]) -> None:
        """Store candles."""
        self.candles.save(list(candles))


def days(first: int, last: int) -> list[Candle]:
    return [a_candle(day * DAY_S, D1) for day in range(first, last + 1)]


def a_group(name: str, timeframe: Timeframe = D1) -> Group:
    return Group(instrument=BTC, timeframe=timeframe, strategy=name, version="1", parameters="{}")


def requirements(warmup: int, gaps: Gaps = "flat") -> CandleRequirements:
    return CandleRequirements(warmup=warmup, gaps=gaps)


@pytest.fixture
def tracker() -> TrackerHarness:
    return TrackerHarness()


def test_candles_are_needed_from_the_warm_up_before_the_anchor_on(tracker: TrackerHarness) -> None:
    tracker.store_days(190, 199)
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() == {(BTC, D1): max(ANCHOR - 31 * D1.duration, oldest())}
    assert tracker.shortage_of() == (
        "warming up: 30 1d candles required before its first decision, 10 stored; "
        "older ones are requested"
    )


def oldest() -> datetime:
    """Return the open time of the oldest candle that may be requested."""
    return D1.ceil(NOW - timedelta(days=3650))


def test_the_same_is_needed_before_the_first_candle_is_stored(tracker: TrackerHarness) -> None:
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() == {(BTC, D1): oldest()}


def test_a_group_is_short_of_nothing_as_soon_as_enough_is_stored(tracker: TrackerHarness) -> None:
    tracker.store_days(170, 199)
    tracker.update(slow=requirements(30), slower=requirements(31))
    assert tracker.shortage_of("slow") == ""
    assert "31 1d candles required" in tracker.shortage_of("slower")
    tracker.store_days(169, 169)
    tracker.update(slow=requirements(30), slower=requirements(31))
    assert tracker.shortage_of("slower") == ""


def test_nothing_is_needed_any_more_once_all_of_it_is_known(tracker: TrackerHarness) -> None:
    tracker.store_days(100, 199)
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() != {}
    tracker.store_days(-10, 99, covered_from=oldest())
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() == {}
    assert tracker.shortage_of() == ""


def test_a_recent_instrument_begins_when_enough_was_collected(tracker: TrackerHarness) -> None:
    tracker.store_days(180, 199, covered_from=oldest())
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() == {}
    assert tracker.shortage_of() == (
        "warming up: 30 1d candles required before its first decision, 20 stored; "
        f"the exchange has no older ones: ready at {at(210 * DAY_S):%Y-%m-%d} 00:00 UTC"
    )
    tracker.store_days(200, 209)
    tracker.update(slow=requirements(30))
    assert tracker.shortage_of() == ""


def test_both_timeframes_of_a_strategy_are_needed(tracker: TrackerHarness) -> None:
    hours = [a_candle(NEWEST_S + hour * H1.seconds, H1) for hour in range(24)]
    tracker.store_candles(hours)
    group = a_group("two", H1)
    tracker.tracker.update(
        {group: CandleRequirements(warmup=5, gaps="flat", second=D1, second_warmup=9)}
    )
    assert tracker.stored_requests().keys() == {(BTC, H1), (BTC, D1)}
    assert "10 1d candles required" in tracker.tracker.shortage_of(group)
    tracker.store_days(190, 199)
    tracker.tracker.update(
        {group: CandleRequirements(warmup=5, gaps="flat", second=D1, second_warmup=9)}
    )
    assert tracker.tracker.shortage_of(group) == ""


def test_where_quiet_candles_do_not_count_it_reaches_back_further(tracker: TrackerHarness) -> None:
    sparse = [a_candle(NEWEST_S - hour * H1.seconds, H1) for hour in range(0, 4_000, 1_000)]
    tracker.store_candles(sparse)
    group, needed = a_group("rare", H1), CandleRequirements(warmup=100, gaps="skip")
    since = []
    for _ in range(3):
        tracker.tracker.update({group: needed})
        since.append(tracker.stored_requests()[BTC, H1])
        covered = TimeSpan(since[-1], at(NEWEST_S) + H1.duration)
        tracker.candles.add_coverage(BTC, H1, [covered])
        tracker.tracker.update({group: needed})
    assert since[0] > since[1] > since[2]


def test_stored_signals_are_not_stored_again(tracker: TrackerHarness) -> None:
    tracker.store_days(190, 199)
    tracker.update(slow=requirements(30))
    tracker.store.history_requests.clear()
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() == {}
    tracker.tracker.reset()
    tracker.update(slow=requirements(30))
    assert tracker.stored_requests() != {}


def test_a_withdrawn_request_requires_no_history(tracker: TrackerHarness) -> None:
    tracker.store_days(190, 199)
    tracker.update(slow=requirements(30))
    tracker.update()
    assert tracker.stored_requests() == {}
    assert tracker.shortage_of() == ""


def test_an_instrument_that_ended_before_all_that_is_needed_harms_no_other(
    tracker: TrackerHarness,
) -> None:
    tracker.store_candles([a_candle(-4_000 * DAY_S, D1)])
    tracker.candles.save([a_candle(day * DAY_S, D1, instrument=ETH) for day in range(160, 200)])
    tracker.candles.add_coverage(ETH, D1, [TimeSpan(ANCHOR - timedelta(days=40), at(200 * DAY_S))])
    other = Group(instrument=ETH, timeframe=D1, strategy="other", version="1", parameters="{}")
    tracker.tracker.update({a_group("slow"): requirements(30), other: requirements(30)})
    assert tracker.shortage_of().startswith("warming up: 30 1d candles")
    assert tracker.tracker.shortage_of(other) == ""
