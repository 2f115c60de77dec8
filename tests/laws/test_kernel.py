"""Laws 5 and 6: money is consistent after every print; the kernel equals the plain account.

TRUETAPE_LAW_CASES sets how many accounts are drawn per law; each is run on several random markets.
"""

import os
from random import Random

import numpy as np
from hypothesis import given, settings

from bot_manager.trading.account import opening_state
from bot_manager.trading.fold import FoldResult, fold_trades
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import MONEY_LIMIT
from tests.laws.account_cases import (
    MINUTE,
    START,
    Case,
    Market,
    a_run,
    a_tape,
    cases,
    fold_run,
    fold_tape,
    follow_run,
    follow_tape,
    markets,
    require_equal,
    tape_columns,
)

CASES = int(os.environ.get("TRUETAPE_LAW_CASES", "250"))
LAWFULLY = settings(max_examples=CASES, deadline=None)


@LAWFULLY
@given(cases(), markets)
def test_on_a_tape_the_kernel_is_the_plain_account(case: Case, market: Market) -> None:
    for variant, random in market.variations(case):
        tape = a_tape(random, market.length, case.scales)
        require_equal(
            variant, fold_tape(variant, tape), follow_tape(variant, tape), tape[-1][0] + MINUTE
        )


@LAWFULLY
@given(cases(), markets)
def test_on_candles_the_kernel_is_the_plain_account(case: Case, market: Market) -> None:
    for variant, random in market.variations(case):
        run = a_run(random, market.length, case.scales)
        require_equal(
            variant, fold_run(variant, run), follow_run(variant, run), run[-1][0] + MINUTE
        )


@LAWFULLY
@given(cases(vast=True), markets)
def test_near_the_end_of_what_can_be_counted_both_fail_at_the_same_print(
    case: Case, market: Market
) -> None:
    for variant, random in market.variations(case, count=3):
        tape = a_tape(random, market.length, case.scales)
        require_equal(
            variant, fold_tape(variant, tape), follow_tape(variant, tape), tape[-1][0] + MINUTE
        )
        run = a_run(random, market.length, case.scales)
        require_equal(
            variant, fold_run(variant, run), follow_run(variant, run), run[-1][0] + MINUTE
        )


@LAWFULLY
@given(cases(), markets)
def test_after_every_print_cash_and_position_are_start_and_profits_less_fees(
    case: Case, market: Market
) -> None:
    for variant, random in market.variations(case, count=2):
        state = opening_state(variant.row(), START)
        for one in a_tape(random, market.length, case.scales):
            state = fold_tape(variant, [one], state).state
            require_balance(variant.row()[0], state[0])


def require_balance(parameters: np.void, state: np.void) -> None:
    """Check law 5, in integer units."""
    price, exposure = int(state["price"]), int(state["exposure"])
    assert exposure == state["size"] * parameters["contract"]
    value = exposure * price
    unrealised = value - int(state["cost"])
    start, realised, fees = (int(parameters["capital"]), int(state["realised"]), int(state["fees"]))
    assert int(state["cash"]) + value == start + realised + unrealised - fees
    assert abs(int(state["cash"]) + value) < MONEY_LIMIT


@LAWFULLY
@given(cases(), markets)
def test_folding_in_overlapping_chunks_is_folding_at_once(case: Case, market: Market) -> None:
    for variant, random in market.variations(case, count=2):
        tape = a_tape(random, market.length, case.scales)
        require_same(fold_tape(variant, tape), _in_chunks(variant, tape, random))


def _in_chunks(case: Case, tape: list[tuple[int, int, int, int]], random: Random) -> FoldResult:
    state, chunks, start = opening_state(case.row(), START), [], 0
    while start < len(tape):
        end = random.randint(start + 1, len(tape))
        chunks.append(fold_tape(case, tape[max(0, start - 3) : end], state))
        state, start = chunks[-1].state, end
    return FoldResult(
        state,
        np.concatenate([chunk.orders for chunk in chunks]),
        np.concatenate([chunk.marks for chunk in chunks]),
    )


@LAWFULLY
@given(cases(), markets)
def test_many_accounts_in_one_call_are_as_many_calls(case: Case, market: Market) -> None:
    rows = _capitals(case.row())
    variant, random = next(market.variations(case))
    tape = tape_columns(a_tape(random, market.length, case.scales))
    together = fold_trades(rows, opening_state(rows, START), tape, variant.target_rows())
    for number in range(len(rows)):
        row = rows[number : number + 1]
        alone = fold_trades(row, opening_state(row, START), tape, variant.target_rows())
        for name in ("orders", "marks"):
            table = getattr(together, name)
            mine = table[table["account"] == number].copy()
            mine["account"] = 0
            assert mine.tobytes() == getattr(alone, name).tobytes()
        assert together.state[number].tobytes() == alone.state[0].tobytes()


def _capitals(row: RowArray) -> RowArray:
    rows = np.repeat(row, 5)
    rows["capital"] //= np.arange(1, 6)
    rows["latency"] += np.arange(5) * 20_000_000
    return rows


def require_same(one: FoldResult, other: FoldResult) -> None:
    """Compare every byte."""
    for name in ("state", "orders", "marks"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name
