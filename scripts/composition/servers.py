"""The addresses of PostgreSQL and Redis in settings."""

from config import SecretUrl, Settings
from utils.errors import ConfigError


def database_url(settings: Settings) -> str:
    """Return the URL of the database. Raises ConfigError if it is not set."""
    return _required_url(settings.database.url, "DATABASE_URL")


def redis_url(settings: Settings) -> str:
    """Return the URL of Redis. Raises ConfigError if it is not set."""
    return _required_url(settings.redis.url, "REDIS_URL")


def with_servers(settings: Settings, *, database_url: str, redis_url: str) -> Settings:
    """Return the settings with the addresses of servers that were started or found."""
    return settings.model_copy(
        update={
            "database": settings.database.model_copy(update={"url": SecretUrl(database_url)}),
            "redis": settings.redis.model_copy(update={"url": SecretUrl(redis_url)}),
        }
    )


def _required_url(url: SecretUrl | None, variable: str) -> str:
    if url is None:
        raise ConfigError(
            variable, problem="is not set, and no platform runs here; start one: uv run main.py"
        )
    return url.reveal()
