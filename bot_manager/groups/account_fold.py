"""The fold of a group's accounts: merge tape, signals and journal into them. Pure.

Accounts at one cursor, in the same units and with the same end, go through the kernel in one call.
At a candle's close T the order is: prints before T, the mark, the journal, the signal of T. So a
print at or after T waits until the strategy has evaluated the candle that closes at T. An account
whose session has an end waits only for signals decided before that end.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

import numpy as np

from bot_manager.domain.journal import next_cursor
from bot_manager.domain.ledger import AccountOrder, EquityMark, account_orders, equity_marks
from bot_manager.domain.session import BotSession
from bot_manager.errors import DoesNotFit
from bot_manager.groups.accounts import BotAccount, common_scales
from bot_manager.groups.signal_view import SignalView
from bot_manager.trading import COMMANDS, AccountStatus, Scales, TapeColumns, to_us
from bot_manager.trading.account import PARAMETERS, STATE
from bot_manager.trading.fold import fold_trades
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import decimals_of
from data import Cursor, Trade

_OVER = (AccountStatus.FAILED, AccountStatus.LIQUIDATED)


@dataclass(frozen=True, slots=True)
class Rescale:
    """An account was converted to finer units before the print at `effective_at`."""

    bot: str
    effective_at: Cursor
    scales: Scales


@dataclass(slots=True)
class AccountFoldResult:
    """Accounts after a fold, and their orders and marks during it.

    `ended`: names of the bots whose session is over. `failed`: bots that cannot continue, and why.
    """

    accounts: list[BotAccount] = field(default_factory=list)
    orders: list[AccountOrder] = field(default_factory=list)
    marks: list[EquityMark] = field(default_factory=list)
    rescales: list[Rescale] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def fold_accounts(
    accounts: Sequence[BotAccount], trades: Sequence[Trade], signal_view: SignalView
) -> AccountFoldResult:
    """Fold a gapless chunk of tape into accounts, up to the limit of the signal view.

    Prints that an account has already processed are skipped.
    """
    folded = AccountFoldResult()
    for together in _together(accounts):
        _fold_alike(together, trades, signal_view, folded)
    folded.orders.sort(key=lambda order: (order.time, order.trade_id, order.bot, order.sequence))
    folded.marks.sort(key=lambda mark: (mark.time, mark.bot))
    return folded


def can_open(cursor: Cursor, signal_view: SignalView) -> bool:
    """Return whether all signals decided before a cursor are available."""
    return cursor.time < signal_view.limit


def _together(accounts: Iterable[BotAccount]) -> list[list[BotAccount]]:
    ordered = sorted(accounts, key=lambda account: (_likeness(account), account.bot))
    return [list(alike) for _, alike in groupby(ordered, key=_likeness)]


def _likeness(account: BotAccount) -> tuple[Hashable, ...]:
    """Return the key that accounts must share to be folded in one call."""
    session, scales = account.session, account.scales
    flatten = session.end is not None and session.end.flatten
    end = session.end_cursor
    when = (0, 0) if end is None else (to_us(end.time), end.trade_id)
    units = (scales.price_decimals, scales.size_decimals)
    return (account.cursor, units, end is not None, when, flatten)


def _fold_alike(
    accounts: list[BotAccount],
    trades: Sequence[Trade],
    signal_view: SignalView,
    folded: AccountFoldResult,
) -> None:
    unprocessed = [trade for trade in trades if trade.cursor > accounts[0].cursor]
    if accounts[0].session.end is None:
        processed = _before(unprocessed, signal_view.limit)
        folded.accounts += _through(accounts, processed, signal_view.targets(), folded)
    else:
        _fold_to_end(accounts, unprocessed, signal_view, folded)


def _fold_to_end(
    accounts: list[BotAccount],
    unprocessed: list[Trade],
    signal_view: SignalView,
    folded: AccountFoldResult,
) -> None:
    """Fold up to the end of the sessions; closing a position takes one more print."""
    session = accounts[0].session
    end, end_cursor = session.end, session.end_cursor
    assert end is not None
    assert end_cursor is not None
    targets = signal_view.targets(end_cursor.time)
    decided = _is_decided(session, signal_view)
    before = [trade for trade in unprocessed if trade.cursor < end_cursor]
    processed = before if decided else _before(before, signal_view.limit)
    closing = (
        unprocessed[len(before) : len(before) + 1]
        if len(processed) == len(before) and decided
        else []
    )
    for account in _through(accounts, processed, targets, folded):
        closes = end.flatten and account.holds
        last = _through([account], closing, targets, folded) if closes else [account]
        at_once = (end.kill or not end.flatten) and not closes
        all_processed = end_cursor <= next_cursor(max(account.cursor, session.start_cursor))
        if last and (closing or (at_once and all_processed)):
            folded.ended.append(account.bot)
        folded.accounts += last


def _is_decided(session: BotSession, signal_view: SignalView) -> bool:
    """Return whether all signals decided before the account's end are available."""
    assert session.end_cursor is not None
    return session.end_cursor <= session.start_cursor or can_open(session.end_cursor, signal_view)


def _before(trades: Sequence[Trade], limit: datetime) -> list[Trade]:
    return [trade for trade in trades if trade.time < limit]


def _through(
    accounts: list[BotAccount], trades: list[Trade], targets: RowArray, folded: AccountFoldResult
) -> list[BotAccount]:
    """Fold prints into accounts; rescale them before the first print that does not fit.

    Accounts that fail are left out and recorded in `folded`.
    """
    while trades and accounts:
        scales = accounts[0].scales
        fitting = _fitting(trades, scales)
        if fitting:
            accounts = _call(accounts, trades[:fitting], targets, folded)
        trades = trades[fitting:]
        if trades:
            accounts = _rescaled(accounts, trades[0], folded)
    return accounts


def _fitting(trades: list[Trade], scales: Scales) -> int:
    """Return how many leading prints fit the units."""
    for number, trade in enumerate(trades):
        if common_scales(scales, _scales_of(trade, scales)) != scales:
            return number
    return len(trades)


def _scales_of(trade: Trade, like: Scales) -> Scales:
    return Scales(
        price_decimals=decimals_of(trade.price),
        size_decimals=decimals_of(trade.size),
        contract_decimals=like.contract_decimals,
        contract_units=like.contract_units,
    )


def _rescaled(
    accounts: list[BotAccount], trade: Trade, folded: AccountFoldResult
) -> list[BotAccount]:
    scales = common_scales(accounts[0].scales, _scales_of(trade, accounts[0].scales))
    result = []
    for account in accounts:
        try:
            result.append(account.in_units(scales))
        except DoesNotFit as error:
            folded.failed[account.bot] = str(error)
            folded.accounts.append(account)
            continue
        folded.rescales.append(Rescale(account.bot, trade.cursor, scales))
    return result


def _call(
    accounts: list[BotAccount], trades: list[Trade], targets: RowArray, folded: AccountFoldResult
) -> list[BotAccount]:
    """Call the kernel once for all accounts."""
    scales, bots = accounts[0].scales, [account.bot for account in accounts]
    result = fold_trades(
        joined([account.parameters for account in accounts], PARAMETERS),
        joined([account.state for account in accounts], STATE),
        TapeColumns.of(trades, scales),
        targets,
        _commands(accounts),
    )
    folded.orders += account_orders(result.orders, bots, scales)
    folded.marks += equity_marks(result.marks, bots, scales)
    moved = [
        account.at(result.state[number : number + 1]) for number, account in enumerate(accounts)
    ]
    return _without_failed(moved, folded)


def joined(rows: Sequence[RowArray], layout: np.dtype[np.void]) -> RowArray:
    """Join rows of one layout into one array, as bytes: np.concatenate processes each column."""
    return np.frombuffer(b"".join(row.tobytes() for row in rows), layout).copy()


def _without_failed(accounts: list[BotAccount], folded: AccountFoldResult) -> list[BotAccount]:
    failed = [account for account in accounts if account.status in _OVER]
    folded.failed |= {account.bot: _failure_reason(account) for account in failed}
    folded.accounts += failed
    return [account for account in accounts if account.status not in _OVER]


def _commands(accounts: Sequence[BotAccount]) -> RowArray:
    rows = [
        (
            number,
            scheduled.sequence,
            to_us(scheduled.effective_at.time),
            scheduled.effective_at.trade_id,
            scheduled.command,
        )
        for number, account in enumerate(accounts)
        for scheduled in account.session.scheduled
    ]
    return np.array(rows, COMMANDS)


def _failure_reason(account: BotAccount) -> str:
    trade_id = account.cursor.trade_id
    if account.status is AccountStatus.LIQUIDATED:
        return f"liquidated at trade {trade_id}: no equity left"
    return f"its money exceeds 62 bits at trade {trade_id}: start with less capital"
