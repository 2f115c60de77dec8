"""What every process has: logs, telemetry reports, and requests to restart it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from config import Secret, SecretUrl, Settings
from database import Database
from database.repositories.telemetry import SqlTelemetryRepository
from utils.clock import SystemClock
from utils.errors import ConfigError
from utils.files import data_folder
from utils.log import LogConfig, configure_logging
from utils.supervision import RestartRequests
from utils.telemetry.reporter import ProcessReporter, Vitals


@contextmanager
def reporting(settings: Settings, vitals: Vitals, database: Database) -> Iterator[None]:
    """Report this process into its database until the end of the block.

    Enter it in the process itself. Reports come from a thread of their own: it uses one connection.
    """
    reporter = ProcessReporter(vitals, SqlTelemetryRepository(database), SystemClock())
    with reporter.running(settings.telemetry.every_s):
        yield


def restart_requests(settings: Settings) -> RestartRequests:
    """Return the restart requests, which supervisors take."""
    return RestartRequests(settings.folders.data_dir / "restarts")


def start_logging(settings: Settings, process: str) -> None:
    """Send this process's logs to the console and to its file in `<data_dir>/log`."""
    log = settings.log
    data_dir = settings.folders.data_dir
    try:
        data_folder(data_dir)
    except OSError as error:
        problem = f"{data_dir} cannot be made ({error.strerror}); choose another directory"
        raise ConfigError("DATA_DIR", problem=problem) from error
    configure_logging(
        LogConfig(
            process=process,
            folder=data_dir / "log",
            level=log.level,
            levels=log.levels,
            max_file_bytes=int(log.max_file_mb * 1_000_000),
            keep_days=log.keep_days,
            max_total_bytes=int(log.max_total_mb * 1_000_000),
            secrets=frozenset(_secrets(settings)),
        )
    )


def _secrets(settings: Settings) -> Iterator[str]:
    """Yield every secret of every section, of a URL its password."""
    values = [value for _, section in settings for value in dict(section).values()]
    for secret in values:
        if isinstance(secret, SecretUrl):
            if password := urlsplit(secret.reveal()).password:
                yield unquote(password)
        elif isinstance(secret, Secret):
            yield secret.reveal()
