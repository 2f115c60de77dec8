import pytest

from database.engine import driver_url, open_database
from utils.errors import ConfigError


@pytest.mark.parametrize(
    "url",
    [
        "postgres://me:secret@db:5433/tape",
        "postgresql://me:secret@db:5433/tape",
        "postgresql+psycopg2://me:secret@db:5433/tape",
    ],
)
def test_every_usual_form_of_url_means_our_driver(url: str) -> None:
    parsed = driver_url(url)
    assert parsed.drivername == "postgresql+psycopg2"
    assert (parsed.username, parsed.password, parsed.host) == ("me", "secret", "db")
    assert (parsed.port, parsed.database) == (5433, "tape")


@pytest.mark.parametrize(
    "url", ["", "db", "mysql://me:canary@db/tape", "postgresql+asyncpg://x:canary@"]
)
def test_another_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="must look like postgresql://") as caught:
        open_database(url)
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_opening_connects_to_nothing() -> None:
    open_database("postgresql://nobody@192.0.2.1/nothing").close()


def test_a_database_shows_no_password() -> None:
    database = open_database("postgresql://me:canary@db/tape")
    assert "canary" not in repr(database) + repr(database.engine) + str(database.engine.url)
