"""What the release before stored: it is read, and sessions keep the start rule that they had.

`revision_0011.sql` was written by the code of before: bots that entered on their start, one of
them kept and started again, and two backtests.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from backtesting.config import read_config
from bot_manager.domain.session import sessions_of
from bot_manager.verification.verifier import BotVerifier, VerifierStores
from database import Database, open_database
from database.migrate import exclusive_transaction, migrate, revert, upgrade_to
from tests.builders import at
from tests.contract.stores import Stores, sql_stores

pytestmark = pytest.mark.integration

ROWS = Path(__file__).parents[1] / "fixtures" / "stored_before" / "revision_0011.sql"
BOTS = {
    "scout": "16f757f452c22b7ee7cd4d530611dd2b9fd39df39ee05a4b51673830d3e349c8",
    "ann": "8e756056906cee7a12fd98e3257b7e84cedc2af72ee47537fef58281bda1efe2",
    "bob": "3c1ce5098673b28e1abe800acfde2aca9119248c30a10d99d8abe5a964ec0bc9",
}
BACKTESTS = {
    1: ("d0fc93e4abe55eb2a65c16b8dca48cda", "d00143226a8573197538c5ae51ecc8a4"),
    2: ("866e09797bdca667229ada304a13e3bc", "6e4d2af79762e682a9e1bb21b90f1233"),
}


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """Yield a database of the release before, migrated to the newest revision."""
    revert(database_url)
    database = open_database(database_url)
    with exclusive_transaction(database.engine, "playing the release before") as connection:
        upgrade_to(connection, "0011")
        connection.execute(text(ROWS.read_text(encoding="utf-8").replace(":", "\\:")))
    migrate(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def stores(database: Database) -> Stores:
    """Return its repositories."""
    return sql_stores(database)


@pytest.mark.parametrize("name", BOTS)
def test_a_bot_of_before_equals_its_replay(stores: Stores, name: str) -> None:
    checker = BotVerifier(
        VerifierStores(
            bots=stores.bots,
            ledger=stores.ledger,
            trades=stores.trades,
            candles=stores.candles,
            signals=stores.signals,
            proofs=stores.proofs,
        )
    )
    found = checker.verify(name, at(100_000))
    assert found.identical, found.difference
    assert found.stored_digest == BOTS[name]


@pytest.mark.parametrize("name", BOTS)
def test_a_session_of_before_entered_on_its_start(stores: Stores, name: str) -> None:
    versions = stores.bots.versions(name)
    sessions = sessions_of(stores.ledger.journal(name), versions)
    assert [session.facts.enter_on_start for session in sessions] == [True] * len(sessions)
    assert [session.facts.config_digest for session in sessions] == [
        versions[session.facts.version - 1].digest for session in sessions
    ]
    assert not versions[-1].config.enter_on_start


@pytest.mark.parametrize("backtest_id", BACKTESTS)
def test_a_backtest_of_before_keeps_its_rule_and_its_digests(
    stores: Stores, backtest_id: int
) -> None:
    record = stores.backtests.get(backtest_id)
    assert record is not None
    config, digests = read_config(record.summary.config), record.summary.digests
    assert (config.digest(), digests.outcome) == BACKTESTS[backtest_id]
    assert config.digest() == digests.config
    assert not config.enter_on_start
