"""Buy and hold: the same capital and costs, all in at the first print, through the same kernel."""

from dataclasses import dataclass

import msgspec
import numpy as np

from backtesting.accounting import Books, open_account
from backtesting.history import History
from backtesting.measuring import curve_of
from backtesting.metrics import EquityCurve
from bot_manager.trading import (
    AccountParameters,
    EquityFraction,
    ExitLevels,
    Protections,
    target_rows,
)
from bot_manager.trading.codes import LONG


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """The books of a holder, and their equity at UTC day ends; None where it could not buy."""

    books: Books
    curve: EquityCurve | None


def buy_and_hold(account: AccountParameters, history: History) -> Benchmark:
    """Return what an account made that was told once, at the beginning, to be long.

    Where that order is refused there is nothing to compare with.
    """
    holder = msgspec.structs.replace(
        account, sizing=EquityFraction(), exits=ExitLevels(), protections=Protections()
    )
    scene = history.scene
    accounting = open_account(
        holder, scene.instrument, history.scales, scene.timeframe, scene.start_us
    )
    accounting.tell(target_rows(np.array([scene.start_us]), np.array([LONG])))
    for prints in history.prints(scene.start_us, scene.end_us):
        accounting.fold(prints)
    books = accounting.close(scene.end_us)
    bought = bool((books.orders["refusal"] == 0).any())
    return Benchmark(books, curve_of(books, history.scales, scene.start_us) if bought else None)
