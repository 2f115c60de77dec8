"""Accounts of bots: open, restore, rescale and carry them into the next session. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from bot_manager.domain.ledger import Checkpoint, checkpoint_of
from bot_manager.domain.session import BotSession
from bot_manager.trading import (
    AccountStatus,
    Scales,
    from_us,
    opening_state,
    take_target_in_force,
    to_us,
)
from bot_manager.trading.encoding import encode
from bot_manager.trading.rows import RowArray
from bot_manager.trading.scale_change import rescale
from data import Cursor
from strategies import Signal


@dataclass(frozen=True, slots=True, eq=False)
class BotAccount:
    """One bot's account in one session, after the print at its cursor."""

    session: BotSession
    scales: Scales
    parameters: RowArray
    state: RowArray

    @property
    def bot(self) -> str:
        """Return the name of the bot."""
        return self.session.bot

    @property
    def cursor(self) -> Cursor:
        """Return the cursor of the last print applied, or the one before the first."""
        return Cursor(from_us(self.state["time"][0]), int(self.state["trade_id"][0]))

    @property
    def status(self) -> AccountStatus:
        """Return the status of the account."""
        return AccountStatus(int(self.state["status"][0]))

    @property
    def holds(self) -> bool:
        """Return whether the account has an open position."""
        return bool(self.state["size"][0])

    @property
    def last_target_time(self) -> datetime:
        """Return the time of the last target processed."""
        return from_us(self.state["heard"][0])

    def at(self, state: RowArray) -> "BotAccount":
        """Return the same account with another state."""
        return BotAccount(self.session, self.scales, self.parameters, state)

    def checkpoint(self) -> Checkpoint:
        """Return the account's checkpoint, to store."""
        return checkpoint_of(self.bot, self.session.number, self.scales, self.state[0])

    def in_units(self, scales: Scales) -> "BotAccount":
        """Convert to finer units. Raises DoesNotFit where a value would overflow."""
        parameters = _parameters(self.session, scales)
        state = rescale(self.state, parameters, self.scales, scales)
        return replace(self, scales=scales, parameters=parameters, state=state)


@dataclass(frozen=True, slots=True)
class CarriedAccount:
    """Checkpoint of an account at the end of a session, and that session's capital."""

    checkpoint: Checkpoint
    capital: Decimal


def open_bot_account(
    session: BotSession, signals: Sequence[Signal], before: CarriedAccount | None = None
) -> BotAccount:
    """Open an account at the start of its session.

    The newest of the `signals` decided before the start is the target in force: it counts as acted
    on, unless the session enters on start. Later signals are changes. With `before` the account
    continues from there; added capital is a deposit. An account with an open position takes the
    target in force as a change in any case: its own target is what it holds.
    """
    parameters = _parameters(session, session.scales)
    time, trade_id = to_us(session.start_cursor.time), session.start_cursor.trade_id - 1
    state = opening_state(parameters, time, trade_id)
    if before is not None:
        added = session.config.capital - before.capital
        state = _carried_on(before.checkpoint, session, parameters, state, added)
    ends_at_start = session.end_cursor is not None and session.end_cursor <= session.start_cursor
    state["heard"] = time - 1
    enter = session.facts.enter_on_start or bool(state["size"][0])
    in_force = None if ends_at_start else _target_in_force(session, signals)
    if in_force is not None:
        decided = to_us(in_force.close_time)
        take_target_in_force(parameters, state, in_force.direction, decided, enter_on_start=enter)
    return BotAccount(session, session.scales, parameters, state)


def _target_in_force(session: BotSession, signals: Sequence[Signal]) -> Signal | None:
    """Return the newest signal decided before a session starts.

    A signal at the very time of the start counts as decided after it: as a change.
    """
    decided = [signal for signal in signals if signal.close_time < session.start_cursor.time]
    return max(decided, key=lambda signal: signal.close_time, default=None)


def restore_account(session: BotSession, checkpoint: Checkpoint) -> BotAccount:
    """Restore an account from a checkpoint of this session."""
    parameters = _parameters(session, checkpoint.scales)
    return BotAccount(session, checkpoint.scales, parameters, checkpoint.row())


def common_scales(one: Scales, other: Scales) -> Scales:
    """Return the coarsest units that hold both, of the same instrument."""
    return Scales(
        price_decimals=max(one.price_decimals, other.price_decimals),
        size_decimals=max(one.size_decimals, other.size_decimals),
        contract_decimals=one.contract_decimals,
        contract_units=one.contract_units,
    )


def _parameters(session: BotSession, scales: Scales) -> RowArray:
    config = session.config
    return encode(config.account(), session.facts.instrument, scales, config.timeframe)


def _carried_on(
    before: Checkpoint, session: BotSession, parameters: RowArray, fresh: RowArray, added: Decimal
) -> RowArray:
    """Return the state carried to the start of a new session, with `added` capital.

    The user's start lifts a kill and a pause, but not the halt of a protection.
    """
    state = rescale(before.row(), parameters, before.scales, session.scales)
    for name in ("time", "trade_id", "mark_due"):
        state[name] = fresh[name]
    state["target"] = np.sign(state["size"])
    state["paused"] = 0
    if state["status"][0] == AccountStatus.KILLED:
        state["status"] = AccountStatus.RUNNING
    units = session.scales.money_units(added)
    for name in ("cash", "peak", "day_equity"):
        state[name] += units
    return state
