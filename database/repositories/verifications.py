"""Bot verifications in PostgreSQL."""

from collections.abc import Collection
from typing import Any

from psycopg2.extensions import cursor as Cursor

from bot_manager.errors import LedgerMoved, UnknownBot
from bot_manager.ledger import Checkpoint
from bot_manager.lifecycle import BotState
from bot_manager.ports import VerificationRepository
from bot_manager.verification import Cause, TapeRequirement, VerificationRecord, required_tape
from data import Cursor as Place
from data import InstrumentId
from database.engine import Database, raw_cursor
from database.repositories import bot_queries
from database.repositories.columns import insert_rows
from database.repositories.ledger_rows import checkpoint_of_row
from utils.codec import decode, encode

_COLUMNS = {
    "bot": "text", "number": "int", "verified_at": "timestamptz", "since_time": "timestamptz",
    "since_trade_id": "bigint", "until_time": "timestamptz", "until_trade_id": "bigint",
    "orders": "int", "marks": "int", "entries": "int", "stored_digest": "text",
    "replayed_digest": "text", "code": "text", "cause": "text", "difference": "text",
    "anchor": "jsonb", "settled": "boolean",
}  # fmt: skip


class SqlVerificationRepository(VerificationRepository):
    """The table `bot_proof`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, proof: VerificationRecord) -> None:
        with self._database.session(f"storing a proof of bot {proof.bot}") as session:
            cursor = raw_cursor(session)
            _require_next(cursor, proof)
            insert_rows(cursor, "bot_proof", _COLUMNS, [_row(proof)])

    def latest(self, names: Collection[str] | None = None) -> dict[str, VerificationRecord]:
        bots = None if names is None else list(names)
        rows = self._rows(bot_queries.LATEST_VERIFICATIONS, bots=bots)
        return {row[0]: _verification(row) for row in rows}

    def history(self, name: str, limit: int = 400) -> list[VerificationRecord]:
        rows = self._rows(bot_queries.VERIFICATIONS, bot=name, limit=limit)
        return [_verification(row) for row in reversed(rows)]

    def required_tape(self) -> dict[InstrumentId, Place]:
        return required_tape(map(_tape_requirement, self._rows(bot_queries.TAPE_REQUIREMENTS)))

    def _rows(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self._database.session("reading proofs of bots") as session:
            cursor = raw_cursor(session)
            cursor.execute(query, parameters)
            return cursor.fetchall()


def _require_next(cursor: Cursor, proof: VerificationRecord) -> None:
    cursor.execute(bot_queries.LOCK, (proof.bot,))
    if cursor.rowcount == 0:
        raise UnknownBot(proof.bot)
    cursor.execute(bot_queries.NEXT_VERIFICATION, (proof.bot,))
    (number,) = cursor.fetchone() or (1,)
    if number != proof.number:
        raise LedgerMoved(f"bot {proof.bot}: proof {proof.number} is not the next, {number} is")


def _row(proof: VerificationRecord) -> tuple[object, ...]:
    anchor = None if proof.anchor is None else encode(proof.anchor).decode()
    return (
        proof.bot, proof.number, proof.verified_at, *_columns(proof.since), *_columns(proof.until),
        proof.orders, proof.marks, proof.entries, proof.stored_digest, proof.replayed_digest,
        proof.code, proof.cause, proof.difference, anchor, proof.settled,
    )  # fmt: skip


def _verification(row: tuple[Any, ...]) -> VerificationRecord:
    bot, number, verified_at, since_time, since_id, until_time, until_id = row[:7]
    orders, marks, entries, stored, replayed, code, cause, difference, anchor, settled = row[7:]
    return VerificationRecord(
        bot=bot,
        number=number,
        verified_at=verified_at,
        since=_place(since_time, since_id),
        until=_place(until_time, until_id),
        orders=orders,
        marks=marks,
        entries=entries,
        stored_digest=stored,
        replayed_digest=replayed,
        code=code,
        cause=Cause(cause),
        difference=difference,
        anchor=_anchor(anchor),
        settled=settled,
    )


def _tape_requirement(row: tuple[Any, ...]) -> TapeRequirement:
    instrument, state, entries, time, trade_id, proofs, settled, known, anchor = row[:9]
    account = None if row[9] is None else checkpoint_of_row(("", *row[9:]))
    verified = _anchor(anchor)
    return TapeRequirement(
        instrument=InstrumentId.parse(instrument),
        state=BotState(state),
        entries=entries,
        first=Place(time, trade_id - 1),
        proofs=proofs,
        settled=known if settled else None,
        anchor=None if verified is None else verified.cursor,
        account=None if account is None else account.cursor,
    )


def _columns(place: Place | None) -> tuple[object, object]:
    return (None, None) if place is None else (place.time, place.trade_id)


def _place(time: Any, trade_id: Any) -> Place | None:
    return None if time is None else Place(time, trade_id)


def _anchor(text: str | None) -> Checkpoint | None:
    return None if text is None else decode(Checkpoint, text)
