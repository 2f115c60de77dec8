"""Pause, resume, flatten and kill, and the cursor at which they take effect."""

import numpy as np

from bot_manager.trading.account import opening_state
from bot_manager.trading.codes import AccountCommand, AccountStatus
from bot_manager.trading.columns import TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import fold_trades
from bot_manager.trading.tables import COMMANDS
from bot_manager.trading.units import Scales
from data import Timeframe
from tests.unit.bot_manager.kernel_builders import (
    FREE,
    LONG,
    SHORT,
    SWAP,
    FoldedAccount,
    given,
    on_candles,
    on_tape,
    targets_at,
    us,
)

PATH = [(0, 100), (60, 100), (120, 100), (180, 95), (240, 90)]


def test_a_paused_account_opens_nothing_but_keeps_its_exits() -> None:
    outcome = on_tape(PATH, [(0, LONG)], given(stop="0.05"), commands=[(10, "PAUSE")])
    assert outcome.deals[1] == ("STOP_LOSS", "-10", "95")
    refused = on_tape(PATH, [(60, LONG)], commands=[(10, "PAUSE")])
    assert (refused.deals, refused.refusals) == ([], ["PAUSED"])


def test_a_paused_account_still_closes_on_a_target() -> None:
    outcome = on_tape(PATH, [(0, LONG), (120, SHORT)], commands=[(60, "PAUSE")])
    assert [deal[1] for deal in outcome.deals] == ["+10", "-10"]
    assert outcome.refusals == ["PAUSED"]


def test_after_resuming_the_account_waits_for_a_different_target() -> None:
    commands = [(10, "PAUSE"), (70, "RESUME")]
    assert on_tape(PATH, [(60, LONG)], commands=commands).deals == []
    assert on_tape(PATH, [(60, LONG), (120, SHORT)], commands=commands).deals[0][1] == "-10"


def test_flatten_closes_and_waits_for_a_different_target() -> None:
    commands = [(60, "FLATTEN")]
    outcome = on_tape(PATH, [(0, LONG), (120, LONG)], commands=commands)
    assert outcome.deals[1:] == [("FLATTEN", "-10", "100")]
    turned = on_tape(PATH, [(0, LONG), (120, SHORT)], commands=commands)
    assert turned.deals[2] == ("SIGNAL", "-10", "100")


def test_flatten_drops_a_target_that_has_not_acted() -> None:
    outcome = on_tape([(0, 100), (300, 100)], [(60, LONG)], commands=[(120, "FLATTEN")])
    assert outcome.deals == []


def test_a_kill_flattens_at_the_next_print_and_stays() -> None:
    commands = [(60, "KILL"), (70, "RESUME")]
    outcome = on_tape(PATH, [(0, LONG), (120, SHORT)], commands=commands)
    assert outcome.deals[1:] == [("KILL", "-10", "100")]
    assert outcome.refusals == ["KILLED"]
    assert outcome.state("status") == AccountStatus.KILLED


def test_a_command_comes_before_a_target_of_the_same_time() -> None:
    outcome = on_tape(PATH, [(60, LONG)], commands=[(60, "PAUSE")])
    assert outcome.refusals == ["PAUSED"]
    flattened = on_tape(PATH, [(60, LONG)], commands=[(60, "FLATTEN")])
    assert len(flattened.deals) == 1


def test_a_command_takes_effect_before_the_first_print_of_its_time() -> None:
    outcome = on_tape(PATH, [(0, LONG)], commands=[(180, "FLATTEN")])
    assert outcome.deals[1] == ("FLATTEN", "-10", "95")


def test_on_candles_a_command_takes_effect_at_the_next_open() -> None:
    run = [(100, 100, 100, 100), (90, 95, 85, 91), (80, 80, 80, 80)]
    outcome = on_candles(run, commands=[(70, "FLATTEN")])
    assert outcome.deals[1] == ("FLATTEN", "-10", "80")


def with_place(second: float, trade_id: int) -> FoldedAccount:
    """Fold four trades of one second, with a kill after one of them."""
    scales = Scales.of(SWAP)
    row = encode(FREE, SWAP, scales, Timeframe.M1)
    tape = TapeColumns(
        np.full(4, us(10), np.int64),
        np.arange(100, 104, dtype=np.int64),
        np.array([1000, 1010, 1020, 1030], np.int64),
        np.ones(4, np.int64),
    )
    commands = np.array([(0, 0, us(second), trade_id, AccountCommand.KILL)], COMMANDS)
    folded = fold_trades(row, opening_state(row, us(0)), tape, targets_at([(5, LONG)]), commands)
    return FoldedAccount(folded, scales, row)


def test_a_kill_behind_a_cursor_acts_on_the_very_next_trade_of_that_time() -> None:
    assert with_place(10, 102).deals[1] == ("KILL", "-10", "102")
    assert with_place(10, 103).deals[1] == ("KILL", "-10", "103")
    assert len(with_place(10, 104).deals) == 1


def test_a_place_in_the_past_acts_at_once() -> None:
    assert with_place(3, 500).deals == []


def test_commands_of_other_accounts_are_none_of_its_business() -> None:
    scales = Scales.of(SWAP)
    rows = np.repeat(encode(FREE, SWAP, scales, Timeframe.M1), 3)
    base = on_tape(PATH, [(0, LONG)])
    tape = TapeColumns(
        np.array([us(second) for second, _ in PATH], np.int64),
        np.arange(5, dtype=np.int64),
        np.array([int(price * 10) for _, price in PATH], np.int64),
        np.full(5, 7, np.int64),
    )
    commands = np.array(
        [(1, 0, us(60), 0, AccountCommand.FLATTEN), (2, 0, us(0), 0, AccountCommand.PAUSE)],
        COMMANDS,
    )
    folded = fold_trades(rows, opening_state(rows, us(0)), tape, targets_at([(0, LONG)]), commands)
    assert folded.state["size"].tolist() == [base.state("size"), 0, 0]
    assert folded.state["refused"].tolist() == [0, 0, 1]


def test_a_command_is_applied_once_however_often_it_is_passed() -> None:
    scales = Scales.of(SWAP)
    row = encode(FREE, SWAP, scales, Timeframe.M1)

    def tape(start: int, stop: int) -> TapeColumns:
        seconds = range(start, stop)
        return TapeColumns(
            np.array([us(60 * second) for second in seconds], np.int64),
            np.array(seconds, np.int64),
            np.full(stop - start, 1000, np.int64),
            np.ones(stop - start, np.int64),
        )

    commands = np.array([(0, 7, us(60), 0, AccountCommand.FLATTEN)], COMMANDS)
    targets = targets_at([(0, LONG), (120, SHORT)])
    first = fold_trades(row, opening_state(row, us(0)), tape(0, 3), targets, commands)
    second = fold_trades(row, first.state, tape(0, 6), targets, commands)
    assert len(first.orders) == 3
    assert len(second.orders) == 0
