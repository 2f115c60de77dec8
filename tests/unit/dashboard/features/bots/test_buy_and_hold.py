"""Buy and hold of all bots: prices are those of stored candles, or there is no benchmark."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from dashboard.features.bots.buy_and_hold import benchmark_payload
from dashboard.features.bots.buy_and_hold_reads import BuyAndHoldReads, step_of_closes
from dashboard.features.bots.reads import FleetHistory
from data import Timeframe, TimeSpan
from tests.builders import BTC, START, a_candle
from tests.fakes import InMemoryCandleRepository, InMemoryStore
from tests.unit.dashboard.features.bots.test_portfolio_payload import DAY, END, history, paid

BOTH = ("alice", "bob")
POINTS = 600


@pytest.fixture
def candles() -> InMemoryCandleRepository:
    return InMemoryCandleRepository(InMemoryStore())


def store(
    candles: InMemoryCandleRepository, days: float, close: int, step: Timeframe = Timeframe.M1
) -> None:
    """Store a candle that opens this many days after START."""
    price = str(close)
    candles.save([a_candle(days * 86_400, step, ohlc=(price, price, price, price))])


def buy_and_hold(
    candles: InMemoryCandleRepository, names: tuple[str, ...] = BOTH, **changes: object
) -> dict[str, object]:
    past = history(**changes)
    return benchmark_payload(
        BuyAndHoldReads(candles).buy_and_hold(past, names), past.start, past.end, POINTS
    )


def worth(payload: dict[str, object], time: datetime) -> float:
    """Return the value at the last point at or before a time."""
    curve = payload["curve"]
    assert isinstance(curve, dict)
    until = [at for at, moment in enumerate(curve["time"]) if moment <= time.timestamp()]
    return float(curve["equity"][until[-1]])


def test_every_capital_is_held_from_the_first_minute_of_its_bot_on(
    candles: InMemoryCandleRepository,
) -> None:
    store(candles, 0, 100)
    store(candles, 1, 200)
    for hours, close in ((2, 150), (25, 400)):
        store(candles, hours / 24, close, Timeframe.H1)
    payload = buy_and_hold(candles, prices={BTC: Decimal(300)})
    assert worth(payload, START) == 1000 + 500
    assert worth(payload, START + timedelta(hours=3)) == 1500 + 500
    # Bob starts a day later, at 200.
    assert worth(payload, START + timedelta(hours=26)) == 4000 + 1000
    assert worth(payload, END) == 3000 + 750
    assert payload["return"] == pytest.approx(3750 / 1500 - 1)


def test_a_later_span_begins_with_what_was_held_then(candles: InMemoryCandleRepository) -> None:
    store(candles, 0, 100)
    store(candles, 1.5, 130, Timeframe.M1)
    payload = buy_and_hold(candles, ("alice",), start=START + 2 * DAY, prices={BTC: Decimal(120)})
    assert worth(payload, START + 2 * DAY) == 1300
    assert payload["return"] == pytest.approx(120 / 130 - 1)


def test_what_was_added_is_held_from_the_start_as_everywhere(
    candles: InMemoryCandleRepository,
) -> None:
    store(candles, 0, 100)
    more = [paid("alice", 0, 1000), paid("alice", 1, 2000)]
    payload = buy_and_hold(candles, ("alice",), paid_in=more, prices={BTC: Decimal(110)})
    assert worth(payload, END) == pytest.approx(2200)


def test_a_bot_without_a_first_candle_leaves_all_undrawn_and_is_named(
    candles: InMemoryCandleRepository,
) -> None:
    store(candles, 0, 100)
    payload = buy_and_hold(candles, prices={BTC: Decimal(110)})
    assert (payload["curve"], payload["return"]) == (None, None)
    assert payload["missing"] == [
        f"no 1m candle of {BTC} at the start of bob, {START + DAY:%Y-%m-%d %H:%M} UTC"
    ]


def test_in_its_first_minute_a_capital_is_held_as_it_is(candles: InMemoryCandleRepository) -> None:
    soon = {"end": START + timedelta(seconds=90), "prices": {BTC: Decimal(300)}}
    payload = buy_and_hold(candles, ("alice",), **soon)
    assert payload["missing"] == []
    assert worth(payload, START + timedelta(seconds=90)) == 1000


def test_a_price_that_came_after_the_span_began_is_none_of_its_start(
    candles: InMemoryCandleRepository,
) -> None:
    candles.save([a_candle(0)])
    month = {"start": START + 2 * DAY, "end": START + 90 * DAY, "prices": {BTC: Decimal(1)}}
    payload = buy_and_hold(candles, ("alice",), **month)
    assert payload["missing"] == [f"no candle of {BTC} before {START + 2 * DAY:%Y-%m-%d %H:%M} UTC"]


@pytest.mark.parametrize(
    ("days", "step"), [(1, Timeframe.M1), (30, Timeframe.H1), (400, Timeframe.D1)]
)
def test_prices_are_as_fine_as_can_be_read_soon(days: int, step: Timeframe) -> None:
    assert step_of_closes(TimeSpan(START, START + days * DAY)) is step


def test_without_bots_there_is_nothing_to_hold() -> None:
    empty: list[object] = []
    assert benchmark_payload(empty, START, END, POINTS)["curve"] is None  # type: ignore[arg-type]


def test_a_history_is_read_for_each_instrument_once(candles: InMemoryCandleRepository) -> None:
    store(candles, 0, 100)
    past: FleetHistory = history(prices={BTC: Decimal(110)}, paid_in=[paid(b, 0, 1) for b in BOTH])
    alice, bob = BuyAndHoldReads(candles).buy_and_hold(past, BOTH)
    assert alice.closes is bob.closes
