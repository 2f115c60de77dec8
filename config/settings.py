"""Typed settings, from the environment and `.env`, built once at a composition root.

Every variable is listed in `.env.example`; an invalid value stops the start with a one-line error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from config.alert_settings import AlertSettings, TelemetrySettings
from config.secret import Secret, SecretUrl
from config.section import Section, split_list
from utils.bounds import (
    MAX_DAYS,
    Days,
    Gigabytes,
    Host,
    Megabytes,
    Network,
    Port,
    PositiveCount,
    PositiveDays,
    PositiveMegabytes,
    PositiveSeconds,
    ServerUrl,
    SocketUrl,
    UnstorableValue,
)
from utils.errors import ConfigError
from utils.password_hash import check_password_hash
from utils.redaction import MASK, redact_urls

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _database_url(url: SecretUrl) -> SecretUrl:
    allowed = ("postgresql://", "postgres://", "postgresql+psycopg2://")
    if not url.reveal().startswith(allowed):
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    return url


def _redis_url(url: SecretUrl) -> SecretUrl:
    if not url.reveal().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must look like redis://host:6379/0")
    return url


def _argon2_hash(secret: Secret) -> Secret:
    check_password_hash(secret.reveal())
    return secret


def _pairs(example: str) -> Callable[[object], object]:
    """Return a function that parses text such as the example into a mapping."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [word.partition("=") for word in value.split(",") if word.strip()]
        if not all(name.strip() and given.strip() for name, _, given in pairs):
            raise ValueError(f"must look like {example}")
        return {name.strip(): given.strip() for name, _, given in pairs}

    return read


class DatabaseSettings(Section):
    """PostgreSQL: DATABASE_*. Without a URL an embedded server is started."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_")

    url: Annotated[SecretUrl, AfterValidator(_database_url)] | None = None
    pool_size: int = Field(default=5, ge=1, le=50)


class RedisSettings(Section):
    """Redis: REDIS_*. Without a URL an embedded Valkey is started."""

    model_config = SettingsConfigDict(env_prefix="REDIS_")

    url: Annotated[SecretUrl, AfterValidator(_redis_url)] | None = None
    prefix: str = Field(default="truetape", pattern=r"^[a-z0-9_-]{1,40}$")


class ExchangeSettings(Section):
    """Addresses of one exchange in place of its own: its name, then _REST_URL and _WS_URL.

    A region has both; never mix them.
    """

    rest_url: ServerUrl | None = None
    ws_url: SocketUrl | None = None


class DashboardSettings(Section):
    """The web server: DASHBOARD_*. Any host other than loopback needs a password hash."""

    model_config = SettingsConfigDict(env_prefix="DASHBOARD_")

    host: Host = "127.0.0.1"
    port: Port = 8050
    password_hash: Annotated[Secret, AfterValidator(_argon2_hash)] | None = None
    allowed_hosts: Annotated[tuple[Host, ...], NoDecode, BeforeValidator(split_list)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(split_list)] = ()


class LogSettings(Section):
    """Logs: LOG_*. One JSON-lines file per process in `<data_dir>/log`."""

    model_config = SettingsConfigDict(env_prefix="LOG_")

    level: LogLevel = "INFO"
    levels: Annotated[
        dict[str, LogLevel],
        NoDecode,
        BeforeValidator(_pairs("collectors=DEBUG,database=WARNING")),
    ] = Field(default_factory=dict)
    max_file_mb: PositiveMegabytes = 20
    keep_days: PositiveDays = 14
    max_total_mb: PositiveMegabytes = 500


class SupervisorSettings(Section):
    """Restarts: SUPERVISOR_*. A service that crashes too often within the window is given up.

    A service that was given up is tried again every `retry_s`; the others keep running.
    """

    model_config = SettingsConfigDict(env_prefix="SUPERVISOR_")

    max_crashes: PositiveCount = 10
    window_s: PositiveSeconds = 300
    longest_delay_s: PositiveSeconds = 15
    retry_s: PositiveSeconds = 300
    stop_grace_s: PositiveSeconds = 10


class StrategiesSettings(Section):
    """The strategy engine: STRATEGIES_*. Budgets and limits are for users' strategies."""

    model_config = SettingsConfigDict(env_prefix="STRATEGIES_")

    allow_unverified: bool = False
    history_candles: int = Field(default=500, ge=1, le=100_000)
    poll_s: float = Field(default=1, ge=0.05, le=60)
    budget_s: float = Field(default=2, gt=0, le=60)
    loading_s: float = Field(default=20, gt=0, le=600)
    verifying_s: float = Field(default=300, gt=0, le=3600)
    workers: int = Field(default=3, ge=1, le=32)


class BotsSettings(Section):
    """Bots: BOTS_*. A bot without new data for more than `stale_after_s` is degraded.

    `start_new`: start bots when they are created from their files.
    """

    model_config = SettingsConfigDict(env_prefix="BOTS_")

    stale_after_s: float = Field(default=120, gt=0, le=86_400)
    checkpoint_s: float = Field(default=60, gt=0, le=3600)
    verify_every_h: float = Field(default=24, gt=0, le=24)
    start_new: bool = False


class RetentionSettings(Section):
    """Retention: RETENTION_*. Trades expire by age or size, whichever comes first."""

    model_config = SettingsConfigDict(env_prefix="RETENTION_")

    trades_days: float = Field(default=7, ge=1, le=MAX_DAYS)
    trades_max_gb: Gigabytes = 5
    candles_days: Annotated[dict[str, Days], NoDecode, BeforeValidator(_pairs("1s=30,1m=400"))] = (
        Field(default_factory=lambda: {"1s": 30.0})
    )
    versions_days: float = Field(default=90, ge=1, le=MAX_DAYS)
    equity_days: float = Field(default=30, ge=1, le=MAX_DAYS)
    min_free_mb: Megabytes = 500
    every_s: float = Field(default=3600, ge=60, le=86_400)


class BackupSettings(Section):
    """The nightly backup: BACKUP_*. No backups are made where none are kept."""

    model_config = SettingsConfigDict(env_prefix="BACKUP_")

    folder: Path | None = None
    hour_utc: int = Field(default=3, ge=0, le=23)
    keep: int = Field(default=7, ge=0, le=1000)


class FolderSettings(Section):
    """Folders: DATA_DIR (embedded servers, logs), COLLECTORS_DIR (collector configurations),
    STRATEGIES_DIR (strategy configurations), USER_STRATEGIES_DIR (users' own strategies),
    BOTS_DIR (bots to create), ALERTS_DIR (alert rules).
    """

    data_dir: Path = Path("var/main")
    collectors_dir: Path = Path("config/collectors")
    strategies_dir: Path = Path("config/strategies")
    user_strategies_dir: Path = Path("user_strategies")
    bots_dir: Path = Path("config/bots")
    alerts_dir: Path = Path("config/alerts")


class Settings(BaseModel):
    """All settings of one platform. `exchanges`: by name, where they were read."""

    model_config = ConfigDict(frozen=True)

    folders: FolderSettings = Field(default_factory=FolderSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    redis: RedisSettings = Field(default_factory=RedisSettings)
    exchanges: Mapping[str, ExchangeSettings] = Field(default_factory=dict)
    dashboard: DashboardSettings = Field(default_factory=DashboardSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    supervisor: SupervisorSettings = Field(default_factory=SupervisorSettings)
    strategies: StrategiesSettings = Field(default_factory=StrategiesSettings)
    bots: BotsSettings = Field(default_factory=BotsSettings)
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    backup: BackupSettings = Field(default_factory=BackupSettings)


SECTIONS: dict[str, type[Section]] = {
    "folders": FolderSettings,
    "database": DatabaseSettings,
    "redis": RedisSettings,
    "dashboard": DashboardSettings,
    "log": LogSettings,
    "supervisor": SupervisorSettings,
    "strategies": StrategiesSettings,
    "bots": BotsSettings,
    "telemetry": TelemetrySettings,
    "alerts": AlertSettings,
    "retention": RetentionSettings,
    "backup": BackupSettings,
}


def exchange_prefix(exchange: str) -> str:
    """Return what the variables of an exchange begin with: its name in capitals."""
    return f"{re.sub('[^A-Z0-9]', '_', exchange.upper())}_"


def variable_names(exchanges: Iterable[str] = ()) -> list[str]:
    """Return the name of every environment variable that is read, in order of the sections."""
    sections = [(_prefix(section), section) for section in SECTIONS.values()]
    sections += [(exchange_prefix(exchange), ExchangeSettings) for exchange in exchanges]
    return [f"{prefix}{name}".upper() for prefix, kind in sections for name in kind.model_fields]


def load_settings(
    env_file: Path | None = Path(".env"), *, exchanges: Iterable[str] = ()
) -> Settings:
    """Read the settings from the environment and `env_file`. Raises ConfigError.

    `exchanges`: the names of those whose addresses are read.
    """
    names = list(exchanges)
    if env_file is not None and env_file.exists():
        _refuse_misspelt(env_file, variable_names(names))
    addresses = {name: _load(ExchangeSettings, env_file, exchange_prefix(name)) for name in names}
    sections = {
        name: _load(section, env_file, _prefix(section)) for name, section in SECTIONS.items()
    }
    return Settings(exchanges=addresses, **sections)


def _prefix(section: type[Section]) -> str:
    return str(section.model_config.get("env_prefix", ""))


def _load(section: type[Any], env_file: Path | None, prefix: str) -> Any:
    try:
        return section(_env_file=env_file, _env_prefix=prefix)
    except ValidationError as error:
        raise _as_config_error(section, prefix, error) from None


def _as_config_error(section: type[Section], prefix: str, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    inner = ".".join(str(part) for part in first["loc"][1:] if not str(part).startswith("function"))
    shown = MASK if _is_secret(section, name) else redact_urls(repr(first.get("input")))[:200]
    problem = first["msg"].removeprefix("Value error, ")
    if isinstance(unstorable := first.get("ctx", {}).get("error"), UnstorableValue):
        name, problem = unstorable.path, unstorable.problem
    elif not name:
        # The fields of a section contradict each other: the problem names them.
        return ConfigError("settings", problem=problem)
    else:
        problem = f"{problem[:1].lower()}{problem[1:]}, was {shown}"
    return ConfigError(f"{prefix}{name}".upper(), field=inner, problem=problem)


def _is_secret(section: type[Section], name: str) -> bool:
    """Return whether a whole field is secret (a URL is shown without its password)."""
    field = section.model_fields.get(name)
    return field is None or "Secret]" in str(field.annotation) or "Secret," in str(field.annotation)


def _refuse_misspelt(env_file: Path, known: list[str]) -> None:
    for name in dotenv_values(env_file):
        near = get_close_matches(name.upper(), known, n=1, cutoff=0.85)
        if near and name.upper() not in known:
            raise ConfigError(str(env_file), field=name, problem=f"did you mean {near[0]}?")
