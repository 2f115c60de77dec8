"""A bot whose stored configuration is out of bounds, written before the bounds were."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from bot_manager.domain.lifecycle import BotState
from bot_manager.reporting.bot_warnings import BotWarnings
from dashboard.features.bots.detail import bot_detail_payload
from dashboard.features.bots.reads import BotReads
from database import SqlInstrumentRepository, SqlTradeRepository, open_database
from database.engine import Database, raw_cursor
from database.migrate import migrate
from database.repositories.bots import SqlBotRepository
from database.repositories.fleet import SqlFleetRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from scripts.cli.app import app
from scripts.cli.exits import ExitCode
from tests.builders import START
from tests.unit.bot_manager.bot_builders import a_version

PARTS = ("Version 1", "configuration of alice", "capital", "1e999999999", "archive it")


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """Store alice, whose capital is out of bounds, and bob."""
    migrate(database_url)
    database = open_database(database_url)
    bots = SqlBotRepository(database)
    for name in ("alice", "bob"):
        bots.create(a_version(name))
    with database.session("spoiling a configuration") as session:
        raw_cursor(session).execute(
            "UPDATE bot_version SET config = jsonb_set(config, '{capital}', '\"1e999999999\"') "
            "WHERE bot = 'alice'"
        )
    yield database
    database.close()


def test_a_bot_that_cannot_be_read_is_in_the_table_as_failed_with_its_reason(
    database: Database,
) -> None:
    alice, bob = SqlFleetRepository(database).rows(START)
    assert (alice.status.name, alice.status.state) == ("alice", BotState.FAILED)
    assert "capital" in alice.status.reason
    assert alice.config.instrument == bob.config.instrument
    assert (bob.status.state, bob.status.reason) == (BotState.CREATED, "")


def test_its_page_shows_the_rest_and_the_remedy(database: Database) -> None:
    reads = BotReads(
        bots=SqlBotRepository(database),
        ledger=SqlLedgerRepository(database),
        fleet=SqlFleetRepository(database),
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database),
        warnings=BotWarnings(SqlSignalRepository(database), SqlStrategyRepository(database)),
    )
    page = bot_detail_payload(reads.detail("alice", START))
    assert (page["row"]["name"], page["row"]["state"]) == ("alice", BotState.FAILED)
    for part in PARTS:
        assert part in page["warnings"][0]
    assert (page["versions"], page["values"]["name"]) == ([], "alice")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "command", ["edit alice --set capital=500", "clone alice carol", "rollback alice 1"]
)
def test_a_command_to_it_ends_with_the_bot_the_problem_and_the_remedy(
    database_url: str, command: str
) -> None:
    servers = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1"}
    result = CliRunner().invoke(app, ["bots", *command.split()], env=servers)
    assert result.exit_code == ExitCode.FAILED
    for part in PARTS:
        assert part in result.stderr
    assert result.stderr.count("\n") == 1
