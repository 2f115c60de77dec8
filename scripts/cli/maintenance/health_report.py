"""The probes of a platform, and the report of its health."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
from rich.table import Table
from rich.text import Text

from config import Settings
from data.collectors.status_probe import CollectorsProbe
from database import SqlCandleRepository, SqlCollectorStatusRepository
from database.probes import PostgresProbe, RedisProbe
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from database.repositories.telemetry import SqlTelemetryRepository
from scripts.composition.database import open_process_database
from scripts.composition.location import running_in, settings_of_running
from scripts.composition.servers import redis_url
from strategies.engine.status_probe import SignalsProbe
from utils.clock import SystemClock
from utils.errors import ServiceUnavailable
from utils.probes import HealthFinding, HealthReport, Probe
from utils.redaction import redact_urls
from utils.telemetry.items_probe import FailingItemsProbe

_TIMEOUT_S = 5.0


class PlatformProbe(Probe):
    """Healthy if main runs and has announced its addresses."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__("platform")
        self._data_dir = data_dir

    def check(self) -> list[HealthFinding]:
        info = running_in(self._data_dir)
        if info is None:
            raise ServiceUnavailable(f"nothing runs in {self._data_dir}: uv run main.py starts it")
        detail = f"process {info.pid}, since {info.started_at:%Y-%m-%d %H:%M:%SZ}"
        return [HealthFinding(part=self.part, healthy=True, detail=detail)]


class DashboardProbe(Probe):
    """Healthy if the page's server answers."""

    def __init__(self, url: str) -> None:
        super().__init__("dashboard")
        self._url = url

    def check(self) -> list[HealthFinding]:
        try:
            answer = httpx.get(f"{self._url}/healthz", timeout=_TIMEOUT_S, trust_env=False)
        except httpx.HTTPError as error:
            raise ServiceUnavailable(f"{self._url}: {error or type(error).__name__}") from error
        detail = self._url if answer.is_success else f"{self._url}: HTTP {answer.status_code}"
        return [HealthFinding(part=self.part, healthy=answer.is_success, detail=detail)]


def probes_of(settings: Settings, data_dir: Path | None, stack: ExitStack) -> Iterator[Probe]:
    """Yield the probes of every part; what they open closes with the stack."""
    place = settings.folders.data_dir
    info = running_in(place)
    has_urls = settings.database.url is not None and settings.redis.url is not None
    if data_dir is not None or not has_urls:
        yield PlatformProbe(place)
        if info is None:
            return
        settings = settings_of_running(settings, info)
    database = stack.enter_context(open_process_database(settings))
    yield PostgresProbe(database)
    yield RedisProbe(redis_url(settings))
    yield CollectorsProbe(SqlCollectorStatusRepository(database), SystemClock())
    yield FailingItemsProbe(SqlTelemetryRepository(database), SystemClock())
    yield SignalsProbe(
        SqlSignalRepository(database),
        SqlCandleRepository(database),
        SqlStrategyRepository(database),
    )
    own = settings.dashboard
    yield DashboardProbe(info.dashboard_url if info else f"http://{own.host}:{own.port}")


def redact(report: HealthReport) -> HealthReport:
    """Return the report without the passwords that a server's message may contain."""
    return HealthReport(
        healthy=report.healthy,
        findings=[
            HealthFinding(part=f.part, healthy=f.healthy, detail=redact_urls(f.detail))
            for f in report.findings
        ],
    )


def table_of(report: HealthReport) -> Table:
    """Return a report as a table."""
    table = Table("part", "", "detail", title="healthy" if report.healthy else "NOT healthy")
    for finding in report.findings:
        mark = Text("ok", style="green") if finding.healthy else Text("BAD", style="bold red")
        table.add_row(Text(finding.part), mark, Text(finding.detail))
    return table
