"""Monte Carlo simulations of a strategy's result: by chance and by higher costs."""

from backtesting.monte_carlo.distribution import SHARES, EquityBands, MetricDistribution
from backtesting.monte_carlo.simulation import MonteCarlo, bootstrap_returns, shuffle_round_trips

__all__ = [
    "SHARES",
    "EquityBands",
    "MetricDistribution",
    "MonteCarlo",
    "bootstrap_returns",
    "shuffle_round_trips",
]
