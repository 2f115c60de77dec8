"""Bot verifications in PostgreSQL."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from bot_manager.domain.ledger import Checkpoint
from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.ports import BotVerificationRepository
from bot_manager.domain.verification import (
    BotVerificationRecord,
    Cause,
    TapeRequirement,
    required_tape,
)
from bot_manager.errors import LedgerConflict
from data import Cursor, InstrumentId
from database.engine import Database
from database.models import (
    BotAccountRow,
    BotJournalRow,
    BotRow,
    BotTransitionRow,
    BotVerificationRow,
    BotVersionRow,
)
from database.repositories.bots import lock_bot
from database.repositories.ledger_rows import ACCOUNT, checkpoint_of_row
from utils.codec import decode, encode

_newest = (
    select(BotVerificationRow)
    .where(BotVerificationRow.bot == BotRow.name)
    .order_by(BotVerificationRow.number.desc())
    .limit(1)
)


def _tape_requirements() -> Any:
    """Return the query of the tape that bots need, which have started."""
    first = (
        select(BotJournalRow.place_time, BotJournalRow.place_trade_id)
        .where(BotJournalRow.bot == BotRow.name, BotJournalRow.decision["type"].astext == "started")
        .order_by(BotJournalRow.sequence)
        .limit(1)
        .lateral("first")
    )
    version = (
        select(BotVersionRow.config["instrument"].astext.label("instrument"))
        .where(BotVersionRow.bot == BotRow.name)
        .order_by(BotVersionRow.number.desc())
        .limit(1)
        .lateral("version")
    )
    state = (
        select(BotTransitionRow.after)
        .where(BotTransitionRow.bot == BotRow.name)
        .order_by(BotTransitionRow.number.desc())
        .limit(1)
        .lateral("state")
    )
    entries = (
        select(func.max(BotJournalRow.sequence) + 1)
        .where(BotJournalRow.bot == BotRow.name)
        .scalar_subquery()
    )
    verifications = (
        select(func.count()).where(BotVerificationRow.bot == BotRow.name).scalar_subquery()
    )
    of_bot = (
        select(BotVerificationRow.settled, BotVerificationRow.entries, BotVerificationRow.anchor)
        .where(BotVerificationRow.bot == BotRow.name)
        .order_by(BotVerificationRow.number.desc())
        .limit(1)
    )
    newest = of_bot.lateral("newest")
    anchored = of_bot.where(BotVerificationRow.anchor.is_not(None)).lateral("anchored")
    return (
        select(
            version.c.instrument,
            state.c.after,
            entries.label("entries"),
            first.c.place_time,
            first.c.place_trade_id,
            verifications.label("verifications"),
            newest.c.settled,
            newest.c.entries.label("known"),
            anchored.c.anchor,
            *ACCOUNT,
        )
        .select_from(BotRow)
        .join(first, true())
        .join(version, true())
        .join(state, true())
        .join(newest, true(), isouter=True)
        .join(anchored, true(), isouter=True)
        .join(BotAccountRow, BotAccountRow.bot == BotRow.name, isouter=True)
    )


# Built once: building a large statement costs as much as running it.
_TAPE_REQUIREMENTS = _tape_requirements()


class SqlBotVerificationRepository(BotVerificationRepository):
    """The table `bot_verification`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: BotVerificationRecord) -> None:
        with self._database.session(f"storing a verification of bot {record.bot}") as session:
            _require_next(session, record)
            session.execute(insert(BotVerificationRow).values(_values(record)))

    def latest(self, names: Collection[str] | None = None) -> dict[str, BotVerificationRecord]:
        newest = aliased(BotVerificationRow, _newest.lateral("newest"))
        statement = select(newest).select_from(BotRow).join(newest, true())
        if names is not None:
            statement = statement.where(BotRow.name.in_(list(names)))
        with self._database.session("reading verifications of bots") as session:
            return {row.bot: _verification(row) for row in session.scalars(statement)}

    def history(self, name: str, limit: int = 400) -> list[BotVerificationRecord]:
        statement = (
            select(BotVerificationRow)
            .where(BotVerificationRow.bot == name)
            .order_by(BotVerificationRow.number.desc())
            .limit(limit)
        )
        with self._database.session("reading verifications of bots") as session:
            newest_first = [_verification(row) for row in session.scalars(statement)]
        return newest_first[::-1]

    def required_tape(self) -> dict[InstrumentId, Cursor]:
        with self._database.session("reading verifications of bots") as session:
            rows = session.execute(_TAPE_REQUIREMENTS).all()
        return required_tape(map(_tape_requirement, rows))


def _require_next(session: Session, record: BotVerificationRecord) -> None:
    lock_bot(session, record.bot)
    stored = select(func.max(BotVerificationRow.number)).where(BotVerificationRow.bot == record.bot)
    number = (session.scalars(stored).one() or 0) + 1
    if number != record.number:
        raise LedgerConflict(
            f"bot {record.bot}: verification {record.number} is not the next, {number} is"
        )


def _values(record: BotVerificationRecord) -> dict[str, object]:
    since_time, since_trade_id = _columns(record.since)
    until_time, until_trade_id = _columns(record.until)
    return {
        "bot": record.bot,
        "number": record.number,
        "verified_at": record.verified_at,
        "since_time": since_time,
        "since_trade_id": since_trade_id,
        "until_time": until_time,
        "until_trade_id": until_trade_id,
        "orders": record.orders,
        "marks": record.marks,
        "entries": record.entries,
        "stored_digest": record.stored_digest,
        "replayed_digest": record.replayed_digest,
        "code": record.code,
        "cause": record.cause,
        "difference": record.difference,
        "anchor": None if record.anchor is None else encode(record.anchor).decode(),
        "settled": record.settled,
    }


def _verification(row: BotVerificationRow) -> BotVerificationRecord:
    return BotVerificationRecord(
        bot=row.bot,
        number=row.number,
        verified_at=row.verified_at,
        since=_cursor(row.since_time, row.since_trade_id),
        until=_cursor(row.until_time, row.until_trade_id),
        orders=row.orders,
        marks=row.marks,
        entries=row.entries,
        stored_digest=row.stored_digest,
        replayed_digest=row.replayed_digest,
        code=row.code,
        cause=Cause(row.cause),
        difference=row.difference,
        anchor=_anchor(row.anchor),
        settled=row.settled,
    )


def _tape_requirement(row: Any) -> TapeRequirement:
    account = None if row.bot is None else checkpoint_of_row(row[-len(ACCOUNT) :])
    verified = _anchor(row.anchor)
    return TapeRequirement(
        instrument=InstrumentId.parse(row.instrument),
        state=BotState(row.after),
        entries=row.entries,
        first=Cursor(row.place_time, row.place_trade_id - 1),
        verifications=row.verifications,
        settled=row.known if row.settled else None,
        anchor=None if verified is None else verified.cursor,
        account=None if account is None else account.cursor,
    )


def _columns(cursor: Cursor | None) -> tuple[object, object]:
    return (None, None) if cursor is None else (cursor.time, cursor.trade_id)


def _cursor(time: Any, trade_id: Any) -> Cursor | None:
    return None if time is None else Cursor(time, trade_id)


def _anchor(text: str | None) -> Checkpoint | None:
    return None if text is None else decode(Checkpoint, text)
