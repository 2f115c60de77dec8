"""A bot whose stored configuration is out of bounds, written before the bounds were."""

from bot_manager.domain.lifecycle import BotState
from database import open_database
from database.engine import raw_cursor
from database.migrate import migrate
from database.repositories.bots import SqlBotRepository
from database.repositories.fleet import SqlFleetRepository
from tests.builders import START
from tests.unit.bot_manager.bot_builders import a_version


def test_a_bot_that_cannot_be_read_is_in_the_table_as_failed_with_its_reason(
    database_url: str,
) -> None:
    migrate(database_url)
    database = open_database(database_url)
    try:
        bots, fleet = SqlBotRepository(database), SqlFleetRepository(database)
        for name in ("alice", "bob"):
            bots.create(a_version(name))
        with database.session("spoiling a configuration") as session:
            raw_cursor(session).execute(
                "UPDATE bot_version SET config = jsonb_set(config, '{capital}', '\"1e999999999\"') "
                "WHERE bot = 'alice'"
            )
        alice, bob = fleet.rows(START)
        assert (alice.status.name, alice.status.state) == ("alice", BotState.FAILED)
        assert "capital" in alice.status.reason
        assert alice.config.instrument == bob.config.instrument
        assert (bob.status.state, bob.status.reason) == (BotState.CREATED, "")
    finally:
        database.close()
