"""Health probes of PostgreSQL and Redis."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import func, select

from database.engine import Database
from database.messaging.client import client_options, require_redis_url
from database.migrate import revisions
from database.timescale_info import read_timescale_info
from utils.errors import ServiceUnavailable
from utils.probes import HealthFinding, Probe


class PostgresProbe(Probe):
    """Healthy if a query succeeds and the schema is this program's."""

    def __init__(self, database: Database) -> None:
        super().__init__("postgresql")
        self._database = database

    def check(self) -> list[HealthFinding]:
        with self._database.session("checking the database") as session:
            version = session.scalar(select(func.current_setting("server_version")))
            stored, known = revisions(session.connection())
            timescale = read_timescale_info(session.connection()).describe()
        is_current = stored == known
        schema = f"schema {stored}" if is_current else f"schema {stored or 'missing'}, not {known}"
        detail = f"version {version}, {schema}, timescaledb: {timescale}"
        return [HealthFinding(part=self.part, healthy=is_current, detail=detail)]


class RedisProbe(Probe):
    """Healthy if a ping succeeds."""

    def __init__(self, url: str) -> None:
        super().__init__("redis")
        require_redis_url(url)
        self._url = url

    def check(self) -> list[HealthFinding]:
        client = Redis.from_url(self._url, **client_options(Retry(NoBackoff(), 0)))
        try:
            version = client.info("server").get("redis_version", "unknown")
        except RedisError as error:
            # The driver's message may hold the address, but never the password.
            raise ServiceUnavailable(f"Redis cannot be reached: {type(error).__name__}") from error
        finally:
            client.close()
        return [HealthFinding(part=self.part, healthy=True, detail=f"version {version}")]
