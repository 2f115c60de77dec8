"""Buy and hold: the same capital and costs, all in at the first print, through the same kernel."""

import msgspec
import numpy as np

from backtesting.accounting import Accounting, open_account
from backtesting.history import Scene
from bot_manager.trading import (
    AccountParameters,
    EquityFraction,
    ExitLevels,
    Protections,
    Scales,
    target_rows,
)
from bot_manager.trading.codes import LONG


def buy_and_hold(account: AccountParameters, scene: Scene, scales: Scales) -> Accounting:
    """Return an account that is told once, at the beginning, to be long."""
    holder = msgspec.structs.replace(
        account, sizing=EquityFraction(), exits=ExitLevels(), protections=Protections()
    )
    accounting = open_account(holder, scene.instrument, scales, scene.timeframe, scene.start_us)
    accounting.tell(target_rows(np.array([scene.start_us]), np.array([LONG])))
    return accounting
