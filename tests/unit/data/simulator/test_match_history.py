from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.simulator.market.bars import BARS, MINUTE_MS
from data.simulator.market.candles import candles
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.matches import Matches
from tests.unit.data.simulator.listed_market import ListedSource

LATE_MS = 2 * 10**7
HUGE_LOTS = 4_000_000_000_000


@st.composite
def listed(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    size = draw(st.integers(1, 60))
    steps = draw(st.lists(st.integers(0, 200_000), min_size=size, max_size=size))
    gaps = draw(st.lists(st.sampled_from([1, 1, 1, 4]), min_size=size, max_size=size))
    ticks = draw(st.lists(st.integers(1, 1_000_000), min_size=size, max_size=size))
    lots = draw(st.lists(st.integers(1, HUGE_LOTS), min_size=size, max_size=size))
    rows, time_ms, match_id = [], 0, 100
    for step, gap, tick, lot in zip(steps, gaps, ticks, lots, strict=True):
        rows.append((match_id, time_ms, tick, lot))
        time_ms += step
        match_id += gap
    return rows


def rows_of(matches: Matches) -> list[tuple[int, int, int, int]]:
    columns = (matches.ids, matches.time_ms, matches.ticks, matches.lots)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@settings(max_examples=60, deadline=None)
@given(listed(), st.integers(-1, 10**7), st.integers(0, 10**7))
def test_the_matches_of_a_span_are_those_after_its_start_and_up_to_its_end(rows, after_ms, length):
    found = MatchHistory(ListedSource(rows)).between(after_ms, after_ms + length)
    assert rows_of(found) == [row for row in rows if after_ms < row[1] <= after_ms + length]


@settings(max_examples=60, deadline=None)
@given(listed(), st.integers(90, 300), st.integers(0, 100), st.integers(0, 10**7))
def test_matches_are_found_by_id_up_to_now(rows, first_id, more, now_ms):
    found = MatchHistory(ListedSource(rows)).by_id(first_id, first_id + more, now_ms)
    expected = [row for row in rows if first_id <= row[0] <= first_id + more and row[1] <= now_ms]
    assert rows_of(found) == expected


@settings(max_examples=60, deadline=None)
@given(listed(), st.integers(1, 80), st.integers(0, 10**7))
def test_the_latest_are_the_last_that_happened(rows, count, now_ms):
    found = MatchHistory(ListedSource(rows)).latest(count, now_ms)
    assert rows_of(found) == [row for row in rows if row[1] <= now_ms][-count:]


@settings(max_examples=60, deadline=None)
@given(listed(), st.integers(90, 400), st.integers(1, 20))
def test_a_page_before_an_id_holds_the_last_older_ones(rows, match_id, count):
    found = MatchHistory(ListedSource(rows)).before_id(match_id, count, LATE_MS)
    assert rows_of(found) == [row for row in rows if row[0] < match_id][-count:]


@settings(max_examples=60, deadline=None)
@given(listed(), st.sampled_from(["1s", "1m", "3m", "1H", "1Dutc", "1M"]), st.integers(0, 10**7))
def test_a_candle_is_the_exact_fold_of_its_matches(rows, name, now_ms):
    bar = BARS[name]
    stop_ms = bar.step_ms(bar.floor_ms(now_ms), 1)
    start_ms = max(bar.floor_ms(0), bar.step_ms(stop_ms, -400))
    found = {
        candle.open_ms: candle
        for candle in candles(MatchHistory(ListedSource(rows)), bar, start_ms, stop_ms, now_ms)
        if candle.matches
    }
    buckets: dict[int, list[tuple[int, int, int, int]]] = {}
    for row in rows:
        if start_ms <= row[1] <= now_ms:
            buckets.setdefault(bar.floor_ms(row[1]), []).append(row)
    assert list(found) == list(buckets)
    for open_ms, parts in buckets.items():
        candle, prices = found[open_ms], [row[2] for row in parts]
        assert (candle.open, candle.close) == (prices[0], prices[-1])
        assert (candle.high, candle.low) == (max(prices), min(prices))
        assert candle.lots == sum(row[3] for row in parts)
        assert candle.turnover == sum(row[2] * row[3] for row in parts)
        assert (candle.first_id, candle.last_id) == (parts[0][0], parts[-1][0])
        assert candle.confirmed == (bar.step_ms(open_ms, 1) <= now_ms)


@settings(max_examples=60, deadline=None)
@given(listed(), st.sampled_from(["3m", "15m", "1H", "1Dutc"]))
def test_a_coarse_candle_is_the_fold_of_the_fine_ones(rows, name):
    history, coarse = MatchHistory(ListedSource(rows)), BARS[name]
    now_ms = rows[-1][1]
    stop_ms = coarse.step_ms(coarse.floor_ms(now_ms), 1)
    fine = [each for each in candles(history, BARS["1m"], 0, stop_ms, now_ms) if each.matches]
    for candle in candles(history, coarse, 0, stop_ms, now_ms):
        if not candle.matches:
            continue
        end_ms = coarse.step_ms(candle.open_ms, 1)
        parts = [part for part in fine if candle.open_ms <= part.open_ms < end_ms]
        assert candle.high == max(part.high for part in parts)
        assert candle.lots == sum(part.lots for part in parts)
        assert candle.turnover == sum(part.turnover for part in parts)
        assert candle.close == parts[-1].close


def test_a_minute_without_trades_is_flat_at_the_close_before():
    history = MatchHistory(ListedSource([(1, 1_000, 50, 3), (2, 4 * MINUTE_MS, 60, 2)]))
    found = candles(history, BARS["1m"], 0, 5 * MINUTE_MS, LATE_MS)
    assert [candle.close for candle in found] == [50, 50, 50, 50, 60]
    assert [candle.lots for candle in found] == [3, 0, 0, 0, 2]
    assert found[1].first_id is None
    assert found[1].open == found[1].high == found[1].low == 50


def test_before_the_first_match_there_are_no_candles():
    history = MatchHistory(ListedSource([(1, 3 * MINUTE_MS, 50, 3)]))
    found = candles(history, BARS["1m"], 0, 5 * MINUTE_MS, LATE_MS)
    assert [candle.open_ms for candle in found] == [3 * MINUTE_MS, 4 * MINUTE_MS]


# what a run does to its market


def minutes(count: int = 30) -> ListedSource:
    return ListedSource([(100 + i, i * MINUTE_MS, 50 + i, 1 + i) for i in range(count)])


def test_a_hole_leaves_ids_out_and_keeps_every_match():
    history = MatchHistory(minutes())
    assert history.skip_ids(5, 10 * MINUTE_MS) == (111, 115)
    everything = history.by_id(0, 1_000, LATE_MS)
    assert everything.ids.tolist() == [*range(100, 111), *range(116, 135)]
    assert everything.size == 30
    assert history.by_id(111, 115, LATE_MS).size == 0
    assert history.by_id(113, 117, LATE_MS).ids.tolist() == [116, 117]
    assert history.latest(3, LATE_MS).ids.tolist() == [132, 133, 134]


def test_two_holes_before_the_same_match_add_up():
    history = MatchHistory(minutes())
    assert history.skip_ids(5, 10 * MINUTE_MS) == (111, 115)
    assert history.skip_ids(2, 10 * MINUTE_MS) == (116, 117)
    assert history.by_id(110, 118, LATE_MS).ids.tolist() == [110, 118]


def test_a_storm_multiplies_matches_and_their_volume():
    history = MatchHistory(minutes())
    history.multiply(3, 10 * MINUTE_MS)
    history.multiply(1, 12 * MINUTE_MS)
    everything = history.between(-1, LATE_MS)
    assert everything.ids.tolist() == list(range(100, 134))
    assert everything.ticks.tolist()[10:18] == [60, 61, 61, 61, 62, 62, 62, 63]
    stormy = candles(history, BARS["1m"], 11 * MINUTE_MS, 12 * MINUTE_MS, LATE_MS)[0]
    assert (stormy.matches, stormy.lots, stormy.first_id, stormy.last_id) == (3, 36, 111, 113)
    assert stormy.turnover == 3 * 61 * 12


def test_a_pause_has_neither_matches_nor_ids():
    history = MatchHistory(minutes())
    history.multiply(0, 10 * MINUTE_MS)
    history.multiply(1, 20 * MINUTE_MS)
    everything = history.between(-1, LATE_MS)
    assert everything.ids.tolist() == list(range(100, 120))
    assert everything.ticks.tolist()[10:12] == [60, 71]
    assert history.latest(2, 15 * MINUTE_MS).ids.tolist() == [109, 110]


def test_what_happened_before_an_edit_stays_as_it_was():
    history = MatchHistory(minutes())
    before = candles(history, BARS["3m"], 0, 9 * MINUTE_MS, LATE_MS)
    history.multiply(7, 10 * MINUTE_MS)
    assert candles(history, BARS["3m"], 0, 9 * MINUTE_MS, LATE_MS) == before


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 29), st.sampled_from([0, 1, 2, 5, "hole"])), max_size=6))
def test_any_edits_make_the_ledger_that_a_plain_loop_makes(edits):
    edits = sorted(edits, key=lambda edit: edit[0])
    history = MatchHistory(minutes())
    for minute, what in edits:
        if what == "hole":
            history.skip_ids(4, minute * MINUTE_MS)
        else:
            history.multiply(what, minute * MINUTE_MS)
    expected, next_id, copies = [], 100, 1
    for i in range(30):
        for minute, what in edits:
            if minute == i - 1:
                next_id, copies = (next_id + 4, copies) if what == "hole" else (next_id, what)
        for _ in range(copies):
            expected.append((next_id, 50 + i))
            next_id += 1
    found = history.between(-1, LATE_MS)
    assert list(zip(found.ids.tolist(), found.ticks.tolist(), strict=True)) == expected
    by_id = history.by_id(0, next_id, LATE_MS)
    assert by_id.ids.tolist() == found.ids.tolist()
    for match_id, ticks in expected[::5]:
        assert history.by_id(match_id, match_id, LATE_MS).ticks.tolist() == [ticks]


@pytest.mark.parametrize("count", [1, 5])
def test_turnover_outgrows_64_bits_without_harm(count: int):
    ticks, lots = 900_000, 9_000_000_000_000
    rows = [(i, i, ticks, lots) for i in range(1, 1 + count)]
    history = MatchHistory(ListedSource(rows))
    history.multiply(1_000, 0)
    found = candles(history, BARS["1m"], 0, MINUTE_MS, LATE_MS)[0]
    assert found.turnover == count * 1_000 * ticks * lots
    assert Decimal(found.lots) == count * 1_000 * lots
