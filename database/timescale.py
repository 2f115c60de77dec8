"""Make `trade` and `candle` hypertables if the server offers TimescaleDB.

No migration covers this: a migration runs once, and the extension may be installed later.
So this step follows every migration, does what is not done yet, and changes nothing otherwise.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Engine, text

from data.errors import RepositoryError, RepositoryUnavailable
from database.errors import translate_errors
from database.timescale_info import TimescaleState, read_timescale_info

log = logging.getLogger("truetape.database")

LARGE_ROWS = 5_000_000
"""A larger table would be locked for a minute or more while it is moved: only on request."""

# Any fixed number, but not the migrations' own.
_ADVISORY_KEY = 0x7472_7565_7469_6D65


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTable:
    """A table that becomes a hypertable, split into chunks by time.

    A chunk is compressed into columns when it is `pack_after` old: the rows of one `segment_by`
    together, in the order `order_by`.
    """

    name: str
    time: str
    chunk: timedelta
    pack_after: timedelta
    segment_by: str
    order_by: str


TIME_TABLES = (
    TimeTable(
        name="trade",
        time="time",
        chunk=timedelta(days=1),
        pack_after=timedelta(days=7),
        segment_by="instrument_id",
        order_by="time, trade_id",
    ),
    TimeTable(
        name="candle",
        time="open_time",
        chunk=timedelta(days=30),
        pack_after=timedelta(days=90),
        segment_by="instrument_id, timeframe_s",
        order_by="open_time",
    ),
)

_CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS timescaledb"
# Moving rows may take as long as it needs; waiting for a lock may not.
_ALONE = (
    "SET LOCAL lock_timeout = '5s'",
    "SET LOCAL statement_timeout = 0",
    f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})",
)
# The rows are moved in the same transaction: all of them, or the table stays plain.
_CREATE_HYPERTABLE = """\
SELECT create_hypertable('{name}', by_range('{time}', INTERVAL '{days} days'),
    create_default_indexes => false, if_not_exists => true, migrate_data => true)"""
_SET_COLUMNSTORE = """\
ALTER TABLE {name} SET (timescaledb.enable_columnstore,
    timescaledb.segmentby = '{segment_by}', timescaledb.orderby = '{order_by}')"""
_ADD_POLICY = """\
CALL add_columnstore_policy('{name}', after => INTERVAL '{days} days', if_not_exists => true)"""


def hypertable_sql(table: TimeTable) -> str:
    """Return the statement that makes a table a hypertable, with the rows it has."""
    return _CREATE_HYPERTABLE.format(name=table.name, time=table.time, days=table.chunk.days)


def columnstore_sql(table: TimeTable) -> tuple[str, str]:
    """Return the statements that store the old chunks of a hypertable by columns."""
    settings = _SET_COLUMNSTORE.format(
        name=table.name, segment_by=table.segment_by, order_by=table.order_by
    )
    return settings, _ADD_POLICY.format(name=table.name, days=table.pack_after.days)


def activation_sql() -> str:
    """Return all that `activate` does on a plain schema, for `psql`: a transaction per table."""
    statements = [_CREATE_EXTENSION]
    for table in TIME_TABLES:
        statements += ["BEGIN", *_ALONE, hypertable_sql(table), *columnstore_sql(table), "COMMIT"]
    return ";\n".join(statements) + ";\n"


def activate(engine: Engine, *, large_rows: int = LARGE_ROWS) -> None:
    """Do what is not done yet; what cannot be done now is logged with its reason and left as it is.

    A table of more than `large_rows` rows is left alone. Repeating it costs milliseconds.
    """
    try:
        with translate_errors("reading the state of timescaledb"), engine.begin() as connection:
            facts = read_timescale_info(connection)
        if facts.state is TimescaleState.NOT_LOADED:
            log.error("timescaledb not available", extra={"problem": facts.describe()})
        if not facts.usable:
            return
        if facts.installed is None:
            _create_extension(engine)
        for table in TIME_TABLES:
            activate_table(engine, table, large_rows)
    except (RepositoryError, RepositoryUnavailable) as error:
        log.warning("timescaledb not activated", extra={"problem": str(error)})


def _create_extension(engine: Engine) -> None:
    with translate_errors("creating the extension timescaledb"), engine.begin() as connection:
        connection.execute(text(_CREATE_EXTENSION))
    log.info("extension timescaledb created")


def activate_table(engine: Engine, table: TimeTable, large_rows: int = LARGE_ROWS) -> None:
    """Make one table a hypertable, in one transaction. Raises repository errors."""
    with translate_errors(f"converting {table.name} to a hypertable"), engine.begin() as connection:
        _wait_alone(connection)
        facts = read_timescale_info(connection)
        if table.name not in facts.hypertables:
            if _is_too_large(connection, table, large_rows):
                return
            _create(connection, table)
        if facts.has_columnstore and table.name not in facts.packing:
            _pack(connection, table)


def _wait_alone(connection: Connection) -> None:
    """Run one activation at a time, and limit the wait for locks of the table."""
    for statement in _ALONE:
        connection.execute(text(statement))


def _is_too_large(connection: Connection, table: TimeTable, large_rows: int) -> bool:
    statement = f"SELECT count(*) FROM (SELECT FROM {table.name} LIMIT :limit) AS rows"
    rows = connection.scalar(text(statement), {"limit": large_rows + 1})
    if rows <= large_rows:
        return False
    log.warning(
        "large table not converted to a hypertable",
        extra={"table": table.name, "remedy": "uv run truetape maintenance database --activate"},
    )
    return True


def _create(connection: Connection, table: TimeTable) -> None:
    connection.execute(text(hypertable_sql(table)))
    log.info("hypertable created", extra={"table": table.name})


def _pack(connection: Connection, table: TimeTable) -> None:
    for statement in columnstore_sql(table):
        connection.execute(text(statement))
    log.info("columnstore enabled", extra={"table": table.name})
