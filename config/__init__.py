"""Typed settings from the environment and models from JSON, read only at the composition roots."""

from config.loader import load_model, load_models
from config.secret import Secret, SecretUrl
from config.sections import (
    DashboardSettings,
    DatabaseSettings,
    ExchangeSettings,
    FolderSettings,
    LogSettings,
    RedisSettings,
    StrategiesSettings,
    SupervisorSettings,
)
from config.settings import Settings, exchange_prefix, load_settings, variable_names

__all__ = [
    "DashboardSettings",
    "DatabaseSettings",
    "ExchangeSettings",
    "FolderSettings",
    "LogSettings",
    "RedisSettings",
    "Secret",
    "SecretUrl",
    "Settings",
    "StrategiesSettings",
    "SupervisorSettings",
    "exchange_prefix",
    "load_model",
    "load_models",
    "load_settings",
    "variable_names",
]
