"""The sections of the settings: variables that share a prefix, their limits and their defaults."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.secret import Secret, SecretUrl
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
    check_plain,
)
from utils.password_hash import check_password_hash

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def split_list(value: object) -> object:
    """Split `a,b` into a list."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


class Section(BaseSettings):
    """Base of all sections: frozen, read from the environment, empty means not set.

    Texts that no store can hold are refused in every field.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        validate_default=False,
    )

    @model_validator(mode="before")
    @classmethod
    def _check_plain(cls, values: object) -> object:
        check_plain(values)
        return values


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
