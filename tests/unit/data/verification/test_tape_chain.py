from collections.abc import Callable

import msgspec
import pytest

from data import HoleState, IdRange, TapeBatch, TimeSpan, Trade
from data.retention import DayDeletion, DropReason, TapeDay
from data.verification.chained_rows import ChainedRows
from data.verification.tape_chain import BreakKind, ChainBreak
from tests.builders import BTC, START, a_hole, a_trade, at, trades_at
from tests.fakes import InMemoryStore, InMemoryTradeRepository

SECONDS = range(0, 1_000, 100)


def a_store(*trades: Trade) -> InMemoryStore:
    """Return a store with a tape of ten trades, 100 s apart, or of these, none of them sealed."""
    store = InMemoryStore()
    batch = TapeBatch(instrument=BTC, trades=list(trades) or trades_at(*SECONDS))
    InMemoryTradeRepository(store).import_tape(batch)
    tape = store.tape(BTC)
    tape.sealer, tape.links, tape.sealed = None, {}, False
    return store


def chained(store: InMemoryStore, start_s: float = -100, end_s: float = 2_000) -> ChainedRows:
    trades = InMemoryTradeRepository(store, page_rows=3)
    holes = list(store.tape(BTC).holes.values())
    return ChainedRows(trades, holes, BTC, TimeSpan(at(start_s), at(end_s)))


def breaks(store: InMemoryStore, start_s: float = -100, end_s: float = 2_000) -> list[ChainBreak]:
    """Return what breaks the chain, the same whichever way the rows are read."""
    in_order, as_stored = chained(store, start_s, end_s), chained(store, start_s, end_s)
    list(in_order.in_id_order(at(end_s), lambda _: None))
    list(as_stored.pages())
    assert in_order.chain.breaks == as_stored.chain.breaks
    return as_stored.chain.breaks


def kinds(store: InMemoryStore) -> list[tuple[BreakKind, int]]:
    return [(found.kind, found.trade_id) for found in breaks(store)]


def moved(store: InMemoryStore, trade_id: int, seconds: float) -> None:
    """Give a row another tape time."""
    rows = store.tape(BTC).on_tape
    rows[trade_id] = msgspec.structs.replace(rows[trade_id], time=at(seconds))


def copied(store: InMemoryStore, trade_id: int, new_id: int, seconds: float) -> None:
    """Copy a row under an id to a time."""
    rows = store.tape(BTC).on_tape
    copy = msgspec.structs.replace(rows[trade_id], trade_id=new_id, time=at(seconds))
    rows[-1 if new_id in rows else new_id] = copy


def flipped(store: InMemoryStore, trade_id: int) -> None:
    tape = store.tape(BTC)
    tape.late[trade_id] = tape.on_tape.pop(trade_id)


def test_a_whole_tape_has_no_break_and_comes_as_it_is_stored():
    store = a_store()
    rows = chained(store)
    assert [trade for page in rows.pages() for trade in page] == trades_at(*SECONDS)
    assert breaks(store) == []


def test_the_exchanges_own_time_may_fall():
    late = msgspec.structs.replace(a_trade(2, at_s=1), exchange_time=at(0.5))
    assert breaks(a_store(a_trade(1, at_s=1), late, a_trade(3, at_s=2))) == []


ALTERATIONS: dict[str, tuple[Callable[[InMemoryStore], object], list[tuple[BreakKind, int]]]] = {
    "the first row deleted": (
        lambda store: store.tape(BTC).on_tape.pop(1),
        [(BreakKind.START, 2)],
    ),
    "a row deleted": (
        lambda store: store.tape(BTC).on_tape.pop(5),
        [(BreakKind.MISSING, 6)],
    ),
    "the last row deleted": (
        lambda store: store.tape(BTC).on_tape.pop(10),
        [(BreakKind.END, 10)],
    ),
    "the first row's time altered": (
        lambda store: moved(store, 1, 50),
        [(BreakKind.START, 1)],
    ),
    "the last row's time altered": (
        lambda store: moved(store, 10, 950),
        [(BreakKind.END, 10), (BreakKind.END, 10)],
    ),
    "a time that falls along ids": (
        lambda store: moved(store, 5, 250),
        [(BreakKind.TIME_FALLS, 5)],
    ),
    "a row moved to later": (
        lambda store: moved(store, 5, 750),
        [(BreakKind.MISSING, 6), (BreakKind.REPEATED, 5)],
    ),
    "a copy under the same id soon after": (
        lambda store: copied(store, 5, 5, 410),
        [(BreakKind.REPEATED, 5)],
    ),
    "a copy under the same id much later": (
        lambda store: copied(store, 5, 5, 750),
        [(BreakKind.REPEATED, 5)],
    ),
    "the last row copied under the next id": (
        lambda store: copied(store, 10, 11, 900),
        [(BreakKind.END, 11)],
    ),
    "the first row marked as late": (
        lambda store: flipped(store, 1),
        [(BreakKind.MARK, 1), (BreakKind.START, 2)],
    ),
    "a row marked as late": (
        lambda store: flipped(store, 5),
        [(BreakKind.MARK, 5)],
    ),
    "the last row marked as late": (
        lambda store: flipped(store, 10),
        [(BreakKind.MARK, 10), (BreakKind.END, 10)],
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_a_row_that_breaks_the_chain_is_named(name: str):
    alter, expected = ALTERATIONS[name]
    store = a_store()
    alter(store)
    assert kinds(store) == expected


def test_a_break_names_its_row_and_what_is_wrong():
    store = a_store()
    moved(store, 5, 250)
    assert [str(found) for found in breaks(store)] == [
        "trade 5 at 2025-01-06T00:04:10+00:00 is earlier than trade 4 at "
        "2025-01-06T00:05:00+00:00: "
        "tape time decreases along ids"
    ]


def test_only_breaks_in_the_span_are_named():
    store = a_store()
    store.tape(BTC).on_tape.pop(3)
    store.tape(BTC).on_tape.pop(10)
    assert breaks(store, 350, 800) == []
    assert [found.kind for found in breaks(store, 150, 800)] == [BreakKind.MISSING]


def test_ids_missing_right_before_the_span_are_missing():
    store = a_store()
    store.tape(BTC).on_tape.pop(5)
    assert [found.trade_id for found in breaks(store, 450, 800)] == [6]


def test_declared_holes_and_late_rows_in_them_break_nothing():
    store = a_store(*trades_at(0, 1), *trades_at(5, 6, first_id=6))
    store.tape(BTC).holes[IdRange(3, 5)] = a_hole(3, 5, state=HoleState.DEFERRED)
    assert breaks(store) == []
    InMemoryTradeRepository(store).add_late(trades_at(3, 4, first_id=3))
    assert breaks(store) == []


def test_late_rows_from_before_the_tape_began_break_nothing():
    store = a_store(*trades_at(600, 660, first_id=50))
    InMemoryTradeRepository(store).add_late(trades_at(0, 60))
    assert breaks(store) == []


def test_what_retention_deleted_is_not_missing():
    store = a_store(*(a_trade(n + 1, at_s=n * 43_200) for n in range(6)))
    for first in (1, 2):
        store.tape(BTC).on_tape.pop(first)
    assert [found.kind for found in breaks(store, 0, 300_000)] == [BreakKind.START]
    day = TapeDay(
        instrument=BTC, day=START, rows=2, on_tape=2, first_trade_id=1, last_trade_id=2,
        digest="", verified_at=at(0), dropped=DayDeletion(at=at(0), reason=DropReason.AGE),
    )  # fmt: skip
    store.days[day.key] = day
    assert breaks(store, 0, 300_000) == []
    store.tape(BTC).on_tape.pop(3)
    assert [found.trade_id for found in breaks(store, 0, 300_000)] == [4]


def test_a_tape_that_goes_on_while_it_is_read_breaks_nothing():
    store = a_store()
    rows = chained(store)
    pages = rows.pages()
    next(pages)
    more = TapeBatch(instrument=BTC, trades=trades_at(1_000, 1_100, first_id=11))
    InMemoryTradeRepository(store).import_tape(more)
    list(pages)
    assert rows.chain.breaks == []
