import subprocess
import sys
from dataclasses import replace
from functools import cache
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.simulator.market.bars import HOUR_MS
from data.simulator.market.cascade import EPOCH_MS
from data.simulator.market.matches import Matches
from data.simulator.market.synthetic import MarketSettings, SyntheticSource
from data.simulator.market.volatility_profile import VOLATILITY_PROFILES

BTC, ETH, SOL, DOGE, BTC_SWAP, ETH_SWAP = VOLATILITY_PROFILES
A_BLOCK = 7_801  # an hour in November 2026


@cache
def source(index: int = 0, **changes: float) -> SyntheticSource:
    return SyntheticSource(VOLATILITY_PROFILES[index], replace(MarketSettings(seed=1), **changes))


def digest(matches: Matches) -> str:
    return sha256(b"".join(column.tobytes() for column in matches)).hexdigest()


def test_a_repeated_request_gives_the_same_matches():
    fresh = SyntheticSource(BTC, MarketSettings(seed=1))
    for block in (A_BLOCK + 5, A_BLOCK, A_BLOCK - 300):
        assert digest(fresh.matches(block)) == digest(source().matches(block))


def test_another_process_makes_the_same_matches():
    program = (
        "from tests.unit.data.simulator.test_synthetic import *;"
        "print(digest(SyntheticSource(BTC, MarketSettings(seed=1)).matches(A_BLOCK)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert answer.stdout.decode().strip() == digest(source().matches(A_BLOCK))


def test_the_market_of_seed_1_stays_what_it_was():
    # A change of the market changes the history of every demo: do it on purpose, with this line.
    assert digest(source(3).matches(A_BLOCK))[:16] == "b0179e1c0ba3f966"


def test_another_seed_is_another_market():
    other = SyntheticSource(BTC, MarketSettings(seed=2))
    assert digest(other.matches(A_BLOCK)) != digest(source().matches(A_BLOCK))


@pytest.mark.parametrize("index", range(len(VOLATILITY_PROFILES)))
def test_ids_go_on_from_block_to_block(index: int):
    blocks = [source(index).matches(block) for block in range(A_BLOCK, A_BLOCK + 4)]
    ids = np.concatenate([block.ids for block in blocks])
    assert ids[0] == source(index).first_id(A_BLOCK)
    assert (np.diff(ids) == 1).all()
    assert source(index).first_id(A_BLOCK + 4) == ids[-1] + 1


def test_the_first_match_of_all_is_at_the_epoch():
    first = source().matches(0)
    assert first.ids[0] == BTC.first_id
    assert 0 <= first.time_ms[0] - EPOCH_MS < HOUR_MS


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300_000_000))
def test_a_block_is_found_by_any_of_its_ids(ordinal: int):
    match_id = BTC.first_id + ordinal
    block = source().block_with(match_id)
    assert source().first_id(block) <= match_id < source().first_id(block + 1)


def test_an_id_before_the_first_belongs_to_the_first_block():
    assert source().block_with(0) == 0


def test_times_stay_inside_their_block_and_never_fall():
    matches = source().matches(A_BLOCK)
    start_ms = source().start_ms(A_BLOCK)
    assert matches.time_ms[0] >= start_ms
    assert matches.time_ms[-1] < start_ms + source().block_ms
    assert (np.diff(matches.time_ms) >= 0).all()
    assert (matches.own_ms == matches.time_ms).all()


def test_own_times_may_fall_but_lead_the_tape_time():
    matches = source(falls_ms=30).matches(A_BLOCK)
    falls = np.diff(matches.own_ms)
    assert falls.min() < 0
    assert falls.min() >= -30
    assert (np.maximum.accumulate(matches.own_ms) == matches.time_ms).all()


@pytest.mark.parametrize("index", range(len(VOLATILITY_PROFILES)))
def test_prices_go_on_from_block_to_block(index: int):
    before, after = (source(index).matches(block) for block in (A_BLOCK, A_BLOCK + 1))
    step = abs(after.ticks[0] - before.ticks[-1]) / before.ticks[-1]
    typical = np.abs(np.diff(np.log(before.ticks))).std()
    assert step < 12 * typical


def test_most_taker_orders_match_one_resting_order():
    _, counts = np.unique(source().matches(A_BLOCK).taker, return_counts=True)
    share = np.bincount(np.minimum(counts, 3), minlength=4)[1:] / counts.size
    assert share == pytest.approx([0.80, 0.13, 0.07], abs=0.02)
    assert counts.max() <= 10


def test_one_taker_order_has_one_side_one_time_and_worse_and_worse_prices():
    matches = source().matches(A_BLOCK)
    same = np.diff(matches.taker) == 0
    assert (np.diff(matches.own_ms)[same] == 0).all()
    assert (matches.buy[1:] == matches.buy[:-1])[same].all()
    worse = np.where(matches.buy[1:], np.diff(matches.ticks), -np.diff(matches.ticks))
    assert (worse[same] >= 0).all()
    assert (worse[same] > 0).any()


def test_prices_rise_with_buyers():
    matches = source().matches(A_BLOCK)
    move = np.diff(matches.ticks)
    assert move[matches.buy[1:]].mean() > 0 > move[~matches.buy[1:]].mean()


def test_sizes_have_a_heavy_tail_on_the_lot_grid():
    lots = source().matches(A_BLOCK).lots
    assert lots.min() >= 1
    assert lots.mean() > 2 * np.median(lots)
    assert lots.max() > 30 * np.median(lots)


def test_a_swap_follows_its_spot_pair():
    spot, swap = source(0).matches(A_BLOCK), source(4).matches(A_BLOCK)
    basis = swap.ticks.mean() / spot.ticks.mean() - 1
    assert abs(basis - BTC_SWAP.premium) < 0.001


def test_a_rate_multiplies_the_matches_and_keeps_the_path():
    dense = source(rate=20)
    blocks = range(
        dense.block_at(source().start_ms(A_BLOCK)), dense.block_at(source().start_ms(A_BLOCK + 1))
    )
    matches = Matches.joined([dense.matches(block) for block in blocks])
    usual = source().matches(A_BLOCK)
    assert matches.size == pytest.approx(20 * usual.size, rel=0.1)
    assert matches.ticks[-1] == pytest.approx(usual.ticks[-1], rel=0.002)


def test_calm_and_storm_come_in_clusters():
    hours = [source(3).matches(block).ticks[-1] for block in range(A_BLOCK - 400, A_BLOCK)]
    moves = np.abs(np.diff(np.log(hours)))
    assert np.corrcoef(moves[1:], moves[:-1])[0, 1] > 0.05
    assert (moves**2).max() > 8 * (moves**2).mean()


def test_a_day_of_dogecoin_has_quiet_minutes_and_a_day_of_bitcoin_none():
    def quiet(index: int) -> int:
        blocks = [source(index).matches(block) for block in range(A_BLOCK - 24, A_BLOCK)]
        minutes = Matches.joined(blocks).time_ms // 60_000
        return 24 * 60 - np.unique(minutes).size

    assert quiet(3) > 0
    assert quiet(0) == 0
