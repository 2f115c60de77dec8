"""Seals of tapes in PostgreSQL: read, continued, and stored in the transaction that writes rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Connection, delete, select, union

from data import Trade
from data.market.seals import GENESIS, LateSeal, Seal, TapeSealer, TapeSeals, late_seals
from database.models import InstrumentRow, LateSealRow, TapeEndRow, TapeSealRow
from database.repositories.rows import (
    among,
    as_parameters,
    given_rows,
    insert_given,
    insert_selected,
)

_LINK = (
    TapeSealRow.time,
    TapeSealRow.trade_id,
    TapeSealRow.after_id,
    TapeSealRow.instrument_id,
    TapeSealRow.previous,
    TapeSealRow.digest,
)
_OPEN_LINK = (
    TapeEndRow.time,
    TapeEndRow.trade_id,
    TapeEndRow.seal_after_id,
    TapeEndRow.instrument_id,
    TapeEndRow.seal_previous,
    TapeEndRow.seal_digest,
)
_LATE = (LateSealRow.time, LateSealRow.rows, LateSealRow.instrument_id, LateSealRow.digest)

_has_open_link = TapeEndRow.seal_digest.is_not(None)
# An open link of a previous writer is closed, so that its rows need not be read again to continue.
_CLOSE_OPEN = insert_selected(
    _LINK, select(*_OPEN_LINK).where(among(TapeEndRow.instrument_id, "keys"), _has_open_link)
).on_conflict_do_nothing()
_STORE = insert_given(*_LINK).on_conflict_do_nothing()
_add = insert_given(*_LATE)
_ADD_LATE = _add.on_conflict_do_update(
    index_elements=["instrument_id", "time"],
    set_={
        "rows": LateSealRow.rows + _add.excluded.rows,
        "digest": LateSealRow.digest + _add.excluded.digest,
    },
)


def open_sealers(connection: Connection, keys: Iterable[int]) -> dict[int, TapeSealer]:
    """Return the sealers that continue these tapes, which are locked for writing, by their id."""
    numbers = list(keys)
    connection.execute(_CLOSE_OPEN, {"keys": numbers})
    ends = select(TapeEndRow.instrument_id, TapeEndRow.trade_id, TapeEndRow.seal_digest)
    rows = connection.execute(ends.where(TapeEndRow.instrument_id.in_(numbers)))
    found = {key: (trade_id, digest) for key, trade_id, digest in rows}
    return {key: _sealer(key, *found.get(key, (None, None))) for key in numbers}


def store_links(connection: Connection, links: Mapping[int, Sequence[Seal]]) -> None:
    """Store closed links of tapes, by the id of each."""
    rows = [
        (seal.time, seal.trade_id, seal.after_id, key, seal.previous, seal.digest)
        for key, seals in links.items()
        for seal in seals
    ]
    if rows:
        connection.execute(_STORE, as_parameters(_LINK, rows))


def seal_late(connection: Connection, key: int, trades: Sequence[Trade]) -> None:
    """Add stored late rows to the seals of their minutes."""
    _add_late(connection, key, late_seals(trades, key))


def unseal_late(connection: Connection, key: int, trades: Sequence[Trade]) -> None:
    """Remove deleted late rows from the seals of their minutes.

    A row that was altered before leaves a difference, and so stays detectable. Where rows may be
    stored without a seal, the seals of their minutes are deleted instead.
    """
    seals = late_seals(trades, key)
    stored = delete(LateSealRow).where(LateSealRow.instrument_id == key)
    if not _is_complete(connection, key):
        connection.execute(stored.where(LateSealRow.time.in_(list(seals))))
        return
    taken = {time: LateSeal(rows=-seal.rows, digest=-seal.digest) for time, seal in seals.items()}
    _add_late(connection, key, taken)
    connection.execute(stored.where(LateSealRow.rows == 0, LateSealRow.digest == 0))


def replace_late(connection: Connection, key: int, seals: Mapping[datetime, LateSeal]) -> None:
    """Seal minutes of late rows that hold more rows than their seal counts, or have no seal."""
    columns = (LateSealRow.time, LateSealRow.rows)
    found = given_rows(*columns)
    smaller = delete(LateSealRow).where(
        LateSealRow.instrument_id == key,
        LateSealRow.time == found.c.time,
        LateSealRow.rows < found.c.rows,
    )
    counts = ((time, seal.rows) for time, seal in seals.items())
    connection.execute(smaller, as_parameters(columns, counts))
    sealed = _sealed(connection, key, seals)
    _add_late(connection, key, {time: seal for time, seal in seals.items() if time not in sealed})


def _sealed(connection: Connection, key: int, minutes: Iterable[datetime]) -> set[datetime]:
    statement = select(LateSealRow.time).where(
        LateSealRow.instrument_id == key, LateSealRow.time.in_(list(minutes))
    )
    return set(connection.scalars(statement))


def read_seals(connection: Connection, key: int, start: datetime, end: datetime) -> TapeSeals:
    """Return the seals over a span."""
    links = [
        Seal(
            after_id=after_id,
            trade_id=trade_id,
            time=time,
            previous=bytes(previous),
            digest=bytes(digest),
        )
        for time, trade_id, after_id, _, previous, digest in connection.execute(
            _links(key, start, end)
        )
    ]
    minutes = (
        select(LateSealRow.time, LateSealRow.rows, LateSealRow.digest)
        .where(LateSealRow.instrument_id == key, LateSealRow.time >= start, LateSealRow.time < end)
        .order_by(LateSealRow.time)
    )
    late = {
        time: LateSeal(rows=rows, digest=int(digest))
        for time, rows, digest in connection.execute(minutes)
    }
    return TapeSeals(number=key, links=links, late=late, complete=_is_complete(connection, key))


def _links(key: int, start: datetime, end: datetime) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query of the links over a span: those in it, the next one, and the open one."""
    closed = select(*_LINK).where(TapeSealRow.instrument_id == key)
    within = closed.where(TapeSealRow.time >= start, TapeSealRow.time < end)
    following = (
        closed.where(TapeSealRow.time >= end)
        .order_by(TapeSealRow.time, TapeSealRow.trade_id)
        .limit(1)
    )
    is_open = select(*_OPEN_LINK).where(
        TapeEndRow.instrument_id == key, _has_open_link, TapeEndRow.time >= start
    )
    links: CompoundSelect[*tuple[Any, ...]] = union(within, following, is_open)
    return links.order_by(links.selected_columns.trade_id)


def _is_complete(connection: Connection, key: int) -> bool:
    sealed = connection.scalar(select(InstrumentRow.sealed).where(InstrumentRow.id == key))
    return sealed is True


def _add_late(connection: Connection, key: int, seals: Mapping[datetime, LateSeal]) -> None:
    if seals:
        rows = ((time, seal.rows, key, seal.digest) for time, seal in seals.items())
        connection.execute(_ADD_LATE, as_parameters(_LATE, rows))


def _sealer(key: int, trade_id: int | None, digest: bytes | None) -> TapeSealer:
    return TapeSealer(key, GENESIS if digest is None else bytes(digest), trade_id)
