"""Dearer trading: the same decisions, the same kernel, worse prices."""

from decimal import Decimal

import pytest

from backtesting.monte_carlo.costs import stress_costs, stressed
from tests.sweep_world import prepared
from utils.errors import ConfigError

ONE = Decimal(1)


def test_at_one_nothing_changes() -> None:
    (result,) = stress_costs(prepared(), prepared().strategy({}), [ONE])
    assert result.metrics["total_return"] == prepared().evaluate({})["total_return"]
    assert result.slippage_bps == 0


def test_the_dearer_the_less_is_left() -> None:
    factors = [Decimal(text) for text in ("0", "0.5", "1", "2", "4")]
    results = stress_costs(prepared(), prepared().strategy({}), factors)
    returns = [result.metrics["total_return"] or 0 for result in results]
    assert returns == sorted(returns, reverse=True)
    assert results[0].metrics["fees"] == 0
    assert [result.slippage_bps for result in results] == [0, 0, 0, 1, 3]


def test_fees_and_slippage_grow_alike() -> None:
    config = prepared().config
    costs = config.costs.model_copy(update={"slippage_bps": Decimal(2)})
    dear = stressed(config.model_copy(update={"costs": costs}), Decimal(3), ONE).costs
    assert dear.slippage_bps == 6
    assert dear.taker_fee == 3 * config.costs.taker_fee
    assert dear.maker_fee == 3 * config.costs.maker_fee


def test_costs_are_not_paid_to_us() -> None:
    with pytest.raises(ConfigError, match="factor"):
        stressed(prepared().config, Decimal(-1), ONE)
