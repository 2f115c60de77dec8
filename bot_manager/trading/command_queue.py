"""Targets and commands of an account, in the order in which they take effect."""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import (
    FLAT,
    LONG,
    NEVER,
    SHORT,
    AccountCommand,
    AccountStatus,
    Halt,
    OrderReason,
)
from bot_manager.trading.price_levels import equity_at, refresh
from bot_manager.trading.rows import Rows
from bot_manager.trading.tables import CommandRow, TargetRow, Work
from utils.compiled import compiled_part


@compiled_part
def skip_processed(
    s: AccountState, w: Work, targets: Rows[TargetRow], commands: Rows[CommandRow]
) -> None:
    """Skip to the first target and the first command not yet processed by this account."""
    low, high = 0, len(targets)
    while low < high:
        middle = (low + high) // 2
        if targets[middle].time <= s.heard:
            low = middle + 1
        else:
            high = middle
    w.next_target = low
    while w.next_command < len(commands) and (
        commands[w.next_command].account < w.account
        or (_is_mine(w, commands) and commands[w.next_command].sequence <= s.commanded)
    ):
        w.next_command += 1


@compiled_part
def process_due(
    p: Parameters, s: AccountState, w: Work, targets: Rows[TargetRow], commands: Rows[CommandRow]
) -> None:
    """Process all that is due before the current print; at one time commands come first."""
    while True:
        command = next_command_time(w, commands)
        target = next_target_time(w, targets)
        if command <= min(target, w.time) and _is_in_place(w, commands):
            _apply_command(p, s, w, commands[w.next_command].command)
            s.commanded = commands[w.next_command].sequence
            w.next_command += 1
        elif target <= w.time:
            _apply_target(p, s, w, targets[w.next_target].direction)
            s.heard = targets[w.next_target].time
            w.next_target += 1
        else:
            return


@compiled_part
def next_command_time(w: Work, commands: Rows[CommandRow]) -> int:
    """Return the time at which the next command may take effect."""
    return commands[w.next_command].time if _is_mine(w, commands) else NEVER


@compiled_part
def next_target_time(w: Work, targets: Rows[TargetRow]) -> int:
    """Return the time at which the next target can be acted on."""
    return targets[w.next_target].time + w.latency if w.next_target < len(targets) else NEVER


@compiled_part
def _is_mine(w: Work, commands: Rows[CommandRow]) -> bool:
    return w.next_command < len(commands) and commands[w.next_command].account == w.account


@compiled_part
def _is_in_place(w: Work, commands: Rows[CommandRow]) -> bool:
    """Return whether the next command, due by time, is not for a later trade of that time."""
    command = commands[w.next_command]
    return command.time < w.time or command.trade_id <= w.trade_id


@compiled_part
def _apply_target(p: Parameters, s: AccountState, w: Work, direction: int) -> None:
    if direction not in (LONG, FLAT, SHORT):
        return
    if direction == SHORT and not p.shorts:
        direction = FLAT
    if direction != s.target:
        s.target = direction
        w.changed = 1


@compiled_part
def _apply_command(p: Parameters, s: AccountState, w: Work, command: int) -> None:
    if command == AccountCommand.PAUSE:
        s.paused = 1
    elif command == AccountCommand.RESUME:
        _resume(p, s)
    elif command == AccountCommand.FLATTEN:
        w.request, w.changed = OrderReason.FLATTEN.value, 0
    elif command == AccountCommand.KILL and s.status == AccountStatus.RUNNING:
        s.status = AccountStatus.KILLED.value
        w.request, w.changed = OrderReason.KILL.value, 0


@compiled_part
def _resume(p: Parameters, s: AccountState) -> None:
    """Lift a pause and a halt; the limit that caused a halt restarts at the current equity."""
    s.paused = 0
    equity = equity_at(s, s.price)
    if s.halted == Halt.MAX_DRAWDOWN:
        s.peak = equity
    elif s.halted == Halt.DAILY_LOSS:
        s.day_equity = equity
    s.halted = Halt.NONE.value
    refresh(p, s)
