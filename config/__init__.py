"""Values only: settings from the environment, models from JSON. Read at the roots, nowhere else."""

from config.loader import load_model, load_models
from config.secret import Secret, SecretUrl, redact_url
from config.settings import (
    DashboardSettings,
    DatabaseSettings,
    FolderSettings,
    LogSettings,
    OkxSettings,
    RedisSettings,
    Settings,
    SupervisorSettings,
    load_settings,
    variable_names,
)

__all__ = [
    "DashboardSettings",
    "DatabaseSettings",
    "FolderSettings",
    "LogSettings",
    "OkxSettings",
    "RedisSettings",
    "Secret",
    "SecretUrl",
    "Settings",
    "SupervisorSettings",
    "load_model",
    "load_models",
    "load_settings",
    "redact_url",
    "variable_names",
]
