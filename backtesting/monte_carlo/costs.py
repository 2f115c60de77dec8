"""Cost stress: the same decisions at higher costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from backtesting.config import BacktestConfig
from backtesting.metrics.definition import Value
from backtesting.run.prepared import PreparedBacktest
from strategies.strategy_handle import ConfiguredStrategy
from utils.errors import ConfigError

FACTORS = (Decimal(0), Decimal(1), Decimal("1.5"), Decimal(2), Decimal(3), Decimal(5))
METRICS = ("total_return", "sharpe", "max_drawdown", "profit_factor", "fees")


class CostStressResult(msgspec.Struct, frozen=True, kw_only=True):
    """A run with all costs `factor` times as high; `slippage_bps` is the resulting slippage."""

    factor: Decimal
    taker_fee: Decimal
    slippage_bps: Decimal
    metrics: Mapping[str, Value]


def stress_costs(
    prepared: PreparedBacktest,
    strategy: ConfiguredStrategy,
    factors: Sequence[Decimal] = FACTORS,
    least_slippage_bps: Decimal = Decimal(1),
) -> list[CostStressResult]:
    """Run a strategy at several costs, through the same kernel. Raises ConfigError, BacktestError.

    Without configured slippage, a factor above 1 adds `least_slippage_bps` times the excess over 1,
    since real orders always have some.
    """
    return [_card(prepared, strategy, factor, least_slippage_bps) for factor in factors]


def _card(
    prepared: PreparedBacktest, strategy: ConfiguredStrategy, factor: Decimal, least: Decimal
) -> CostStressResult:
    config = stressed(prepared.config, factor, least)
    outcome = replace(prepared, config=config).run(strategy)
    return CostStressResult(
        factor=factor,
        taker_fee=config.costs.taker_fee,
        slippage_bps=config.costs.slippage_bps,
        metrics=outcome.metrics(METRICS),
    )


def stressed(config: BacktestConfig, factor: Decimal, least_bps: Decimal) -> BacktestConfig:
    """Return a configuration with all costs `factor` times as high. Raises ConfigError."""
    if factor < 0:
        raise ConfigError("cost stress", field="factor", problem=f"must be 0 or more, was {factor}")
    costs = config.costs
    slippage_bps = costs.slippage_bps * factor or max(factor - 1, Decimal(0)) * least_bps
    update = {
        "maker_fee": costs.maker_fee * factor,
        "taker_fee": costs.taker_fee * factor,
        "slippage_bps": slippage_bps,
    }
    return config.model_copy(update={"costs": costs.model_copy(update=update)})
