"""Random tapes: quiet and busy, with times that cross candles of every length."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from data import InstrumentId, Side, Trade

LAW = InstrumentId("law", "A-B")

# Steps between neighbours: the same instant, within a second, a minute, an hour, days, weeks.
_STEPS_S = st.one_of(
    st.just(0.0),
    st.floats(0, 2),
    st.floats(0, 120),
    st.floats(0, 7200),
    st.floats(0, 15 * 86_400),
)
_STARTS = st.datetimes(
    datetime(2017, 1, 1),  # noqa: DTZ001 - hypothesis wants naive limits and adds the zone
    datetime(2026, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_PRICES = st.decimals("0.0001", "100000", places=4)
_SIZES = st.decimals("0.00000001", "1000", places=8)


@st.composite
def tapes(draw: st.DrawFn, *, min_size: int = 1, max_size: int = 60) -> list[Trade]:
    """Draw a tape: ids rise without a hole (some rows merge matches), times never decrease."""
    time: datetime = draw(_STARTS)
    trade_id = draw(st.integers(0, 10**9))
    trades = []
    for _ in range(draw(st.integers(min_size, max_size))):
        matches = draw(st.sampled_from([1, 1, 1, 2, 5]))
        trade_id += matches
        trades.append(_trade(trade_id, time, draw(_PRICES), draw(_SIZES), matches))
        time += timedelta(seconds=draw(_STEPS_S))
    return trades


def _trade(trade_id: int, time: datetime, price: Decimal, size: Decimal, matches: int) -> Trade:
    return Trade(
        instrument=LAW,
        trade_id=trade_id,
        price=price,
        size=size,
        side=Side.BUY,
        time=time,
        exchange_time=time,
        match_count=matches,
    )
