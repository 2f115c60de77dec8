"""Monte Carlo simulations of a strategy's result: by chance and by higher costs."""

from backtesting.monte_carlo.cards import SHARES, EquityBands, PercentileCard
from backtesting.monte_carlo.simulation import MonteCarlo, bootstrap_returns, shuffle_round_trips

__all__ = [
    "SHARES",
    "EquityBands",
    "MonteCarlo",
    "PercentileCard",
    "bootstrap_returns",
    "shuffle_round_trips",
]
