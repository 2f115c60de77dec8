"""The same account in finer units."""

from decimal import Decimal

import numpy as np
import pytest

from bot_manager.domain.ledger import checkpoint_of
from bot_manager.errors import DoesNotFit
from bot_manager.reporting.valuation import Valuation, value_account
from bot_manager.trading.account import opening_state
from bot_manager.trading.columns import TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import fold_trades
from bot_manager.trading.parameters import Protections
from bot_manager.trading.rows import RowArray
from bot_manager.trading.scale_change import rescale
from bot_manager.trading.units import Scales
from data import Timeframe
from tests.unit.bot_manager.kernel_builders import FEES, LONG, SHORT, SWAP, given, targets_at, us

COARSE = Scales.of(SWAP)
FINE = Scales.of(SWAP, price_decimals=3, size_decimals=4)
PARAMETERS = given(
    stop="0.05", take_profit="0.3", trailing_stop="0.07", costs=FEES,
    protections=Protections(max_drawdown=Decimal("0.2")),
)  # fmt: skip
PRICES = [100, 103, 101, 104.5, 104, 96.1, 99]


def tape(scales: Scales, start: int, stop: int) -> TapeColumns:
    numbers = range(start, stop)
    return TapeColumns(
        np.array([us(60 * number) for number in numbers], np.int64),
        np.array(numbers, np.int64),
        np.array([scales.price_units(Decimal(str(PRICES[n]))) for n in numbers], np.int64),
        np.full(stop - start, scales.size_units(Decimal(1)), np.int64),
    )


@pytest.mark.parametrize("direction", [LONG, SHORT])
@pytest.mark.parametrize("cut", range(1, 6))
def test_an_account_rescaled_on_the_way_ends_where_one_in_fine_units_does(
    direction: int, cut: int
) -> None:
    coarse, fine = (encode(PARAMETERS, SWAP, scales, Timeframe.M1) for scales in (COARSE, FINE))
    targets = targets_at([(0, direction), (300, -direction)])
    first = fold_trades(coarse, opening_state(coarse, us(0)), tape(COARSE, 0, cut), targets)
    state = rescale(first.state, fine, COARSE, FINE)
    assert _value(state, FINE) == _value(first.state, COARSE)
    rest = fold_trades(fine, state, tape(FINE, cut, 7), targets)
    whole = fold_trades(fine, opening_state(fine, us(0)), tape(FINE, 0, 7), targets)
    assert rest.orders["price"].tolist() == whole.orders["price"][len(first.orders) :].tolist()
    assert rest.state.dtype == whole.state.dtype


def _value(state: RowArray, scales: Scales) -> Valuation:
    return value_account(checkpoint_of("alice", 0, scales, state[0]))


def test_levels_stay_where_they_are() -> None:
    coarse, fine = (encode(PARAMETERS, SWAP, scales, Timeframe.M1) for scales in (COARSE, FINE))
    first = fold_trades(
        coarse, opening_state(coarse, us(0)), tape(COARSE, 0, 2), targets_at([(0, LONG)])
    )
    state = rescale(first.state, fine, COARSE, FINE)
    for name in ("stop", "goal", "guard", "high", "low", "entry_price"):
        assert FINE.price(state[name][0]) == COARSE.price(first.state[name][0])


def test_a_coarser_scale_is_refused() -> None:
    row = encode(PARAMETERS, SWAP, FINE, Timeframe.M1)
    with pytest.raises(DoesNotFit, match="must not be coarser"):
        rescale(opening_state(row, 0), row, FINE, COARSE)


def test_an_account_that_would_overflow_is_refused() -> None:
    rich = given(capital=str(10**14))
    row = encode(rich, SWAP, COARSE, Timeframe.M1)
    finest = Scales.of(SWAP, price_decimals=5, size_decimals=5)
    with pytest.raises(DoesNotFit, match="overflows with 7 more decimals"):
        rescale(opening_state(row, 0), row, COARSE, finest)
