"""All settings, from the environment and `.env`, built once at a composition root.

Every variable is listed in `.env.example`; an invalid value stops the start with a one-line error.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.alert_settings import AlertSettings, TelemetrySettings
from config.sections import (
    BackupSettings,
    BotsSettings,
    DashboardSettings,
    DatabaseSettings,
    ExchangeSettings,
    FolderSettings,
    LogSettings,
    RedisSettings,
    RetentionSettings,
    Section,
    StrategiesSettings,
    SupervisorSettings,
)
from utils.bounds import UnstorableValue
from utils.errors import ConfigError
from utils.redaction import MASK, redact_urls
from utils.validation_errors import field_problem


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
    if isinstance(unstorable := first.get("ctx", {}).get("error"), UnstorableValue):
        return ConfigError(f"{prefix}{unstorable.path}".upper(), problem=unstorable.problem)

    def show(value: object) -> str:
        return MASK if _is_secret(section, name) else redact_urls(repr(value))[:200]

    found = field_problem(first, show)
    if not name:
        # The fields of a section contradict each other: the problem names them.
        return ConfigError("settings", problem=found.problem)
    field = found.field.removeprefix(name).removeprefix(".")
    return ConfigError(f"{prefix}{name}".upper(), field=field, problem=found.problem)


def _is_secret(section: type[Section], name: str) -> bool:
    """Return whether a whole field is secret (a URL is shown without its password)."""
    field = section.model_fields.get(name)
    return field is None or "Secret]" in str(field.annotation) or "Secret," in str(field.annotation)


def _refuse_misspelt(env_file: Path, known: list[str]) -> None:
    for name in dotenv_values(env_file):
        near = get_close_matches(name.upper(), known, n=1, cutoff=0.85)
        if near and name.upper() not in known:
            raise ConfigError(str(env_file), field=name, problem=f"did you mean {near[0]}?")
