"""The strategies that come with the platform; each is a template for one's own."""

from strategies.base import Strategy
from strategies.library.bollinger_reversion import BollingerReversion
from strategies.library.donchian_breakout import DonchianBreakout
from strategies.library.ema_crossover import EmaCrossover
from strategies.library.macd_cross import MacdCross
from strategies.library.rsi_reversion import RsiReversion
from strategies.library.supertrend_follower import SupertrendFollower

BUILT_IN: tuple[type[Strategy], ...] = (
    EmaCrossover,
    MacdCross,
    RsiReversion,
    BollingerReversion,
    DonchianBreakout,
    SupertrendFollower,
)

__all__ = [
    "BUILT_IN",
    "BollingerReversion",
    "DonchianBreakout",
    "EmaCrossover",
    "MacdCross",
    "RsiReversion",
    "SupertrendFollower",
]
